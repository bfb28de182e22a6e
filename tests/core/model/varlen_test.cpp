// SPDX-License-Identifier: GPL-3.0-or-later
// Packs and pictures through the kernels that take all segments at once
// (core/ops/varlen_attention), beside the loop that the CPU keeps.
#include "core/ops/varlen_attention.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <numeric>

#include "tests/core/model/tiny_model.h"
#include "tests/support/varlen_kernels.h"

namespace moelora {
namespace {

// By folder and root: those whose heads the kernels take.
std::vector<std::pair<std::string, std::string>> served_models() {
    std::vector<std::pair<std::string, std::string>> out;
    for (const char* root : {test::vision_fixtures, test::text_fixtures})
        for (const std::string& name : test::tiny_names(root)) {
            const auto config = load_model_config(test::source_path(root) + ("/" + name));
            if (config->text.head_dim % 8 == 0) out.emplace_back(name, root);
        }
    return out;
}

struct Pack {
    ModelInputs inputs;
    std::vector<std::int32_t> bounds = {0};
};
// The rows of the recording twice, one behind the other, so that a pack has several.
Pack pack_of(const test::TinyModel& tiny) {
    Pack out;
    std::vector<at::Tensor> ids, pixels, grids;
    for (int again = 0; again < 2; ++again)
        for (const ModelInputs& row : test::single_rows(tiny)) {
            ids.push_back(row.input_ids);
            out.inputs.lengths.push_back(row.input_ids.size(1));
            out.bounds.push_back(out.bounds.back() +
                                 static_cast<std::int32_t>(row.input_ids.size(1)));
            if (!row.pixel_values.defined()) continue;
            pixels.push_back(row.pixel_values);
            grids.push_back(row.grid_thw);
        }
    out.inputs.input_ids = at::cat(ids, 1);
    if (!pixels.empty()) out.inputs.pixel_values = at::cat(pixels);
    if (!grids.empty()) out.inputs.grid_thw = at::cat(grids);
    return out;
}

// Those of the text: causal ones.
std::vector<test::VarlenCall> calls_of_the_text() {
    std::vector<test::VarlenCall> out;
    for (const test::VarlenCall& call : test::varlen_calls)
        if (call.causal) out.push_back(call);
    return out;
}

TEST(PackInOneCall, LogitsAndGradientsAreThoseOfTheLoop) {
    int windows = 0;
    ASSERT_GE(served_models().size(), 7u);
    for (const auto& [name, root] : served_models()) {
        SCOPED_TRACE(name);
        const auto tiny = test::load_tiny(name, root);
        const Pack pack = pack_of(tiny);
        FrozenLinear& first = tiny.linear(tiny.model->config().has_vision()
                                              ? "model.language_model.layers.0.self_attn.k_proj"
                                              : "model.layers.0.self_attn.k_proj");
        const auto run = [&] {
            first.weight.requires_grad_(true);
            first.weight.mutable_grad().reset();
            const at::Tensor logits = tiny.model->logits(tiny.model->forward(pack.inputs).states);
            logits.square().sum().backward();
            return std::pair{logits.detach(), first.weight.grad().clone()};
        };
        const auto loop = run();
        const test::HostVarlen host(80);
        (void)varlen_kernel_for(at::kCPU, at::kFloat, 8);  // the check before the first use
        test::varlen_calls.clear();
        const auto once = run();
        EXPECT_LE(test::max_difference(once.first, loop.first), 2e-5);
        const double largest = loop.second.abs().max().item<double>();
        EXPECT_LE(test::max_difference(once.second, loop.second), 2e-5 * std::max(1.0, largest));

        const TextConfig& text = tiny.model->config().text;
        const auto calls = calls_of_the_text();
        ASSERT_EQ(std::ssize(calls), text.num_layers) << "one a layer";
        for (std::size_t layer = 0; layer < calls.size(); ++layer) {
            EXPECT_EQ(calls[layer].kernel, "efficient");
            EXPECT_EQ(calls[layer].bounds, pack.bounds);
            EXPECT_EQ(calls[layer].longest,
                      *std::max_element(pack.inputs.lengths.begin(), pack.inputs.lengths.end()));
            const bool slides = text.window > 0 && text.sliding[layer];
            EXPECT_EQ(calls[layer].window, slides ? std::optional(text.window) : std::nullopt);
            windows += slides;
        }
    }
    EXPECT_GE(windows, 3);
}

TEST(PackInOneCall, SixteenBitsGoThroughFlashWithTheGroupsOfHeads) {
    const at::NoGradGuard frozen;
    at::set_num_threads(1);
    for (const char* name : {"mistral_window", "qwen3_biases_window"}) {
        const auto tiny = test::load_tiny(name, test::text_fixtures);
        const auto model = Qwen3VL::load(tiny.folder, ComputeDtype::Bf16, "cpu");
        MOELORA_ASSERT_OK(model);
        const Pack pack = pack_of(tiny);
        const auto run = [&] {
            return (*model)->logits((*model)->forward(pack.inputs).states).to(at::kFloat);
        };
        const at::Tensor loop = run();
        const test::HostVarlen host(89);
        (void)varlen_kernel_for(at::kCPU, at::kBFloat16, 8);
        test::varlen_calls.clear();
        EXPECT_LE(test::max_difference(run(), loop), 0.03 * loop.abs().max().item<double>());
        const TextConfig& text = tiny.model->config().text;
        ASSERT_EQ(std::ssize(test::varlen_calls), text.num_layers);
        for (std::size_t layer = 0; layer < test::varlen_calls.size(); ++layer) {
            const test::VarlenCall& call = test::varlen_calls[layer];
            EXPECT_EQ(call.kernel, "flash");
            EXPECT_EQ(call.bounds, pack.bounds);
            EXPECT_EQ(call.heads, 4);
            EXPECT_EQ(call.kv_heads, 2);
            EXPECT_EQ(call.window,
                      text.sliding[layer] ? std::optional(text.window - 1) : std::nullopt);
        }
    }
}

TEST(PackInOneCall, RecomputedLayersCallItAgain) {
    const auto tiny = test::load_tiny("mistral_window", test::text_fixtures);
    const Pack pack = pack_of(tiny);
    FrozenLinear& first = tiny.linear("model.layers.0.self_attn.k_proj");
    first.weight.requires_grad_(true);
    const test::HostVarlen host(80);
    std::vector<at::Tensor> gradients;
    for (const bool recompute : {false, true}) {
        tiny.model->set_gradient_checkpointing(recompute);
        first.weight.mutable_grad().reset();
        tiny.model->logits(tiny.model->forward(pack.inputs).states).square().sum().backward();
        gradients.push_back(first.weight.grad().clone());
    }
    EXPECT_TRUE(at::equal(gradients[0], gradients[1]));
}

// Pictures of several sizes; those of one size are one call of the loop already.
TEST(PicturesInOneCall, FeaturesAreThoseOfTheLoop) {
    const at::NoGradGuard frozen;
    const auto tiny = test::load_tiny("left_padded_batch");
    const at::Tensor grids = tiny.find("image_grid_thw"), pixels = tiny.find("pixel_values");
    const auto seen = [&](const at::Tensor& p, const at::Tensor& g) {
        return tiny.model->encode_images(p, g);
    };
    const VisionFeatures loop = seen(pixels, grids);
    std::vector<std::int32_t> bounds = {0};
    std::int64_t longest = 0;
    for (std::int64_t i = 0; i < grids.size(0); ++i) {
        const std::int64_t frame = (grids[i][1] * grids[i][2]).item<std::int64_t>();
        longest = std::max(longest, frame);
        for (std::int64_t t = 0; t < grids[i][0].item<std::int64_t>(); ++t)
            bounds.push_back(bounds.back() + static_cast<std::int32_t>(frame));
    }
    const test::HostVarlen host(80);
    (void)varlen_kernel_for(at::kCPU, at::kFloat, 8);
    test::varlen_calls.clear();
    const VisionFeatures once = seen(pixels, grids);
    EXPECT_LE(test::max_difference(once.merged, loop.merged), 2e-5);
    for (std::size_t level = 0; level < loop.deepstack.size(); ++level)
        EXPECT_LE(test::max_difference(once.deepstack[level], loop.deepstack[level]), 2e-5);
    ASSERT_EQ(std::ssize(test::varlen_calls), tiny.model->config().vision.depth);
    for (const test::VarlenCall& call : test::varlen_calls) {
        EXPECT_EQ(call.bounds, bounds);
        EXPECT_EQ(call.longest, longest);
        EXPECT_FALSE(call.causal);
    }
    test::varlen_calls.clear();
    const std::int64_t rows = grids[0].prod().item<std::int64_t>();
    (void)seen(pixels.narrow(0, 0, rows), grids.narrow(0, 0, 1));
    EXPECT_TRUE(test::varlen_calls.empty()) << "one size: one call as it was";
}

}  // namespace
}  // namespace moelora
