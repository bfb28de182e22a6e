// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "core/io/files.h"
#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

using test::TensorMap;

class Loading : public ::testing::Test {
  protected:
    // A copy of a committed folder whose parts a test may change.
    void copy(const std::string& name) {
        source_ = test::source_path("tests/golden/qwen3vl/" + name);
        config_ = *read_json(source_ + "/config.json");
        tensors_ = test::read_tensors(source_ + "/model.safetensors");
    }
    void write() {
        std::ofstream(folder_ / "config.json") << config_.dump();
        ASSERT_TRUE(test::write_tensors(folder_ / "model.safetensors", tensors_).has_value());
    }
    [[nodiscard]] Result<std::unique_ptr<Qwen3VL>> load(ComputeDtype dtype = ComputeDtype::Fp32) {
        return Qwen3VL::load(folder_.path(), dtype, "cpu");
    }
    static at::Tensor logits(Qwen3VL& model, const ModelInputs& inputs) {
        const at::NoGradGuard frozen;
        return model.logits(model.forward(inputs).states);
    }
    test::TempDir folder_;
    std::string source_;
    Json config_;
    TensorMap tensors_;
};

TEST_F(Loading, BothRopeSpellingsGiveEqualLogits) {
    const test::TinyModel tiny = test::load_tiny("gqa_one_image");
    copy("gqa_one_image");
    Json& text = config_["text_config"];
    text["rope_parameters"] = text["rope_scaling"];
    text["rope_parameters"]["rope_theta"] = text["rope_theta"];
    text.erase("rope_scaling");
    text.erase("rope_theta");
    write();
    const auto other = load();
    MOELORA_ASSERT_OK(other);
    EXPECT_TRUE(at::equal(logits(**other, tiny.inputs()), logits(*tiny.model, tiny.inputs())));
}

TEST_F(Loading, ShardsEqualTheSingleFile) {
    const test::TinyModel tiny = test::load_tiny("odd_sizes_untied");
    copy("odd_sizes_untied");
    std::ofstream(folder_ / "config.json") << config_.dump();
    TensorMap shards[2];
    Json index = {{"metadata", Json::object()}, {"weight_map", Json::object()}};
    std::size_t n = 0;
    for (const auto& [name, tensor] : tensors_) {
        index["weight_map"][name] =
            "model-0000" + std::to_string(n % 2 + 1) + "-of-00002.safetensors";
        shards[n++ % 2][name] = tensor;
    }
    for (int k = 0; k < 2; ++k)
        ASSERT_TRUE(test::write_tensors(
                        folder_ / ("model-0000" + std::to_string(k + 1) + "-of-00002.safetensors"),
                        shards[k])
                        .has_value());
    std::ofstream(folder_ / "model.safetensors.index.json") << index.dump();
    const auto sharded = load();
    MOELORA_ASSERT_OK(sharded);
    EXPECT_TRUE(at::equal(logits(**sharded, tiny.inputs()), logits(*tiny.model, tiny.inputs())));
}

TEST_F(Loading, NamesWithoutThePrefixAreFound) {
    const test::TinyModel tiny = test::load_tiny("gqa_one_image");
    copy("gqa_one_image");
    TensorMap renamed;
    for (const auto& [name, tensor] : tensors_)
        renamed[name.substr(std::strlen("model."))] = tensor;
    tensors_ = renamed;
    write();
    const auto other = load();
    MOELORA_ASSERT_OK(other);
    EXPECT_TRUE(at::equal(logits(**other, tiny.inputs()), logits(*tiny.model, tiny.inputs())));
}

TEST_F(Loading, HeadInATiedFolderIsUsedAndSaidSo) {
    const std::string embedding = "model.language_model.embed_tokens.weight";
    copy("gqa_one_image");
    write();
    const auto tied = summarize_model(folder_.path());
    const auto bytes = load().value()->weight_bytes();
    tensors_["lm_head.weight"] = tensors_[embedding].clone();
    write();
    auto equal = load();
    MOELORA_ASSERT_OK(equal);
    EXPECT_TRUE((*equal)->config().tie_word_embeddings);
    EXPECT_TRUE((*equal)->config().issues.empty());
    EXPECT_EQ((*equal)->weight_bytes(), bytes) << "one tensor, held once";
    const auto same = summarize_model(folder_.path());
    EXPECT_TRUE(same->tied);
    EXPECT_EQ(same->parameters_total, tied->parameters_total) << "and counted once";
    tensors_["lm_head.weight"] = tensors_[embedding] * 2;
    write();
    auto differs = load();
    MOELORA_ASSERT_OK(differs);
    EXPECT_FALSE((*differs)->config().tie_word_embeddings);
    const auto two = summarize_model(folder_.path());
    EXPECT_FALSE(two->tied);
    EXPECT_EQ(two->parameters_total, tied->parameters_total + tensors_[embedding].numel());
    ASSERT_EQ((*differs)->config().issues.size(), 1U);
    EXPECT_EQ((*differs)->config().issues[0].error.code, ErrorCode::ModelHeadUntied);
    const at::Tensor h = at::randn({1, 32});
    EXPECT_TRUE(at::allclose((*differs)->logits(h), 2 * (*equal)->logits(h)));
}

