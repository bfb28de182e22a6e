// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <opencv2/core.hpp>
#include <set>

#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;

std::string coco(const std::string& images, const std::string& annotations) {
    return R"({"images":[)" + images + R"(],"annotations":[)" + annotations + "]}";
}
const std::string two_images = R"({"id":7,"file_name":"a.png"},{"id":8,"file_name":"b.png"})";
const std::string three_captions =
    R"({"id":1,"image_id":7,"caption":" One. "},{"id":2,"image_id":7,"caption":"Two."},)"
    R"({"id":3,"image_id":8,"caption":"Three."})";

TEST(Dataset, Dataset_CocoCaptionsAreRead) {
    DataFolder folder;
    folder.picture("images/a.png");
    folder.picture("images/b.png");
    folder.text("captions.json", coco(two_images, three_captions));
    DataOptions options = folder.options();
    options.prompt = "Say it.";
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "coco");
    ASSERT_EQ(data->samples.size(), 3u);
    EXPECT_EQ(data->images, 2);
    EXPECT_TRUE(data->issues.empty());
    const CaptionSample one = caption_sample(data->samples[0]);
    EXPECT_EQ(one.image, folder / "images/a.png");
    EXPECT_EQ(one.prompt, "Say it.");
    EXPECT_EQ(one.references, std::vector<std::string>{"One."});
    const auto grouped = caption_samples(*data);
    ASSERT_EQ(grouped.size(), 2u);
    EXPECT_EQ(grouped[0].references, (std::vector<std::string>{"One.", "Two."}));
}

TEST(Dataset, Dataset_CocoFolderWithAnnotationsBesidePictures) {
    DataFolder folder;
    folder.picture("val2017/a.png");
    folder.picture("val2017/b.png");
    folder.text("annotations/captions_val2017.json", coco(two_images, three_captions));
    for (const char* name : {"", "annotations/captions_val2017.json"}) {
        const auto data = open_dataset(folder.options(name));
        MOELORA_ASSERT_OK(data);
        EXPECT_EQ(data->samples.size(), 3u) << name;
    }
}

TEST(Dataset, Dataset_CaptionsPerImageFirstAndRandom) {
    DataFolder folder;
    folder.picture("a.png");
    folder.picture("b.png");
    folder.text("captions.json", coco(two_images, three_captions));
    DataOptions options = folder.options();
    options.captions_per_image = CaptionsPerImage::First;
    const auto first = open_dataset(options);
    MOELORA_ASSERT_OK(first);
    ASSERT_EQ(first->samples.size(), 2u);
    EXPECT_EQ(first->samples[0].id, "1");
    options.captions_per_image = CaptionsPerImage::Random;
    std::set<std::string> seen;
    for (std::int64_t seed = 0; seed < 20; ++seed) {
        const auto random = open_dataset(options, seed);
        const auto again = open_dataset(options, seed);
        MOELORA_ASSERT_OK(random);
        ASSERT_EQ(random->samples.size(), 2u);
        EXPECT_EQ(random->samples[0].id, again->samples[0].id);
        seen.insert(random->samples[0].id);
    }
    EXPECT_EQ(seen.size(), 2u);
}

TEST(Dataset, Dataset_CaptionsDrawnAtRandomStayWhenAPictureIsGone) {
    DataFolder folder;
    std::string images, captions;
    for (int i = 0; i < 12; ++i) {
        const std::string id = std::to_string(i), separator = i == 0 ? "" : ",";
        folder.picture(id + ".png");
        images += separator + R"({"id":)" + id + R"(,"file_name":")" + id + R"(.png"})";
        for (const char* word : {"a", "b", "c"})
            captions += (captions.empty() ? "" : ",") + (R"({"image_id":)" + id) +
                        R"(,"caption":")" + word + id + "\"}";
    }
    folder.text("captions.json", coco(images, captions));
    DataOptions options = folder.options();
    options.captions_per_image = CaptionsPerImage::Random;
    const auto drawn = [&] {
        std::set<std::string> out;
        const auto data = open_dataset(options, 3);
        if (data)
            for (const CaptionSample& sample : caption_samples(*data))
                out.insert(sample.references.at(0));
        return out;
    };
    std::set<std::string> before = drawn();
    ASSERT_EQ(before.size(), 12u);
    EXPECT_LT(std::count_if(before.begin(), before.end(),
                            [](const std::string& text) { return text[0] == 'a'; }),
              12);
    std::filesystem::remove(folder / "0.png");
    const std::set<std::string> after = drawn();
    EXPECT_EQ(after.size(), 11u);
    for (const std::string& text : after) EXPECT_TRUE(before.contains(text)) << text;
}

