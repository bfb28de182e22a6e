// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/base/json.h"
#include "core/options/config.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {
namespace fs = std::filesystem;
using test::TempDir;
using testing::HasSubstr;

std::string config(const TempDir& dir, const std::string& text) {
    fs::create_directories(dir / "conf");
    std::ofstream(dir / "conf/run.json", std::ios::binary) << text;
    return dir / "conf/run.json";
}

ResolvedConfig resolve(const ConfigRequest& request) {
    auto resolved = resolve_config(request);
    EXPECT_TRUE(resolved) << message_of(resolved.error());
    return resolved ? std::move(*resolved) : ResolvedConfig{};
}

TEST(ResolveConfig, WithoutSourcesIsTheDefaultPresetExpanded) {
    const ResolvedConfig resolved = resolve({});
    EXPECT_TRUE(resolved.usable());
    EXPECT_TRUE(resolved.issues.empty());
    EXPECT_EQ(resolved.options.adapter.preset, "soft");
    EXPECT_EQ(resolved.options.adapter.targets.size(), 7u);
}

TEST(ResolveConfig, StrongerSourcesWin) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path =
        config(dir, R"({"version":1,"adapter":{"preset":"topk-switch","rank":4,"alpha":8},
                 "train":{"seed":1,"max_steps":5}})");
    request.overrides = {{"adapter.alpha", "32"}, {"train.seed", "2"}, {"train.seed", "3"}};
    const RunOptions o = resolve(request).options;
    EXPECT_EQ(o.adapter.gate, GateKind::TopK);  // preset over default
    EXPECT_EQ(o.adapter.rank, 4);               // file over preset
    EXPECT_EQ(o.adapter.alpha, 32);             // --set over file
    EXPECT_EQ(o.train.seed, 3);                 // the last --set
    EXPECT_EQ(o.train.max_steps, 5);
    EXPECT_EQ(o.train.batch_size, 1);
}

TEST(ResolveConfig, FileBeatsPresetEvenWhenTheCommandLineNamesThePreset) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path =
        config(dir, R"({"adapter":{"preset":"qwen3vl-moe-lora","flavour":"as-run","rank":3}})");
    EXPECT_EQ(resolve(request).options.adapter.num_experts, 1);
    EXPECT_EQ(resolve(request).options.data.end_marker, "<|endoftext|>");
    request.preset = "soft";  // another preset: the file's flavour was not meant for it
    const ResolvedConfig soft = resolve(request);
    EXPECT_TRUE(soft.usable());
    EXPECT_EQ(soft.options.adapter.preset, "soft");
    EXPECT_EQ(soft.options.adapter.flavour, Flavour::Default);
    EXPECT_EQ(soft.options.adapter.num_experts, 4);
    EXPECT_EQ(soft.options.adapter.rank, 3);
    request.overrides = {{"adapter.preset", "qwen3vl-moe-lora"}, {"adapter.flavour", "as-written"}};
    const ResolvedConfig written = resolve(request);
    EXPECT_EQ(written.options.adapter.preset, "qwen3vl-moe-lora");
    EXPECT_EQ(written.options.adapter.init, ExpertInit::DefaultBoth);
}

TEST(ResolveConfig, PathsOfTheFileAreRelativeToItAndOthersToTheWorkingFolder) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path = config(dir, R"({"model":{"path":"../models/m/"},
        "data":{"path":"d.jsonl"},"adapter":{"init_from":"/abs/a"}})");
    RunOptions o = resolve(request).options;
    EXPECT_EQ(o.model.path, dir / "models/m");
    EXPECT_EQ(o.data.path, dir / "conf/d.jsonl");
    EXPECT_EQ(o.adapter.init_from, "/abs/a");
    request.model = "m2";
    request.overrides = {{"data.path", "./x/../d2"}};
    o = resolve(request).options;
    EXPECT_EQ(o.model.path, (fs::current_path() / "m2").string());
    EXPECT_EQ(o.data.path, (fs::current_path() / "d2").string());
    EXPECT_EQ(resolve({}).options.model.path, "");
}

TEST(ResolveConfig, AllIssuesAreListedAndErrorsMakeItUnusable) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path =
        config(dir, R"({"version":2,"adapter":{"rnk":4,"rank":"8"},"train":{"epochs":0}})");
    request.overrides = {{"adapter.gate", "top"}, {"train.stps", "4"}};
    const ResolvedConfig resolved = resolve(request);
    EXPECT_FALSE(resolved.usable());
    std::vector<std::string> items;
    for (const Issue& issue : resolved.issues) items.push_back(issue.where.item);
    EXPECT_THAT(items, testing::UnorderedElementsAre("version", "adapter.rnk", "adapter.rank",
                                                     "train.epochs", "adapter.gate", "train.stps"));
}

