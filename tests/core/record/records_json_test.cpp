// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/records_json.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/support/recorded_provenance.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> keys_of(const Json& json) {
    std::vector<std::string> keys;
    for (const auto& [key, item] : json.items()) keys.push_back(key);
    return keys;
}

const StepRecord step{3,
                      0.048,
                      4.8942,
                      0.01,
                      2.1,
                      1e-4,
                      24,
                      96,
                      812.5,
                      6.25,
                      1280.125,
                      123456789,
                      {{{"7", "9"}, 4.75}, {{"8"}, std::nullopt}}};
const RouterRecord router{1,
                          "model.language_model.layers.0.self_attn.q_proj",
                          0,
                          "q_proj",
                          {0.25, 0.75},
                          {0.5, 0.5},
                          0.81,
                          1.75,
                          345,
                          {{"tags", {0.125, 0.875}}},
                          {0.375, 0.625},
                          0.954,
                          {{"image", {0.25, 0.75}}, {"response", {0.5, 0.5}}}};
const Caption caption{"7",           "step 50", "/d/a \"b\".jpg",   "Describe.", "tags",
                      "A 中 bus.\n", {1, 2, 3}, StopReason::Length, 12.5,        50};

// Through a line of text and back.
template <class R, class Read>
void expect_round_trip(const R& record, Read read) {
    const std::string line = dump_line(to_json(record));
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto json = parse_json(line, "line");
    MOELORA_ASSERT_OK(json);
    const auto back = read(*json);
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(*back, record) << line;
}

TEST(RecordsJson, EveryRecordComesBackEqual) {
    expect_round_trip(step, step_from_json);
    expect_round_trip(router, router_from_json);
    expect_round_trip(EvalRecord{62, 1.0 / 3.0, 96}, eval_from_json);
    expect_round_trip(CheckpointInfo{62, "checkpoints/step-000062"}, checkpoint_from_json);
    expect_round_trip(NoteRecord{63, "TRAIN-001", "The loss became nan.", {"a", "b"}},
                      note_from_json);
    expect_round_trip(caption, caption_from_json);
    expect_round_trip(Caption{}, caption_from_json);
}

TEST(RecordsJson, LinesHaveTheShapesOfTheReference) {  // command_line.md, section 4
    EXPECT_EQ(dump_line(to_json(CheckpointInfo{62, "checkpoints/step-000062"})),
              R"({"type":"checkpoint","path":"checkpoints/step-000062","step":62})");
    EXPECT_EQ(dump_line(to_json(EvalRecord{62, 0.5, 96})),
              R"({"type":"eval","loss":0.5,"step":62,"targets":96})");
    EXPECT_THAT(dump_line(to_json(step)), StartsWith(R"({"type":"step",)"));
    EXPECT_THAT(keys_of(to_json(step)),
                testing::UnorderedElementsAre("type", "step", "epoch", "loss", "aux_loss",
                                              "grad_norm", "lr", "samples_seen", "targets",
                                              "tokens_per_s", "samples_per_s", "step_ms",
                                              "peak_mem_bytes", "micro_batches"));
    EXPECT_THAT(
        keys_of(to_json(router)),
        testing::UnorderedElementsAre("type", "step", "site", "layer", "module", "weight", "load",
                                      "entropy", "effective_experts", "tokens", "by_task",
                                      "probability", "marginal_entropy", "by_kind"));
    EXPECT_THAT(keys_of(to_json(NoteRecord{})),
                testing::UnorderedElementsAre("type", "step", "code", "message", "samples"));
}

TEST(RecordsJson, RouterLinesOfOlderRunsAreReadWithoutWhatTheyDoNotKnow) {
    Json json = to_json(router);
    for (const char* name : {"probability", "marginal_entropy", "by_kind"}) json.erase(name);
    const auto back = router_from_json(json);
    MOELORA_ASSERT_OK(back);
    RouterRecord expected = router;
    expected.probability.clear();
    expected.marginal_entropy = 0;
    expected.by_kind.clear();
    EXPECT_EQ(*back, expected);
}

TEST(RecordsJson, CaptionLineLeavesOutWhatItDoesNotHave) {
    const Json json = to_json(Caption{"1", "base", "a.jpg", "p", "", "t", {5}});
    EXPECT_FALSE(json.contains("task"));
    EXPECT_FALSE(json.contains("step"));
    EXPECT_EQ(json["stop_reason"], "end");
    EXPECT_EQ(json["tokens"], Json::array({5}));
}

