// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/questions.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/options/presets.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string demo(const std::string& name) {
    return test::source_path("resources/demo/" + name);
}

TEST(Questions, ATokenizerIsReadAgainOnlyWhenItsFileChanged) {
    const test::TempDir model;
    const std::string file = model / "tokenizer.json";
    fs::copy(demo("model/tokenizer.json"), file);
    fs::copy(demo("model/tokenizer_config.json"), model / "tokenizer_config.json");
    const auto ids = questions::tokenize(model.path(), "beach");
    MOELORA_ASSERT_OK(ids);
    EXPECT_EQ(questions::detokenize(model.path(), *ids), "beach");

    // As long and as old as before: the one in memory still answers.
    const std::string whole = read_text(file).value();
    const auto time = fs::last_write_time(file);
    MOELORA_ASSERT_OK(write_text_atomic(file, std::string(whole.size(), '?')));
    fs::last_write_time(file, time);
    EXPECT_EQ(questions::tokenize(model.path(), "beach"), *ids);

    fs::last_write_time(file, time + std::chrono::seconds(1));
    EXPECT_FALSE(questions::tokenize(model.path(), "beach"));
    MOELORA_ASSERT_OK(write_text_atomic(file, whole));  // a failure is not kept
    EXPECT_EQ(questions::tokenize(model.path(), "beach"), *ids);
    EXPECT_EQ(questions::tokenize(model / "none", "beach").error().code, ErrorCode::FileMissing);
}

// The table of systems in README.md, of a folder at the shapes of Qwen3-VL-4B that holds nothing
// but its config.json.
TEST(Questions, GoldenCountsOfA4BModelComeFromItsHeadersAlone) {
    const test::TempDir model;
    Json config = *read_json(demo("model/config.json"));
    Json& text = config["text_config"];
    text["hidden_size"] = 2560;
    text["num_attention_heads"] = 32;
    text["num_key_value_heads"] = 8;
    text["head_dim"] = 128;
    text["intermediate_size"] = 9728;
    text["num_hidden_layers"] = 36;
    text["rope_parameters"]["mrope_section"] = {24, 20, 20};
    config["vision_config"]["out_hidden_size"] = 2560;
    MOELORA_ASSERT_OK(write_text_atomic(model / "config.json", config.dump()));
    const struct {
        const char* preset;
        Flavour flavour;
        std::int64_t parameters;
    } rows[] = {{"lora", Flavour::Default, 16515072},
                {"dora", Flavour::Default, 17620992},
                {"soft", Flavour::Default, 69894144},
                {"topk-switch", Flavour::Default, 69894144},
                {"qwen3vl-moe-lora", Flavour::Intended, 12644352},
                {"qwen3vl-moe-lora", Flavour::AsRun, 5898240},
                {"ia3", Flavour::Default, 423936},
                {"moelora", Flavour::Global, 33031744},
                {"mov", Flavour::Code, 7833600},
                {"molora", Flavour::Default, 73543680},
                {"loramoe", Flavour::Default, 35057664},
                {"mola", Flavour::InvertedTriangle, 87367680},
                {"mixlora", Flavour::Default, 182403072},
                {"hydralora", Flavour::Default, 16957440},
                {"adamole", Flavour::Default, 27408528},
                {"goat", Flavour::Default, 24182784},
                {"lime", Flavour::Default, 3041424}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.preset);
        RunOptions run;
        run.adapter.preset = row.preset;
        run.adapter.flavour = row.flavour;
        MOELORA_ASSERT_OK(apply_preset(run));
        if (run.adapter.router == RouterKind::Task) run.adapter.num_tasks = 16;
        if (run.adapter.router == RouterKind::PerHead) run.adapter.num_experts = 10;
        const auto plan = questions::plan_adapter(model.path(), run.adapter);
        MOELORA_ASSERT_OK(plan);
        EXPECT_EQ(plan->total, row.parameters);
    }
}

