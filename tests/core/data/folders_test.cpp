// SPDX-License-Identifier: GPL-3.0-or-later
// Any folder a user brings is understood or explained.
#include <gmock/gmock.h>

#include <filesystem>

#include "core/data/at_work.h"
#include "tests/core/data/data_folder.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using test::DataFolder;
using test::message_line;
using testing::HasSubstr;
using testing::Not;

// "FolderNotEntered d1/d2/d3/d4": code and path of each issue, without the folder.
std::vector<std::string> issues_of(const Dataset& data, const DataFolder& folder) {
    std::vector<std::string> out;
    for (const Issue& issue : data.issues) {
        const std::string path(issue.error.arg("path"));
        out.push_back(
            std::string(entry_of(issue.error.code).name) + " " +
            (path.starts_with(folder.path()) ? path.substr(folder.path().size() + 1) : path));
    }
    return out;
}
std::string why_not(const DataOptions& options) {
    const auto data = open_dataset(options);
    if (!data) return std::string(data.error().arg("why"));
    ADD_FAILURE() << "it was understood as " << data->format;
    return {};
}
std::vector<std::string> ids_of(const Dataset& data) {
    std::vector<std::string> out;
    for (const DatasetSample& sample : data.samples) out.push_back(sample.id);
    return out;
}

TEST(Folders, Folders_WhatLiesDeeperThanIsReadIsNamed) {
    DataFolder folder;
    std::string place;
    for (int depth = 1; depth <= 6; ++depth) {
        folder.picture(place + "p.png");
        folder.text(place + "p.txt", "A caption.");
        place += "d" + std::to_string(depth) + "/";
    }
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 4u);
    ASSERT_EQ(issues_of(*data, folder), std::vector<std::string>{"FolderNotEntered d1/d2/d3/d4"});
    EXPECT_EQ(data->issues[0].severity, Severity::Warning);

    DataFolder deep;
    deep.picture("a/b/c/d/p.png");
    deep.text("a/b/c/d/p.txt", "A caption.");
    EXPECT_EQ(why_not(deep.options()),
              "its folder a/b/c/d is not read: what it holds lies deeper than 4 levels");
}

TEST(Folders, Folders_ALinkedFolderIsNamedOrFollowedWhereThatIsAllowed) {
    DataFolder folder, elsewhere;
    elsewhere.picture("p.png");
    elsewhere.text("p.txt", "Elsewhere.");
    folder.picture("a/q.png");
    folder.text("a/q.txt", "Here.");
    fs::create_directory_symlink(elsewhere.path(), folder / "linked");
    fs::create_directory_symlink(folder / "a", folder / "same");      // shown where it lies
    fs::create_directory_symlink(folder.path(), folder / "a/round");  // has no end
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data), std::vector<std::string>{"a/q"});
    EXPECT_EQ(issues_of(*data, folder), std::vector<std::string>{"FolderNotEntered linked"});
    DataOptions options = folder.options();
    options.allow_outside_root = true;
    const auto both = open_dataset(options);
    MOELORA_ASSERT_OK(both);
    EXPECT_EQ(ids_of(*both), (std::vector<std::string>{"a/q", "linked/p"}));
    EXPECT_TRUE(both->issues.empty());
}

TEST(Folders, Folders_ATextThatIsALinkOutOfTheFolderIsNotRead) {
    DataFolder folder, elsewhere;
    elsewhere.text("secret.txt", "A secret.");
    folder.picture("a.png");
    folder.picture("b.png");
    folder.text("b.txt", "B.");
    fs::create_symlink(elsewhere / "secret.txt", folder / "a.txt");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data), std::vector<std::string>{"b"});
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_EQ(data->issues[0].error.arg("why"),
              "the text file is a link that leads out of the data folder");
}

