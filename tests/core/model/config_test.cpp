// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/support/bad_files.h"

namespace moelora {
namespace {

using ::testing::HasSubstr;

struct Size {
    std::int64_t hidden, layers, heads, inner;
    bool tied;
    std::int64_t vision_hidden, depth, vision_inner;
    std::vector<std::int64_t> deepstack;
};

// The published sizes (qwen3vl.md section 2).
Json published_config(const Size& s) {
    return {{"model_type", "qwen3_vl"},
            {"tie_word_embeddings", s.tied},
            {"image_token_id", 151655},
            {"video_token_id", 151656},
            {"vision_start_token_id", 151652},
            {"vision_end_token_id", 151653},
            {"text_config",
             {{"vocab_size", 151936},
              {"hidden_size", s.hidden},
              {"intermediate_size", s.inner},
              {"num_hidden_layers", s.layers},
              {"num_attention_heads", s.heads},
              {"num_key_value_heads", 8},
              {"head_dim", 128},
              {"hidden_act", "silu"},
              {"max_position_embeddings", 262144},
              {"rms_norm_eps", 1e-6},
              {"rope_theta", 5000000},
              {"rope_scaling",
               {{"rope_type", "default"},
                {"mrope_section", {24, 20, 20}},
                {"mrope_interleaved", true}}},
              {"dtype", "bfloat16"}}},
            {"vision_config",
             {{"depth", s.depth},
              {"hidden_size", s.vision_hidden},
              {"hidden_act", "gelu_pytorch_tanh"},
              {"intermediate_size", s.vision_inner},
              {"num_heads", 16},
              {"in_channels", 3},
              {"patch_size", 16},
              {"spatial_merge_size", 2},
              {"temporal_patch_size", 2},
              {"out_hidden_size", s.hidden},
              {"num_position_embeddings", 2304},
              {"deepstack_visual_indexes", s.deepstack}}}};
}

Json small_config() {
    Json json = published_config({64, 2, 4, 96, true, 32, 2, 48, {0}});
    json["text_config"]["head_dim"] = 16;
    json["text_config"]["num_key_value_heads"] = 2;
    json["text_config"]["rope_scaling"]["mrope_section"] = {4, 2, 2};
    json["vision_config"]["num_heads"] = 2;
    return json;
}

class ModelConfigTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const Json& json) {
        std::ofstream(folder_ / name) << json.dump();
    }
    Result<ModelConfig> load(const Json& json) {
        write("config.json", json);
        return load_model_config(folder_.path());
    }
    test::TempDir folder_;
};

std::pair<std::int64_t, std::int64_t> parameters(const ModelConfig& config) {
    std::int64_t text = 0, vision = 0;
    for (const TensorShape& tensor : tensor_shapes(config)) {
        std::int64_t count = 1;
        for (const std::int64_t side : tensor.shape) count *= side;
        (tensor.vision ? vision : text) += count;
    }
    return {text, vision};
}

TEST_F(ModelConfigTest, ParameterCountsOfThePublishedSizesAreExact) {
    const struct {
        Size size;
        std::int64_t text, vision;
    } rows[] = {{{2048, 28, 16, 6144, true, 1024, 24, 4096, {5, 11, 17}}, 1720574976, 406957056},
                {{2560, 36, 32, 9728, true, 1024, 24, 4096, {5, 11, 17}}, 4022468096, 415347712},
                {{4096, 36, 32, 12288, false, 1152, 27, 4304, {8, 16, 24}}, 8190735360, 576388336}};
    for (const auto& row : rows) {
        const auto config = load(published_config(row.size));
        MOELORA_ASSERT_OK(config);
        const auto [text, vision] = parameters(*config);
        EXPECT_EQ(text, row.text);
        EXPECT_EQ(vision, row.vision);
        EXPECT_EQ(config->dtype, "bfloat16");
    }
}

TEST_F(ModelConfigTest, LinearsAreTextFirstInForwardOrder) {
    const auto config = load(small_config());
    MOELORA_ASSERT_OK(config);
    const auto linears = linear_shapes(*config);
    ASSERT_EQ(linears.size(), 2U * 7 + 2U * 4 + 2 * 2);
    EXPECT_EQ(linears[0].path, "model.language_model.layers.0.self_attn.q_proj");
    EXPECT_EQ(linears[6].path, "model.language_model.layers.0.mlp.down_proj");
    EXPECT_EQ(linears[6].in, 96);
    EXPECT_EQ(linears[6].out, 64);
    EXPECT_FALSE(linears[6].bias);
    EXPECT_EQ(linears[14].path, "model.visual.blocks.0.attn.qkv");
    EXPECT_EQ(linears[14].out, 96);
    EXPECT_TRUE(linears[14].bias);
    EXPECT_EQ(linears.back().path, "model.visual.merger.linear_fc2");
    EXPECT_EQ(linears.back().in, 128);
    std::set<std::string> paths;
    for (const LinearShape& linear : linears) paths.insert(linear.path);
    EXPECT_EQ(paths.size(), linears.size());
}

