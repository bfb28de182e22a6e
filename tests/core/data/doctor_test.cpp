// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/doctor.h"

#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "core/io/files.h"
#include "tests/core/data/data_folder.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

using test::DataFolder;
using test::message_line;

// A picture with shapes, drawn from a number.
cv::Mat scene(int number) {
    cv::Mat image(96, 128, CV_8UC3, cv::Scalar(200, 180, 160));
    cv::RNG random(static_cast<std::uint64_t>(number) + 1);
    for (int i = 0; i < 6; ++i) {
        const cv::Point at(random.uniform(0, 128), random.uniform(0, 96));
        const cv::Scalar colour(random.uniform(0, 255), random.uniform(0, 255),
                                random.uniform(0, 255));
        cv::circle(image, at, random.uniform(8, 30), colour, -1);
    }
    return image;
}
std::string encoded(const cv::Mat& image, const std::string& ending) {
    std::vector<unsigned char> bytes;
    cv::imencode(ending, image, bytes);
    return {bytes.begin(), bytes.end()};
}

// One line a finding: "code path [other]", without the folder.
std::vector<std::string> found(const DoctorReport& report, const DataFolder& folder) {
    std::vector<std::string> out;
    for (const Issue& issue : report.issues) {
        std::string line(entry_of(issue.error.code).name);
        for (const char* arg : {"path", "file", "value"}) {
            const std::string value(issue.error.arg(arg));
            if (value.empty()) continue;
            line += value.starts_with(folder.path()) ? " " + value.substr(folder.path().size() + 1)
                                                     : " " + value;
        }
        out.push_back(line);
    }
    std::sort(out.begin(), out.end());
    return out;
}

DoctorReport examined(const DataFolder& folder, DoctorOptions options = {}) {
    const DataOptions data = folder.options();
    const auto dataset = open_dataset(data);
    if (!dataset) {
        ADD_FAILURE() << message_of(dataset.error());
        return {};
    }
    const auto report = examine(*dataset, data, options);
    if (!report) {
        ADD_FAILURE() << message_of(report.error());
        return {};
    }
    return *report;
}

TEST(Doctor, Doctor_OneSpecimenOfEachDefectGivesExactlyThatList) {
    DataFolder folder;
    std::string lines;
    const auto add = [&](const std::string& name, const std::string& bytes,
                         const std::string& answer = "x") {
        folder.text(name, bytes);
        lines += message_line(name, answer);
    };
    add("a.png", encoded(scene(1), ".png"));
    add("b.png", encoded(scene(2), ".png"));
    add("c.png", encoded(scene(3), ".png"));
    add("same.png", encoded(scene(1), ".png"));
    add("near.jpg", encoded(scene(2), ".jpg"));
    add("named.jpg", encoded(scene(4), ".png"));
    std::string damaged = encoded(scene(5), ".png");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    add("damaged.png", damaged);
    add("long.png", encoded(scene(6), ".png"), std::string(5000, 'y'));
    add("control.png", encoded(scene(7), ".png"), "a <|im_end|> b");
    folder.text("orphan.png", encoded(scene(8), ".png"));
    folder.text("empty.png", "");
    lines += message_line("empty.png", "x");  // an issue of the data set, no orphan
    folder.text(".DS_Store", "x");
    folder.text("._a.png", "x");
    folder.text("data.jsonl", lines);
    const DoctorReport report = examined(folder);
    EXPECT_EQ(found(report, folder),
              (std::vector<std::string>{
                  "CaptionLong", "FileOrphan orphan.png",
                  "FilesIgnored " + std::string(report.issues.end()[-2].error.arg("path"))
                                        .substr(folder.path().size() + 1),
                  "ImageDuplicate same.png a.png", "ImageNameMisleads named.jpg",
                  "ImageNearDuplicate near.jpg b.png", "ImageUnreadable damaged.png",
                  "TextHoldsControl <|im_end|>"}));
    EXPECT_EQ(report.pictures, 9);
    EXPECT_EQ(report.decoded + report.cached, 9);
    for (const Issue& issue : report.issues)
        if (issue.error.code == ErrorCode::FilesIgnored) {
            EXPECT_EQ(issue.count, 2);
        }
}