TEST(DumpLine, NumbersReadBackToTheSameDoubleInShortestForm) {
    const auto line = [](double x) { return dump_line(Json{{"x", number_json(x)}}); };
    EXPECT_EQ(line(1e-4), R"({"x":1e-04})");
    EXPECT_EQ(line(0.1), R"({"x":0.1})");
    EXPECT_EQ(line(4), R"({"x":4.0})");
    EXPECT_EQ(line(-0.0), R"({"x":-0.0})");
    EXPECT_EQ(line(1e300), R"({"x":1e+300})");
    EXPECT_EQ(line(5e-324), R"({"x":5e-324})");
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto x = std::bit_cast<double>(random());
        if (!std::isfinite(x)) continue;
        const auto json = parse_json(line(x), "line");
        MOELORA_ASSERT_OK(json);
        EXPECT_EQ((*json)["x"].get<double>(), x);
        EXPECT_TRUE((*json)["x"].is_number_float());
    }
}

TEST(DumpLine, NanAndInfinitiesAreWords) {
    StepRecord record = step;
    record.loss = std::numeric_limits<double>::quiet_NaN();
    record.grad_norm = std::numeric_limits<double>::infinity();
    record.lr = -std::numeric_limits<double>::infinity();
    const std::string line = dump_line(to_json(record));
    EXPECT_THAT(line, HasSubstr(R"("loss":"nan")"));
    EXPECT_THAT(line, HasSubstr(R"("grad_norm":"inf")"));
    EXPECT_THAT(line, HasSubstr(R"("lr":"-inf")"));
    const auto back = step_from_json(Json::parse(line));
    MOELORA_ASSERT_OK(back);
    EXPECT_TRUE(std::isnan(back->loss));
    EXPECT_EQ(back->grad_norm, record.grad_norm);
    EXPECT_EQ(dump_line(Json{{"x", std::nan("")}}), R"({"x":"nan"})");
}

TEST(DumpLine, NestedValuesAndOddTexts) {
    const Json json = {
        {"a", {1, {{"type", "t"}, {"b", "\"\n"}}}}, {"e", Json::array()}, {"n", nullptr}};
    EXPECT_EQ(dump_line(json), R"({"a":[1,{"type":"t","b":"\"\n"}],"e":[],"n":null})");
    EXPECT_EQ(Json::parse(dump_line(json)), json);
    EXPECT_THAT(dump_line(Json{{"x", "\xff"}}), HasSubstr("\xEF\xBF\xBD"));  // no exception
}

TEST(RecordsJson, ReadingNamesTheFieldThatIsWrong) {
    Json json = to_json(step);
    json["loss"] = "low";
    const auto bad = step_from_json(json);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::RecordInvalid);
    EXPECT_THAT(message_of(bad.error()), HasSubstr("loss"));
    json = to_json(step);
    json.erase("step");
    EXPECT_FALSE(step_from_json(json));
    json = to_json(step);
    json["step"] = 1.5;
    EXPECT_FALSE(step_from_json(json));
    EXPECT_FALSE(step_from_json(to_json(router)));
    EXPECT_FALSE(eval_from_json(to_json(step))) << "another type of line";
    EXPECT_FALSE(step_from_json(Json::array()));
    EXPECT_FALSE(caption_from_json(Json(nullptr)));
}

TEST(RecordsJson, FieldsThatOlderFilesLackAndUnknownOnesAreNoErrors) {
    Json json = to_json(step);
    json.erase("peak_mem_bytes");
    json["later"] = true;
    const auto back = step_from_json(json);
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(back->peak_mem_bytes, 0);
    EXPECT_EQ(back->loss, step.loss);
}

TEST(RecordsJson, IssueAndErrorHaveTheirSentences) {
    const Issue issue{Severity::Error,
                      Error{ErrorCode::ImageMissing, {{"path", "/d/x.jpg"}}, {}, {}},
                      Place{"captions.json", 12, "x"}, 3};
    EXPECT_EQ(to_json(issue), (Json{{"code", "DATA-004"},
                                    {"severity", "error"},
                                    {"file", "captions.json"},
                                    {"line", 12},
                                    {"item", "x"},
                                    {"message", "The picture /d/x.jpg does not exist."},
                                    {"hint", "Add the picture or remove the record."},
                                    {"args", {{"path", "/d/x.jpg"}}},
                                    {"count", 3}}));
    const auto back = issue_from_json(to_json(issue));
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(message_of(back->error), message_of(issue.error));
    EXPECT_EQ(back->where, issue.where);
    EXPECT_EQ(back->severity, issue.severity);
    EXPECT_EQ(back->count, 3);
    EXPECT_FALSE(issue_from_json(Json{{"code", "DATA-004"}}).has_value()) << "without its values";
    EXPECT_FALSE(issue_from_json(Json{{"code", "NONE-1"}}).has_value());
    const Error error{ErrorCode::FileMissing, {{"path", "/m"}}, {"loading the model"}, "detail"};
    EXPECT_EQ(to_json(error), (Json{{"error",
                                     {{"code", "IO-001"},
                                      {"message", "/m does not exist."},
                                      {"where", "/m; loading the model"},
                                      {"hint", "Check the path and its spelling."}}}}));
}