TEST(ResolveConfig, WhatTheFileSaysWronglyTogetherNamesItAndWhatTheCommandLineAddsDoesNot) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path =
        config(dir, R"({"data":{"min_pixels":900,"max_pixels":100},"adapter":{"targets":["x"]}})");
    ResolvedConfig resolved = resolve(request);
    ASSERT_EQ(resolved.issues.size(), 1u);
    EXPECT_EQ(resolved.issues[0].where.item, "data.min_pixels");
    EXPECT_EQ(resolved.issues[0].where.file, request.config_path);
    EXPECT_THAT(resolved.set_by_file, testing::UnorderedElementsAre(
                                          "data.min_pixels", "data.max_pixels", "adapter.targets"));
    request.config_path = config(dir, R"({"data":{"max_pixels":100},"adapter":{"targets":["x"]}})");
    request.overrides = {{"data.min_pixels", "900"}, {"adapter.targets", "y"}};
    resolved = resolve(request);
    ASSERT_EQ(resolved.issues.size(), 1u);
    EXPECT_EQ(resolved.issues[0].where.file, "");
    EXPECT_EQ(resolved.set_by_file, std::vector<std::string>{"data.max_pixels"});
}

TEST(ResolveConfig, UnknownPresetOrFlavourIsOneIssue) {
    ConfigRequest request;
    request.preset = "mixtral";
    ResolvedConfig resolved = resolve(request);
    ASSERT_EQ(resolved.issues.size(), 1u);
    EXPECT_EQ(resolved.issues[0].error.code, ErrorCode::PresetUnknown);
    request.preset = "qwen3vl-moe-lora";
    request.overrides = {{"adapter.flavour", "as-ran"}};
    resolved = resolve(request);
    ASSERT_FALSE(resolved.usable());
    EXPECT_EQ(resolved.issues[0].error.code, ErrorCode::OptionInvalid);
}

TEST(ResolveConfig, AdapterWithoutTargetsIsRefused) {
    ConfigRequest request;
    request.overrides = {{"adapter.targets", "[]"}};
    const ResolvedConfig resolved = resolve(request);
    ASSERT_EQ(resolved.issues.size(), 1u);
    EXPECT_EQ(resolved.issues[0].where.item, "adapter.targets");
}

TEST(ResolveConfig, AnUnknownPresetIsTheFaultOfWhoNamedIt) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path = config(dir, R"({"adapter":{"preset":"sofft","targets":["x"]}})");
    EXPECT_EQ(resolve(request).issues.at(0).where.file, request.config_path);
    request.config_path = config(dir, R"({"adapter":{"targets":["x"]}})");
    request.preset = "sofft";
    EXPECT_EQ(resolve(request).issues.at(0).error.code, ErrorCode::PresetUnknown);
    EXPECT_EQ(resolve(request).issues.at(0).where.file, "");
    request.preset.clear();
    request.overrides = {{"adapter.preset", "sofft"}};
    EXPECT_EQ(resolve(request).issues.at(0).where.file, "");
}
TEST(ResolveConfig, ARunsOwnFileGivesItsPresetAndOptions) {
    ConfigRequest request;
    request.config_path = test::source_path("tests/golden/formats/run-1/run.json");
    const auto json = read_json(request.config_path);
    MOELORA_ASSERT_OK(json);
    const Json& adapter = json->at("config").at("adapter");
    const ResolvedConfig resolved = resolve(request);
    EXPECT_TRUE(resolved.usable());
    EXPECT_EQ(resolved.options.adapter.preset, adapter.at("preset"));
    EXPECT_EQ(resolved.options.adapter.rank, adapter.at("rank"));
    EXPECT_EQ(resolved.options.adapter.num_experts, adapter.at("num_experts"));
}
TEST(ResolveConfig, UnreadableFilesAreErrors) {
    const TempDir dir;
    ConfigRequest request;
    request.config_path = dir / "none.json";
    EXPECT_EQ(resolve_config(request).error().code, ErrorCode::FileMissing);
    request.config_path = config(dir, R"({"adapter":{"rank":4,}})");
    EXPECT_EQ(resolve_config(request).error().code, ErrorCode::JsonInvalid);
    request.config_path = config(dir, R"({"adapter":{"rank":4,"rank":5}})");
    EXPECT_THAT(message_of(resolve_config(request).error()), HasSubstr("twice"));
}

TEST(ResolveConfig, AnOptionThatNothingUsesIsSaidWhereItIsGivenByHand) {
    ConfigRequest request;
    request.overrides = {{"adapter.preset", "soft"},
                         {"adapter.top_k", "1"},
                         {"generate.temperature", "0.2"},
                         {"adapter.rank", "4"}};
    const auto resolved = resolve_config(request);
    MOELORA_ASSERT_OK(resolved);
    std::vector<std::string> said;
    for (const Issue& issue : resolved->issues) {
        EXPECT_EQ(issue.severity, Severity::Warning);
        said.push_back(message_of(issue.error));
    }
    EXPECT_EQ(said, (std::vector<std::string>{
                        "adapter.top_k is 1: nothing uses it with the other options as they are",
                        "generate.temperature is 0.2: nothing uses it with the other options as "
                        "they are"}));
    request.overrides.emplace_back("generate.do_sample", "true");
    EXPECT_EQ(resolve_config(request)->issues.size(), 1U);
}

TEST(ResolveConfig, WarningsDoNotMakeItUnusable) {
    ConfigRequest request;
    request.preset = "lora";
    request.overrides = {{"adapter.balance", "switch"}};
    const ResolvedConfig resolved = resolve(request);
    ASSERT_EQ(resolved.issues.size(), 1u);
    EXPECT_EQ(resolved.issues[0].severity, Severity::Warning);
    EXPECT_TRUE(resolved.usable());
}

}  // namespace
}  // namespace moelora