TEST_F(Loading, WeightsThatAreNotFiniteAreNamed) {
    copy("gqa_one_image");
    tensors_["model.language_model.norm.weight"][3] = std::numeric_limits<double>::quiet_NaN();
    tensors_["model.visual.merger.norm.bias"][0] = -std::numeric_limits<double>::infinity();
    at::Tensor& large = tensors_["model.language_model.embed_tokens.weight"];
    large = at::full_like(large, 3e38);  // whose sum is not finite
    write();
    for (const ComputeDtype dtype : {ComputeDtype::Fp32, ComputeDtype::Bf16}) {
        const auto model = load(dtype);
        MOELORA_ASSERT_OK(model);
        const auto& issues = (*model)->config().issues;
        ASSERT_EQ(issues.size(), 1U);
        EXPECT_EQ(issues[0].severity, Severity::Warning);
        EXPECT_EQ(issues[0].error.code, ErrorCode::WeightsNotFinite);
        EXPECT_EQ(issues[0].error.arg("tensor"),
                  "model.language_model.norm.weight, model.visual.merger.norm.bias");
    }
}

TEST_F(Loading, MissingAndMisshapedTensorsAreNamed) {
    copy("odd_sizes_untied");
    const auto kept = tensors_;
    tensors_.erase("lm_head.weight");
    write();
    EXPECT_EQ(load().error().code, ErrorCode::ModelTensorMissing);
    EXPECT_EQ(load().error().arg("tensor"), "lm_head.weight");
    tensors_ = kept;
    tensors_["model.visual.merger.norm.bias"] = at::zeros({17});
    write();
    EXPECT_EQ(load().error().code, ErrorCode::ModelTensorShape);
    EXPECT_EQ(load().error().arg("expected"), "[16]");
    tensors_["model.visual.merger.norm.bias"] = at::zeros({16}, at::kLong);
    write();
    EXPECT_EQ(load().error().code, ErrorCode::SafetensorsInvalid);
}

TEST_F(Loading, UnknownDevicesAreRefused) {
    copy("gqa_one_image");
    write();
    for (const char* name : {"nonsense", "cuda:0", "meta"}) {
        if (std::string(name) == "cuda:0" && at::globalContext().hasCUDA()) continue;
        const auto loaded = Qwen3VL::load(folder_.path(), ComputeDtype::Fp32, name);
        ASSERT_FALSE(loaded.has_value()) << name;
        EXPECT_EQ(loaded.error().code, ErrorCode::DeviceUnavailable);
    }
}

TEST_F(Loading, Bf16StaysNearFp32) {
    const test::TinyModel tiny = test::load_tiny("left_padded_batch");
    copy("left_padded_batch");
    write();
    const auto half = load(ComputeDtype::Bf16);
    MOELORA_ASSERT_OK(half);
    EXPECT_EQ((*half)->dtype(), at::kBFloat16);
    EXPECT_EQ((*half)->weight_bytes() * 2, tiny.model->weight_bytes());
    const at::Tensor got = logits(**half, tiny.inputs()).to(at::kFloat);
    const at::Tensor difference = (got - tiny.find("logits")).abs().masked_select(tiny.real());
    EXPECT_LE(difference.mean().item<double>(), 0.05);
    EXPECT_GT(difference.max().item<double>(), 1e-4) << "it really computed in bf16";
}