Comparison comparison() {
    Comparison c;
    c.samples.push_back(
        {CaptionSample{"7", "/d/a.jpg", "p", "tags", {"r1", "r2"}},
         caption,
         caption,
         {{DiffKind::Equal, "A "}, {DiffKind::Deleted, "bus"}, {DiffKind::Inserted, "car"}}});
    c.samples[0].base.variant = "base";
    c.base = {2, 0, {{"tags", {0, 2}}}};
    c.adapted = {2, 1, {{"tags", {1, 2}}}};
    c.adapted.scores = {0.5, 0.4, 0.3, 0.2, 0.1, 1.5};
    c.adapted.scores_by_task["tags"] = {0.9, 0.8, 0.7, 0.6, 0.5, 2.5};
    c.base.scores_by_task["tags"] = {};
    c.provenance = test::recorded_provenance();
    c.provenance.model_sha256 = "m256";
    c.provenance.seed = 5;
    c.self_test = {true, true, 0.5, 28};
    return c;
}

TEST(RecordsJson, ComparisonHasTheShapeOfTheReferenceAndComesBack) {
    const Comparison c = comparison();
    const Json json = to_json(c);
    EXPECT_THAT(keys_of(json), testing::UnorderedElementsAre("samples", "metrics", "provenance",
                                                             "self_test", "gates", "issues"));
    const Json& sample = json["samples"][0];
    for (const char* key : {"id", "image", "references", "base", "adapted", "diff"})
        EXPECT_TRUE(sample.contains(key)) << key;
    EXPECT_EQ(sample["diff"][1], (Json{{"kind", "deleted"}, {"text", "bus"}}));
    EXPECT_EQ(json["metrics"]["adapted"]["exact_match"], 0.5);
    EXPECT_EQ(json["metrics"]["adapted"]["bleu4"], 0.2);
    EXPECT_EQ(json["metrics"]["adapted"]["by_task"]["tags"]["cider_d"], 2.5);
    EXPECT_EQ(json["metrics"]["adapted"]["by_task"]["tags"]["exact_match"], 0.5);
    EXPECT_EQ(json["self_test"]["passed"], true);
    const auto back = comparison_from_json(Json::parse(dump_line(json)));
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(to_json(*back), json);
    EXPECT_EQ(back->samples[0].base, c.samples[0].base);
    EXPECT_EQ(back->samples[0].diff, c.samples[0].diff);
    EXPECT_EQ(back->adapted.by_task, c.adapted.by_task);
    EXPECT_EQ(back->adapted.scores, c.adapted.scores);
    EXPECT_EQ(back->adapted.scores_by_task, c.adapted.scores_by_task);
}

TEST(RecordsJson, AllThatIsAskedComesBackAndASimpleQuestionStaysSimple) {
    Comparison c = comparison();
    c.samples.push_back(c.samples[0]);
    c.samples[1].sample.messages = {{"system", {{"", "Be brief."}}},
                                    {"user", {{"/d/a.jpg", ""}, {"/d/b.jpg", ""}, {"", "p"}}}};
    const Json json = to_json(c);
    EXPECT_FALSE(json["samples"][0].contains("messages"));
    const auto back = comparison_from_json(json);
    MOELORA_ASSERT_OK(back);
    EXPECT_EQ(back->samples[0].sample, c.samples[0].sample);
    EXPECT_EQ(back->samples[1].sample, c.samples[1].sample);
}

TEST(RecordsJson, ComparisonsOfOlderVersionsHaveNoScores) {
    Json json = to_json(comparison());
    for (const char* column : {"base", "adapted"})
        json["metrics"][column] = {
            {"samples", 2}, {"exact", 1}, {"by_task", {{"tags", {{"exact", 1}, {"samples", 2}}}}}};
    for (const char* key : {"picture_ignored", "columns_swapped", "pictures", "caption_pairs"})
        json["self_test"].erase(key);
    json.erase("gates");
    json.erase("issues");
    const auto back = comparison_from_json(json);
    MOELORA_ASSERT_OK(back);
    EXPECT_TRUE(back->self_test.passed());
    EXPECT_EQ(back->adapted.scores, CaptionScores{});
    EXPECT_EQ(back->adapted.by_task.at("tags").second, 2);
}

