// SPDX-License-Identifier: GPL-3.0-or-later
// Real training of the bundled model, a few updates at a time, through the facade.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

using namespace test;

bool lists_checkpoint(const std::string& run, std::int64_t step) {
    bool found = false;
    EXPECT_TRUE(for_each_line(run + "/metrics.jsonl", [&](std::int64_t, std::string_view line) {
        const Json record = Json::parse(line);
        found = found || (record.at("type") == "checkpoint" && record.at("step") == step);
        return true;
    }));
    return found;
}

// The command is given inside the publishing of an update, so the next safe point is the one
// between this update and the next: one more record would be one micro-batch too late.
// (Between the micro-batches of one update: Trainer.GivingUpBetweenMicroBatchesLeavesNoTrace.)
TEST(Training, Contract_StopIsPromptAndResumeIsEqual) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "whole"))), JobState::Finished);
    // In the middle of an epoch and beside the saving rhythm.
    const auto events =
        session.run(small_run(temp / "stopped"), [](Session& s, JobId job, const Event& event) {
            if (std::holds_alternative<StepRecorded>(event)) (void)s.stop(job);
        });
    EXPECT_EQ(end_of(events), JobState::Cancelled);
    ASSERT_EQ(all_of<StepRecorded>(events).size(), 1U);
    ASSERT_EQ(all_of<CheckpointSaved>(events).size(), 1U);
    EXPECT_EQ(all_of<CheckpointSaved>(events).front().info.step, 1);
    ASSERT_EQ(losses(temp / "stopped").size(), 1U);

    ASSERT_EQ(end_of(session.run(ResumeSpec{temp / "stopped", {}})), JobState::Finished);
    EXPECT_EQ(losses(temp / "stopped"), losses(temp / "whole"));  // doubles, bit for bit
    EXPECT_TRUE(lists_checkpoint(temp / "stopped", 1)) << "the one it went on from";
    EXPECT_EQ(bytes_of(temp / "stopped/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

TEST(Training, Contract_StopIsPromptWithinACaptionToo) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    CaptionSpec spec;
    spec.model = source_path("resources/demo/model");
    spec.images = {source_path("resources/demo/held_out/images/0000.webp")};
    spec.prompt = "Describe the picture.";
    spec.generate.max_new_tokens = 48;
    spec.device = {.name = "cpu", .threads = 1};
    EXPECT_GT(all_of<CaptionProgress>(session.run(spec)).size(), 3U) << "one for each token";
    const auto events = session.run(spec, [](Session& s, JobId job, const Event& event) {
        if (std::holds_alternative<CaptionProgress>(event)) (void)s.stop(job);
    });
    EXPECT_EQ(end_of(events), JobState::Cancelled);
    EXPECT_EQ(all_of<CaptionProgress>(events).size(), 1U);
}

// The wake-up runs on the publishing thread, inside publish(): what it finds in the queue must be
// on the disk by then. (A reader on another thread would look too late to notice.)
TEST(Training, Contract_RecordIsOnDiskBeforeItIsPublished) {
    const TempDir temp;
    const std::string run = temp / "run";
    std::int64_t steps = 0, checkpoints = 0;
    WatchedSession session(temp / "runs");
    const auto look_at = [&](Session&, JobId, const Event& event) {
        if (const auto* step = std::get_if<StepRecorded>(&event)) {
            const auto on_disk = losses(run);
            ASSERT_TRUE(on_disk.contains(step->record.step)) << step->record.step;
            EXPECT_EQ(on_disk.at(step->record.step), step->record.loss);
            ++steps;
        }
        if (const auto* saved = std::get_if<CheckpointSaved>(&event)) {
            EXPECT_TRUE(verify_complete(run + "/" + saved->info.path));
            ++checkpoints;
        }
    };
    EXPECT_EQ(end_of(session.run(small_run(run), look_at)), JobState::Finished);
    EXPECT_EQ(steps, 4);
    EXPECT_EQ(checkpoints, 2);
}

TEST(Training, Contract_SleepingUiMissesNothing) {
    const test::TempDir temp;
    Session session(temp / "runs");
    const std::string run = temp / "run";
    const auto live = run_to_end(session, session.start(small_run(run)));
    const auto replayed = session.replay(run);
    MOELORA_ASSERT_OK(replayed);
    const auto steps = [](const std::vector<Event>& events) {
        std::vector<StepRecord> out;
        for (const Event& event : events)
            if (const auto* step = std::get_if<StepRecorded>(&event)) out.push_back(step->record);
        return out;
    };
    const auto gates = [](const std::vector<Event>& events) {
        std::vector<RouterRecord> out;
        for (const Event& event : events)
            if (const auto* r = std::get_if<RouterRecorded>(&event))
                out.insert(out.end(), r->records.begin(), r->records.end());
        return out;
    };
    EXPECT_EQ(steps(live), steps(*replayed));
    EXPECT_EQ(gates(live), gates(*replayed));
    EXPECT_FALSE(gates(live).empty());
}

TEST(Training, RefusesAnExistingFolderAndReplacesARunOnlyWithForce) {
    const test::TempDir temp;
    Session session(temp / "runs");
    fs::create_directories(temp / "mine");
    ASSERT_TRUE(write_text_atomic(temp / "mine/thesis.txt", "precious"));
    RunSpec spec = small_run(temp / "mine");
    spec.force = true;
    const auto job = session.start(spec);
    ASSERT_TRUE(job);
    std::optional<Error> error;
    for (int i = 0; i < 3000 && !error; ++i) {
        session.wait_for_events(20);
        for (const Event& event : session.drain())
            if (const auto* changed = std::get_if<JobStateChanged>(&event);
                changed && changed->error)
                error = changed->error;
    }
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code, ErrorCode::OutputExists);
    EXPECT_EQ(bytes_of(temp / "mine/thesis.txt"), "precious");
}

