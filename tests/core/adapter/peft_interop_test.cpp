// SPDX-License-Identifier: GPL-3.0-or-later
// PEFT itself reads what this program writes. Runs where MOELORA_PEFT_PYTHON names a Python with
// the versions of tests/golden/adapter/make_peft_fixture.py; the committed fixtures hold elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;

TEST(PeftInterop, PeftModelFromPretrainedGivesTheSameLogits) {
    const char* python = std::getenv("MOELORA_PEFT_PYTHON");
    if (!python) GTEST_SKIP() << "set MOELORA_PEFT_PYTHON to a Python with PEFT to run this";
    const auto model = tiny_model();
    AdapterOptions options = tiny_options();
    options.num_experts = 1;
    options.router = RouterKind::None;
    options.gate = GateKind::None;
    options.balance = BalanceKind::None;
    options.layer_ranks = {3, 5};
    for (const auto rule : {ScaleRule::AlphaOverRank, ScaleRule::AlphaOverSqrtRank}) {
        options.scale_rule = rule;
        const auto adapter = make_adapter(*model, options);
        randomise(*adapter, 0.05);  // logits of order 1, where 1e-5 is far above rounding
        adapter->attach();
        const at::Tensor y = logits(*model, tiny_batch(), adapter.get()).detach().contiguous();
        const TempDir folder;
        const auto saved = save_peft(*adapter, folder.path());
        MOELORA_ASSERT_OK(saved);
        const auto bytes = std::as_bytes(
            std::span(y.const_data_ptr<float>(), static_cast<std::size_t>(y.numel())));
        const std::string file = folder / "logits.safetensors";
        ASSERT_TRUE(
            write_safetensors(file, {{"logits", Dtype::F32, y.sizes().vec(), bytes}}).has_value());
        const std::string command = std::string(python) + " " +
                                    source_path("tests/golden/adapter/check_peft_folder.py") + " " +
                                    folder.path() + " " + file;
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
    }
}

}  // namespace
}  // namespace moelora
