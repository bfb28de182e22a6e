// SPDX-License-Identifier: GPL-3.0-or-later
// What a run folder is after a kill or a loss of power: always one run or the other, and readable
// to its last line.
#include <sys/stat.h>

#include <filesystem>

#include "core/session/run_store.h"
#include "core/session/run_writer.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using namespace test;

TEST(RunFolder, OneThatAKilledStartLeftIsTakenWithoutBeingAsked) {
    const TempDir temp;
    const std::string folder = temp / "run";
    EXPECT_TRUE(check_run_folder(folder, false)) << "not there";
    fs::create_directories(folder + "/checkpoints");
    for (const char* name : {"lock", "run.json.tmp-host-1-1"})
        ASSERT_TRUE(write_text_atomic(join_path(folder, name), ""));
    EXPECT_TRUE(check_run_folder(folder, false));
    // Anything else is somebody's.
    ASSERT_TRUE(write_text_atomic(folder + "/thesis.txt", "precious"));
    EXPECT_FALSE(check_run_folder(folder, false));
    EXPECT_FALSE(check_run_folder(folder, true));
    fs::remove(folder + "/thesis.txt");
    fs::create_directories(folder + "/checkpoints/step-000002");
    EXPECT_FALSE(check_run_folder(folder, false));
    ASSERT_TRUE(write_text_atomic(folder + "/run.json", "{}"));
    EXPECT_FALSE(check_run_folder(folder, false));
    EXPECT_TRUE(check_run_folder(folder, true));
}

// The folder is exchanged as a whole; it was emptied file by file before, and a kill in between
// left what neither resume nor --force took.
TEST(RunFolder, IsReplacedAtOnceAndLeavesNothingBeside) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "run"))), JobState::Finished);
    struct stat before {
    }, after{};
    ASSERT_EQ(stat((temp / "run").c_str(), &before), 0);
    RunSpec spec = small_run(temp / "run");
    spec.force = true;
    spec.options.train.max_steps = 2;
    ASSERT_EQ(end_of(session.run(spec)), JobState::Finished);
    ASSERT_EQ(stat((temp / "run").c_str(), &after), 0);
    EXPECT_NE(before.st_ino, after.st_ino) << "another folder took its place";
    EXPECT_EQ(losses(temp / "run").size(), 2U);
    for (const auto& entry : fs::directory_iterator(temp.path()))
        EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
}

TEST(RunFolder, BehindALinkIsReplacedWhereItLies) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    fs::create_directories(temp / "large_disk");
    ASSERT_EQ(end_of(session.run(small_run(temp / "large_disk/run"))), JobState::Finished);
    fs::create_directory_symlink(temp / "large_disk/run", temp / "run");
    RunSpec spec = small_run(temp / "run");
    spec.force = true;
    spec.options.train.max_steps = 2;
    ASSERT_EQ(end_of(session.run(spec)), JobState::Finished);
    EXPECT_TRUE(fs::is_symlink(fs::path(temp / "run")));
    EXPECT_EQ(losses(temp / "large_disk/run").size(), 2U);
}

TEST(RunFolder, RecordsThatALossOfPowerTookAreNamedAndTheFileStaysReadable) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    ASSERT_EQ(end_of(session.run(spec, stop_after(3))), JobState::Cancelled);
    const std::string metrics = temp / "run/metrics.jsonl";
    fs::resize_file(metrics, fs::file_size(metrics) / 2);
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    ASSERT_EQ(end_of(events), JobState::Finished);
    bool said = false;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        said = said || (e.issue.error.code == ErrorCode::RecordsLost &&
                        e.issue.error.arg("path") == metrics);
    EXPECT_TRUE(said);
    const auto kept = losses(temp / "run");  // each line is JSON
    EXPECT_TRUE(kept.contains(4));
    EXPECT_LT(kept.size(), 4U);
}

// As a bad block leaves it: as long as before.
TEST(RunFolder, RecordsThatWereDamagedAreNamedAndTheFileIsKeptAsItWasFound) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    ASSERT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    const std::string metrics = temp / "run/metrics.jsonl";
    std::string text = bytes_of(metrics);
    const std::size_t first = text.find("{\"type\":\"step\"");
    ASSERT_NE(first, std::string::npos);
    text[text.find("\"loss\":", first) + 7] ^= 1;  // still JSON, perhaps; no longer what it was
    ASSERT_TRUE(write_text_atomic(metrics, text));
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    ASSERT_EQ(end_of(events), JobState::Finished);
    std::vector<std::string> said;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == ErrorCode::RecordsDamaged)
            said.emplace_back(e.issue.error.arg("path"));
    EXPECT_EQ(said, std::vector<std::string>{metrics});
    const std::string kept = bytes_of(temp / "run/metrics.damaged-1.jsonl");
    EXPECT_TRUE(kept + bytes_of(temp / "run/metrics.tail-1.jsonl") == text) << "nothing is lost";
    EXPECT_TRUE(bytes_of(metrics).starts_with(kept));
    // What is sound is not called damaged.
    spec.out = temp / "sound";
    ASSERT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    for (const IssueRaised& e : all_of<IssueRaised>(session.run(ResumeSpec{temp / "sound", {}})))
        EXPECT_NE(e.issue.error.code, ErrorCode::RecordsDamaged);
}

}  // namespace
}  // namespace moelora
