// SPDX-License-Identifier: GPL-3.0-or-later
// Promises of the disk plan: what a run writes is as large as was said; a run without room does not
// start; low space pauses it, and it goes on when there is space again.
#include "core/session/disk_plan.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/io/free_space.h"
#include "core/session/run_store.h"
#include "tests/core/session/small_run.h"

namespace moelora::test {
namespace {

namespace fs = std::filesystem;

std::int64_t size_of(const std::string& folder) {
    std::int64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
    return bytes;
}

RunSpec larger_run(const std::string& out) {
    RunSpec spec = small_run(out);
    spec.options.adapter.rank = 16;
    spec.options.train.save_every = 1;
    return spec;
}

TEST(DiskPlan, SaysAtMostWhatARunWritesAndLittleMore) {
    const TempDir temp;
    const RunSpec spec = larger_run(temp / "run");
    const auto plan = Session(temp / "runs").plan_disk(spec);
    WatchedSession session(temp / "runs");
    ASSERT_TRUE(plan) << message_of(plan.error());
    ASSERT_EQ(end_of(session.run(spec)), JobState::Finished);

    std::int64_t checkpoints = 0;
    for (const auto& entry : fs::directory_iterator(temp / "run/checkpoints")) {
        const std::int64_t bytes = size_of(entry.path().string());
        EXPECT_LE(bytes, plan->checkpoint_bytes);
        EXPECT_GE(bytes, plan->checkpoint_bytes * 2 / 3);
        ++checkpoints;
    }
    EXPECT_GE(plan->checkpoints, checkpoints + 1);  // one was being written beside them
    const std::int64_t adapter = size_of(temp / "run/adapter"), all = size_of(temp / "run");
    EXPECT_LE(adapter, plan->adapter_bytes);
    EXPECT_LE(all, plan->needed_bytes - plan->reserve_bytes);
    EXPECT_TRUE(plan->fits);
}

TEST(DiskPlan, CountsTheCheckpointsThatStandAtOneTime) {
    RunExtent extent{.parameters = 1000, .sites = 4, .experts = 2, .updates = 100};
    TrainOptions train;
    train.save_every = 10;
    train.keep_last = 3;
    EXPECT_EQ(plan_disk(extent, train, ".").checkpoints, 4);
    train.save_every = 50;  // two in all
    EXPECT_EQ(plan_disk(extent, train, ".").checkpoints, 2);
    train.save_every = 0;  // at the end alone
    EXPECT_EQ(plan_disk(extent, train, ".").checkpoints, 1);
    extent.evaluates = true;  // the best may stand beside the newest
    EXPECT_EQ(plan_disk(extent, train, ".").checkpoints, 5);
    train.keep_best = false;
    EXPECT_EQ(plan_disk(extent, train, ".").checkpoints, 1);
}

TEST(DiskPlan, ARunThatWouldNotFitDoesNotStart) {
    const TempDir temp;
    RunSpec spec = larger_run(temp / "run");
    spec.options.train.disk_reserve = "8000000GiB";
    const auto plan = Session(temp / "runs").plan_disk(spec);
    WatchedSession session(temp / "runs");
    ASSERT_TRUE(plan);
    EXPECT_FALSE(plan->fits);
    const auto end = std::get<JobStateChanged>(session.run(spec).back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::SpaceNeeded);
    EXPECT_THAT(message_of(*end.error), testing::HasSubstr("(train.disk_reserve: "));
    EXPECT_EQ(entry_of(end.error->code).exit_code, 4);
    EXPECT_FALSE(fs::exists(temp / "run"));
}

// Takes `bytes` of the disk at once; false where the file system cannot.
bool take_space(const std::string& path, std::int64_t bytes) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    const bool taken = file >= 0 && fallocate(file, 0, 0, bytes) == 0;
    if (file >= 0) close(file);
    return taken;
}

TEST(DiskPlan, LowSpacePausesTheRunBeforeACheckpointAndItGoesOnWithSpace) {
    constexpr std::int64_t gib = std::int64_t{1} << 30;
    const TempDir temp;
    const std::int64_t free = free_bytes_at(temp / "run").value_or(0);
    if (free < 6 * gib || !take_space(temp / "filler", gib))
        GTEST_SKIP() << "needs 6 GiB of disk that can be reserved at once";
    fs::remove(temp / "filler");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.disk_reserve = std::to_string(free - 2 * gib) + "B";
    spec.stop_on_disk_full = false;
    WatchedSession session(temp / "runs");
    int pauses = 0;
    const auto events = session.run(spec, [&](Session& s, JobId job, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 1) {
            EXPECT_TRUE(take_space(temp / "filler", 4 * gib));
        }
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (!changed || changed->to != JobState::Paused) return;
        EXPECT_FALSE(fs::exists(temp / "run/checkpoints/step-000002"));
        if (++pauses == 2) fs::remove(temp / "filler");
        EXPECT_TRUE(s.resume(job));
    });
    EXPECT_EQ(pauses, 2);
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_TRUE(fs::exists(temp / "run/checkpoints/step-000002"));
    const auto issues = all_of<IssueRaised>(events);
    EXPECT_EQ(
        std::count_if(issues.begin(), issues.end(),
                      [](const auto& e) { return e.issue.error.code == ErrorCode::SpaceNeeded; }),
        2);
}

}  // namespace
}  // namespace moelora::test