TEST(Dataset, Dataset_AColumnOfIdsNamesTheSamples) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("captions.csv", "id,image,caption\nx7,a.png,one\n,a.png,two\nx7,a.png,three\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    ASSERT_EQ(data->samples.size(), 3u);
    EXPECT_EQ(data->samples[0].id, "x7");
    EXPECT_EQ(data->samples[1].id, "#2") << "empty";
    EXPECT_EQ(data->samples[2].id, "#3") << "stands above";
    EXPECT_NE(data->evidence.find("id as id"), std::string::npos) << data->evidence;
}

TEST(Dataset, Dataset_CocoIdsMayBeTexts) {
    DataFolder folder;
    folder.picture("a.png");
    folder.picture("b.png");
    folder.text("captions.json",
                coco(R"({"id":"a-1","file_name":"a.png"},{"id":8,"file_name":"b.png"})",
                     R"({"id":"c1","image_id":"a-1","caption":"One."},)"
                     R"({"id":2,"image_id":"8","caption":"Two."})"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_TRUE(data->issues.empty());
    ASSERT_EQ(data->samples.size(), 2u);
    EXPECT_EQ(data->samples[0].id, "c1");
    EXPECT_EQ(data->samples[0].image_id, "a-1");
    EXPECT_EQ(data->samples[1].image_id, "8");
}

TEST(Dataset, Dataset_MessagesKeepTasksAndLines) {
    DataFolder folder;
    folder.picture("images/a.png");
    folder.text("data.jsonl", message_line("images/a.png", "x", "zeta") + "\n" +
                                  message_line("images/a.png", "y", "alpha", "other"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    ASSERT_EQ(data->samples.size(), 2u);
    EXPECT_EQ(data->tasks, (std::vector<std::string>{"alpha", "zeta"}));
    EXPECT_EQ(data->samples[1].line, 3);
    EXPECT_EQ(data->samples[1].id, "3");
    EXPECT_EQ(data->samples[0].image_id, data->samples[1].image_id);
    EXPECT_EQ(data->images, 1);
    EXPECT_EQ(caption_samples(*data).size(), 2u);  // other prompt, other task
}

TEST(Dataset, Dataset_AnswersWithoutLossAreKeptAsSuch) {
    DataFolder folder;
    folder.text("messages.jsonl",
                R"({"messages":[{"role":"user","content":"a"},)"
                R"({"role":"assistant","content":"b","loss":false},{"role":"user","content":"c"},)"
                R"({"role":"assistant","content":"d","loss":true}]})"
                "\n"
                R"({"messages":[{"role":"user","content":"a"},)"
                R"({"role":"assistant","content":"b","loss":false}]})"
                "\n"
                R"({"messages":[{"role":"user","content":"a"},)"
                R"({"role":"assistant","content":"b","loss":"no"}]})");
    folder.text("sharegpt.json",
                R"([{"conversations":[{"from":"human","value":"a"},)"
                R"({"from":"gpt","value":"b","loss":false},{"from":"human","value":"c"},)"
                R"({"from":"gpt","value":"d"}]},)"
                R"({"conversation":[{"human":"a","assistant":"","loss":false},)"
                R"({"human":"c","assistant":"d"}]}])");
    for (const char* file : {"messages.jsonl", "sharegpt.json"}) {
        const auto data = open_dataset(folder.options(file));
        MOELORA_ASSERT_OK(data);
        ASSERT_FALSE(data->samples.empty()) << file;
        for (const DatasetSample& sample : data->samples) {
            const auto turns = sample.conversation().messages;
            EXPECT_FALSE(turns[1].learnt) << file;
            EXPECT_TRUE(turns[3].learnt) << file;
            // What is asked and judged is the answer that is learnt.
            EXPECT_EQ(caption_sample(sample).references, std::vector<std::string>{"d"});
        }
    }
    const auto data = open_dataset(folder.options("messages.jsonl"));
    ASSERT_EQ(data->issues.size(), 2u);  // nothing is left to learn; neither true nor false
    EXPECT_NE(message_of(data->issues[0].error).find("each of its answers"), std::string::npos);
    EXPECT_NE(message_of(data->issues[1].error).find("neither true nor false"), std::string::npos);
}

TEST(Dataset, Dataset_SeveralPicturesAndNoneInOneConversation) {
    DataFolder folder;
    folder.picture("a.png");
    folder.picture("b.png");
    folder.text(
        "data.jsonl",
        R"({"messages":[{"role":"user","content":"First <image> then <image>\nCompare."},)"
        R"({"role":"assistant","content":"x"}],"images":["a.png","b.png"]})"
        "\n"
        R"({"messages":[{"role":"user","content":"No picture."},)"
        R"({"role":"assistant","content":"y"}]})"
        "\n"
        R"({"messages":[{"role":"user","content":[{"type":"image"},{"type":"text","text":"q"}]},)"
        R"({"role":"assistant","content":"z"}],"images":["b.png"]})");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    ASSERT_EQ(data->samples.size(), 3u);
    const auto parts = data->samples[0].conversation().messages[0].parts;
    ASSERT_EQ(parts.size(), 5u);
    EXPECT_EQ(parts[0].value, "First");
    EXPECT_EQ(parts[1].value, folder / "a.png");
    EXPECT_EQ(parts[2].value, "then");
    EXPECT_EQ(parts[3].value, folder / "b.png");
    EXPECT_EQ(parts[4].value, "Compare.");
    EXPECT_EQ(caption_sample(data->samples[1]).image, "");
    EXPECT_EQ(data->samples[2].conversation().messages[0].parts[0].value, folder / "b.png");
}

TEST(Dataset, Dataset_CaptionSamplesAskAllThatTheRecordAsks) {
    DataFolder folder;
    for (const char* name : {"a.png", "b.png", "c.png"}) folder.picture(name);
    const auto line = [](const char* system, const char* second, const char* answer) {
        return R"({"messages":[{"role":"system","content":")" + std::string(system) +
               R"("},{"role":"user","content":"<image><image>Compare."},)"
               R"({"role":"assistant","content":")" +
               answer + R"("}],"images":["a.png",")" + second + "\"]}\n";
    };
    folder.text("data.jsonl", line("Be brief.", "b.png", "x") + line("Be brief.", "c.png", "y") +
                                  line("Be kind.", "b.png", "z") + line("Be brief.", "b.png", "w"));
    DataOptions options = folder.options();
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    const auto samples = caption_samples(*data);
    ASSERT_EQ(samples.size(), 3u);
    EXPECT_EQ(samples[0].references, (std::vector<std::string>{"x", "w"}));
    EXPECT_EQ(samples[0].image, folder / "a.png");
    EXPECT_EQ(samples[0].prompt, "Compare.");
    ASSERT_EQ(samples[1].messages.size(), 2u);
    EXPECT_EQ(samples[1].messages[0], (PromptMessage{"system", {{"", "Be brief."}}}));
    EXPECT_EQ(samples[1].messages[1],
              (PromptMessage{"user",
                             {{folder / "a.png", ""}, {folder / "c.png", ""}, {"", "Compare."}}}));
    options.captions_per_image = CaptionsPerImage::First;
    EXPECT_EQ(open_dataset(options)->samples.size(), 3u);
}

