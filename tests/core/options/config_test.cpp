// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/options/config.h"

#include <gmock/gmock.h>

#include "tests/support/shared_data.h"

namespace moelora {
namespace {
using testing::HasSubstr;

TEST(Config, DefaultsRoundTripThroughJson) {
    RunOptions options, back;
    options.adapter.targets = {"q_proj"};
    options.train.learning_rate = 1.0 / 3.0;
    const Json json = to_json(options);
    EXPECT_EQ(json["version"], 1);
    EXPECT_EQ(json.size(), 7u);
    EXPECT_TRUE(from_json(Json::parse(json.dump()), back).empty());
    EXPECT_EQ(back, options);
}

TEST(Config, FileOfVersionOneLoads) {  // a file of each past version must keep loading
    const auto json = read_json(test::source_path("tests/golden/config/v1.json"));
    MOELORA_ASSERT_OK(json);
    RunOptions options;
    const std::vector<Issue> issues = from_json(*json, options);
    EXPECT_TRUE(issues.empty()) << message_of(issues.front().error);
    EXPECT_EQ(options.model.compute_dtype, ComputeDtype::Bf16);
    EXPECT_EQ(options.data.resize, (std::vector<std::int64_t>{280, 140}));
    EXPECT_EQ(options.adapter.flavour, Flavour::AsWritten);
    EXPECT_EQ(options.adapter.layer_ranks, (std::vector<std::int64_t>{4, 6}));
    EXPECT_EQ(options.train.learning_rate, 2e-4);
    EXPECT_EQ(options.device.name, "cuda:1");
    // Every field of that version is in the file and read; what came later has its default.
    const Json written = to_json(options);
    for (const auto& [group, fields] : json->items()) {
        if (!fields.is_object()) continue;
        for (const auto& [name, value] : fields.items())
            EXPECT_EQ(written.at(group).at(name), value) << group << "." << name;
    }
    EXPECT_TRUE(validate(options).empty());
}

TEST(Config, UnknownKeysNameTheNearest) {
    RunOptions options;
    const auto issues =
        from_json(Json::parse(R"({"adaptor":{},"adapter":{"num_expert":2},"rank":8,"train":[]})"),
                  options, "/c/run.json");
    ASSERT_EQ(issues.size(), 4u);
    std::map<std::string, std::string> nearest;
    for (const Issue& issue : issues) {
        EXPECT_EQ(issue.where.file, "/c/run.json");
        nearest[issue.where.item] = issue.error.arg("nearest");
    }
    EXPECT_EQ(nearest["adaptor"], "adapter");
    EXPECT_EQ(nearest["adapter.num_expert"], "adapter.num_experts");
    EXPECT_EQ(nearest["rank"], "adapter.rank");
    EXPECT_TRUE(nearest.contains("train"));
    EXPECT_EQ(options, RunOptions{});
}

TEST(Config, OtherVersionsAreRefused) {
    for (const char* version : {"2", "0", "\"1\"", "1.5", "null"}) {
        RunOptions options;
        const auto issues = from_json({{"version", Json::parse(version)}}, options, "c.json");
        ASSERT_EQ(issues.size(), 1u) << version;
        EXPECT_EQ(issues[0].error.code, ErrorCode::ConfigVersion);
        EXPECT_THAT(message_of(issues[0].error), HasSubstr("c.json has version"));
    }
    RunOptions options;
    EXPECT_EQ(from_json(Json::array(), options, "c.json").size(), 1u);
}

TEST(SetOption, ReadsEveryKindFromText) {
    RunOptions o;
    const std::pair<const char*, const char*> good[] = {
        {"train.max_steps", "310"},           {"train.learning_rate", "1e-3"},
        {"train.keep_best", "off"},           {"adapter.gate", "topk"},
        {"data.prompt", " a, b=c "},          {"data.resize", "280, 140"},
        {"adapter.targets", "q_proj,v_proj"}, {"adapter.layer_ranks", "[4,8]"},
    };
    for (const auto& [path, value] : good) MOELORA_ASSERT_OK(set_option(o, path, value));
    EXPECT_EQ(o.train.max_steps, 310);
    EXPECT_EQ(o.train.learning_rate, 1e-3);
    EXPECT_FALSE(o.train.keep_best);
    EXPECT_EQ(o.adapter.gate, GateKind::TopK);
    EXPECT_EQ(o.data.prompt, " a, b=c ");
    EXPECT_THAT(o.data.resize, testing::ElementsAre(280, 140));
    EXPECT_THAT(o.adapter.targets, testing::ElementsAre("q_proj", "v_proj"));
    EXPECT_THAT(o.adapter.layer_ranks, testing::ElementsAre(4, 8));
    MOELORA_ASSERT_OK(set_option(o, "data.resize", "[]"));
    MOELORA_ASSERT_OK(set_option(o, "adapter.targets", R"(["a","b,c"])"));
    EXPECT_TRUE(o.data.resize.empty());
    EXPECT_THAT(o.adapter.targets, testing::ElementsAre("a", "b,c"));
    MOELORA_ASSERT_OK(set_option(o, "adapter.targets", ""));
    EXPECT_TRUE(o.adapter.targets.empty());
}

TEST(SetOption, BadTextsLeaveTheValueAndSayWhatIsWanted) {
    const std::pair<const char*, const char*> bad[] = {
        {"train.max_steps", "3.5"},     {"train.max_steps", "3x"},
        {"train.max_steps", ""},        {"train.max_steps", "99999999999999999999"},
        {"train.learning_rate", "nan"}, {"train.learning_rate", "1e999"},
        {"train.learning_rate", "0,1"}, {"train.keep_best", "maybe"},
        {"adapter.gate", "top_k"},      {"data.resize", "280,x"},
        {"data.resize", "[280"},        {"data.resize", "[280.5]"},
    };
    for (const auto& [path, value] : bad) {
        RunOptions options;
        const auto status = set_option(options, path, value);
        ASSERT_FALSE(status) << path << "=" << value;
        EXPECT_EQ(status.error().code, ErrorCode::OptionInvalid);
        EXPECT_EQ(status.error().arg("option"), path);
        EXPECT_EQ(options, RunOptions{}) << path << "=" << value;
    }
}

TEST(SetOption, UnknownOptionNamesTheNearestOne) {
    const std::pair<const char*, const char*> near[] = {
        {"adapter.num_expert", "adapter.num_experts"},
        {"rank", "adapter.rank"},
        {"train.max-steps", "train.max_steps"},
        {"lr", "model.path"},
        {"train.rank", "adapter.rank"},
        {"learning_rat", "train.learning_rate"},
    };
    for (const auto& [wrong, right] : near) {
        RunOptions options;
        const auto status = set_option(options, wrong, "1");
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ErrorCode::OptionUnknown);
        EXPECT_EQ(entry_of(status.error().code).exit_code, 2);
        if (std::string(wrong) == "lr") continue;  // nothing is near it; any name will do
        EXPECT_EQ(status.error().arg("nearest"), right);
    }
}

TEST(Diff, NamesWhatChangedWithBothValues) {
    RunOptions before, after;
    EXPECT_TRUE(diff(before, after).empty());
    after.adapter.rank = 16;
    after.data.prompt = "x";
    after.adapter.targets = {"q_proj"};
    EXPECT_THAT(
        diff(before, after),
        testing::ElementsAre(OptionDifference{"data.prompt", "\"Describe the picture.\"", "\"x\""},
                             OptionDifference{"adapter.targets", "[]", "[\"q_proj\"]"},
                             OptionDifference{"adapter.rank", "8", "16"}));
}

TEST(Schema, SaysEverythingOfAField) {
    const Json schema = options_schema();
    std::vector<std::string> groups;
    Json rank, gate, preset;
    for (const Json& group : schema["groups"]) {
        groups.push_back(group["name"]);
        for (const Json& field : group["fields"]) {
            for (const char* key : {"name", "type", "default", "label", "help", "unit", "advanced"})
                EXPECT_TRUE(field.contains(key)) << field;
            if (group["name"] == "adapter" && field["name"] == "rank") rank = field;
            if (group["name"] == "adapter" && field["name"] == "gate") gate = field;
            if (group["name"] == "adapter" && field["name"] == "preset") preset = field;
        }
    }
    EXPECT_THAT(groups,
                testing::ElementsAre("model", "data", "adapter", "train", "generate", "device"));
    EXPECT_EQ(rank["type"], "int");
    EXPECT_EQ(rank["default"], 8);
    EXPECT_EQ(rank["min"].dump(), "1");
    EXPECT_EQ(rank["max"].dump(), "1024");
    EXPECT_EQ(gate["choices"],
              (Json{"none", "softmax", "topk", "straight_through", "top_p", "threshold",
                    "threshold_shifted", "relative", "soft_topk", "normalised_sigmoid"}));
    EXPECT_FALSE(gate.contains("min"));
    EXPECT_THAT(preset["choices"].get<std::vector<std::string>>(), testing::Contains("soft"));
}

TEST(NearestNames, ComeBestFirstAndAreBounded) {
    const std::vector<std::string> known = {"rank", "alpha", "ranks", "top_k"};
    EXPECT_THAT(nearest_names("rnk", known, 2), testing::ElementsAre("rank", "ranks"));
    EXPECT_THAT(nearest_names("Top-K", known, 1), testing::ElementsAre("top_k"));
    EXPECT_TRUE(nearest_names("x", {}).empty());
}

TEST(Config, ReadingSettingsBringBackHowADataSetWasRead) {
    RunOptions trained;
    trained.data.columns = {"image=bild", "caption=satz"};
    trained.data.image_root = "a folder";
    trained.data.allow_outside_root = true;
    trained.data.encoding = TextEncoding::Gb18030;
    trained.data.exclude = {"x,1"};
    trained.data.task = "caption";
    trained.data.task_from_folder = trained.data.inline_in_place = true;
    trained.data.parts = RecordParts::Beside;  // of training alone: judging reads the file it names
    trained.data.sample_types = {"a", "b"};
    const DataOptions kept = trained.data.preprocessing();
    EXPECT_EQ(kept, DataOptions{});
    RunOptions judged;
    judged.data = kept;
    for (const std::string& setting : reading_settings(trained.data)) {
        const std::size_t equals = setting.find('=');
        ASSERT_TRUE(set_option(judged, setting.substr(0, equals), setting.substr(equals + 1)))
            << setting;
    }
    EXPECT_EQ(judged.data.columns, trained.data.columns);
    EXPECT_EQ(judged.data.image_root, trained.data.image_root);
    EXPECT_TRUE(judged.data.allow_outside_root);
    EXPECT_EQ(judged.data.encoding, TextEncoding::Gb18030);
    EXPECT_EQ(judged.data.exclude, trained.data.exclude);
    EXPECT_EQ(judged.data.task, "caption");
    EXPECT_TRUE(judged.data.task_from_folder && judged.data.inline_in_place);
    EXPECT_EQ(judged.data.parts, RecordParts::Alone);
    EXPECT_TRUE(reading_settings(DataOptions{}).empty());
}

}  // namespace
}  // namespace moelora