TEST(Doctor, Doctor_TheSecondRunReadsNoPictureAndSaysTheSame) {
    DataFolder folder, kept;
    std::string lines;
    for (int i = 0; i < 12; ++i) {
        const std::string name = std::to_string(i).append(".png");
        folder.text(name, encoded(scene(i % 8), ".png"));
        lines += message_line(name, "x");
    }
    std::string damaged = encoded(scene(20), ".png");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    folder.text("z.png", damaged);
    folder.text("data.jsonl", lines + message_line("z.png", "x"));
    const std::string cache = kept / "new/folder/pictures.jsonl";
    const DoctorReport first = examined(folder, {.cache = cache, .threads = 1});
    EXPECT_EQ(first.decoded, 9);  // equal bytes are decoded once
    EXPECT_EQ(first.cached, 4);
    const DoctorReport second = examined(folder, {.cache = cache});
    EXPECT_EQ(second.decoded, 0);
    EXPECT_EQ(second.cached, 13);
    EXPECT_EQ(found(first, folder), found(second, folder));
    EXPECT_EQ(found(first, folder).size(), 5u);
    // Another name and time, the same bytes: found by its hash. A changed picture is read again.
    std::filesystem::rename(folder / "3.png", folder / "new.png");
    folder.text("4.png", encoded(scene(30), ".png"));
    folder.text("data.jsonl", message_line("new.png", "x") + message_line("4.png", "x"));
    const DoctorReport third = examined(folder, {.cache = cache});
    EXPECT_EQ(third.decoded, 1);
    EXPECT_EQ(third.cached, 1);
}

TEST(Doctor, Doctor_ACacheThatCannotBeWrittenKeepsNoFindingBack) {
    DataFolder folder, kept;
    std::string damaged = encoded(scene(20), ".png");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    folder.text("z.png", damaged);
    folder.text("data.jsonl", message_line("z.png", "x"));
    kept.text("file", "no folder");
    const DoctorReport report = examined(folder, {.cache = kept / "file/pictures.jsonl"});
    ASSERT_EQ(report.issues.size(), 2u);
    EXPECT_EQ(report.issues[0].severity, Severity::Error);
    EXPECT_EQ(report.issues[1].severity, Severity::Info);
    EXPECT_EQ(report.issues[1].error.arg("path"), kept / "file/pictures.jsonl");
}

TEST(Doctor, Doctor_ADamagedCacheCountsAsEmpty) {
    DataFolder folder, kept;
    folder.text("a.png", encoded(scene(1), ".png"));
    folder.text("data.jsonl", message_line("a.png", "x"));
    kept.text("pictures.jsonl", "{\"path\":1}\nnot json\n[]\n{\"path\":\"x\",\"size\":-1}");
    const std::string cache = kept / "pictures.jsonl";
    EXPECT_EQ(examined(folder, {.cache = cache}).decoded, 1);
    EXPECT_EQ(examined(folder, {.cache = cache}).decoded, 0);
}

TEST(Doctor, Doctor_CancelReturnsAtOnceAndKeepsWhatWasSeen) {
    DataFolder folder, kept;
    std::string lines;
    const cv::Mat large = [] {
        cv::Mat noise(700, 700, CV_8UC3);
        cv::randu(noise, 0, 255);
        return noise;
    }();
    for (int i = 0; i < 400; ++i) {
        const std::string name = std::to_string(i).append(".png");
        if (i == 0) folder.text(name, encoded(large, ".png"));
        if (i > 0) std::filesystem::copy_file(folder / "0.png", folder / name);
        // Different bytes for each, so that each is decoded.
        std::ofstream(folder / name, std::ios::app) << i;
        lines += message_line(name, "x");
    }
    folder.text("data.jsonl", lines);
    const std::string cache = kept / "pictures.jsonl";
    const DoctorReport report = examined(
        folder, {.cache = cache, .threads = 2, .go_on = [&](std::int64_t done, std::int64_t all) {
                     EXPECT_EQ(all, 400);
                     return done == 0;
                 }});
    EXPECT_TRUE(report.cancelled);
    EXPECT_GT(report.decoded, 0);
    EXPECT_LT(report.decoded, 400);
    const auto again =
        examined(folder, {.cache = cache, .go_on = [&](std::int64_t done, std::int64_t) {
                              return done < report.decoded + 8;
                          }});
    EXPECT_GE(again.cached, report.decoded);
}

