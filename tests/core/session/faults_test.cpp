// SPDX-License-Identifier: GPL-3.0-or-later
// What a training run does when something goes wrong or comes between: values that are not finite,
// a full disk, a stop in the middle of an evaluation.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "core/data/dataset.h"
#include "core/io/safetensors.h"
#include "core/session/run_store.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

using namespace test;

// ---- values that are not finite

constexpr const char* poison = "Q";  // a token that no other text here needs

// The bundled model with an embedding of NaN for that token, and its head as it was.
void write_poisoned_model(const std::string& folder, const std::vector<std::int64_t>& tokens) {
    fs::copy(source_path("resources/demo/model"), folder);
    const std::string path = folder + "/model.safetensors";
    const auto file = SafetensorsFile::open(path);
    MOELORA_ASSERT_OK(file);
    const std::string embedding = "model.language_model.embed_tokens.weight";
    std::vector<std::byte> changed;
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : file->entries()) {
        tensors.push_back({entry.name, entry.dtype, entry.shape, file->bytes(entry)});
        if (entry.name != embedding) continue;
        tensors.push_back({"lm_head.weight", entry.dtype, entry.shape, file->bytes(entry)});
        changed.assign(file->bytes(entry).begin(), file->bytes(entry).end());
        const std::size_t row = changed.size() / static_cast<std::size_t>(entry.shape[0]);
        for (const std::int64_t token : tokens)
            std::memset(changed.data() + static_cast<std::size_t>(token) * row, 0xff, row);
    }
    for (TensorBytes& tensor : tensors)
        if (tensor.name == embedding) tensor.bytes = changed;
    ASSERT_FALSE(changed.empty());
    MOELORA_ASSERT_OK(write_safetensors(folder + "/new", tensors));
    fs::rename(folder + "/new", path);
}

class NotFinite : public testing::Test {
  protected:
    void SetUp() override {
        Session session(temp_ / "runs");
        const auto tokens = session.tokenize(source_path("resources/demo/model"), poison);
        MOELORA_ASSERT_OK(tokens);
        ASSERT_EQ(tokens->size(), 1U);
        write_poisoned_model(temp_ / "model", *tokens);
    }
    // One sample a line; those that hold the poison give NaN.
    RunSpec run_on(const std::vector<std::string>& answers, OnNonFinite policy) {
        std::string lines;
        for (const std::string& answer : answers)
            lines += Json{{"messages",
                           {{{"role", "user"}, {"content", "tags"}},
                            {{"role", "assistant"}, {"content", answer}}}}}
                         .dump() +
                     "\n";
        EXPECT_TRUE(write_text_atomic(temp_ / "data.jsonl", lines));
        RunSpec spec = small_run(temp_ / "run");
        RunOptions& o = spec.options;
        o.model.path = temp_ / "model";
        o.data.path = temp_ / "data.jsonl";
        o.data.validation = 0;
        o.train.batch_size = o.train.gradient_accumulation = 1;
        o.train.max_steps = 6;
        o.train.save_every = 0;
        o.train.probe_images = 0;
        o.train.on_nonfinite = policy;
        const auto data = open_dataset(o.data);
        EXPECT_TRUE(data);
        for (const DatasetSample& sample : data->samples)
            if (caption_sample(sample).references.at(0).find(poison) != std::string::npos)
                bad_ = sample.id;
        // The bad one comes second, so that there is something to keep.
        for (o.train.seed = 1; answers.size() > 1; ++o.train.seed) {
            const auto order =
                epoch_order(static_cast<std::int64_t>(answers.size()), o.train.seed, 0);
            if (data->samples[static_cast<std::size_t>(order[1])].id == bad_) break;
        }
        return spec;
    }
    TempDir temp_;
    std::string bad_;
    WatchedSession session_{temp_ / "runs"};
};

TEST_F(NotFinite, StopEndsTheRunWithTheUpdateBeforeSaved) {
    const auto events =
        session_.run(run_on({"beach", "turtle", "Q beach", "snow"}, OnNonFinite::Stop));
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::LossNotFinite);
    EXPECT_EQ(losses(temp_ / "run").size(), 1U);
    const auto notes = all_of<NoteRaised>(events);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].note.step, 2);
    EXPECT_EQ(notes[0].note.samples, std::vector{bad_});
    const auto summary = run_store::summarize(temp_ / "run");
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->status, RunStatus::Failed);
    ASSERT_EQ(summary->checkpoints.size(), 1U);
    EXPECT_EQ(summary->checkpoints[0].step, 1);
    EXPECT_FALSE(summary->has_adapter);
}

TEST_F(NotFinite, SkipGoesOnWithoutTheSample) {
    const auto events =
        session_.run(run_on({"beach", "turtle", "Q beach", "snow"}, OnNonFinite::Skip));
    EXPECT_EQ(end_of(events), JobState::Finished);
    const auto steps = all_of<StepRecorded>(events);
    ASSERT_EQ(steps.size(), 6U);  // of two epochs, with three good samples each
    for (const StepRecorded& step : steps) EXPECT_TRUE(std::isfinite(step.record.loss));
    const auto notes = all_of<NoteRaised>(events);
    ASSERT_GE(notes.size(), 1U);
    EXPECT_EQ(notes[0].note.step, 2);
    for (const NoteRaised& note : notes) EXPECT_EQ(note.note.samples, std::vector{bad_});
}

