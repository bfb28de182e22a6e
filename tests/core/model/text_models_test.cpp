// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny random networks of the text-only families as transformers 5.23.0 computes them
// (tests/golden/text_models/make_fixtures.py).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

class TextModel : public ::testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { tiny_ = test::load_tiny(GetParam(), test::text_fixtures); }
    test::TinyModel tiny_;
};

TEST_P(TextModel, LogitsWithin3e5) {
    const at::NoGradGuard frozen;
    test::expect_recorded_logits(tiny_);
}

TEST_P(TextModel, LossAndGradientAreEqual) {
    FrozenLinear& first = tiny_.linear("model.layers.0.self_attn.q_proj");
    for (const bool checkpointing : {false, true}) {
        tiny_.model->set_gradient_checkpointing(checkpointing);
        first.weight.requires_grad_(true);
        first.weight.mutable_grad().reset();
        const at::Tensor labels = tiny_.find("labels"), logits = tiny_.logits();
        const std::int64_t kept = labels.size(1) - 1;
        const at::Tensor loss = at::cross_entropy_loss(logits.narrow(1, 0, kept).flatten(0, 1),
                                                       labels.narrow(1, 1, kept).flatten());
        EXPECT_NEAR(loss.item<double>(), tiny_.find("loss").item<double>(), 5e-6);
        loss.backward();
        EXPECT_LE(test::max_difference(first.weight.grad(), tiny_.find("grad_q_proj0")), 5e-6);
    }
}

TEST_P(TextModel, CachedGreedyTokensAreEqual) {
    const at::NoGradGuard frozen;
    test::expect_recorded_greedy_tokens(tiny_);
}

TEST_P(TextModel, BatchEqualsSingleRows) {
    const at::NoGradGuard frozen;
    test::expect_rows_as_in_the_batch(tiny_);
}

TEST_P(TextModel, APackIsItsRowsAlone) {
    const at::NoGradGuard frozen;
    test::expect_a_pack_as_its_rows(tiny_);
}

TEST_P(TextModel, AllLinearsAreNamedAsInTheFile) {
    const auto linears = tiny_.model->linears();
    EXPECT_EQ(linears.size(), 14u);
    for (const FrozenLinear* linear : linears) {
        EXPECT_FALSE(linear->shape.vision);
        EXPECT_THAT(linear->shape.path, ::testing::StartsWith("model.layers."));
        EXPECT_EQ(linear->bias.defined(), linear->shape.bias);
    }
    const auto summary = summarize_model(tiny_.folder);
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->family, tiny_.model->config().family);
    EXPECT_EQ(summary->parameters_vision, 0);
    EXPECT_THAT(summary->missing, ::testing::ElementsAre("tokenizer.json"));
}

TEST_P(TextModel, PicturesAreRefused) {
    ModelInputs inputs = tiny_.inputs();
    inputs.pixel_values = at::zeros({4, 8});
    inputs.grid_thw = at::tensor({1, 2, 2}, at::kLong).view({1, 3});
    EXPECT_ANY_THROW((void)tiny_.model->forward(inputs));
}

INSTANTIATE_TEST_SUITE_P(TextModels, TextModel,
                         ::testing::ValuesIn(test::tiny_names(test::text_fixtures)),
                         [](const auto& row) { return row.param; });

TEST(TextModels, EveryFamilyIsThere) {
    std::set<std::string> families;
    for (const std::string& name : test::tiny_names(test::text_fixtures))
        families.insert(
            load_model_config(test::source_path(test::text_fixtures) + ("/" + name))->family);
    EXPECT_THAT(families, ::testing::ElementsAre("llama", "mistral", "qwen2", "qwen3"));
}

// A window that is longer than the text must change nothing.
TEST(TextModels, AWideWindowSeesEverything) {
    const at::NoGradGuard frozen;
    const auto tiny = test::load_tiny("mistral_window", test::text_fixtures);
    test::TempDir folder;
    Json config = *read_json(tiny.folder + "/config.json");
    std::filesystem::copy_file(tiny.folder + "/model.safetensors", folder / "model.safetensors");
    const auto logits = [&](const Json& window) {
        config["sliding_window"] = window;
        std::ofstream(folder / "config.json") << config.dump();
        const auto model = test::load_or_throw(folder.path());
        return model->logits(model->forward(tiny.inputs()).states);
    };
    const at::Tensor full = logits(nullptr), real = tiny.real();
    EXPECT_EQ(test::max_difference(full.masked_select(real), logits(19).masked_select(real)), 0);
    EXPECT_GT(test::max_difference(full.masked_select(real), logits(5).masked_select(real)), 1e-2);
}

}  // namespace
}  // namespace moelora
