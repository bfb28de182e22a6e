// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/caption_saver.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/io/files.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

Caption caption_of(const std::string& image) {
    Caption c;
    c.image = image;
    c.text = "Two cars.";
    return c;
}

TEST(CaptionSaver, WritesASidecarBesideThePicture) {
    const test::TempDir folder;
    auto saver = CaptionSaver::open(CaptionForm::Sidecars, false);
    ASSERT_TRUE(saver.has_value());
    ASSERT_TRUE(saver->save(caption_of(folder / "a.webp"), "{}").has_value());
    EXPECT_EQ(read_text(folder / "a.txt").value(), "Two cars.\n");
}

TEST(CaptionSaver, AppendsLinesUnlessTheyAreToBeReplaced) {
    const test::TempDir folder;
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    const auto add = [](bool replace) {
        auto saver = CaptionSaver::open(CaptionForm::Lines, replace);
        return saver && saver->save(caption_of("a.webp"), "{\"text\":\"x\"}");
    };
    EXPECT_TRUE(add(false) && add(false));
    EXPECT_EQ(read_text("captions.jsonl").value(), "{\"text\":\"x\"}\n{\"text\":\"x\"}\n");
    EXPECT_TRUE(CaptionSaver::open(CaptionForm::Lines, true).has_value());
    EXPECT_FALSE(read_text("captions.jsonl")->empty()) << "emptied before there was a caption";
    EXPECT_TRUE(add(true));
    EXPECT_EQ(read_text("captions.jsonl").value(), "{\"text\":\"x\"}\n");
    fs::current_path(before);
}

TEST(CaptionSaver, SaysWhatCannotBeWritten) {
    auto saver = CaptionSaver::open(CaptionForm::Sidecars, false);
    ASSERT_TRUE(saver.has_value());
    const auto status = saver->save(caption_of("/proc/no such folder/a.webp"), "{}");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::FileUnwritable);
}

}  // namespace
}  // namespace moelora