TEST(Dataset, Dataset_SidecarsAreRead) {
    DataFolder folder;
    folder.picture("\u6c99\u6ee9 beach/one.PNG");
    folder.text("\u6c99\u6ee9 beach/one.txt", "\xEF\xBB\xBF  A beach.\r\n");
    folder.text(".hidden.txt", "x");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "sidecar");
    ASSERT_EQ(data->samples.size(), 1u);
    EXPECT_TRUE(data->issues.empty());
    const CaptionSample sample = caption_sample(data->samples[0]);
    EXPECT_EQ(sample.references, std::vector<std::string>{"A beach."});
    EXPECT_EQ(sample.prompt, "Describe the picture.");
    EXPECT_EQ(sample.image, folder / "\u6c99\u6ee9 beach/one.PNG");
}

TEST(Dataset, Dataset_SidecarsOfAnyEndingAndCaseAreRead) {
    DataFolder folder;
    for (const char* name : {"a.JPG", "b.jfif", "c.jpe", "d.Tif"}) {
        folder.picture(name);
        folder.text(std::string(1, name[0]) + ".TXT", "A turtle.");
    }
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 4u);
}

TEST(Dataset, Dataset_RecognitionTellsWhatAFolderIsInstead) {
    struct Row {
        const char *name, *content, *reason;
    };
    constexpr Row rows[] = {
        {"config.json", R"({"model_type":"qwen3_vl"})", "model folder"},
        {"adapter_config.json", "{}", "adapter folder"},
        {"metrics.jsonl", "", "run folder"},
        {"captions.csv", "picture,words\na.png,x\n", "heading has picture, words"},
        {"train.parquet", "PAR1", "Parquet"},
        {"d.json", R"({"images":[],"annotations":[{"id":1,"bbox":[1,2,3,4]}]})", "no captions"},
        {"notes.md", "nothing", "neither records nor pictures"}};
    for (const Row& row : rows) {
        DataFolder folder;
        folder.text(row.name, row.content);
        const auto data = open_dataset(folder.options());
        ASSERT_FALSE(data.has_value()) << row.reason;
        EXPECT_EQ(data.error().code, ErrorCode::DatasetUnrecognised);
        EXPECT_NE(message_of(data.error()).find(row.reason), std::string::npos)
            << message_of(data.error());
    }
    DataFolder pictures;
    pictures.picture("a.png");
    EXPECT_NE(message_of(open_dataset(pictures.options()).error()).find("without captions"),
              std::string::npos);
    EXPECT_EQ(open_dataset(pictures.options("absent")).error().code, ErrorCode::FileMissing);
}

