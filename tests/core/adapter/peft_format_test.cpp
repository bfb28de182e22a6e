// SPDX-License-Identifier: GPL-3.0-or-later
// PEFT folders against what PEFT 0.21.2 recorded (tests/golden/adapter/make_peft_fixture.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/json.h"
#include "core/io/files.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

const std::string fixture = source_path("tests/golden/adapter/peft_lora");

double largest_real(const at::Tensor& difference, const TinyBatch& batch) {
    return difference.index({batch.inputs.attention_mask.to(at::kBool)}).abs().max().item<double>();
}

TEST(PeftFormat, LogitsEqualPeft) {
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, fixture);
    MOELORA_ASSERT_OK(adapter);
    const TinyBatch batch = tiny_batch();
    const at::Tensor base = logits(*model, batch);
    (*adapter)->attach();
    const at::Tensor y = logits(*model, batch, adapter->get());
    const at::Tensor expected = read_tensor(peft_fixture(), "logits");
    EXPECT_LT(largest_real(y - expected, batch), 1e-5);
    EXPECT_GT(largest_real(y - base, batch), 1e-2);
}

TEST(PeftFormat, GradientsOfAllTensorsPointAsInPeft) {
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, fixture);
    MOELORA_ASSERT_OK(adapter);
    (*adapter)->attach();
    const TinyBatch batch = tiny_batch();
    const at::Tensor loss =
        cross_entropy(logits(*model, batch, adapter->get(), true), batch.labels);
    EXPECT_NEAR(loss.item<double>(), read_tensor(peft_fixture(), "loss").item<double>(), 1e-5);
    loss.backward();
    std::size_t compared = 0;
    for (const auto& [name, tensor] : (*adapter)->parameters()) {
        const auto dot = name.rfind('.');
        const std::string kind = name.ends_with("expert_a") ? "lora_A" : "lora_B";
        const at::Tensor expected =
            read_tensor(peft_fixture(),
                        "grad.base_model.model." + name.substr(0, dot) + "." + kind + ".weight");
        const at::Tensor g = tensor.grad().view(-1), e = expected.view(-1);
        const double cosine = (g.dot(e) / (g.norm() * e.norm())).item<double>();
        EXPECT_GE(cosine, 0.99999) << name;
        EXPECT_NEAR((g.norm() / e.norm()).item<double>(), 1, 1e-4) << name;
        ++compared;
    }
    EXPECT_EQ(compared, 34u);
}

TEST(PeftFormat, PatternsForRankAndAlphaAreHonoured) {
    const auto card = read_card(fixture);
    MOELORA_ASSERT_OK(card);
    for (const auto& site : card->sites) {
        const bool query = site.shape.path == "model.language_model.layers.1.self_attn.q_proj";
        const bool down = site.shape.path == "model.language_model.layers.1.mlp.down_proj";
        EXPECT_EQ(site.ranks[0], query ? 6 : 4);
        EXPECT_EQ(site.scales[0], query ? 1.5 : down ? 1.25 : 2.0);
    }
}

TEST(PeftFormat, ExportedFolderHoldsTheSameAdapter) {
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, fixture);
    MOELORA_ASSERT_OK(adapter);
    const TempDir folder;
    const auto saved = save_peft(**adapter, folder.path());
    MOELORA_ASSERT_OK(saved);
    const auto again = Adapter::load(*model, folder.path());
    MOELORA_ASSERT_OK(again);
    const auto a = (*adapter)->parameters(), b = (*again)->parameters();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor));
    for (std::size_t i = 0; i < (*adapter)->sites().size(); ++i)
        EXPECT_EQ((*adapter)->sites()[i].scales, (*again)->sites()[i].scales);
    const Json config = *read_json(folder / "adapter_config.json");
    EXPECT_EQ(config.at("peft_type"), "LORA");
    EXPECT_EQ(config.at("target_modules").size(), 17u);
    EXPECT_EQ(config.at("rank_pattern").size(), 1u);
    EXPECT_EQ(config.at("alpha_pattern").size(), 2u);
    const auto summary = summarize_adapter(folder.path());
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->format, "PEFT");
    EXPECT_EQ(summary->tensors, 34);
}

TEST(PeftFormat, NativeAndPeftFoldersOfOneAdapterAgree) {
    const auto model = tiny_model();
    const auto adapter = Adapter::load(*model, fixture);
    MOELORA_ASSERT_OK(adapter);
    const TempDir folder;
    ASSERT_TRUE(save_native(**adapter, folder.path()).has_value());
    const auto again = Adapter::load(*model, folder.path());
    MOELORA_ASSERT_OK(again);
    const TinyBatch batch = tiny_batch();
    (*adapter)->attach();
    const at::Tensor y = logits(*model, batch, adapter->get());
    (*again)->attach();
    EXPECT_TRUE(at::equal(logits(*model, batch, again->get()), y));
}

