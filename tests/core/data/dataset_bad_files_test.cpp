// SPDX-License-Identifier: GPL-3.0-or-later
// The shared sets: eight samples in every form, and what users' folders really contain.
#include <algorithm>
#include <filesystem>
#include <set>

#include "core/base/json.h"
#include "core/data/dataset.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

Result<Dataset> open(const std::string& path) {
    DataOptions options;
    options.path = path;
    return open_dataset(options);
}

bool allows(const Json& entry, const std::string& action) {
    if (entry["action"] == action) return true;
    for (const Json& other : entry["also_ok"])
        if (other == action) return true;
    return false;
}

// Forms that this program names but does not read.
bool is_other_form(const std::string& path) {
    return path.ends_with(".csv") || path.find("coco_yes") != std::string::npos;
}

void check_entry(const Json& entry, const Result<Dataset>& data) {
    const auto path = entry["path"].get<std::string>();
    const Json& expect = entry["expect"];
    const bool refused = !data || data->samples.empty();
    if (refused) {
        EXPECT_TRUE(allows(entry, "refuse_with_message"))
            << path << ": " << (data ? "no sample" : message_of(data.error()));
        return;
    }
    EXPECT_TRUE(allows(entry, "accept") || allows(entry, "skip_with_issue")) << path;
    std::int64_t skipped = 0;
    std::set<std::int64_t> lines;
    for (const Issue& issue : data->issues) {
        skipped += issue.count;
        lines.insert(issue.where.line);
        EXPECT_FALSE(message_of(issue.error).empty());
    }
    if (allows(entry, "accept") && skipped == 0) {
        if (entry["action"] == "accept" && expect.contains("accepted")) {
            EXPECT_EQ(data->samples.size(), expect["accepted"].get<std::size_t>()) << path;
        }
        return;
    }
    if (expect.contains("accepted")) {
        EXPECT_EQ(data->samples.size(), expect["accepted"].get<std::size_t>()) << path;
    }
    if (expect.contains("skipped")) {
        EXPECT_EQ(skipped, expect["skipped"].get<std::int64_t>()) << path;
    }
    if (expect.contains("lines")) {
        EXPECT_EQ(lines, expect["lines"].get<std::set<std::int64_t>>()) << path;
    }
}

TEST(DatasetFiles, DatasetFiles_EveryRowOfTheManifestIsAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/bad/";
    auto manifest = read_json(folder + "MANIFEST.json");
    MOELORA_ASSERT_OK(manifest);
    int read = 0, named = 0;
    for (const Json& entry : (*manifest)["entries"]) {
        const auto path = entry["path"].get<std::string>();
        if (!path.starts_with("datasets/")) continue;
        const auto data = open(folder + path);
        if (is_other_form(path)) {
            ++named;
            ASSERT_FALSE(data.has_value()) << path;
            EXPECT_EQ(data.error().code, ErrorCode::DatasetUnrecognised) << path;
            continue;
        }
        ++read;
        check_entry(entry, data);
    }
    EXPECT_EQ(read, 28);
    EXPECT_EQ(read + named, 42);
}

TEST(DatasetFiles, DatasetFiles_EveryFormGivesTheSameEightPairs) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/formats/";
    auto expected = read_json(folder + "expected.json");
    MOELORA_ASSERT_OK(expected);
    for (const char* form : {"messages", "messages_parts", "sidecar", "multitask"}) {
        const Json& set = (*expected)["sets"][form];
        for (const std::string& name : {std::string(), set["file"].get<std::string>()}) {
            const auto data = open(folder + form + (name.empty() ? "" : "/" + name));
            MOELORA_ASSERT_OK(data);
            EXPECT_TRUE(data->issues.empty()) << form;
            EXPECT_EQ(data->samples.size(), set["records"].get<std::size_t>()) << form;
            EXPECT_EQ(data->images, 8) << form;
            std::set<std::pair<std::string, std::string>> pairs, want;
            for (const DatasetSample& sample : data->samples) {
                const CaptionSample one = caption_sample(sample);
                if (one.task.empty() || one.task == "caption")
                    pairs.insert({fs::path(one.image).filename(), one.references.at(0)});
            }
            for (const Json& pair : (*expected)["pairs"])
                want.insert(
                    {pair["file_name"].get<std::string>(), pair["caption"].get<std::string>()});
            EXPECT_EQ(pairs, want) << form;
        }
    }
}

TEST(DatasetFiles, DatasetFiles_TasksOfTheMultitaskSetAreKept) {
    MOELORA_NEED_SHARED_DATA();
    const auto data = open(test::shared_data_dir() + "/formats/multitask");
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->tasks, (std::vector<std::string>{"caption", "count_words", "short"}));
    for (const std::string& task : data->tasks)
        EXPECT_EQ(std::count_if(data->samples.begin(), data->samples.end(),
                                [&](const auto& sample) { return sample.task == task; }),
                  8);
}

TEST(DatasetFiles, DatasetFiles_NearlyRightNamesAreOffered) {
    MOELORA_NEED_SHARED_DATA();
    const auto data = open(test::shared_data_dir() + "/bad/datasets/path_case/data.jsonl");
    MOELORA_ASSERT_OK(data);
    ASSERT_EQ(data->issues.size(), 1u);
    ASSERT_EQ(data->issues[0].error.context.size(), 1u);
    EXPECT_NE(data->issues[0].error.context[0].find("b.png"), std::string::npos);
}

}  // namespace
}  // namespace moelora