TEST(Folders, Folders_ShardsAreOneSet) {
    DataFolder folder;
    for (int i = 0; i < 4; ++i) {
        const std::string number = std::to_string(i);
        folder.picture("img/" + number + ".png");
        folder.text("train-0000" + number + "-of-00004.jsonl",
                    message_line("img/" + number + ".png", "x"));
    }
    folder.picture("img/v.png");
    folder.text("val-00000-of-00001.jsonl", message_line("img/v.png", "x"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data),
              (std::vector<std::string>{"1", "train-00001-of-00004/1", "train-00002-of-00004/1",
                                        "train-00003-of-00004/1"}));
    EXPECT_THAT(data->evidence, HasSubstr("4 of 4 files of the set, 4 of 4 pictures found"));
    ASSERT_EQ(data->issues.size(), 1u);  // the file of another part is proposed
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::PartsBeside);

    DataOptions beside = folder.options();
    beside.parts = RecordParts::Beside;
    EXPECT_EQ(open_dataset(beside)->samples.size(), 5u);

    fs::remove(folder / "train-00002-of-00004.jsonl");
    const auto three = open_dataset(folder.options());
    MOELORA_ASSERT_OK(three);
    EXPECT_EQ(three->samples.size(), 3u);
    ASSERT_EQ(three->issues.size(), 2u);
    EXPECT_EQ(message_of(three->issues[0].error),
              folder / "train-00000-of-00004.jsonl" +
                  std::string(" is one of 4 files of a set, of which 3 can be read here."));
    // Who opens one of them means it.
    const auto one = open_dataset(folder.options("train-00001-of-00004.jsonl"));
    MOELORA_ASSERT_OK(one);
    EXPECT_EQ(one->samples.size(), 1u);
    EXPECT_THAT(one->evidence, HasSubstr("not taken: train-00000-of-00004.jsonl"));
}