TEST(Dataset, Dataset_RecordsWinOverSidecarsAndTheRestIsListed) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("a.txt", "beside");
    folder.text("zz.jsonl", message_line("a.png", "other"));
    folder.text("data.jsonl", message_line("a.png", "in the record"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "messages");
    EXPECT_EQ(caption_sample(data->samples[0]).references[0], "in the record");
    EXPECT_NE(data->evidence.find("zz.jsonl"), std::string::npos);
    EXPECT_NE(data->evidence.find(".txt"), std::string::npos);
}

TEST(Dataset, Dataset_EndingsDoNotMatterContentDoes) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("wrong.json", "\xEF\xBB\xBF" + message_line("a.png", "x") + "\r\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "messages");
    EXPECT_EQ(data->samples.size(), 1u);
}

TEST(Dataset, Dataset_PicturesOutsideAreAllowedOnlyWhenAsked) {
    DataFolder folder;
    folder.picture("outside.png");
    folder.text("set/data.jsonl", message_line("../outside.png", "x"));
    DataOptions options = folder.options("set");
    const auto refused = open_dataset(options);
    MOELORA_ASSERT_OK(refused);
    EXPECT_TRUE(refused->samples.empty());
    ASSERT_EQ(refused->issues.size(), 1u);
    EXPECT_EQ(refused->issues[0].error.code, ErrorCode::ImageOutsideRoot);
    EXPECT_EQ(refused->issues[0].where.line, 1);
    std::filesystem::create_symlink(folder / "outside.png", folder / "set/link.png");
    folder.text("set/data.jsonl", message_line("link.png", "x"));
    EXPECT_TRUE(open_dataset(options)->samples.empty());
    options.allow_outside_root = true;
    EXPECT_EQ(open_dataset(options)->samples.size(), 1u);
}

