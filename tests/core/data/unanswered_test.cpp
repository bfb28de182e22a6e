// SPDX-License-Identifier: GPL-3.0-or-later
// What has no answer can be asked about, and is not learnt.
#include "core/data/unanswered.h"

#include <gmock/gmock.h>

#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;
using testing::HasSubstr;

// "id: question -> reference" of each sample.
std::vector<std::string> asked_of(const Dataset& data) {
    std::vector<std::string> out;
    for (const CaptionSample& sample : caption_samples(data))
        out.push_back(sample.id + ": " + sample.prompt + " -> " +
                      (sample.references.empty() ? "?" : sample.references.front()));
    return out;
}

TEST(Unanswered, PicturesAloneAreAskedAndNotLearnt) {
    DataFolder folder;
    folder.picture("birds/b.png");
    folder.picture("a.png");
    folder.text("notes.json", R"({"made":"by hand"})");
    DataOptions options = folder.options();
    options.prompt = "What is it?";
    const auto refused = open_dataset(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::DatasetUnrecognised);
    const auto data = open_dataset_to_ask(options);
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "pictures");
    EXPECT_EQ(data->evidence, "pictures without captions, 2 of 2 pictures found");
    EXPECT_EQ(asked_of(*data),
              (std::vector<std::string>{"a: What is it? -> ?", "birds/b: What is it? -> ?"}));
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_THAT(message_of(data->issues[0].error), HasSubstr("its keys: made"));
    std::filesystem::remove(folder / "notes.json");
    EXPECT_EQ(
        open_dataset(options).error().arg("why"),
        "it holds pictures without captions (2); they can be captioned and compared, not learnt");
}

TEST(Unanswered, RecordsThatEndInAQuestionAreAskedWithWhatWasSaidBefore) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text(
        "data.jsonl",
        message_line("a.png", "One.") +
            R"({"messages":[{"role":"user","content":"<image>q"}],"images":["a.png"]})"
            "\n" +
            R"({"messages":[{"role":"user","content":"<image>q"},{"role":"assistant","content":"A."},{"role":"user","content":"And?"}],"images":["a.png"]})"
            "\n" +
            R"({"messages":[{"role":"user","content":"<image>r"},{"role":"assistant","content":" "}],"images":["a.png"]})"
            "\n" +
            R"({"messages":[{"role":"system","content":"s"}]})"
            "\n");
    const auto learnt = open_dataset(folder.options());
    MOELORA_ASSERT_OK(learnt);
    EXPECT_EQ(learnt->samples.size(), 1u);
    std::vector<std::string> why;
    for (const Issue& issue : learnt->issues) why.push_back(message_of(issue.error));
    EXPECT_EQ(why, (std::vector<std::string>{
                       "A record cannot be used: it does not end in an answer; it can be "
                       "captioned and compared, not learnt",
                       "A record cannot be used: it does not end in an answer; it can be "
                       "captioned and compared, not learnt",
                       "A caption is empty.", "A record cannot be used: it asks nothing"}));

    const auto asked = open_dataset_to_ask(folder.options());
    MOELORA_ASSERT_OK(asked);
    EXPECT_EQ(asked->issues.size(), 1u);
    // The first two ask the same: one question, with the reference of the one that has it.
    EXPECT_EQ(asked_of(*asked),
              (std::vector<std::string>{"1: q -> One.", "3: And? -> ?", "4: r -> ?"}));
    const CaptionSample third = caption_samples(*asked)[1];
    ASSERT_EQ(third.messages.size(), 3u);
    EXPECT_EQ(third.messages[1].parts[0].text, "A.");
}

TEST(Unanswered, EverySpellingOfAConversationMayLackItsAnswer) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("s.jsonl",
                R"({"conversations":[{"from":"human","value":"<image>s"}],"image":"a.png"})");
    folder.text("t.jsonl", R"({"conversation":[{"human":"<image>t"}],"image":"a.png"})");
    folder.text("al.jsonl", R"({"instruction":"al","output":null,"image":"a.png"})");
    folder.text(
        "in.jsonl",
        R"({"conversations":[{"from":"user","value":"in <|vision_start|>a.png<|vision_end|>"}]})");
    for (const std::string name : {"s", "t", "al", "in"}) {
        const auto data = open_dataset_to_ask(folder.options(name + ".jsonl"));
        MOELORA_ASSERT_OK(data);
        EXPECT_EQ(asked_of(*data), std::vector<std::string>{"1: " + name + " -> ?"});
        EXPECT_TRUE(open_dataset(folder.options(name + ".jsonl"))->samples.empty()) << name;
    }
}

TEST(Unanswered, CellsAndTextsThatAreStillEmptyAreAskedAbout) {
    DataFolder folder;
    for (const char* name : {"a.png", "b.png", "c.png"}) folder.picture(name);
    folder.text("t/table.csv", "image,caption,prompt\n../a.png,A.,q\n../b.png,,q\n");
    folder.text("r/rows.jsonl", R"({"file_name":"../a.png","text":null,"id":"x"})");
    folder.text("c/coco.json",
                R"({"images":[{"id":1,"file_name":"../a.png"},{"id":2,"file_name":"../b.png"}],
                    "annotations":[{"id":5,"image_id":1,"caption":"A."}]})");
    folder.text("a.txt", "A.");
    folder.text("b.txt", "");
    const auto asked = [&](const std::string& name) {
        DataOptions options = folder.options(name);
        options.allow_outside_root = true;
        options.prompt = "?";
        const auto data = open_dataset_to_ask(options);
        EXPECT_TRUE(data) << name;
        if (!data) return std::vector<std::string>{};
        EXPECT_TRUE(data->issues.empty()) << message_of(data->issues.front().error);
        return asked_of(*data);
    };
    EXPECT_EQ(asked("t/table.csv"), (std::vector<std::string>{"1: q -> A.", "2: q -> ?"}));
    EXPECT_EQ(asked("r/rows.jsonl"), std::vector<std::string>{"x: ? -> ?"});
    EXPECT_EQ(asked("c/coco.json"), (std::vector<std::string>{"5: ? -> A.", "image 2: ? -> ?"}));
    for (const char* name : {"t", "r", "c"}) std::filesystem::remove_all(folder / name);
    EXPECT_EQ(asked(""), (std::vector<std::string>{"a: ? -> A.", "b: ? -> ?", "c: ? -> ?"}));
}

}  // namespace
}  // namespace moelora
