// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/amend.h"

#include <gmock/gmock.h>

#include "core/io/files.h"
#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;
using testing::ElementsAre;
using testing::IsEmpty;

struct ThreePictures {
    DataFolder folder;
    DataOptions data;
    std::vector<std::string> ids;
    ThreePictures() {
        std::string lines;
        for (const char* name : {"a", "b", "c"}) {
            folder.picture(std::string("images/") + name + ".png", 40 + name[0]);
            lines += message_line(std::string("images/") + name + ".png", name);
        }
        folder.text("data.jsonl", lines);
        data = folder.options("data.jsonl");
        for (const DatasetSample& sample : opened().samples) ids.push_back(sample.id);
    }
    [[nodiscard]] Dataset opened() const {
        auto dataset = open_dataset(data);
        if (dataset) return std::move(*dataset);
        ADD_FAILURE() << message_of(dataset.error());
        return {};
    }
    // The answers that are left.
    [[nodiscard]] std::vector<std::string> answers() const {
        std::vector<std::string> out;
        for (const DatasetSample& sample : opened().samples)
            out.push_back(caption_sample(sample).references.front());
        return out;
    }
    [[nodiscard]] std::vector<ErrorCode> codes() const {
        std::vector<ErrorCode> out;
        for (const Issue& issue : opened().issues) out.push_back(issue.error.code);
        return out;
    }
};

TEST(Amend, Amend_ASampleIsLeftOutByIdByPictureAndByFileName) {
    ThreePictures t;
    EXPECT_THAT(t.answers(), ElementsAre("a", "b", "c"));
    const std::string picture = t.folder / "images/b.png";
    for (const std::string& name :
         {t.ids[1], picture, std::string("b.png"), std::string("images/b.png")}) {
        t.data.exclude = {name};
        EXPECT_THAT(t.answers(), ElementsAre("a", "c")) << name;
        EXPECT_EQ(t.opened().images, 2) << name;
        EXPECT_THAT(t.codes(), ElementsAre(ErrorCode::SamplesExcluded)) << name;
        // It is no picture without a record.
        EXPECT_THAT(t.opened().unused_pictures, ElementsAre(picture)) << name;
    }
}

TEST(Amend, Amend_AnIdComesBeforeAPictureOfThatName) {
    ThreePictures t;
    t.folder.picture("images/" + t.ids[0]);  // a picture that is called like the first sample
    t.folder.text("data.jsonl",
                  *read_text(t.folder / "data.jsonl") + message_line("images/" + t.ids[0], "d"));
    EXPECT_THAT(t.answers(), ElementsAre("a", "b", "c", "d"));
    t.data.exclude = {t.ids[0]};
    EXPECT_THAT(t.answers(), ElementsAre("b", "c", "d"));
}

TEST(Amend, Amend_ANameThatMeansNothingIsAnIssue) {
    ThreePictures t;
    t.data.exclude = {"no.png", "a.png"};
    EXPECT_THAT(t.answers(), ElementsAre("b", "c"));
    EXPECT_THAT(t.codes(), ElementsAre(ErrorCode::ExclusionUnknown, ErrorCode::SamplesExcluded));
    EXPECT_EQ(t.opened().issues.front().error.arg("value"), "no.png");
}

TEST(Amend, Amend_ACorrectedCaptionStandsInAndTheFilesStayAsTheyAre) {
    ThreePictures t;
    const std::string before = *read_text(t.folder / "data.jsonl");
    t.data.edits = t.folder / "data.jsonl.edits";
    MOELORA_ASSERT_OK(write_caption_edits(t.data.edits, {{t.ids[1], {"b", "乙 \"b\"\n"}}}));
    EXPECT_THAT(t.answers(), ElementsAre("a", "乙 \"b\"\n", "c"));
    EXPECT_THAT(t.codes(), IsEmpty());
    EXPECT_EQ(*read_text(t.folder / "data.jsonl"), before);
    // Beside the records it is taken for no data set.
    DataOptions whole = t.data;
    whole.path = t.folder.path();
    MOELORA_ASSERT_OK(open_dataset(whole));
}

TEST(Amend, Amend_AnEditOfAnotherCaptionIsNotUsedAndNamed) {
    ThreePictures t;
    t.data.edits = t.folder / "edits";
    MOELORA_ASSERT_OK(write_caption_edits(
        t.data.edits, {{t.ids[0], {"something else", "new"}}, {"gone", {"a", "b"}}}));
    EXPECT_THAT(t.answers(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(t.codes(), ElementsAre(ErrorCode::EditOutdated, ErrorCode::EditOutdated));
}

TEST(Amend, Amend_OfAConversationTheFirstAnswerIsCorrected) {
    DatasetSample sample;
    Conversation talk;
    talk.messages = {{"system", {{ChatPart::Kind::Text, "be brief"}}},
                     {"user", {{ChatPart::Kind::Text, "first?"}}},
                     {"assistant", {{ChatPart::Kind::Text, "one"}}},
                     {"user", {{ChatPart::Kind::Text, "second?"}}},
                     {"assistant", {{ChatPart::Kind::Text, "two"}}}};
    sample.set_conversation(talk);
    sample.set_answer("eins");
    const std::vector<ChatMessage> messages = sample.conversation().messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[2].parts.front().value, "eins");
    EXPECT_EQ(messages[4].parts.front().value, "two");
}

TEST(Amend, Amend_OfAConversationTheAnswerThatIsLearntIsCorrected) {
    DataFolder folder;
    folder.text("data.jsonl",
                R"({"messages":[{"role":"user","content":"1"},)"
                R"({"role":"assistant","content":"read","loss":false},)"
                R"({"role":"user","content":"2"},{"role":"assistant","content":"learnt"}]})");
    DataOptions data = folder.options("data.jsonl");
    data.edits = folder / "edits.json";
    MOELORA_ASSERT_OK(write_caption_edits(data.edits, {{"1", {"learnt", "better"}}}));
    const auto dataset = open_dataset(data);
    MOELORA_ASSERT_OK(dataset);
    ASSERT_EQ(dataset->samples.size(), 1u);
    const auto turns = dataset->samples[0].conversation().messages;
    EXPECT_EQ(turns[1].parts[0].value, "read");
    EXPECT_EQ(turns[3].parts[0].value, "better");
}

TEST(Amend, Amend_FilesOfAnotherFormAreRefusedWithTheirName) {
    ThreePictures t;
    t.data.edits = t.folder / "edits";
    for (const char* text :
         {"[]", R"({"version":1})", R"({"version":9,"captions":{}})",
          R"({"version":1,"captions":{"1":"x"}})", R"({"version":1,"captions":{"1":{"was":"a"}}})",
          R"({"version":1,"captions":[])", ""}) {
        t.folder.text("edits", text);
        const auto dataset = open_dataset(t.data);
        ASSERT_FALSE(dataset) << text;
        EXPECT_THAT(message_of(dataset.error()), testing::HasSubstr("edits")) << text;
    }
    t.data.edits = t.folder / "missing";
    const auto dataset = open_dataset(t.data);
    ASSERT_FALSE(dataset);
    EXPECT_EQ(dataset.error().code, ErrorCode::FileMissing);
}

}  // namespace
}  // namespace moelora