TEST(Dataset, Dataset_BrokenPicturesAreFoundWithoutDecoding) {
    DataFolder folder;
    folder.picture("good.png");
    folder.picture("long.png", 0, 900, 2);
    std::vector<unsigned char> jpeg;
    cv::Mat noise(600, 600, CV_8UC3);
    cv::randu(noise, 0, 255);
    cv::imencode(".jpg", noise, jpeg);
    ASSERT_GT(jpeg.size(), 100'000u);
    folder.text("cut.jpg", std::string(jpeg.begin(), jpeg.end() - 5000));
    folder.text("data.jsonl", message_line("good.png", "x") + message_line("long.png", "x") +
                                  message_line("cut.jpg", "x"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 1u);
    ASSERT_EQ(data->issues.size(), 2u);
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::ImageAspect);
    EXPECT_EQ(data->issues[1].error.code, ErrorCode::ImageUnreadable);
}

TEST(Dataset, Dataset_ManyEqualIssuesAreCountedNotListed) {
    DataFolder folder;
    std::string lines;
    for (int i = 0; i < 1000; ++i) lines += message_line("absent.png", "x");
    folder.picture("a.png");
    folder.text("data.jsonl", lines + message_line("a.png", "y"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 1u);
    EXPECT_LE(data->issues.size(), 200u);
    std::int64_t total = 0;
    for (const Issue& issue : data->issues) total += issue.count;
    EXPECT_EQ(total, 1000);
}

TEST(Dataset, Dataset_TwentyThousandRecordsOfOnePictureOpen) {
    DataFolder folder;
    folder.picture("a.png");
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += message_line("a.png", std::to_string(i));
    folder.text("data.jsonl", lines);
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 20'000u);
}

TEST(Dataset, Dataset_AnotherPictureFolderIsUsedWhenNamedAndProposedWhenNot) {
    DataFolder folder, pictures;
    pictures.picture("set/a.png");
    folder.text("data.jsonl", message_line("set/a.png", "x") +
                                  message_line("C:\\\\Users\\\\me\\\\set\\\\a.png", "y") +
                                  message_line("/home/me/data/set/a.png", "z"));
    DataOptions options = folder.options();
    EXPECT_TRUE(open_dataset(options)->samples.empty());
    options.image_root = pictures.path();
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 3u);
    EXPECT_EQ(data->images, 1);
    // Beside the records: a proposal, not used.
    folder.picture("set/a.png");
    folder.text("data.jsonl", message_line("/home/me/data/set/a.png", "z"));
    const auto moved = open_dataset(folder.options());
    MOELORA_ASSERT_OK(moved);
    EXPECT_TRUE(moved->samples.empty());
    const Error& told = moved->issues.at(0).error;
    EXPECT_EQ(told.code, ErrorCode::ImageElsewhere);
    EXPECT_EQ(told.arg("value"), folder.path());
    EXPECT_EQ(told.arg("file"), folder / "set/a.png");
}

TEST(Dataset, Dataset_ANameThatDiffersInCaseAloneIsOfferedAndNotUsed) {
    DataFolder folder;
    folder.picture("set/a.png");
    folder.text("data.jsonl", message_line("set/A.PNG", "x"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_TRUE(data->samples.empty());
    const Error& told = data->issues.at(0).error;
    EXPECT_EQ(message_of(told),
              "The picture set/A.PNG does not exist, but " + (folder / "set/a.png") + " does.");
}

TEST(Dataset, Dataset_ABrokenRecordIsNamedByItsLineAndNotAsABrokenFile) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.jsonl", message_line("a.png", "x") + "\n[{\n" + message_line("a.png", "y"));
    const auto lines = open_dataset(folder.options());
    MOELORA_ASSERT_OK(lines);
    EXPECT_EQ(lines->samples.size(), 2u);
    ASSERT_EQ(lines->issues.size(), 1u);
    EXPECT_EQ(lines->issues[0].error.code, ErrorCode::RecordInvalid);
    EXPECT_EQ(lines->issues[0].where.line, 3);
    EXPECT_TRUE(message_of(lines->issues[0].error)
                    .starts_with("A record cannot be used: it is not valid JSON: byte 3: syntax"));
    std::filesystem::remove(folder / "data.jsonl");
    folder.text("data.json", "[" + message_line("a.png", "x") + ",\n{\"messages\":\nx},\n" +
                                 message_line("a.png", "y") + "]");
    const auto list = open_dataset(folder.options());
    MOELORA_ASSERT_OK(list);
    EXPECT_EQ(list->samples.size(), 2u);
    ASSERT_EQ(list->issues.size(), 1u);
    EXPECT_TRUE(message_of(list->issues[0].error)
                    .starts_with("A record cannot be used: it is not valid JSON: byte 14: syntax"))
        << message_of(list->issues[0].error);
}

TEST(Dataset, Dataset_ARecordFileThatCannotBeCountedIsNamedWithoutANumber) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.jsonl", message_line("a.png", "x"));
    // Its beginning is sound, its end is not: half of a character of two.
    const std::string record = message_line("a.png", "y");
    std::string wide = "\xFF\xFE";
    for (int i = 0; i < 800; ++i)
        for (const char c : record) wide += std::string{c, '\0'};
    folder.text("other.jsonl", wide + std::string("\x00\xD8\x41\x00", 4));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 1u);
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::OtherRecordsUncounted);
    EXPECT_EQ(data->issues[0].error.arg("file"), folder / "other.jsonl");
}

TEST(Dataset, Dataset_OneTaskCanBeSetForRecordsThatNameNone) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.jsonl",
                R"({"messages":[{"role":"user","content":"<image>q"},{"role":"assistant",)"
                R"("content":"x"}],"images":["a.png"],"task":"count"})"
                "\n" +
                    message_line("a.png", "y"));
    DataOptions options = folder.options();
    options.task = "caption";
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->tasks, (std::vector<std::string>{"caption", "count"}));
    ASSERT_EQ(data->samples.size(), 2u);
    EXPECT_EQ(data->samples[0].task, "count");
    EXPECT_EQ(data->samples[1].task, "caption");
    EXPECT_EQ(data->samples[1].conversation().task, "caption");
}

