// SPDX-License-Identifier: GPL-3.0-or-later
// PEFT itself, and transformers with our loader, read what this program writes.
#include <gtest/gtest.h>

#include "tests/core/adapter/every_system.h"
#include "tests/core/adapter/interop.h"

namespace moelora {
namespace {

using namespace test;

class PeftInterop : public Interop {};

TEST_F(PeftInterop, PeftModelFromPretrainedGivesTheSameLogits) {
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
        const TempDir folder;
        MOELORA_ASSERT_OK(save_peft(*adapter, folder.path()));
        check("check_peft_folder.py", folder.path(), logits(*model, tiny_batch(), adapter.get()));
    }
}

// The program opens no pickle: torch does it, with weights alone, outside of it.
TEST_F(PeftInterop, APickleIsConvertedAndItsCodeIsNotRun) {
    namespace fs = std::filesystem;
    const auto model = tiny_model();
    AdapterOptions options = tiny_options();
    options.num_experts = 1;
    options.router = RouterKind::None;
    options.gate = GateKind::None;
    options.balance = BalanceKind::None;
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter, 0.05);
    adapter->attach();
    const TempDir temp;
    const std::string folder = temp / "adapter", mark = temp / "mark";
    const auto python = [&](const std::string& words) {
        return std::system((python_ + " " + words + " > /dev/null 2>&1").c_str());
    };
    const std::string convert = source_path("packaging/python/convert_pickle.py") + " " + folder,
                      make = source_path("tests/golden/adapter/make_pickle.py") + " " + folder;
    fs::create_directory(folder);
    MOELORA_ASSERT_OK(save_peft(*adapter, folder));
    const std::string written = folder + "/adapter_model.safetensors";
    const at::Tensor expected = logits(*model, tiny_batch(), adapter.get());
    adapter->detach();
    ASSERT_EQ(python(make), 0);
    EXPECT_FALSE(Adapter::load(*model, folder));
    ASSERT_EQ(python(convert), 0);
    {
        const auto again = Adapter::load(*model, folder);
        MOELORA_ASSERT_OK(again);
        (*again)->attach();
        EXPECT_TRUE(at::equal(logits(*model, tiny_batch(), again->get()), expected));
    }
    ASSERT_EQ(python(make + " " + mark), 0);
    EXPECT_NE(python(convert), 0);
    EXPECT_FALSE(fs::exists(written));
    EXPECT_FALSE(fs::exists(mark));
}

TEST_F(PeftInterop, PeftGivesTheSameLogitsForScalingVectors) {
    const auto model = tiny_model();
    RunOptions run;
    run.adapter.preset = "ia3";
    MOELORA_ASSERT_OK(apply_preset(run));
    const auto adapter = make_adapter(*model, run.adapter);
    randomise(*adapter, 0.3);
    adapter->attach();
    const TempDir folder;
    MOELORA_ASSERT_OK(save_peft(*adapter, folder.path()));
    check("check_peft_folder.py", folder.path(), logits(*model, tiny_batch(), adapter.get()));
}

TEST_F(PeftInterop, PeftGivesTheSameLogitsForDora) {
    const auto model = tiny_model();
    RunOptions run;
    run.adapter.preset = "dora";
    MOELORA_ASSERT_OK(apply_preset(run));
    run.adapter.targets.emplace_back("attn.qkv");  // has a bias
    const auto adapter = make_adapter(*model, run.adapter);
    randomise(*adapter, 0.1);
    adapter->attach();
    const TempDir folder;
    MOELORA_ASSERT_OK(save_peft(*adapter, folder.path()));
    check("check_peft_folder.py", folder.path(), logits(*model, tiny_batch(), adapter.get()));
}

TEST_F(PeftInterop, PythonLoaderGivesTheSameLogitsForEveryPresetAndEveryGate) {
    const auto model = tiny_model();
    for (const System& system : systems()) {
        SCOPED_TRACE(system.name);
        AdapterOptions options = system.options;
        for (const VectorPlace place : {VectorPlace::BeforeNorm, VectorPlace::AfterNorm}) {
            if (place == VectorPlace::AfterNorm && options.bank != BankKind::Vector) continue;
            options.vector_place = place;
            const auto adapter = make_adapter(*model, options);
            randomise(*adapter, 0.1);
            adapter->card().tasks = {"one", "two"};
            adapter->attach();
            const TempDir folder;
            MOELORA_ASSERT_OK(save_native(*adapter, folder.path()));
            const bool by_task = options.router == RouterKind::Task;
            check("check_native_folder.py", folder.path(),
                  logits(*model, tiny_batch(), adapter.get()), by_task ? "one two" : "");
        }
    }
}

// A task gate in the vision tower asks whose pictures the patches are of.
TEST_F(PeftInterop, PythonLoaderRoutesPatchesByTheTaskOfTheirRow) {
    const auto model = tiny_model();
    AdapterOptions options = tiny_options();
    options.gate = GateKind::Softmax;
    options.balance = BalanceKind::None;
    options.router = RouterKind::Task;
    options.task_embedding = 4;
    options.num_tasks = 2;
    for (const RouterScope scope : {RouterScope::Global, RouterScope::PerSite}) {
        options.router_scope = scope;
        const auto adapter = make_adapter(*model, options);
        randomise(*adapter, 0.1);
        adapter->card().tasks = {"one", "two"};
        adapter->attach();
        const TempDir folder;
        MOELORA_ASSERT_OK(save_native(*adapter, folder.path()));
        ForwardInfo info = tiny_batch().info(false);
        info.patches = at::tensor({8, 36}, at::kLong);
        adapter->begin_pass(info);
        const at::NoGradGuard no_grad;
        check("check_native_folder.py", folder.path(),
              model->logits(model->forward(tiny_batch().inputs).states), "one two");
    }
}

// llama and qwen2 have no norm behind k_proj; qwen3 has.
TEST_F(PeftInterop, PythonLoaderGivesTheSameLogitsOnTextModels) {
    for (const std::string name : {"llama_tied_gqa", "qwen2_biases", "qwen3_head_norms"}) {
        const std::string folder_of_model = source_path("tests/golden/text_models/" + name);
        auto model = Qwen3VL::load(folder_of_model, ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(model);
        const auto recorded = SafetensorsFile::open(folder_of_model + "/recorded.safetensors");
        MOELORA_ASSERT_OK(recorded);
        const ModelInputs inputs{
            read_tensor(*recorded, "input_ids"), read_tensor(*recorded, "attention_mask"), {}, {}};
        for (const System& system : systems()) {
            const AdapterOptions& known = system.options;
            if (known.bank != BankKind::Vector && known.router_scope != RouterScope::Global)
                continue;
            SCOPED_TRACE(name + " " + system.name);
            AdapterOptions options = known;
            options.vector_place = VectorPlace::AfterNorm;
            const auto adapter = make_adapter(**model, options);
            randomise(*adapter, 0.1);
            adapter->card().tasks = {"one", "two"};
            adapter->attach();
            const TempDir folder;
            MOELORA_ASSERT_OK(save_native(*adapter, folder.path()));
            ForwardInfo info;
            info.attention_mask = inputs.attention_mask;
            info.task_ids = at::tensor({0, 1}, at::kLong);
            adapter->begin_pass(info);
            const at::NoGradGuard no_grad;
            check("check_native_folder.py", folder.path(),
                  (*model)->logits((*model)->forward(inputs).states),
                  (options.router == RouterKind::Task ? "one two --model " : "--model ") +
                      folder_of_model);
        }
    }
}

}  // namespace
}  // namespace moelora