TEST(Questions, APlanCountsWhatIsAskedForAndRefusesWhatMatchesNothing) {
    AdapterOptions options;
    options.targets = {"q_proj"};
    options.num_experts = 1;
    options.rank = 2;
    options.router = RouterKind::None;
    options.gate = GateKind::None;
    const auto plan = questions::plan_adapter(demo("model"), options);
    MOELORA_ASSERT_OK(plan);
    ASSERT_EQ(plan->sites.size(), 4U);
    EXPECT_EQ(plan->total, 4 * 2 * (192 + 192));
    options.targets = {"q_prj"};
    const auto refused = questions::plan_adapter(demo("model"), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::TargetUnmatched);
    EXPECT_THAT(std::string(refused.error().arg("nearest")), HasSubstr("q_proj"));
}

TEST(Questions, DataAreMeasuredWithAModelAndLongSamplesNamed) {
    DataOptions data;
    data.path = demo("held_out/data.jsonl");
    const auto alone = questions::check_dataset(data, "");
    MOELORA_ASSERT_OK(alone);
    EXPECT_FALSE(alone->tokens.has_value());
    EXPECT_GT(alone->samples, 300);
    EXPECT_EQ(alone->tasks.size(), 3U);
    EXPECT_LE(alone->preview.size(), 24U);
    data.max_length = 30;  // a picture alone takes 16 and its marks
    const auto measured = questions::check_dataset(data, demo("model"));
    MOELORA_ASSERT_OK(measured);
    ASSERT_TRUE(measured->tokens.has_value());
    EXPECT_LE(measured->tokens->p50, measured->tokens->p95);
    EXPECT_LE(measured->tokens->p95, measured->tokens->max);
    EXPECT_GT(measured->tokens->over_limit, 20);
    std::size_t named = 0;
    for (const Issue& issue : measured->issues)
        named += issue.error.code == ErrorCode::SampleTooLong;
    EXPECT_EQ(named, 20U) << "not all of hundreds";
}

TEST(Questions, AnInspectionNamesFormsThatDoNotFitTheModel) {
    const test::TempDir temp;
    const std::string model = temp / "model";
    fs::copy(demo("model"), model);
    EXPECT_TRUE(questions::inspect_model(model)->issues.empty());
    EXPECT_EQ(questions::inspect_model(model)->processor, "preprocessor_config.json");
    EXPECT_GT(questions::inspect_model(model)->vision_layers, 0);
    auto processor = read_json(model + "/preprocessor_config.json");
    MOELORA_ASSERT_OK(processor);
    (*processor)["image_mean"] = "grey";
    MOELORA_ASSERT_OK(write_text_atomic(model + "/preprocessor_config.json", processor->dump()));
    const auto summary = questions::inspect_model(model);
    MOELORA_ASSERT_OK(summary);
    ASSERT_EQ(summary->issues.size(), 1U);
    EXPECT_EQ(summary->issues[0].severity, Severity::Error);
    EXPECT_EQ(summary->issues[0].where.item, "preprocessor_config.json");
    fs::remove(model + "/tokenizer.json");
    EXPECT_THAT(questions::inspect_model(model)->missing, testing::ElementsAre("tokenizer.json"));
}

TEST(Questions, APictureIsShrunkToTheLongestSideAndNeverEnlarged) {
    const std::string path = demo("held_out/images/0000.webp");
    const auto whole = questions::load_picture(path, 0), small = questions::load_picture(path, 40),
               large = questions::load_picture(path, 4000);
    MOELORA_ASSERT_OK(whole);
    MOELORA_ASSERT_OK(small);
    MOELORA_ASSERT_OK(large);
    EXPECT_EQ(std::max(small->width, small->height), 40);
    EXPECT_EQ(small->rgb.size(), static_cast<std::size_t>(small->width * small->height * 3));
    EXPECT_EQ(large->width, whole->width);
    EXPECT_EQ(large->rgb, whole->rgb);
    EXPECT_EQ(questions::load_picture(path + "x", 40).error().code, ErrorCode::FileMissing);
}

}  // namespace
}  // namespace moelora
