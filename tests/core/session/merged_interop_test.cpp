// SPDX-License-Identifier: GPL-3.0-or-later
// A merged model folder in transformers gives our logits.
#include "core/adapter/merge.h"
#include "core/session/export_formats.h"
#include "tests/core/adapter/every_system.h"
#include "tests/core/adapter/interop.h"

namespace moelora {
namespace {

using namespace test;

class MergedInterop : public Interop {};

// Every system that has fixed weights: one expert, or one task.
TEST_F(MergedInterop, TransformersGivesOurLogitsOfTheMergedFolder) {
    const std::string base = source_path("tests/golden/qwen3vl/right_padded_batch");
    std::int64_t merged = 0;
    for (const System& system : systems()) {
        const bool by_task = system.options.router == RouterKind::Task;
        if (!by_task && system.options.router != RouterKind::None) continue;
        SCOPED_TRACE(system.name);
        const TempDir folder;
        {
            const auto model = tiny_model();
            const auto adapter = make_adapter(*model, system.options);
            randomise(*adapter, system.options.bank == BankKind::Vector ? 0.3 : 0.05);
            ConstantWeights weights(adapter->sites().size(), at::ones({1}));
            if (by_task) {
                auto of_task = weights_of_tasks(*adapter, {1});
                MOELORA_ASSERT_OK(of_task);
                weights = std::move(*of_task);
            }
            const auto stored = collapsed(*adapter, weights);
            MOELORA_ASSERT_OK(stored);
            MOELORA_ASSERT_OK(write_merged_model(base, *stored, folder.path(), ComputeDtype::Auto));
        }
        const auto model = Qwen3VL::load(folder.path(), ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(model);
        const at::NoGradGuard no_grad;
        check("check_merged_folder.py", folder.path(), logits(**model, tiny_batch()));
        merged += 1;
    }
    EXPECT_GE(merged, 6);
}

}  // namespace
}  // namespace moelora