TEST(PeftFormat, MixtureIsRefused) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, tiny_options());
    const TempDir folder;
    const auto saved = save_peft(*adapter, folder.path());
    ASSERT_FALSE(saved.has_value());
    EXPECT_EQ(saved.error().code, ErrorCode::ExportRefused);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// The fixture's folder with one key of the configuration changed.
std::string refusal_with(const std::string& key, const Json& value) {
    const TempDir folder;
    std::filesystem::copy(fixture, folder.path(), std::filesystem::copy_options::recursive);
    Json config = *read_json(folder / "adapter_config.json");
    config[key] = value;
    EXPECT_TRUE(write_text_atomic(folder / "adapter_config.json", config.dump()).has_value());
    const auto stored = Adapter::load(*tiny_model(), folder.path());
    return stored ? "accepted" : message_of(stored.error());
}

TEST(PeftFormat, ADoraWithoutMagnitudesIsRefusedByTheirNames) {
    EXPECT_THAT(refusal_with("use_dora", true), HasSubstr("lora_magnitude_vector"));
}

TEST(PeftFormat, WhatChangesTheArithmeticIsRefusedByName) {
    for (const char* key : {"lora_bias", "use_qalora", "fan_in_fan_out"})
        EXPECT_THAT(refusal_with(key, true), HasSubstr(key));
    EXPECT_THAT(refusal_with("layer_replication", Json::array({Json::array({0, 1})})),
                HasSubstr("layer_replication"));
    EXPECT_THAT(refusal_with("init_lora_weights", "pissa"), HasSubstr("pissa"));
    EXPECT_THAT(refusal_with("peft_type", "VERA"), HasSubstr("peft_type"));
    EXPECT_THAT(refusal_with("bias", "all"), HasSubstr("biases"));
    EXPECT_THAT(refusal_with("r", "8"), HasSubstr("r is no usable rank"));
    EXPECT_THAT(refusal_with("r", 5), HasSubstr("wrong tensors"));
    EXPECT_EQ(refusal_with("something_new", 1), "accepted");
}

// As PEFT reads a key: an expression that matches a whole tail of the path.
TEST(PeftFormat, PatternsOfRanksMayBeRegularExpressions) {
    for (const char* key : {R"(.*layers\.1\..*q_proj)", R"(layers\.1\.self_attn\.(q|x)_proj)",
                            R"([a-z.]*\.1\.\w+.q_proj)", R"(1.self_attn.q_pro[j])"})
        EXPECT_EQ(refusal_with("rank_pattern", Json::object({{key, 6}})), "accepted") << key;
    for (const char* key : {R"(.*layers\.0\..*q_proj)", R"(ayers\.1\.self_attn\.[q]_proj)"})
        EXPECT_THAT(refusal_with("rank_pattern", Json::object({{key, 6}})),
                    HasSubstr("wrong tensors"))
            << key << " matches another layer, or none";
    const std::string long_one = std::string(201, 'q') + "[j]";
    for (const char* key : {"(q_proj", "(a*)*b", "(a|b)?(a|b)?", ".*a.*b.*", R"((q)\1)",
                            "a?a?a?a?a?a?a?a?a?", long_one.c_str()})
        EXPECT_THAT(refusal_with("rank_pattern", Json::object({{key, 6}})),
                    HasSubstr("no simple regular expression"))
            << key;
}

TEST(PeftFormat, RecipeFolderIsPlainLoraAndSaysSo) {
    const TempDir folder;
    std::filesystem::copy(fixture, folder.path(), std::filesystem::copy_options::recursive);
    Json config = *read_json(folder / "adapter_config.json");
    config["num_experts"] = 2;
    config["expert_capacity"] = 1;
    ASSERT_TRUE(write_text_atomic(folder / "adapter_config.json", config.dump()).has_value());
    const auto summary = summarize_adapter(folder.path());
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->experts, 1);
    ASSERT_EQ(summary->issues.size(), 1u);
    EXPECT_EQ(summary->issues[0].error.code, ErrorCode::AdapterNoMixture);
}

TEST(PeftFormat, WrongPrefixIsRefusedInsteadOfDoingNothing) {
    const TempDir folder;
    std::filesystem::copy(fixture, folder.path(), std::filesystem::copy_options::recursive);
    const auto file = SafetensorsFile::open(fixture + "/adapter_model.safetensors");
    MOELORA_ASSERT_OK(file);
    std::vector<TensorBytes> rows;
    for (const auto& e : file->entries())
        rows.push_back(
            {e.name.substr(std::string("base_model.").size()), e.dtype, e.shape, file->bytes(e)});
    ASSERT_TRUE(write_safetensors(folder / "adapter_model.safetensors", rows).has_value());
    const auto adapter = Adapter::load(*tiny_model(), folder.path());
    ASSERT_FALSE(adapter.has_value());
    EXPECT_EQ(adapter.error().code, ErrorCode::AdapterInvalid);
    EXPECT_THAT(message_of(adapter.error()), HasSubstr("holds no"));
}

}  // namespace
}  // namespace moelora
