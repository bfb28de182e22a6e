// SPDX-License-Identifier: GPL-3.0-or-later
// The recorded network of the shared test data (transformers 4.57.0.dev0, fp32, CPU).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "core/model/qwen3vl.h"
#include "tests/support/shared_data.h"
#include "tests/support/tensors.h"

namespace moelora {
namespace {

constexpr double logit_tolerance = 1e-5;
constexpr double feature_tolerance = 5e-6;  // an epsilon of 1e-5 in the vision norms costs 8e-6

class Golden : public ::testing::Test {
  protected:
    void SetUp() override {
        MOELORA_NEED_SHARED_DATA();
        at::set_num_threads(1);  // at this size a second thread only waits for the first
        const std::string folder = test::shared_data_dir() + "/qwen3vl_golden";
        auto loaded = Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(loaded);
        model_ = std::move(*loaded);
        fixture_ = test::read_tensors(folder + "/fixture.safetensors");
    }
    // The video of row 1 comes as one picture a frame, behind picture C: reading order.
    [[nodiscard]] ModelInputs batch() const {
        const at::Tensor frame = at::tensor({1, 4, 4}, at::kLong).view({1, 3});
        return {fixture_.at("input_ids"), fixture_.at("attention_mask"),
                at::cat({fixture_.at("pixel_values"), fixture_.at("pixel_values_videos")}),
                at::cat({fixture_.at("image_grid_thw"), frame, frame})};
    }
    // Row 0 without its padding.
    [[nodiscard]] ModelInputs prompt() const {
        return {fixture_.at("input_ids").narrow(0, 0, 1).narrow(1, 3, 25),
                {},
                fixture_.at("pixel_values").narrow(0, 0, 48),
                fixture_.at("image_grid_thw").narrow(0, 0, 2)};
    }
    [[nodiscard]] FrozenLinear& linear(const std::string& path) const {
        for (FrozenLinear* one : model_->linears())
            if (one->shape.path == path) return *one;
        throw std::invalid_argument(path);
    }
    [[nodiscard]] at::Tensor loss() const {
        const auto hidden = model_->forward(batch());
        const at::Tensor logits = model_->logits(hidden.states).narrow(1, 0, 27);
        return at::cross_entropy_loss(logits.flatten(0, 1),
                                      fixture_.at("labels").narrow(1, 1, 27).flatten());
    }
    std::unique_ptr<Qwen3VL> model_;
    test::TensorMap fixture_;
};

TEST_F(Golden, PositionsAreEqual) {
    const ModelInputs inputs = batch();
    at::Tensor next;
    const at::Tensor positions = mrope_positions(inputs.input_ids, inputs.attention_mask,
                                                 inputs.grid_thw, model_->config(), &next);
    const at::Tensor real = inputs.attention_mask.to(at::kBool).expand({3, 2, 28});
    EXPECT_TRUE(
        at::equal(positions.masked_select(real), fixture_.at("position_ids").masked_select(real)));
    EXPECT_EQ(positions.masked_select(real.logical_not()).abs().sum().item<std::int64_t>(), 0);
    // rope_deltas hold max position + 1 - padded length.
    EXPECT_TRUE(at::equal(next, fixture_.at("rope_deltas").squeeze(1) + 28));
}

TEST_F(Golden, VisionFeaturesWithin5e6) {
    const at::NoGradGuard frozen;
    const auto images =
        model_->encode_images(fixture_.at("pixel_values"), fixture_.at("image_grid_thw"));
    EXPECT_LE(test::max_difference(images.merged, fixture_.at("image_embeds")), feature_tolerance);
    const auto video =
        model_->encode_images(fixture_.at("pixel_values_videos"), fixture_.at("video_grid_thw"));
    EXPECT_LE(test::max_difference(video.merged, fixture_.at("video_embeds")), feature_tolerance);
    ASSERT_EQ(images.deepstack.size(), 2U);
    for (std::size_t k = 0; k < 2; ++k) {
        const std::string at = std::to_string(k);
        EXPECT_LE(test::max_difference(images.deepstack[k], fixture_.at("image_deepstack." + at)),
                  feature_tolerance);
        EXPECT_LE(test::max_difference(video.deepstack[k], fixture_.at("video_deepstack." + at)),
                  feature_tolerance);
    }
}

TEST_F(Golden, LogitsOfThePaddedBatchWithin1e5) {
    const at::NoGradGuard frozen;
    const at::Tensor logits = model_->logits(model_->forward(batch()).states);
    EXPECT_TRUE(logits.isfinite().all().item<bool>()) << "padded rows must stay finite";
    const at::Tensor real = fixture_.at("attention_mask").to(at::kBool).unsqueeze(2);
    const double difference =
        test::max_difference(logits.masked_select(real), fixture_.at("logits").masked_select(real));
    EXPECT_LE(difference, logit_tolerance);
    RecordProperty("max_difference", std::to_string(difference));
}

TEST_F(Golden, LossAndGradientsWithin5e6) {
    for (const bool checkpointing : {false, true}) {
        SCOPED_TRACE(checkpointing ? "with checkpointing" : "without checkpointing");
        model_->set_gradient_checkpointing(checkpointing);
        const struct {
            const char *path, *recorded;
        } rows[] = {{"model.language_model.layers.0.self_attn.q_proj", "grad_q_proj0"},
                    {"model.visual.blocks.0.attn.qkv", "grad_vis_qkv0"}};
        for (const auto& row : rows) {
            linear(row.path).weight.requires_grad_(true);
            linear(row.path).weight.mutable_grad().reset();
        }
        const std::pair<at::Tensor, const char*> tables[] = {
            {model_->head_weight(), "grad_embed_tied"},  // and the embedding
            {model_->position_table(), "grad_pos_embed"}};
        for (const auto& [table, recorded] : tables) {
            table.requires_grad_(true);
            table.mutable_grad().reset();
        }
        const at::Tensor value = loss();
        EXPECT_NEAR(value.item<double>(), fixture_.at("loss").item<double>(), 5e-6);
        value.backward();
        for (const auto& [table, recorded] : tables)
            EXPECT_LE(test::max_difference(table.grad(), fixture_.at(recorded)), 5e-6) << recorded;
        for (const auto& row : rows)
            EXPECT_LE(
                test::max_difference(linear(row.path).weight.grad(), fixture_.at(row.recorded)),
                5e-6)
                << row.path;
    }
}

TEST_F(Golden, CachedGreedyDecodeIsEqual) {
    const at::NoGradGuard frozen;
    KVCache cache = model_->make_cache(1, 40);
    at::Tensor states = model_->forward(prompt(), &cache).states;
    for (std::int64_t step = 0; step < 8; ++step) {
        const at::Tensor logits = model_->logits(states.select(1, states.size(1) - 1)).squeeze(0);
        EXPECT_LE(test::max_difference(logits, fixture_.at("gen_logits")[step]), logit_tolerance);
        const at::Tensor token = logits.argmax();
        ASSERT_EQ(token.item<std::int64_t>(), fixture_.at("gen_tokens")[step].item<std::int64_t>());
        states = model_->forward({token.view({1, 1}), {}, {}, {}}, &cache).states;
    }
    EXPECT_EQ(cache.length, 33);
}

}  // namespace
}  // namespace moelora
