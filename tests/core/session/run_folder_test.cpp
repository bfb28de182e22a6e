// SPDX-License-Identifier: GPL-3.0-or-later
// What a run folder is after a kill or a loss of power: always one run or the other, and readable
// to its last line.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/session/run_store.h"
#include "core/session/run_writer.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using namespace test;

class RunFolder : public testing::Test {
  protected:
    // A run of temp_/name that ended so.
    void expect_run(const std::string& name, JobState end, WatchedSession::Seen seen = {}) {
        ASSERT_EQ(end_of(session_.run(small_run(temp_ / name), std::move(seen))), end);
    }
    // A second run in the place of the first.
    void replace(const std::string& name) {
        RunSpec spec = small_run(temp_ / name);
        spec.force = true;
        spec.options.train.max_steps = 2;
        ASSERT_EQ(end_of(session_.run(spec)), JobState::Finished);
    }
    std::vector<Event> resume(const std::string& name) {
        return session_.run(ResumeSpec{temp_ / name, {}});
    }
    // The paths that issues of this code name.
    static std::vector<std::string> named(const std::vector<Event>& events, ErrorCode code) {
        std::vector<std::string> out;
        for (const IssueRaised& e : all_of<IssueRaised>(events))
            if (e.issue.error.code == code) out.emplace_back(e.issue.error.arg("path"));
        return out;
    }
    const TempDir temp_;
    WatchedSession session_{temp_ / "runs"};
};

TEST_F(RunFolder, OneWithANameThatIsNotUtf8IsRefusedBeforeAnythingIsWritten) {
    const std::string folder = temp_ / "\xd6\xd0";
    const Status refused = check_run_folder(folder, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid);
    EXPECT_EQ(refused.error().arg("option"), "--out");
    EXPECT_EQ(refused.error().arg("why"), "it is not valid UTF-8");
    const auto end = std::get<JobStateChanged>(session_.run(small_run(folder)).back());
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code, ErrorCode::OptionInvalid);
    EXPECT_FALSE(fs::exists(folder));
    // Of a run's name the letters that are none fall away.
    EXPECT_TRUE(run_store::new_run_id(temp_ / "runs", "a\xd6\xd0z").ends_with("-a-z"));
}

TEST_F(RunFolder, OneThatAKilledStartLeftIsTakenWithoutBeingAsked) {
    const std::string folder = temp_ / "run";
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
TEST_F(RunFolder, IsReplacedAtOnceAndLeavesNothingBeside) {
    expect_run("run", JobState::Finished);
    struct stat before {
    }, after{};
    ASSERT_EQ(stat((temp_ / "run").c_str(), &before), 0);
    replace("run");
    ASSERT_EQ(stat((temp_ / "run").c_str(), &after), 0);
    EXPECT_NE(before.st_ino, after.st_ino) << "another folder took its place";
    EXPECT_EQ(losses(temp_ / "run").size(), 2U);
    for (const auto& entry : fs::directory_iterator(temp_.path()))
        EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
}

TEST_F(RunFolder, BehindALinkIsReplacedWhereItLies) {
    fs::create_directories(temp_ / "large_disk");
    expect_run("large_disk/run", JobState::Finished);
    fs::create_directory_symlink(temp_ / "large_disk/run", temp_ / "run");
    replace("run");
    EXPECT_TRUE(fs::is_symlink(fs::path(temp_ / "run")));
    EXPECT_EQ(losses(temp_ / "large_disk/run").size(), 2U);
}

TEST_F(RunFolder, RecordsThatALossOfPowerTookAreNamedAndTheFileStaysReadable) {
    expect_run("run", JobState::Cancelled, stop_after(3));
    const std::string metrics = temp_ / "run/metrics.jsonl";
    fs::resize_file(metrics, fs::file_size(metrics) / 2);
    const auto events = resume("run");
    ASSERT_EQ(end_of(events), JobState::Finished);
    EXPECT_THAT(named(events, ErrorCode::RecordsLost), testing::Contains(metrics));
    const auto kept = losses(temp_ / "run");  // each line is JSON
    EXPECT_TRUE(kept.contains(4));
    EXPECT_LT(kept.size(), 4U);
}

// As a bad block leaves it: as long as before.
TEST_F(RunFolder, RecordsThatWereDamagedAreNamedAndTheFileIsKeptAsItWasFound) {
    expect_run("run", JobState::Cancelled, stop_after(2));
    const std::string metrics = temp_ / "run/metrics.jsonl";
    std::string text = bytes_of(metrics);
    const std::size_t first = text.find("{\"type\":\"step\"");
    ASSERT_NE(first, std::string::npos);
    text[text.find("\"loss\":", first) + 7] ^= 1;  // still JSON, perhaps; no longer what it was
    ASSERT_TRUE(write_text_atomic(metrics, text));
    const auto events = resume("run");
    ASSERT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(named(events, ErrorCode::RecordsDamaged), std::vector<std::string>{metrics});
    const std::string kept = bytes_of(temp_ / "run/metrics.damaged-1.jsonl");
    EXPECT_TRUE(kept + bytes_of(temp_ / "run/metrics.tail-1.jsonl") == text) << "nothing is lost";
    EXPECT_TRUE(bytes_of(metrics).starts_with(kept));
    // What is sound is not called damaged.
    expect_run("sound", JobState::Cancelled, stop_after(2));
    EXPECT_TRUE(named(resume("sound"), ErrorCode::RecordsDamaged).empty());
}

TEST_F(RunFolder, ADescriptionWithDamagedNumbersIsRefusedWithASentence) {
    expect_run("run", JobState::Cancelled, stop_after(2));
    const std::string file = temp_ / "run/run.json";
    auto run = read_json(file);
    MOELORA_ASSERT_OK(run);
    for (const Json& damaged : {Json("many"), Json(-1), Json(nullptr)}) {
        (*run)["recomputed_layers"] = damaged;
        ASSERT_TRUE(write_text_atomic(file, run->dump()));
        const auto events = resume("run");
        const auto& end = std::get<JobStateChanged>(events.back());
        ASSERT_EQ(end.to, JobState::Failed) << damaged;
        EXPECT_EQ(message_of(*end.error),
                  "The run folder " + file + " cannot be used: it has another format");
    }
}

}  // namespace
}  // namespace moelora
