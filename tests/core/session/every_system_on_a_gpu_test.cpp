// SPDX-License-Identifier: GPL-3.0-or-later
// Every system on a GPU beside the CPU; skipped where there is none, as on every machine so far.
#include "core/session/device.h"
#include "tests/core/adapter/every_system.h"

namespace moelora::test {
namespace {

struct Seen {
    at::Tensor logits;
    std::vector<RouterRecord> routers;
};

Seen seen_by(Qwen3VL& model, Adapter& adapter) {
    const at::Device device(model.device());
    TinyBatch batch = tiny_batch();
    ModelInputs& in = batch.inputs;
    for (at::Tensor* t : {&in.input_ids, &in.attention_mask, &in.pixel_values, &in.grid_thw})
        *t = t->to(device);
    batch.labels = batch.labels.to(device);
    adapter.begin_statistics({"a", "b"});
    at::Tensor y = logits(model, batch, &adapter).cpu();
    return {std::move(y), adapter.take_statistics(1)};
}

TEST(EverySystemOnAGpu, GivesTheLogitsOfTheCpuAndChoosesItsExperts) {
    const auto device = choose_device({.name = "cuda:0", .threads = 1}, ComputeDtype::Fp32);
    if (!device) GTEST_SKIP() << message_of(device.error());
    const at::NoGradGuard no_grad;
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        const TempDir folder;
        const auto here = tiny_model();
        const auto adapter = make_adapter(*here, system.options);
        randomise(*adapter, system.options.bank == BankKind::Vector ? 0.3 : 0.05);
        MOELORA_ASSERT_OK(save_native(*adapter, folder.path()));
        const auto there = Qwen3VL::load(source_path("tests/golden/qwen3vl/right_padded_batch"),
                                         ComputeDtype::Fp32, device->name);
        MOELORA_ASSERT_OK(there);
        const auto loaded = Adapter::load(**there, folder.path());
        MOELORA_ASSERT_OK(loaded);
        (*loaded)->attach();
        const Seen cpu = seen_by(*here, *adapter), gpu = seen_by(**there, **loaded);
        EXPECT_TRUE(at::allclose(gpu.logits, cpu.logits, 1e-4, 1e-4));
        ASSERT_EQ(gpu.routers.size(), cpu.routers.size());
        for (std::size_t i = 0; i < cpu.routers.size(); ++i)
            EXPECT_EQ(gpu.routers[i].load, cpu.routers[i].load) << cpu.routers[i].site;
    }
}

}  // namespace
}  // namespace moelora::test