TEST(Folders, Folders_AFirstRecordOfAnyLengthIsRecognised) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.jsonl",
                message_line("a.png", std::string(200'000, 'x')) + message_line("a.png", "short"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "messages");
    EXPECT_EQ(data->samples.size(), 2u);
    folder.text("data.jsonl", "{\"a\":\"" + std::string(20'000'000, 'x') + "\"}\n");
    EXPECT_EQ(why_not(folder.options()),
              "data.jsonl: its first record is longer than 16777216 bytes");
}

TEST(Folders, Folders_TheTableOfFlickr8kIsFoundInItsFolder) {
    DataFolder folder;
    folder.picture("Images/1000.png");
    folder.text("readme.txt", "Pictures, and what they show.");
    folder.text("captions.txt",
                "image,caption\n1000.png,A child.\n1000.png,\"A girl, outside.\"\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "table");
    EXPECT_EQ(data->samples.size(), 2u);
    EXPECT_THAT(data->evidence, HasSubstr("captions.txt has a heading line"));
}

TEST(Folders, Folders_AStrayTableInATextTakesNothingFromPicturesWithTextsOfTheirOwn) {
    DataFolder folder;
    for (const char* name : {"a", "b"}) {
        folder.picture(std::string(name) + ".png");
        folder.text(std::string(name) + ".txt", "What it shows.");
    }
    folder.text("list.txt", "file,caption\na.png,Other words.\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "sidecar");
    EXPECT_EQ(data->samples.size(), 2u);
    EXPECT_THAT(data->evidence, HasSubstr("not taken: list.txt"));
}

TEST(Folders, Folders_ImageFoldersOfHuggingFaceAreReadWithTheirParts) {
    DataFolder folder;
    for (const char* part : {"train", "test", "validation"})
        for (int i = 0; i < 2; ++i)
            folder.picture(std::string(part) + "/" + std::to_string(i) + ".png");
    const auto line = [](int i, const std::string& rest) {
        return R"({"file_name":")" + std::to_string(i) + R"(.png",)" + rest + "}\n";
    };
    folder.text("train/metadata.jsonl",
                line(0, R"("text":"One.")") + line(1, R"("text":["Two.","Zwei."],"id":"x")"));
    folder.text("test/metadata.jsonl", line(0, R"("text":"T.")"));
    folder.text("validation/metadata.jsonl", line(1, R"("text":"V.")") + line(0, R"("text":7)"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "table");
    EXPECT_EQ(ids_of(*data), (std::vector<std::string>{"1", "x", "x.2"}));
    EXPECT_EQ(caption_sample(data->samples[2]).references, std::vector<std::string>{"Zwei."});
    EXPECT_THAT(data->evidence, HasSubstr("train/metadata.jsonl has a picture and a caption"));
    DataOptions options = folder.options();
    options.parts = RecordParts::Beside;
    const auto all = open_dataset(options);
    MOELORA_ASSERT_OK(all);
    ASSERT_EQ(all->samples.size(), 5u);
    EXPECT_EQ(all->samples[3].id, "test/metadata/1");
    EXPECT_EQ(all->samples[3].part, SamplePart::Test);
    EXPECT_EQ(all->samples[4].part, SamplePart::Validation);
    ASSERT_EQ(all->issues.size(), 1u);
    EXPECT_EQ(all->issues[0].error.arg("why"), "its caption is not a text");
    // Of a part that is opened by itself, nothing beside it is touched.
    options.path = folder / "train";
    const auto alone = open_dataset(options);
    MOELORA_ASSERT_OK(alone);
    EXPECT_EQ(alone->samples.size(), 3u);
    EXPECT_TRUE(alone->issues.empty());
}

TEST(Folders, Folders_TheMetadataOfEachFolderOfPicturesIsReadAsOneSet) {
    DataFolder folder;
    const auto add = [&](const std::string& place, const std::string& name) {
        folder.picture(place + "/" + name);
        folder.text(place + "/metadata.jsonl",
                    R"({"file_name":")" + name + R"(","text":"Of )" + place + "\"}\n");
    };
    for (const char* place : {"train/birds", "train/cats", "test/birds", "val/cats"})
        add(place, "1.png");
    add("train/cats/more", "2.png");  // lies below another: not of the set
    folder.text("train/cats/notes.json", R"([{"file_name":"1.png","text":"x"}])");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data), (std::vector<std::string>{"1", "train/cats/metadata/1"}));
    EXPECT_THAT(data->evidence, HasSubstr("2 files of this name in their folders, 2 of 2"));
    std::vector<std::string> said;
    for (const Issue& issue : data->issues) {
        EXPECT_EQ(issue.severity, Severity::Info);
        said.push_back(std::string(entry_of(issue.error.code).name) + " " +
                       issue.where.file.substr(folder.path().size() + 1));
    }
    EXPECT_THAT(said, testing::UnorderedElementsAre("OtherRecords train/cats/notes.json",
                                                    "OtherRecords train/cats/more/metadata.jsonl",
                                                    "PartsBeside test/birds/metadata.jsonl",
                                                    "PartsBeside val/cats/metadata.jsonl"));
    DataOptions options = folder.options();
    options.parts = RecordParts::Beside;
    const auto all = open_dataset(options);
    MOELORA_ASSERT_OK(all);
    ASSERT_EQ(all->samples.size(), 4u);
    EXPECT_EQ(all->samples[2].part, SamplePart::Test);
    EXPECT_EQ(all->samples[3].part, SamplePart::Validation);
    EXPECT_THAT(all->evidence, HasSubstr("; test/birds/metadata.jsonl for the test, 1 of 1"));
}

TEST(Folders, Folders_ARecordFileThatIsNotTakenIsNamedWithItsCount) {
    DataFolder folder;
    for (const char* name : {"a.png", "b.png"}) folder.picture(name);
    folder.text("data.jsonl", message_line("a.png", "x"));
    folder.text("lines.jsonl", message_line("a.png", "x") + "\n" + message_line("b.png", "y"));
    folder.text("list.json", "[" + message_line("a.png", "x") + "," + message_line("b.png", "y") +
                                 "," + message_line("b.png", "z") + "]");
    folder.text("one.json", "{\n\"messages\": [{\"role\": \"user\",\n\"content\": \"q\"}]}");
    folder.text("table.csv", "image,caption\na.png,\"A\nb\"\nb.png,B\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    std::vector<std::string> said;
    for (const Issue& issue : data->issues) {
        EXPECT_EQ(issue.severity, Severity::Info);
        said.push_back(std::string(issue.error.arg("file")).substr(folder.path().size() + 1) + " " +
                       std::string(issue.error.arg("found")));
        EXPECT_EQ(issue.where.file, issue.error.arg("file"));
    }
    EXPECT_EQ(said, (std::vector<std::string>{"lines.jsonl 2", "list.json 3", "one.json 1",
                                              "table.csv 2"}));
    EXPECT_TRUE(open_dataset(folder.options("data.jsonl"))->issues.empty()) << "it is meant";
    fs::remove(folder / "data.jsonl");
    folder.text("a/b.jsonl", message_line("a.png", "x"));
    EXPECT_THAT(open_dataset(folder.options())->evidence, HasSubstr("lines.jsonl has messages"))
        << "what lies above goes first";
}

TEST(Folders, Folders_AShardOfAnotherFormIsToldFromOneThatIsNotHere) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("train-00000-of-00003.jsonl", message_line("a.png", "x"));
    folder.text("train-00001-of-00003.jsonl", R"({"img":"a.png"})");
    folder.text("train-00002-of-00003.jsonl",
                R"({"instruction":"q","input":"","output":"x","images":["a.png"]})");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 1u);
    std::vector<std::string> said;
    for (const Issue& issue : data->issues)
        if (issue.severity == Severity::Warning) said.push_back(message_of(issue.error));
    const std::string first = folder / "train-0000";
    EXPECT_EQ(said, (std::vector<std::string>{
                        first + "0-of-00003.jsonl is one of 3 files of a set, of which 1 can be "
                                "read here.",
                        first + "1-of-00003.jsonl is not a data set in a known form: it holds no "
                                "captions in a known form; its keys: img",
                        first + "2-of-00003.jsonl is not a data set in a known form: it is not "
                                "of the form of the records beside it"}));
}