TEST_F(Loading, PicturesAndTokensMustAgree) {
    const test::TinyModel tiny = test::load_tiny("head_dim_two_images");
    ModelInputs one_grid = tiny.inputs();
    one_grid.grid_thw = one_grid.grid_thw.narrow(0, 0, 1);
    EXPECT_THROW((void)tiny.model->forward(one_grid), std::invalid_argument);
    ModelInputs short_pixels = tiny.inputs();
    short_pixels.pixel_values = short_pixels.pixel_values.narrow(0, 0, 40);
    EXPECT_THROW((void)tiny.model->forward(short_pixels), std::invalid_argument);
    ModelInputs short_run = tiny.inputs();
    short_run.input_ids = short_run.input_ids.clone();
    short_run.input_ids[0][5] = 3;
    EXPECT_THROW((void)tiny.model->forward(short_run), std::invalid_argument);
    ModelInputs none = tiny.inputs();
    none.pixel_values = at::Tensor();
    none.grid_thw = at::Tensor();
    EXPECT_THROW((void)tiny.model->forward(none), std::invalid_argument);
}

TEST_F(Loading, SummaryCountsWhatTheFolderHolds) {
    copy("odd_sizes_untied");
    write();
    const auto summary = summarize_model(folder_.path());
    MOELORA_ASSERT_OK(summary);
    std::int64_t count = 0;
    for (const auto& [name, tensor] : tensors_) count += tensor.numel();
    EXPECT_EQ(summary->parameters_total, count);
    EXPECT_FALSE(summary->tied);
    EXPECT_EQ(summary->dtype, "F32");
    EXPECT_EQ(summary->missing,
              (std::vector<std::string>{"tokenizer.json", "preprocessor_config.json"}));
    const auto before = quick_fingerprint(folder_.path());
    MOELORA_ASSERT_OK(before);
    EXPECT_EQ(before->size(), 64U);
    tensors_.erase("model.visual.pos_embed.weight");
    write();
    EXPECT_THAT(summarize_model(folder_.path())->missing,
                ::testing::Contains("model.visual.pos_embed.weight"));
    EXPECT_NE(*quick_fingerprint(folder_.path()), *before);
}

// Bytes of memory that belong to no file.
std::int64_t anonymous_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("RssAnon:", 0) == 0) return std::stoll(line.substr(8)) * 1024;
    return -1;
}

TEST_F(Loading, AnonymousMemoryIsTheModelPlusOneTensor) {
    if (anonymous_bytes() < 0) GTEST_SKIP() << "the kernel does not report RssAnon";
    copy("gqa_one_image");
    // 64 MB in fp32, the largest tensor 8 MB.
    constexpr std::int64_t vocab = 65536, inner = 16384;
    config_["text_config"]["vocab_size"] = vocab;
    config_["text_config"]["intermediate_size"] = inner;
    config_["text_config"]["num_hidden_layers"] = 8;
    const std::string root = "model.language_model.layers.";
    for (int i = 0; i < 8; ++i) {
        const std::string at = root + std::to_string(i) + ".";
        for (const auto& [name, tensor] : TensorMap(tensors_))
            if (name.rfind(root + "0.", 0) == 0)
                tensors_[at + name.substr(root.size() + 2)] = tensor;
        tensors_[at + "mlp.gate_proj.weight"] = at::rand({inner, 32});
        tensors_[at + "mlp.up_proj.weight"] = at::rand({inner, 32});
        tensors_[at + "mlp.down_proj.weight"] = at::rand({32, inner});
    }
    tensors_["model.language_model.embed_tokens.weight"] = at::rand({vocab, 32});
    write();
    tensors_.clear();
    for (const ComputeDtype dtype : {ComputeDtype::Fp32, ComputeDtype::Bf16}) {
        const std::int64_t before = anonymous_bytes();
        std::int64_t peak = 0, calls = 0, last = 0, total = 0;
        const auto model =
            Qwen3VL::load(folder_.path(), dtype, "cpu", [&](std::int64_t done, std::int64_t all) {
                peak = std::max(peak, anonymous_bytes());
                EXPECT_GT(done, last);
                last = done;
                total = all;
                ++calls;
            });
        MOELORA_ASSERT_OK(model);
        EXPECT_EQ(last, total);
        EXPECT_GT(calls, 90);
        constexpr std::int64_t largest = vocab * 32 * 4, slack = 2 << 20;
        EXPECT_LE(peak - before, (*model)->weight_bytes() + largest + slack);
        EXPECT_GE((*model)->weight_bytes(), (dtype == ComputeDtype::Fp32 ? 56 : 28) << 20);
    }
}

}  // namespace
}  // namespace moelora
