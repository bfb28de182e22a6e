// SPDX-License-Identifier: GPL-3.0-or-later
// The shared sets: eight samples in every form, and what users' folders really contain.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/data/dataset.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using test::allows;

Result<Dataset> open(const std::string& path) {
    DataOptions options;
    options.path = path;
    return open_dataset(options);
}

// Where the note leaves a choice, the rule of this program: a question may show two pictures, and
// names written with combining accents are found.
void own_rules(const std::string& path, Json& expect) {
    if (path.find("coco_yes_broken") != std::string::npos)
        expect = {{"accepted", 2}, {"skipped", 3}};
    if (path.find("names_decomposed") != std::string::npos)
        expect = {{"accepted", 1}, {"skipped", 0}};
}

void check_entry(const Json& entry, const Result<Dataset>& data) {
    const auto path = entry["path"].get<std::string>();
    Json expect = entry["expect"];
    own_rules(path, expect);
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
        if (expect.contains("captions")) {
            std::vector<std::string> captions;
            for (const DatasetSample& sample : data->samples)
                captions.push_back(caption_sample(sample).references.at(0));
            EXPECT_EQ(captions, expect["captions"].get<std::vector<std::string>>()) << path;
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
    const std::vector<Json> rows = test::bad_rows("datasets/");
    EXPECT_EQ(rows.size(), 42U);
    for (const Json& entry : rows)
        check_entry(
            entry, test::within_limits(entry, [&] { return open(test::bad_file(entry["path"])); }));
}

TEST(DatasetFiles, DatasetFiles_AMessageNamesLineAndReason) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/bad/datasets/";
    const std::pair<const char*, const char*> rows[] = {
        {"csv_latin1/captions.csv", "line 2 has the byte E9"},
        {"csv_gbk/captions.csv", "line 2 has the byte CB"},
        {"csv_unclosed_quote/captions.csv", "line 2 never ends"},
        {"csv_missing_column/captions.csv", "picture, words; wanted are a picture (image_path"},
        {"csv_empty/captions.csv", "it is empty"},
        {"coco_instances/instances.json", "no captions"},
        {"coco_truncated/captions.json", "has no end"}};
    for (const auto& [path, words] : rows) {
        const auto data = open(folder + path);
        ASSERT_FALSE(data.has_value()) << path;
        EXPECT_NE(message_of(data.error()).find(words), std::string::npos)
            << path << ": " << message_of(data.error());
    }
}

TEST(DatasetFiles, DatasetFiles_ANamedEncodingIsRead) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/bad/datasets/";
    DataOptions options;
    options.path = folder + "csv_gbk/captions.csv";
    options.encoding = TextEncoding::Gb18030;
    const auto chinese = open_dataset(options);
    MOELORA_ASSERT_OK(chinese);
    ASSERT_EQ(chinese->samples.size(), 2u);
    EXPECT_EQ(caption_sample(chinese->samples[0]).references[0],
              "\u56db\u4e2a\u5f69\u8272\u65b9\u5757");
    options.path = folder + "csv_latin1/captions.csv";
    options.encoding = TextEncoding::Latin1;
    const auto french = open_dataset(options);
    MOELORA_ASSERT_OK(french);
    EXPECT_EQ(caption_sample(french->samples[0]).references[0], "Un caf\u00e9 cr\u00e8me");
}

using Pairs = std::set<std::pair<std::string, std::string>>;

// File name and first answer of every sample of the caption task.
Pairs pairs_of(const Dataset& data) {
    Pairs out;
    for (const DatasetSample& sample : data.samples) {
        const CaptionSample one = caption_sample(sample);
        if (one.task.empty() || one.task == "caption")
            out.insert({fs::path(one.image).filename(), one.references.at(0)});
    }
    return out;
}

struct FormRow {
    const char *set, *form, *evidence, *prompt;
};
constexpr FormRow form_rows[] = {
    {"messages", "messages", "data.jsonl has messages[].role", "caption"},
    {"messages_parts", "messages", "data.jsonl has messages[].role", "caption"},
    {"sharegpt", "sharegpt", "data.json has conversations[].from", "caption"},
    {"sharegpt_turns", "sharegpt", "data.json has conversations[].from", "caption"},
    {"alpaca", "alpaca", "data.json has instruction and output", "caption"},
    {"csv", "table", "image_path as picture, caption as caption", nullptr},
    {"sidecar", "sidecar", "8 of 8 pictures have a .txt", nullptr},
    {"coco_yes", "inline", "data_vl.json has conversations[] with picture paths", "coco_yes"},
    {"multitask", "messages", "data.jsonl has messages[].role", "caption"}};