TEST_F(ModelConfigTest, BothRopeSpellingsAreRead) {
    const Json old_spelling = small_config();
    Json text = old_spelling["text_config"];
    text.erase("rope_theta");
    text.erase("rope_scaling");
    Json new_spelling = old_spelling;
    new_spelling["text_config"] = text;
    new_spelling["text_config"]["rope_parameters"] = {{"rope_theta", 5000000.0},
                                                      {"rope_type", "default"},
                                                      {"mrope_section", {4, 2, 2}},
                                                      {"mrope_interleaved", true}};
    for (const Json& json : {old_spelling, new_spelling}) {
        const auto config = load(json);
        MOELORA_ASSERT_OK(config);
        EXPECT_EQ(config->text.rope_theta, 5e6);
        EXPECT_EQ(config->text.mrope_section[0], 4);
        EXPECT_EQ(config->text.mrope_section[2], 2);
    }
}

TEST_F(ModelConfigTest, RopeSpellingsTogetherFollowTransformers) {
    Json json = small_config();
    json["text_config"]["rope_parameters"] = {{"rope_theta", 1e4}, {"rope_type", "default"}};
    EXPECT_EQ(load(json)->text.rope_theta, 5e6) << "the old spelling wins when it is complete";
    json["text_config"].erase("rope_scaling");
    EXPECT_EQ(load(json)->text.rope_theta, 1e4) << "a flat theta alone does not";
    json["text_config"].erase("rope_parameters");
    json["text_config"].erase("rope_theta");
    const auto none = load(json);
    ASSERT_FALSE(none.has_value()) << "a missing theta is an error";
    EXPECT_EQ(none.error().arg("field"), "rope_theta");
}

TEST_F(ModelConfigTest, EitherTieFlagTiesTheHead) {
    Json json = small_config();
    json["tie_word_embeddings"] = false;
    EXPECT_FALSE(load(json)->tie_word_embeddings);
    json["text_config"]["tie_word_embeddings"] = true;
    EXPECT_TRUE(load(json)->tie_word_embeddings);
    json["text_config"].erase("tie_word_embeddings");
    json["tie_word_embeddings"] = true;
    EXPECT_TRUE(load(json)->tie_word_embeddings);
}

TEST_F(ModelConfigTest, EndIdsComeFromTheGenerationConfigFirst) {
    Json json = small_config();
    json["text_config"]["eos_token_id"] = 7;
    EXPECT_EQ(load(json)->eos_ids, std::vector<std::int64_t>{7});
    EXPECT_EQ(load(json)->pad_id, 7);
    write("generation_config.json", {{"eos_token_id", {151645, 151643}}, {"pad_token_id", 151643}});
    EXPECT_EQ(load(json)->eos_ids, (std::vector<std::int64_t>{151645, 151643}));
    EXPECT_EQ(load(json)->pad_id, 151643);
    write("generation_config.json", {{"eos_token_id", -3}});
    EXPECT_EQ(load(json).error().arg("field"), "eos_token_id");
}

Json text_config(const std::string& family) {
    return {
        {"model_type", family},           {"vocab_size", 512},          {"hidden_size", 64},
        {"intermediate_size", 96},        {"num_hidden_layers", 3},     {"num_attention_heads", 4},
        {"num_key_value_heads", 2},       {"hidden_act", "silu"},       {"rms_norm_eps", 1e-5},
        {"max_position_embeddings", 512}, {"tie_word_embeddings", true}};
}

TEST_F(ModelConfigTest, TextFamiliesTakeTheDefaultsOfTransformers) {
    const auto llama = load(text_config("llama"));
    MOELORA_ASSERT_OK(llama);
    EXPECT_FALSE(llama->has_vision());
    EXPECT_EQ(llama->text_root(), "model.");
    EXPECT_EQ(llama->text.head_dim, 16);
    EXPECT_EQ(llama->text.rope_theta, 1e4);
    EXPECT_FALSE(llama->text.qk_norm || llama->text.qkv_bias || llama->text.o_bias);
    EXPECT_EQ(llama->eos_ids, std::vector<std::int64_t>{2});
    EXPECT_EQ(linear_shapes(*llama).size(), 21U);
    EXPECT_EQ(llama->text.window, 0);

    const auto qwen2 = load(text_config("qwen2"));
    MOELORA_ASSERT_OK(qwen2);
    EXPECT_TRUE(qwen2->text.qkv_bias && !qwen2->text.o_bias);
    EXPECT_TRUE(qwen2->eos_ids.empty());
    const auto qwen3 = load(text_config("qwen3"));
    MOELORA_ASSERT_OK(qwen3);
    EXPECT_TRUE(qwen3->text.qk_norm && !qwen3->text.qkv_bias);
    EXPECT_EQ(qwen3->text.head_dim, 128);
    const auto mistral = load(text_config("mistral"));
    MOELORA_ASSERT_OK(mistral);
    EXPECT_EQ(mistral->text.window, 4096);
    EXPECT_EQ(mistral->text.sliding, std::vector<bool>(3, true));
}