TEST_F(NotFinite, SkipEndsWhereNothingGoodIsLeft) {
    const auto events = session_.run(run_on({"Q beach"}, OnNonFinite::Skip));
    EXPECT_EQ(end_of(events), JobState::Failed);
    EXPECT_EQ(all_of<NoteRaised>(events).size(), 10U);
    EXPECT_TRUE(all_of<StepRecorded>(events).empty());
}

// ---- a full disk

// No file may grow beyond this, which the system reports as a full disk is.
class FileLimit {
  public:
    FileLimit() {
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
    }
    ~FileLimit() { lift(); }
    void set(rlim_t bytes) const {
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    void lift() const { setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

// Optimizer and adapter are larger than the limit, the streams smaller.
RunSpec run_with_large_checkpoints(const std::string& out, bool stop_on_disk_full) {
    RunSpec spec = small_run(out);
    spec.options.adapter.rank = 16;
    spec.stop_on_disk_full = stop_on_disk_full;
    return spec;
}
constexpr rlim_t small_disk = 96 << 10;

TEST(FullDisk, PausesTheRunAndAResumeSavesWhatWasDue) {
    const TempDir temp;
    const FileLimit limit;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(run_with_large_checkpoints(temp / "whole", false))),
              JobState::Finished);
    int pauses = 0;
    const auto events =
        session.run(run_with_large_checkpoints(temp / "run", false),
                    [&](Session& s, JobId job, const Event& event) {
                        const auto* step = std::get_if<StepRecorded>(&event);
                        if (step && step->record.step == 2) limit.set(small_disk);
                        const auto* changed = std::get_if<JobStateChanged>(&event);
                        if (!changed || changed->to != JobState::Paused) return;
                        EXPECT_FALSE(fs::exists(temp / "run/checkpoints/step-000002"));
                        if (++pauses == 2) limit.lift();  // the first try finds it full still
                        EXPECT_TRUE(s.resume(job));
                    });
    EXPECT_EQ(pauses, 2);
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<ErrorCode> said;
    for (const IssueRaised& e : all_of<IssueRaised>(events)) said.push_back(e.issue.error.code);
    EXPECT_EQ(std::count(said.begin(), said.end(), ErrorCode::DiskFull), 2);
    EXPECT_TRUE(verify_complete(temp / "run/checkpoints/step-000002"));
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));
}

TEST(FullDisk, EndsTheRunWhereItMayNotPause) {
    const TempDir temp;
    const FileLimit limit;
    WatchedSession session(temp / "runs");
    const auto events = session.run(run_with_large_checkpoints(temp / "run", true),
                                    [&](Session&, JobId, const Event& event) {
                                        const auto* step = std::get_if<StepRecorded>(&event);
                                        if (step && step->record.step == 2) limit.set(small_disk);
                                    });
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::DiskFull);
    EXPECT_EQ(entry_of(end.error->code).exit_code, 4);
    EXPECT_EQ(run_store::summarize(temp / "run")->status, RunStatus::Failed);
}

// ---- a stop in the middle of an evaluation

TEST(Training, AStopDuringAnEvaluationLeavesNoHalfOneAndTheResumeMakesIt) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto spec = [&](const char* out) {
        RunSpec run = small_run(temp / out);
        run.options.train.eval_every = 2;
        run.options.train.batch_size = 1;  // the validation part is several batches
        return run;
    };
    const auto evaluations = [](const std::vector<Event>& events) {
        std::vector<std::pair<std::int64_t, double>> out;
        for (const EvalRecorded& e : all_of<EvalRecorded>(events))
            out.emplace_back(e.record.step, e.record.loss);
        return out;
    };
    const auto whole = evaluations(session.run(spec("whole")));
    ASSERT_EQ(whole.size(), 2U);
    // The last that is said of an update stands before its evaluation.
    const auto stopped =
        session.run(spec("stopped"), [](Session& s, JobId job, const Event& event) {
            const auto* progress = std::get_if<StageProgress>(&event);
            if (progress && progress->stage == "training" && progress->done == 2) (void)s.stop(job);
        });
    EXPECT_EQ(end_of(stopped), JobState::Cancelled);
    EXPECT_TRUE(evaluations(stopped).empty());
    EXPECT_EQ(losses(temp / "stopped").size(), 2U);
    const auto resumed = session.run(ResumeSpec{temp / "stopped", {}});
    EXPECT_EQ(end_of(resumed), JobState::Finished);
    EXPECT_EQ(evaluations(resumed), whole);  // bit for bit, the one of update 2 first
    EXPECT_EQ(losses(temp / "stopped"), losses(temp / "whole"));
}

}  // namespace
}  // namespace moelora