TEST(Training, ACorruptNewestCheckpointIsNamedAndTheOlderOneUsed) {
    const test::TempDir temp;
    Session session(temp / "runs");
    const std::string run = temp / "run";
    ASSERT_EQ(end_of(run_to_end(session, session.start(small_run(run)))), JobState::Finished);
    ASSERT_TRUE(
        write_text_atomic(run + "/checkpoints/step-000004/optimizer.safetensors", "broken"));
    const auto before = losses(run);
    bool named = false;
    const auto events =
        run_to_end(session, session.start(ResumeSpec{run, {}}), [&](const Event& event) {
            const auto* issue = std::get_if<IssueRaised>(&event);
            named |= issue && issue->issue.error.code == ErrorCode::CheckpointInvalid;
        });
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_TRUE(named);
    EXPECT_EQ(losses(run), before);  // updates 3 and 4 again, equal, and not doubled
    EXPECT_TRUE(fs::exists(run + "/metrics.tail-1.jsonl"));
}

TEST(Training, PlainLoraOnEverySiteIsExportedAndReadBackEqual) {
    const test::TempDir temp;
    Session session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.adapter.preset = "lora";
    ASSERT_TRUE(apply_preset(spec.options));
    spec.options.train.max_steps = 2;
    ASSERT_EQ(end_of(run_to_end(session, session.start(spec))), JobState::Finished);
    for (const char* format : {"native", "peft"}) {
        ExportSpec wanted;
        wanted.adapter = temp / "run";
        wanted.format = format;
        wanted.out = temp / format;
        const auto report = session.export_adapter(wanted);
        MOELORA_ASSERT_OK(report);
        EXPECT_TRUE(report->verified) << report->report;
        EXPECT_EQ(report->max_logit_difference, 0);
    }
}

TEST(Training, ComparisonProvesItselfAndShowsWhatItSays) {
    const test::TempDir temp;
    Session session(temp / "runs");
    const std::string run = temp / "run";
    ASSERT_EQ(end_of(run_to_end(session, session.start(small_run(run)))), JobState::Finished);
    CompareSpec spec;
    spec.model = test::source_path("resources/demo/model");
    spec.adapter = run;
    spec.data = test::source_path("resources/demo/held_out/data.jsonl");
    spec.out = temp / "comparison";
    spec.limit = 3;
    spec.generate.max_new_tokens = 6;
    spec.device = {.name = "cpu", .threads = 1};
    const auto events = run_to_end(session, session.start(spec));
    ASSERT_EQ(end_of(events), JobState::Finished);
    const Comparison* comparison = nullptr;
    for (const Event& event : events)
        if (const auto* finished = std::get_if<ComparisonFinished>(&event))
            comparison = &finished->comparison;
    ASSERT_NE(comparison, nullptr);
    EXPECT_TRUE(comparison->self_test.passed());
    EXPECT_EQ(comparison->samples.size(), 3U);
    EXPECT_EQ(comparison->provenance.adapter_path, run);
    for (const char* name : {"comparison.json", "comparison.csv", "index.html"})
        EXPECT_TRUE(fs::exists(spec.out + "/" + name)) << name;
}

}  // namespace
}  // namespace moelora