void check_form(const FormRow& row, const Json& expected, const std::string& path) {
    const auto data = open(path);
    MOELORA_ASSERT_OK(data);
    const Json& set = expected["sets"][row.set];
    EXPECT_TRUE(data->issues.empty()) << path;
    EXPECT_EQ(data->format, row.form) << path;
    EXPECT_NE(data->evidence.find(row.evidence), std::string::npos) << data->evidence;
    EXPECT_NE(data->evidence.find("8 of 8 pictures found"), std::string::npos) << data->evidence;
    EXPECT_EQ(data->samples.size(), set["records"].get<std::size_t>()) << path;
    EXPECT_EQ(data->images, 8) << path;
    std::int64_t rounds = 0;
    for (const DatasetSample& sample : data->samples)
        for (const ChatMessage& message : sample.conversation().messages)
            rounds += message.role == "assistant" ? 1 : 0;
    EXPECT_EQ(rounds, set["rounds"].get<std::int64_t>()) << path;
    Pairs want;
    for (const Json& pair : expected["pairs"])
        want.insert({pair["file_name"].get<std::string>(), pair["caption"].get<std::string>()});
    EXPECT_EQ(pairs_of(*data), want) << path;
    if (row.prompt != nullptr) {
        EXPECT_EQ(caption_sample(data->samples[0]).prompt,
                  expected["prompts"][row.prompt].get<std::string>());
    }
}

// Chinese, blanks, and more than 260 characters.
std::string long_folder(const std::string& under) {
    std::string out = under + "/\u6570\u636e \u96c6 with blanks";
    for (int i = 0; i < 5; ++i) out.append("/").append(60, static_cast<char>('a' + i));
    return out;
}

TEST(DatasetFiles, DatasetFiles_EveryFormGivesTheSameEightPairsUnderAnyPath) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/formats/";
    auto expected = read_json(folder + "expected.json");
    MOELORA_ASSERT_OK(expected);
    const test::TempDir dir;
    const std::string far = long_folder(dir.path());
    ASSERT_GT(far.size(), 260u + dir.path().size());
    fs::create_directories(far);
    for (const FormRow& row : form_rows) {
        test::copy_writable(folder + row.set, far + "/" + row.set);
        const auto file = (*expected)["sets"][row.set]["file"].get<std::string>();
        for (const std::string& base : {folder, far + "/"}) {
            check_form(row, *expected, base + row.set);
            if (!file.empty()) check_form(row, *expected, base + row.set + "/" + file);
        }
    }
}

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The same text with CR LF line ends, as UTF-16 with a mark, and the like.
std::string with_crlf(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}
std::string as_utf16(const std::string& ascii) {
    std::string out = "\xFF\xFE";
    for (const char c : ascii) out.append(1, c).append(1, '\0');
    return out;
}

TEST(DatasetFiles, DatasetFiles_EndingsMarksAndLineEndsDoNotMatter) {
    MOELORA_NEED_SHARED_DATA();
    const std::string folder = test::shared_data_dir() + "/formats/";
    auto expected = read_json(folder + "expected.json");
    MOELORA_ASSERT_OK(expected);
    for (const FormRow& row : form_rows) {
        const auto name = (*expected)["sets"][row.set]["file"].get<std::string>();
        if (name.empty()) continue;
        const test::TempDir dir;
        const fs::path set = fs::path(dir.path()) / row.set;
        test::copy_writable(folder + row.set, set);
        const std::string text = file_text(set / name);
        fs::remove(set / name);
        const std::string wrong = name.ends_with(".json") ? "other.jsonl" : "other.json";
        const std::pair<std::string, std::string> variants[] = {{wrong, text},
                                                                {name, "\xEF\xBB\xBF" + text},
                                                                {name, with_crlf(text)},
                                                                {name, as_utf16(text)}};
        for (const auto& [file, content] : variants) {
            std::ofstream(set / file, std::ios::binary) << content;
            const auto data = open(set);
            MOELORA_ASSERT_OK(data);
            EXPECT_EQ(data->format, row.form);
            EXPECT_EQ(data->samples.size(),
                      (*expected)["sets"][row.set]["records"].get<std::size_t>())
                << row.set << " " << file;
            EXPECT_TRUE(data->issues.empty());
            EXPECT_EQ(pairs_of(*data).size(), 8u);
            fs::remove(set / file);
        }
    }
}

TEST(DatasetFiles, DatasetFiles_SystemAndSecondRoundOfShareGptAreKept) {
    MOELORA_NEED_SHARED_DATA();
    const auto data = open(test::shared_data_dir() + "/formats/sharegpt_turns");
    MOELORA_ASSERT_OK(data);
    const Conversation first = data->samples.at(0).conversation();
    ASSERT_EQ(first.messages.size(), 5u);
    EXPECT_EQ(first.messages[0].role, "system");
    EXPECT_EQ(first.messages[0].parts[0].value, "You write captions for photos.");
    EXPECT_EQ(first.messages[4].parts[0].value,
              "A red stop sign sitting on the side of a dark road.");
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
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::ImageNameDiffers);
    EXPECT_TRUE(data->issues[0].error.arg("file").ends_with("/images/b.png"));
}

}  // namespace
}  // namespace moelora