TEST(Folders, Folders_ATableBehindAnyNumberOfTextsIsFound) {
    DataFolder folder;
    folder.picture("pictures/a.png");
    for (int i = 0; i < 100; ++i)
        folder.text("notes/" + std::to_string(i) + ".txt", "Words, and more.");
    folder.text("table.txt", "image,caption\npictures/a.png,A.\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->format, "table");
    EXPECT_EQ(data->samples.size(), 1u);
}

TEST(Folders, Folders_CaptionsThatAreStillToBeWrittenAreCalledEmpty) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("metadata.jsonl", R"({"file_name":"a.png","text":null})");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_TRUE(data->samples.empty());
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::CaptionEmpty);
}

TEST(Folders, Folders_ALinkIsAllThereIsOfAHiddenFolder) {
    DataFolder folder;
    folder.picture(".store/a.png");
    folder.text(".store/a.txt", "A.");
    fs::create_directory_symlink(folder / ".store", folder / ".store/round");
    fs::create_directory_symlink(folder / ".store", folder / "pictures");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data), std::vector<std::string>{"pictures/a"});
    EXPECT_TRUE(data->issues.empty());
}

TEST(Folders, Folders_ARefusalShowsTheKeysThatWereFound) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("rows.jsonl", R"({"img":"a.png","words":"A.","n":1})");
    EXPECT_EQ(why_not(folder.options()),
              "rows.jsonl: it holds no captions in a known form; its keys: img, n, words");
    // A path and a description that are none of pictures.
    folder.text("rows.jsonl", R"({"path":"src/main.c","description":"A program."})");
    EXPECT_THAT(why_not(folder.options()), HasSubstr("its keys: description, path"));
}

TEST(Folders, Folders_ManyRecordFilesAreCountedNotListed) {
    DataFolder folder;
    folder.picture("a.png");
    for (int i = 0; i < 300; ++i)
        folder.text(std::to_string(i).append(".json"), message_line("a.png", "x"));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_THAT(data->evidence, HasSubstr("; not taken: 294 more"));
    EXPECT_LT(data->evidence.size(), 400u);
    ASSERT_EQ(data->issues.size(), 200u);
    EXPECT_EQ(data->issues.back().count, 100);
    for (int i = 0; i < 300; ++i) folder.text(std::to_string(i).append(".json"), "{\"x\":1}");
    const std::string why = why_not(folder.options());
    EXPECT_THAT(why, HasSubstr("and 295 more files"));
    EXPECT_LT(why.size(), 600u);
}

