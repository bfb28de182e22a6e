// SPDX-License-Identifier: GPL-3.0-or-later
// Promises of a pause that gives memory back: the run goes on bit-equal; what it needs is on the
// disk meanwhile; a stop, a request and a model that changed are each answered.
#include <filesystem>

#include "core/ops/host_memory.h"
#include "core/session/run_store.h"
#include "tests/core/session/small_run.h"

namespace moelora::test {
namespace {

namespace fs = std::filesystem;

using Seen = WatchedSession::Seen;

// Frees the run after this update, which is none that is saved anyway; `paused` when it is.
Seen free_after(std::int64_t update, const Seen& paused) {
    return [=](Session& session, JobId job, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == update) {
            EXPECT_TRUE(session.pause_and_free(job));
        }
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (changed && changed->to == JobState::Paused) paused(session, job, event);
    };
}

TEST(PauseAndFree, TheRunIsSavedAndGoesOnBitEqual) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "whole"))), JobState::Finished);
    int pauses = 0;
    RunSpec spec = small_run(temp / "run");
    spec.options.device.evict_vision = true;  // which changes no result either
    const auto events =
        session.run(spec, free_after(1, [&](Session& s, JobId job, const Event&) {
                        ++pauses;
                        EXPECT_TRUE(verify_complete(temp / "run/checkpoints/step-000001"));
                        EXPECT_TRUE(s.resume(job));
                    }));
    EXPECT_EQ(pauses, 1);
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));
    EXPECT_EQ(bytes_of(temp / "run/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

// The number of layers that a budget asked for stands in run.json. Results are the same without it;
// what is needed is not.
TEST(PauseAndFree, LayersAreComputedAgainAsBefore) {
    const TempDir temp;
    host_memory::count();
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "whole");
    spec.options.train.batch_size = 16;
    ASSERT_EQ(end_of(session.run(spec, stop_after(1))), JobState::Cancelled);
    auto run = read_json(temp / "whole/run.json");
    MOELORA_ASSERT_OK(run);
    run->at("recomputed_layers") = 4;
    MOELORA_ASSERT_OK(write_text_atomic(temp / "whole/run.json", run->dump()));
    fs::copy(temp / "whole", temp / "freed", fs::copy_options::recursive);
    const auto peak_of_the_end = [&](const char* name, const Seen& more) {
        const auto events =
            session.run(ResumeSpec{temp / name, {}}, [&](Session& s, JobId job, const Event& e) {
                const auto* step = std::get_if<StepRecorded>(&e);
                if (step && step->record.step == 3) host_memory::reset_peak();
                more(s, job, e);
            });
        EXPECT_EQ(end_of(events), JobState::Finished);
        return static_cast<double>(host_memory::peak());
    };
    const double whole = peak_of_the_end("whole", [](Session&, JobId, const Event&) {});
    const double freed = peak_of_the_end(
        "freed", free_after(2, [&](Session& s, JobId job, const Event&) { s.resume(job); }));
    EXPECT_LT(freed, 1.1 * whole);
    EXPECT_EQ(bytes_of(temp / "freed/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which keep freed memory
TEST(PauseAndFree, MemoryOfTheModelGoesBackToTheSystem) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto events =
        session.run(small_run(temp / "run"),
                    free_after(1, [&](Session& s, JobId job, const Event&) { s.resume(job); }));
    std::vector<std::int64_t> samples;  // the last one after freeing
    for (const Event& event : events) {
        if (const auto* memory = std::get_if<ResourceSampled>(&event))
            samples.push_back(memory->rss_bytes);
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (changed && changed->to == JobState::Paused) break;
    }
    ASSERT_GE(samples.size(), 2U);
    const std::int64_t before = samples[samples.size() - 2], freed = samples.back();
    constexpr std::int64_t of_model = 3'700'000 * 4;
    EXPECT_GT(before - freed, of_model / 2) << before << " before, " << freed << " after";
}
#endif

TEST(PauseAndFree, AStopMeanwhileEndsTheRunAtItsCheckpoint) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto events = session.run(
        small_run(temp / "run"),
        free_after(1, [&](Session& s, JobId job, const Event&) { EXPECT_TRUE(s.stop(job)); }));
    EXPECT_EQ(end_of(events), JobState::Cancelled);
    const auto run = run_store::summarize(temp / "run");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->status, RunStatus::Stopped);
    ResumeSpec resume;
    resume.run = temp / "run";
    EXPECT_EQ(end_of(session.run(resume)), JobState::Finished);
}

TEST(PauseAndFree, CaptionsAskedForMeanwhileAreMadeWhenTheRunGoesOn) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto events = session.run(small_run(temp / "run"),
                                    free_after(1, [&](Session& s, JobId job, const Event&) {
                                        EXPECT_TRUE(s.caption_now(job));
                                        EXPECT_TRUE(s.resume(job));
                                    }));
    EXPECT_EQ(end_of(events), JobState::Finished);
    bool made = false;
    for (const CaptionFinished& e : all_of<CaptionFinished>(events))
        made = made || e.caption.step == 1;
    EXPECT_TRUE(made);
}

TEST(PauseAndFree, AModelThatChangedMeanwhileIsNamedAndNothingIsLost) {
    const TempDir temp;
    RunSpec spec = small_run(temp / "run");
    fs::copy(spec.options.model.path, temp / "model", fs::copy_options::recursive);
    spec.options.model.path = temp / "model";
    WatchedSession session(temp / "runs");
    const auto events =
        session.run(spec, free_after(1, [&](Session& s, JobId job, const Event&) {
                        const std::string config = bytes_of(temp / "model/config.json");
                        EXPECT_TRUE(write_text_atomic(temp / "model/config.json", config + "\n "));
                        EXPECT_TRUE(s.resume(job));
                    }));
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::RunInputChanged);
    EXPECT_TRUE(verify_complete(temp / "run/checkpoints/step-000001"));
}

}  // namespace
}  // namespace moelora::test