TEST(Doctor, Doctor_ACancelDoesNotWaitForTheDecoder) {
    DataFolder folder;
    folder.text("a.png", encoded(cv::Mat::zeros(8000, 8000, CV_8UC1), ".png"));
    folder.text("data.jsonl", message_line("a.png", "x"));
    const DoctorReport report = examined(
        folder,
        {.cache = "", .threads = 1, .go_on = [](std::int64_t, std::int64_t) { return false; }});
    EXPECT_TRUE(report.cancelled);
    EXPECT_EQ(report.decoded, 0);  // its thread is at it still
    EXPECT_EQ(report.pictures, 1);
}

// What it took for good may be refused by now.
TEST(Doctor, Doctor_WhatAnotherProgramFoundIsLookedAtAgain) {
    DataFolder folder, kept;
    folder.text("a.png", encoded(scene(1), ".png"));
    folder.text("data.jsonl", message_line("a.png", "x"));
    const std::string cache = kept / "pictures.jsonl";
    EXPECT_EQ(examined(folder, {.cache = cache}).decoded, 1);
    EXPECT_EQ(examined(folder, {.cache = cache}).cached, 1);
    auto line = read_text(cache);
    MOELORA_ASSERT_OK(line);
    const std::size_t at = line->find("\"examiner\":2,");
    ASSERT_NE(at, std::string::npos) << *line;
    kept.text("pictures.jsonl", line->erase(at, 13));  // as programs before the number wrote it
    EXPECT_EQ(examined(folder, {.cache = cache}).cached, 0);
    EXPECT_EQ(examined(folder, {.cache = cache}).cached, 1);
}

TEST(Doctor, Doctor_TheSearchForDuplicatesIsCancelledToo) {
    DataFolder folder, kept;
    std::string lines;
    for (int i = 0; i < 8; ++i) {
        const std::string name = std::to_string(i).append(".png");
        folder.text(name, encoded(scene(1), ".png") + std::to_string(i));
        lines += message_line(name, "x");
    }
    folder.text("data.jsonl", lines);
    const std::string cache = kept / "pictures.jsonl";
    EXPECT_EQ(examined(folder, {.cache = cache}).alike.size(), 7u);
    // Nothing is decoded now; the first question comes when all pictures are known.
    const DoctorReport report =
        examined(folder, {.cache = cache, .go_on = [](auto, auto) { return false; }});
    EXPECT_TRUE(report.cancelled);
    EXPECT_EQ(report.cached, 8);
    EXPECT_TRUE(report.alike.empty());
}

TEST(Doctor, Doctor_FindingsOfAKindAreListedUpTo200AndTheRestIsCounted) {
    DataFolder folder;
    std::string lines;
    for (int i = 0; i < 260; ++i) {
        const std::string name = std::to_string(i).append(".png");
        folder.text(name, encoded(scene(1), ".png") + std::to_string(i));
        lines += message_line(name, "x");
        folder.picture("orphans/" + name);
    }
    folder.text("data.jsonl", lines);
    const DoctorReport report = examined(folder);
    for (const auto& [code, all] :
         {std::pair{ErrorCode::ImageNearDuplicate, 259}, std::pair{ErrorCode::FileOrphan, 260}}) {
        std::int64_t listed = 0, counted = 0;
        for (const Issue& issue : report.issues)
            if (issue.error.code == code) {
                ++listed;
                counted += issue.count;
            }
        EXPECT_EQ(listed, 200) << entry_of(code).name;
        EXPECT_EQ(counted, all) << entry_of(code).name;
    }
    EXPECT_EQ(report.alike.size(), 259u);  // a leak between parts is found whatever is listed
}

TEST(Doctor, Doctor_WhatOtherRecordsNameIsNoOrphan) {
    DataFolder folder;
    for (const char* name : {"a.png", "b.png", "c.png", "d.png"})
        folder.text(name, encoded(scene(name[0]), ".png"));
    folder.text("train.jsonl", message_line("a.png", "x"));
    folder.text("val.jsonl", message_line("b.png", "x"));
    folder.text("old.csv", "image,caption\nc.png,x\n");
    // However JSON writes the name.
    folder.text("中.png", encoded(scene(9), ".png"));
    folder.text("test.jsonl", message_line("\\u4e2d.png", "x"));
    EXPECT_EQ(found(examined(folder), folder), std::vector<std::string>{"FileOrphan d.png"});
}