TEST(RecordsJson, EvaluationHasTheShapeOfTheReference) {  // command_line.md, section 2
    Evaluation e;
    e.loss = 1.25;
    e.targets = 40;
    e.metrics = comparison().adapted;
    e.samples.push_back({comparison().samples[0].sample, caption});
    const Json json = to_json(e);
    for (const char* key : {"loss", "targets", "bleu1", "bleu2", "bleu3", "bleu4", "rouge_l",
                            "cider_d", "exact_match", "samples", "by_task"})
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json["loss"], 1.25);
    EXPECT_EQ(json["captions"][0]["caption"]["text"], caption.text);
}

TEST(RecordsJson, BrokenComparisonsAreRefused) {
    for (const char* key : {"samples", "metrics", "provenance", "self_test"}) {
        Json json = to_json(comparison());
        json.erase(key);
        EXPECT_FALSE(comparison_from_json(json)) << key;
        json[key] = 1;
        EXPECT_FALSE(comparison_from_json(json)) << key;
    }
    EXPECT_FALSE(comparison_from_json(Json()));
}

TEST(RecordsJson, SummariesHaveTheKeysOfTheReference) {  // command_line.md, section 2
    ModelSummary model;
    model.parameters_total = 3;
    model.files = {{"model.safetensors", 8}};
    const Json m = to_json(model);
    for (const char* key : {"family", "parameters", "layers", "hidden", "dtype", "tied",
                            "tokenizer", "quantization", "files", "missing", "issues"})
        EXPECT_TRUE(m.contains(key)) << key;
    EXPECT_EQ(m["parameters"]["total"], 3);
    EXPECT_EQ(m["files"][0], (Json{{"name", "model.safetensors"}, {"bytes", 8}}));
    EXPECT_TRUE(m["missing"].is_array());

    AdapterPlan plan;
    plan.sites.push_back({"s", "q_proj", 1, 2, 3, 4, 5, 6, 7});
    plan.total = 7;
    EXPECT_EQ(to_json(plan)["sites"][0], (Json{{"site", "s"},
                                               {"module", "q_proj"},
                                               {"layer", 1},
                                               {"in", 2},
                                               {"out", 3},
                                               {"experts", 4},
                                               {"rank", 5},
                                               {"top_k", 6},
                                               {"parameters", 7}}));

    DatasetSummary data;
    data.tasks = {{"tags", 2}};
    EXPECT_FALSE(to_json(data).contains("tokens")) << "only with a model";
    data.tokens = TokenCounts{9, 5, 8, 1, {{0, 16, 2}}, {{"7", "/d/7.png", 3, 6}}, 8};
    EXPECT_EQ(
        to_json(data)["tokens"],
        (Json{{"max", 9},
              {"p50", 5},
              {"p95", 8},
              {"over_limit", 1},
              {"limit", 8},
              {"histogram", {{{"from", 0}, {"to", 16}, {"samples", 2}}}},
              {"worst", {{{"id", "7"}, {"image", "/d/7.png"}, {"text", 3}, {"visual", 6}}}}}));
    EXPECT_EQ(to_json(data)["tasks"]["tags"], 2);

    AdapterSummary adapter;
    adapter.base_name = "b";
    adapter.axes_json = R"({"gate":"topk"})";
    EXPECT_EQ(to_json(adapter)["base"]["name"], "b");
    EXPECT_EQ(to_json(adapter)["axes"]["gate"], "topk");
    EXPECT_EQ(to_json(adapter)["complete"], "");
    adapter.listed_in = "/a";
    adapter.files_whole = false;
    EXPECT_EQ(to_json(adapter)["complete"], "/a");
    EXPECT_EQ(to_json(adapter)["whole"], false);
    adapter.axes_json = "";
    EXPECT_TRUE(to_json(adapter)["axes"].is_object());

    RunSummary run;
    run.status = RunStatus::Finished;
    run.last_loss = std::nan("");
    run.checkpoints = {{62, "checkpoints/step-000062"}};
    EXPECT_EQ(to_json(run)["status"], "finished");
    EXPECT_EQ(to_json(run)["last_loss"], "nan");
    EXPECT_EQ(to_json(run)["checkpoints"][0]["step"], 62);
    run.tags = {"good"};
    run.peak_bytes = 7;
    EXPECT_EQ(to_json(run)["tags"], Json({"good"}));
    EXPECT_EQ(to_json(run)["peak_bytes"], 7);
}

}  // namespace
}  // namespace moelora