TEST(Dataset, Dataset_PicturesWithTextsTakeTheirTaskFromTheFirstFolderWhenAsked) {
    DataFolder folder;
    for (const char* stem : {"birds/red/a", "boats/b", "c"}) {
        folder.picture(std::string(stem) + ".png");
        folder.text(std::string(stem) + ".txt", stem);
    }
    EXPECT_TRUE(open_dataset(folder.options())->tasks.empty());
    DataOptions options = folder.options();
    options.task_from_folder = true;
    const auto data = open_dataset(options);
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->tasks, (std::vector<std::string>{"birds", "boats"}));
    ASSERT_EQ(data->samples.size(), 3u);
    EXPECT_EQ(data->samples[0].task, "birds");
    EXPECT_EQ(data->samples[2].task, "");
}

TEST(Dataset, Dataset_InlinePicturesComeFirstOrStayInPlace) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.json", R"([{"conversations":[{"from":"user","value":)"
                             R"("COCO Yes: <|vision_start|>a.png<|vision_end|> now"},)"
                             R"({"from":"assistant","value":"x"}]}])");
    const auto asked = [&](bool in_place) {
        DataOptions options = folder.options();
        options.inline_in_place = in_place;
        const auto data = open_dataset(options);
        std::string out;
        if (!data || data->samples.size() != 1) return out;
        const Conversation conversation = data->samples[0].conversation();
        for (const ChatPart& part : conversation.messages[0].parts)
            out += part.kind == ChatPart::Kind::Image ? "[img]" : "'" + part.value + "'";
        return out;
    };
    EXPECT_EQ(asked(false), "[img]'COCO Yes:  now'");
    EXPECT_EQ(asked(true), "'COCO Yes: '[img]' now'");
}

TEST(Dataset, Dataset_OtherSpellingsOfConversationsAreRead) {
    DataFolder folder;
    folder.picture("a.png");
    folder.picture("b.png");
    struct Row {
        const char *record, *form, *turns;  // role: text | ...
    };
    constexpr Row rows[] = {
        {R"({"conversation":[{"system":"s","human":"<image>q","assistant":"a"},)"
         R"({"human":"r","assistant":"b"}],"image":"a.png"})",
         "sharegpt", "system: s|user: [img]q|assistant: a|user: r|assistant: b|"},
        {R"({"conversations":[{"from":"user","value":"<|vision_start|><|image_pad|><|vision_end|>q"},)"
         R"({"from":"assistant","value":"a"}],"images":["a.png"]})",
         "sharegpt", "user: [img]q|assistant: a|"},
        {R"({"instruction":"i","input":"n","output":"o","system":"s","history":[["q","a"]],)"
         R"("image":"a.png"})",
         "alpaca", "system: s|user: [img]q|assistant: a|user: i\nn|assistant: o|"},
        {R"({"instruction":"i","input":null,"output":"o","image":"a.png"})", "alpaca",
         "user: [img]i|assistant: o|"},
        {R"({"conversations":[{"from":"user","value":"x <|vision_start|>a.png<|vision_end|> y"},)"
         R"({"from":"assistant","value":"a"}]})",
         "inline", "user: [img]x  y|assistant: a|"},
        {R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"a.png"}},)"
         R"({"type":"text","text":"q"}]},{"role":"assistant","content":"a"}]})",
         "messages", "user: [img]q|assistant: a|"}};
    for (const Row& row : rows) {
        folder.text("data.json", std::string("[") + row.record + "]");
        const auto data = open_dataset(folder.options());
        MOELORA_ASSERT_OK(data);
        EXPECT_EQ(data->format, row.form);
        ASSERT_EQ(data->samples.size(), 1u) << row.record;
        std::string turns;
        for (const ChatMessage& message : data->samples[0].conversation().messages) {
            turns += message.role + ": ";
            for (const ChatPart& part : message.parts)
                turns += part.kind == ChatPart::Kind::Image ? "[img]" : part.value;
            turns += "|";
        }
        EXPECT_EQ(turns, row.turns);
    }
}

}  // namespace
}  // namespace moelora