TEST_F(ModelConfigTest, RopeScalingIsReadInBothSpellings) {
    const Json llama3 = {{"rope_type", "llama3"},
                         {"factor", 8.0},
                         {"low_freq_factor", 1.0},
                         {"high_freq_factor", 4.0},
                         {"original_max_position_embeddings", 128}};
    Json json = text_config("llama");
    json["rope_theta"] = 5e5;
    json["rope_scaling"] = llama3;
    auto config = load(json);
    MOELORA_ASSERT_OK(config);
    EXPECT_EQ(config->text.rope_scaling.kind, RopeScaling::Kind::Llama3);
    EXPECT_EQ(config->text.rope_scaling.original_positions, 128);
    EXPECT_EQ(config->text.rope_theta, 5e5);
    json.erase("rope_scaling");
    json["rope_parameters"] = {{"type", "linear"}, {"factor", 2.0}, {"rope_theta", 1e6}};
    config = load(json);
    MOELORA_ASSERT_OK(config);
    EXPECT_EQ(config->text.rope_scaling.kind, RopeScaling::Kind::Linear);
    EXPECT_EQ(config->text.rope_theta, 1e6);
}

TEST_F(ModelConfigTest, WhatTextFamiliesCannotDoIsRefusedByName) {
    const struct {
        const char *family, *key;
        Json value;
        const char* field;
    } rows[] = {{"llama", "rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}, "rope_type"},
                {"llama", "rope_scaling", {{"type", "dynamic"}, {"factor", 4.0}}, "type"},
                {"llama", "rope_scaling", {{"rope_type", "linear"}}, "factor"},
                {"llama", "partial_rotary_factor", 0.5, "partial_rotary_factor"},
                {"llama", "hidden_act", "gelu", "hidden_act"},
                {"llama", "num_attention_heads", 5, "num_attention_heads"},
                {"mistral", "sliding_window", 0, "sliding_window"},
                {"qwen3", "layer_types", Json::array({"sliding_attention"}), "layer_types"},
                {"qwen2", "quantization_config", Json::object(), "quantization_config"},
                {"qwen2", "num_key_value_heads", 3, "num_key_value_heads"}};
    for (const auto& row : rows) {
        Json json = text_config(row.family);
        json[row.key] = row.value;
        const auto config = load(json);
        ASSERT_FALSE(config.has_value()) << row.field;
        EXPECT_EQ(config.error().arg("field"), row.field) << message_of(config.error());
    }
}

TEST_F(ModelConfigTest, UnknownFamilyListsTheSupportedOnes) {
    const auto config = load({{"model_type", "rwkv"}});
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().code, ErrorCode::ModelUnsupported);
    for (const char* known : {"qwen3_vl", "llama", "mistral", "qwen2", "qwen3"})
        EXPECT_THAT(hint_of(config.error()), HasSubstr(known));
}

TEST_F(ModelConfigTest, FolderWithoutConfigurationIsNamed) {
    const auto config = load_model_config(folder_.path());
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().code, ErrorCode::ModelFileMissing);
    EXPECT_EQ(load_model_config(folder_ / "nowhere").error().code, ErrorCode::FileMissing);
}

// Every row of the manifest that is about config.json.
class BadConfigs : public ::testing::Test {
  protected:
    void SetUp() override { MOELORA_NEED_SHARED_DATA(); }
};

TEST_F(BadConfigs, EveryRowIsAnsweredAsTheManifestSays) {
    std::map<std::string, int> answered;
    for (const Json& row : test::bad_rows("config/")) {
        const std::string path = row.at("path");
        if (path.find("preprocessor_") != std::string::npos) continue;  // tests/core/image
        SCOPED_TRACE(path);
        const std::string action = row.at("action");
        test::TempDir folder;
        std::filesystem::copy_file(test::bad_file(path), folder / "config.json");
        const auto config =
            test::within_limits(row, [&] { return load_model_config(folder.path()); });
        ++answered[action];
        if (action == "accept" && test::allows(row, "refuse_with_message")) continue;
        ASSERT_EQ(config.has_value(), action == "accept")
            << (config ? "" : message_of(config.error()));
        if (config) continue;
        EXPECT_THAT(message_of(config.error()), HasSubstr("config.json"));
        if (row.at("expect").contains("message_names")) {
            EXPECT_THAT(message_of(config.error()),
                        HasSubstr(row["expect"]["message_names"].get<std::string>()));
        }
    }
    EXPECT_EQ(answered["refuse_with_message"], 71);
    EXPECT_EQ(answered["accept"], 7);
}

TEST_F(BadConfigs, PreprocessorForAnotherPatchSizeIsRefused) {
    for (const auto& [name, good] : {std::pair<const char*, bool>{"preprocessor_ok", true},
                                     {"preprocessor_patch_mismatch", false}}) {
        test::TempDir folder;
        std::filesystem::copy_file(test::bad_file("config/ok_qwen3_vl.json"),
                                   folder / "config.json");
        std::filesystem::copy_file(test::bad_file(std::string("config/") + name + ".json"),
                                   folder / "preprocessor_config.json");
        const auto config = load_model_config(folder.path());
        ASSERT_EQ(config.has_value(), good);
        if (!good) {
            EXPECT_EQ(config.error().arg("field"), "patch_size");
        }
    }
}

}  // namespace
}  // namespace moelora