TEST(Folders, Folders_WhoeverOpensThemIsAskedAndMayLeave) {
    struct Left {};
    DataFolder folder;
    std::string lines;
    for (int i = 0; i < 50; ++i) {
        folder.picture(std::to_string(i).append(".png"));
        lines += message_line(std::to_string(i).append(".png"), "x");
    }
    folder.text("data.jsonl", lines);
    std::int64_t asked = 0;
    const AtWork leave = [&](std::int64_t) {
        ++asked;
        throw Left{};
    };
    EXPECT_THROW((void)open_dataset(folder.options(), 42, leave), Left);
    EXPECT_EQ(asked, 1);
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_THROW((void)leaks_between(*data, *data, leave), Left);
}

TEST(Folders, Folders_NamesThatAreNotUtf8AreNamedAndLeftOut) {
    DataFolder folder;
    for (const char* stem : {"a", "\xd6\xd0\xce\xc4", "\xce\xc4/b", "c/\xe4\xb8\xad"}) {
        folder.picture(std::string(stem) + ".jpg");
        folder.text(std::string(stem) + ".txt", "A caption.");
    }
    folder.text("\xd6\xd0.md", "No data.");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(ids_of(*data), (std::vector<std::string>{"a", "c/\xe4\xb8\xad"}));
    std::vector<std::string> said;
    for (const Issue& issue : data->issues) {
        EXPECT_EQ(issue.severity, Severity::Warning);
        said.push_back(message_of(issue.error));
    }
    EXPECT_THAT(said,
                testing::ElementsAre(
                    HasSubstr("/\\xCE\\xC4 is not read: its name is not valid UTF-8; rename it"),
                    HasSubstr("the name of " + folder.path() +
                              "/\\xD6\\xD0\\xCE\\xC4.jpg is not valid UTF-8; rename it"),
                    HasSubstr("/\\xD6\\xD0\\xCE\\xC4.txt is not valid UTF-8; rename it")));

    DataFolder none;
    none.picture("\xd6.png");
    none.text("\xd6.txt", "A caption.");
    EXPECT_EQ(why_not(none.options()), "the name of \\xD6.png is not valid UTF-8; rename it");
}

TEST(Folders, Folders_AddressesOfFilesHereAreTheirPaths) {
    DataFolder folder;
    for (const char* name : {"a b.png", "c.png", "d%.png"}) folder.picture(name);
    const std::string root = "file://" + folder.path();
    folder.text("data.jsonl",
                message_line(root + "/a%20b.png", "A.") +
                    message_line("file://localhost" + folder.path() + "/c.png", "B.") +
                    message_line(root + "/d%.png", "C.") +
                    message_line("file:///etc/hostname", "D.") +
                    message_line("http://example.org/c.png", "E."));
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 3u);
    ASSERT_EQ(data->issues.size(), 2u);
    EXPECT_EQ(data->issues[0].error.code, ErrorCode::ImageOutsideRoot);
    EXPECT_EQ(data->issues[1].error.code, ErrorCode::RecordInvalid);
}

TEST(Folders, Folders_TheLineInWhichExcelNamesTheSeparatorIsNoHeading) {
    DataFolder folder;
    folder.picture("a.png");
    folder.text("data.csv", "sep=;\r\nimage;caption\r\na.png;A caption.\r\ngone.png;B.\r\n");
    const auto data = open_dataset(folder.options());
    MOELORA_ASSERT_OK(data);
    EXPECT_EQ(data->samples.size(), 1u);
    ASSERT_EQ(data->issues.size(), 1u);
    EXPECT_EQ(data->issues[0].where.line, 4);
}

}  // namespace
}  // namespace moelora
