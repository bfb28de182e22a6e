// SPDX-License-Identifier: GPL-3.0-or-later
// Real training of the bundled model, a few updates at a time, through the facade.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/io/files.h"
#include "core/options/presets.h"
#include "core/record/records_json.h"
#include "core/session/session.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

RunSpec small_run(const std::string& out) {
    RunSpec spec;
    RunOptions& o = spec.options;
    o.adapter.preset = "soft";
    EXPECT_TRUE(apply_preset(o));
    o.model.path = test::source_path("resources/demo/model");
    o.model.compute_dtype = ComputeDtype::Fp32;
    o.data.path = test::source_path("resources/demo/data/data.jsonl");
    o.data.validation = 2;
    o.adapter.num_experts = 2;
    o.adapter.rank = 2;
    o.adapter.targets = {"q_proj", "v_proj"};
    o.adapter.dropout = 0.1;
    o.train.batch_size = 2;
    o.train.gradient_accumulation = 2;
    o.train.max_steps = 4;
    o.train.learning_rate = 1e-3;
    o.train.save_every = 2;
    o.train.probe_images = 1;
    o.train.probe_every = 0;
    o.generate.max_new_tokens = 8;
    o.device = {.name = "cpu", .threads = 1};
    spec.out = out;
    return spec;
}

// Events of the job until its end; `seen` may give commands.
std::vector<Event> run_to_end(Session& session, const Result<JobId>& job,
                              const std::function<void(const Event&)>& seen = {}) {
    std::vector<Event> out;
    if (!job) {
        ADD_FAILURE() << message_of(job.error());
        return out;
    }
    for (int i = 0; i < 6000; ++i) {
        session.wait_for_events(20);
        for (Event& event : session.drain()) {
            if (seen) seen(event);
            out.push_back(std::move(event));
            const auto* changed = std::get_if<JobStateChanged>(&out.back());
            if (changed && is_terminal(changed->to)) {
                if (changed->error) ADD_FAILURE() << message_of(*changed->error);
                return out;
            }
        }
    }
    ADD_FAILURE() << "the job did not end";
    return out;
}

JobState end_of(const std::vector<Event>& events) {
    return std::get<JobStateChanged>(events.back()).to;
}

// Step -> loss, of metrics.jsonl.
std::map<std::int64_t, double> losses(const std::string& run) {
    std::map<std::int64_t, double> out;
    EXPECT_TRUE(for_each_line(run + "/metrics.jsonl", [&](std::int64_t, std::string_view line) {
        const Json record = Json::parse(line);
        if (record.at("type") == "step") out[record.at("step")] = record.at("loss");
        return true;
    }));
    return out;
}

bool lists_checkpoint(const std::string& run, std::int64_t step) {
    bool found = false;
    EXPECT_TRUE(for_each_line(run + "/metrics.jsonl", [&](std::int64_t, std::string_view line) {
        const Json record = Json::parse(line);
        found = found || (record.at("type") == "checkpoint" && record.at("step") == step);
        return true;
    }));
    return found;
}

std::string bytes_of(const std::string& path) {
    const auto text = read_text(path);
    EXPECT_TRUE(text) << path;
    return text ? *text : std::string();
}

TEST(Training, Contract_StopIsPromptAndResumeIsEqual) {
    const test::TempDir temp;
    Session session(temp / "runs");
    ASSERT_EQ(end_of(run_to_end(session, session.start(small_run(temp / "whole")))),
              JobState::Finished);

    RunSpec spec = small_run(temp / "stopped");
    JobId job = 0;
    const auto started = session.start(spec);
    ASSERT_TRUE(started);
    job = *started;
    const auto events = run_to_end(session, started, [&](const Event& event) {
        // After the first update, in the middle of an epoch and beside the saving rhythm.
        if (std::holds_alternative<StepRecorded>(event)) (void)session.stop(job);
    });
    EXPECT_EQ(end_of(events), JobState::Cancelled);
    const auto before = losses(temp / "stopped");
    EXPECT_LT(before.size(), 4U);
    ASSERT_FALSE(before.empty());

    ASSERT_EQ(end_of(run_to_end(session, session.start(ResumeSpec{temp / "stopped", {}}))),
              JobState::Finished);
    EXPECT_EQ(losses(temp / "stopped"), losses(temp / "whole"));  // doubles, bit for bit
    EXPECT_TRUE(lists_checkpoint(temp / "stopped", static_cast<std::int64_t>(before.size())))
        << "the one it went on from";
    EXPECT_EQ(bytes_of(temp / "stopped/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

// The wake-up runs on the publishing thread, inside publish(): what it finds in the queue must be
// on the disk by then. (A reader on another thread would look too late to notice.)
TEST(Training, Contract_RecordIsOnDiskBeforeItIsPublished) {
    const test::TempDir temp;
    const std::string run = temp / "run";
    Session* reader = nullptr;
    std::int64_t steps = 0, checkpoints = 0;
    std::atomic<bool> ended = false;
    const auto look_at = [&](const Event& event) {
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
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (changed && is_terminal(changed->to)) ended = true;
    };
    std::mutex one_at_a_time;  // the start is published by this thread
    Session session(temp / "runs", [&] {
        const std::lock_guard lock(one_at_a_time);
        for (const Event& event : reader->drain()) look_at(event);
    });
    reader = &session;
    ASSERT_TRUE(session.start(small_run(run)));
    for (int i = 0; i < 6000 && !ended; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(ended);
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