TEST(Doctor, Doctor_WhatItKnowsOfBothPartsIsSaidWithoutDecoding) {
    DataFolder folder, kept;
    std::string lines;
    for (const char* name : {"a.png", "b.jpg", "c.png"}) {
        folder.text(name, encoded(scene(name[0] == 'c' ? 2 : 1), std::string(name).substr(1)));
        lines += message_line(name, "x");
    }
    folder.text("data.jsonl", lines);
    auto train = open_dataset(folder.options());
    MOELORA_ASSERT_OK(train);
    Dataset held = *train;
    train->samples.resize(1);
    held.samples.erase(held.samples.begin());
    const std::string cache = kept / "pictures.jsonl";
    EXPECT_TRUE(known_alike({&*train, &held}, cache).empty());
    EXPECT_EQ(examined(folder, {.cache = cache}).decoded, 3);
    const auto leaks = alike_between(*train, held, known_alike({&*train, &held}, cache));
    ASSERT_EQ(leaks.size(), 1u);
    EXPECT_EQ(leaks[0].error.code, ErrorCode::SplitLeak);
    EXPECT_EQ(leaks[0].error.arg("file"), folder / "b.jpg");
    folder.text("b.jpg", encoded(scene(3), ".jpg"));  // another picture now, of which it knows none
    EXPECT_TRUE(known_alike({&*train, &held}, cache).empty());
}

TEST(Doctor, Doctor_FlatAndDifferentPicturesAreNotAlike) {
    DataFolder folder;
    std::string lines;
    for (int i = 0; i < 40; ++i) {
        const std::string name = std::to_string(i).append(".png");
        if (i < 20)
            folder.picture(name, i * 10);
        else
            folder.text(name, encoded(scene(100 + i), ".png"));
        lines += message_line(name, "x");
    }
    folder.text("data.jsonl", lines);
    EXPECT_EQ(found(examined(folder), folder), std::vector<std::string>{});
}

TEST(Doctor, Doctor_ResizedAndBrightenedPicturesAreAlike) {
    DataFolder folder;
    const cv::Mat one = scene(3);
    cv::Mat half, bright;
    cv::resize(one, half, cv::Size(), 0.5, 0.5, cv::INTER_AREA);
    one.convertTo(bright, -1, 1.0, 6);
    folder.text("a.png", encoded(one, ".png"));
    folder.text("b.png", encoded(half, ".png"));
    folder.text("c.png", encoded(bright, ".png"));
    folder.text("data.jsonl", message_line("a.png", "x") + message_line("b.png", "x") +
                                  message_line("c.png", "x"));
    EXPECT_EQ(found(examined(folder), folder),
              (std::vector<std::string>{"ImageNearDuplicate b.png a.png",
                                        "ImageNearDuplicate c.png a.png"}));
}

TEST(Doctor, Doctor_MixedEncodingsOfTextFilesAreNamed) {
    DataFolder folder;
    for (const char* name : {"a", "b", "c"}) {
        folder.text(std::string(name) + ".png", encoded(scene(name[0]), ".png"));
        folder.text(std::string(name) + ".txt", "A caption.");
    }
    folder.text("b.txt", std::string("\xFF\xFEx\0", 4));
    EXPECT_EQ(found(examined(folder), folder),
              std::vector<std::string>{"TextEncodingsMixed b.txt"});
}

TEST(Doctor, Doctor_TheSharedBadPicturesAreAnsweredAsTheManifestSays) {
    MOELORA_NEED_SHARED_DATA();
    DataFolder folder;
    std::string lines;
    std::map<std::string, bool> usable;  // by name
    for (const Json& entry : test::bad_rows("images/")) {
        const auto path = entry["path"].get<std::string>();
        const std::string name = path.substr(7);
        test::copy_writable(test::bad_file(path), folder / name);
        lines += message_line(name, "x");
        if (entry["also_ok"].empty()) usable[name] = entry["action"] == "accept";
    }
    folder.text("data.jsonl", lines);
    const DataOptions data = folder.options();
    const auto dataset = open_dataset(data);
    MOELORA_ASSERT_OK(dataset);
    const auto report = examine(*dataset, data, {});
    MOELORA_ASSERT_OK(report);
    std::map<std::string, bool> answered;
    for (const DatasetSample& sample : dataset->samples)
        answered[std::filesystem::path(caption_sample(sample).image).filename()] = true;
    for (const Issue& issue : report->issues)
        if (issue.severity == Severity::Error)
            answered[std::filesystem::path(issue.where.file).filename()] = false;
    EXPECT_GT(usable.size(), 35u);
    for (const auto& [name, good] : usable) EXPECT_EQ(answered[name], good) << name;
}

}  // namespace
}  // namespace moelora
