// SPDX-License-Identifier: GPL-3.0-or-later
// What a training run does when something goes wrong or comes between: values that are not finite,
// a full disk, a stop in the middle of an evaluation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/data/dataset.h"
#include "core/io/safetensors.h"
#include "core/session/run_store.h"
#include "tests/core/session/small_run.h"
#include "tests/support/file_limit.h"
#include "tests/support/spoilt_picture.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

using namespace test;

// ---- values that are not finite

constexpr const char* poison = "Q";  // a token that no other text here needs

// The bundled model with another tensor `name`; the head is that of the bundled model.
using Change = std::function<void(std::vector<std::byte>& bytes, std::size_t row)>;
void write_changed_model(const std::string& folder, const std::string& name, const Change& change) {
    fs::copy(source_path("resources/demo/model"), folder);
    const std::string path = folder + "/model.safetensors";
    const auto file = SafetensorsFile::open(path);
    MOELORA_ASSERT_OK(file);
    std::vector<std::byte> changed;
    std::vector<TensorBytes> tensors;
    for (const TensorEntry& entry : file->entries()) {
        tensors.push_back({entry.name, entry.dtype, entry.shape, file->bytes(entry)});
        if (entry.name == "model.language_model.embed_tokens.weight")
            tensors.push_back({"lm_head.weight", entry.dtype, entry.shape, file->bytes(entry)});
        if (entry.name != name) continue;
        changed.assign(file->bytes(entry).begin(), file->bytes(entry).end());
        change(changed, changed.size() / static_cast<std::size_t>(entry.shape[0]));
    }
    for (TensorBytes& tensor : tensors)
        if (tensor.name == name) tensor.bytes = changed;
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
        write_changed_model(temp_ / "model", "model.language_model.embed_tokens.weight",
                            [&](std::vector<std::byte>& bytes, std::size_t row) {
                                const auto token = static_cast<std::size_t>(tokens->front());
                                std::memset(bytes.data() + token * row, 0xff, row);  // NaN
                            });
    }
    // One sample a line; those that hold the poison give NaN.
    RunSpec run_on(const std::vector<std::string>& answers, OnNonFinite policy) {
        std::string lines;
        for (const std::string& answer : answers)
            lines += question_record("tags", answer).dump() + "\n";
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

// From the update before the bad one, without it: what the window offers beside the failure.
TEST_F(NotFinite, AResumeMayLeaveOutWhatStoppedTheRun) {
    const RunSpec spec = run_on({"beach", "turtle", "Q beach", "snow"}, OnNonFinite::Stop);
    EXPECT_EQ(end_of(session_.run(spec)), JobState::Failed);
    ResumeSpec resume;
    resume.run = temp_ / "run";
    EXPECT_EQ(end_of(session_.run(resume)), JobState::Failed);  // it comes again
    resume.overrides = {{"train.on_nonfinite", "skip"}};
    EXPECT_EQ(end_of(session_.run(resume)), JobState::Finished);
    EXPECT_EQ(losses(temp_ / "run").size(), 6U);
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

// The adapter changes nothing before its first update, so a loss tells from which weights it comes.
double first_loss(WatchedSession& session, RunSpec spec, const std::string& data,
                  const std::string& out) {
    spec.options.data.path = data;
    spec.options.train.max_steps = 1;
    spec.options.train.on_nonfinite = OnNonFinite::Stop;
    spec.out = out;
    EXPECT_EQ(end_of(session.run(spec)), JobState::Finished);
    return losses(out).at(1);
}

TEST_F(NotFinite, RollbackRestoresTheWeightsAndGoesOnBehindTheSample) {
    const std::vector<std::string> answers = {"beach", "turtle", "Q beach", "snow"};
    const RunSpec spec = run_on(answers, OnNonFinite::Rollback);
    const auto data = open_dataset(spec.options.data);
    MOELORA_ASSERT_OK(data);
    const auto third = epoch_order(4, spec.options.train.seed, 0)[2];
    const auto events = session_.run(spec);
    EXPECT_EQ(end_of(events), JobState::Finished);

    const auto notes = all_of<NoteRaised>(events);
    ASSERT_GE(notes.size(), 3U);
    EXPECT_EQ(notes[0].note.code, "TRAIN-005");
    EXPECT_EQ(notes[0].note.step, 0);
    EXPECT_EQ(notes[1].note.code, "TRAIN-001");
    for (const NoteRaised& note : notes) EXPECT_EQ(note.note.samples, std::vector{bad_});
    // In the next epoch the sample is known: it is only skipped.
    for (std::size_t i = 2; i < notes.size(); ++i) EXPECT_EQ(notes[i].note.code, "TRAIN-001");
    EXPECT_EQ(all_of<StepRecorded>(events).size(), 7U);  // the first was taken back
    const auto kept = losses(temp_ / "run");
    ASSERT_EQ(kept.size(), 6U);
    EXPECT_TRUE(fs::exists(temp_ / "run/metrics.tail-1.jsonl"));

    const std::string alone = temp_ / "alone.jsonl";
    const auto& sample = data->samples[static_cast<std::size_t>(third)];
    const Json line = question_record("tags", caption_sample(sample).references.at(0));
    ASSERT_TRUE(write_text_atomic(alone, line.dump() + "\n"));
    EXPECT_EQ(kept.at(1), first_loss(session_, spec, alone, temp_ / "alone"));
}

TEST_F(NotFinite, AStopAfterARollbackAndTheResumeGiveTheSameCurve) {
    RunSpec spec = run_on({"beach", "turtle", "Q beach", "snow"}, OnNonFinite::Rollback);
    EXPECT_EQ(end_of(session_.run(spec)), JobState::Finished);
    spec.out = temp_ / "stopped";
    std::int64_t seen = 0;
    const auto stop = [&](Session& s, JobId job, const Event& event) {
        if (std::holds_alternative<StepRecorded>(event) && ++seen == 3) (void)s.stop(job);
    };
    EXPECT_EQ(end_of(session_.run(spec, stop)), JobState::Cancelled);
    EXPECT_EQ(losses(temp_ / "stopped").size(), 2U);
    EXPECT_EQ(end_of(session_.run(ResumeSpec{temp_ / "stopped", {}})), JobState::Finished);
    EXPECT_EQ(losses(temp_ / "stopped"), losses(temp_ / "run"));
    EXPECT_EQ(bytes_of(temp_ / "stopped/adapter/adapter.safetensors"),
              bytes_of(temp_ / "run/adapter/adapter.safetensors"));
}

// A model that is sure of its own answer beyond what a float can tell from certainty.
TEST(ZeroLoss, StopsTheRunBeforeTheOptimizerAndNamesTheSamples) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    write_changed_model(temp / "model", "model.language_model.norm.weight",
                        [](std::vector<std::byte>& bytes, std::size_t) {
                            for (std::size_t i = 0; i < bytes.size(); i += 2) {  // bf16 times 1024
                                std::uint16_t bits = 0;
                                std::memcpy(&bits, &bytes[i], 2);
                                bits = static_cast<std::uint16_t>(bits + (10 << 7));
                                std::memcpy(&bytes[i], &bits, 2);
                            }
                        });
    CaptionSpec ask;
    ask.model = temp / "model";
    ask.images = {source_path("resources/demo/held_out/images/0000.webp")};
    ask.prompt = "Describe the picture.";
    ask.generate.max_new_tokens = 48;
    ask.device = {.name = "cpu", .threads = 1};
    ask.compute_dtype = ComputeDtype::Fp32;
    const auto answer = all_of<CaptionFinished>(session.run(ask));
    ASSERT_EQ(answer.size(), 1U);
    ASSERT_EQ(answer[0].caption.stop_reason, StopReason::EndToken);

    const Json line = {{"messages",
                        {{{"role", "user"},
                          {"content",
                           {{{"type", "image"}, {"image", ask.images[0]}},
                            {{"type", "text"}, {"text", ask.prompt}}}}},
                         {{"role", "assistant"}, {"content", answer[0].caption.text}}}}};
    ASSERT_TRUE(write_text_atomic(temp / "data.jsonl", line.dump() + "\n"));
    RunSpec spec = small_run(temp / "run");
    spec.options.model.path = temp / "model";
    spec.options.data.path = temp / "data.jsonl";
    spec.options.data.allow_outside_root = true;
    spec.options.data.validation = 0;
    spec.options.train.probe_images = 0;
    const auto events = session.run(spec);
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::LossZero) << message_of(*end.error);
    EXPECT_FALSE(end.error->arg("samples").empty());
    EXPECT_TRUE(losses(temp / "run").empty());
}

// ---- pictures that are lost or change on the way

// A run on a copy of some of the demo's data, whose pictures may be spoilt.
RunSpec run_on_own_pictures(const TempDir& temp) {
    RunSpec spec = small_run(temp / "run");
    spec.options.data.path = own_pictures(temp);
    spec.options.data.validation = 0;
    spec.options.train.save_every = 0;
    spec.options.train.batch_size = 1;
    spec.options.train.gradient_accumulation = 4;  // an update is an epoch
    return spec;
}

TEST(LostPicture, EndsTheRunSavedWithItsSampleAndAResumeGoesOnWhenItIsBack) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const RunSpec spec = run_on_own_pictures(temp);
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 2) fs::rename(temp / "data/3.webp", temp / "away");
    });
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::FileMissing);
    EXPECT_NE(end.error->arg("path").find("3.webp"), std::string::npos);
    const auto run = run_store::summarize(temp / "run");
    ASSERT_TRUE(run && !run->checkpoints.empty());
    EXPECT_EQ(run->checkpoints.back().step, 2);

    fs::rename(temp / "away", temp / "data/3.webp");
    ResumeSpec resume;
    resume.run = temp / "run";
    EXPECT_EQ(end_of(session.run(resume)), JobState::Finished);
    EXPECT_EQ(losses(temp / "run").size(), 4U);
}

TEST(DamagedPicture, IsNamedOnceAndLeftOutAndTheRestIsLearnt) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.on_bad_picture = OnBadPicture::Skip;
    spoil(temp / "data/2.webp");
    const auto events = session.run(spec);
    ASSERT_EQ(end_of(events), JobState::Finished);
    std::vector<ErrorCode> codes;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.where.item == "3" || e.issue.where.file == temp / "data/2.webp")
            codes.push_back(e.issue.error.code);
    EXPECT_EQ(codes, (std::vector{ErrorCode::ImageUnreadable, ErrorCode::BadPictureSkipped}));
    EXPECT_EQ(losses(temp / "run").size(), 4U);
    for (const StepRecorded& e : all_of<StepRecorded>(events))
        EXPECT_EQ(e.record.samples_seen, 3 * e.record.step);
}

// It is asked after every update.
TEST(DamagedPicture, OfAProbeIsNamedOnceARun) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.on_bad_picture = OnBadPicture::Skip;
    spec.options.data.probes = {"0.webp"};
    spec.options.train.probe_every = 1;
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 1) spoil(temp / "data/0.webp");
    });
    ASSERT_EQ(end_of(events), JobState::Finished);
    int named = 0;
    for (const IssueRaised& e : all_of<IssueRaised>(events)) {
        const bool of_probe =
            e.issue.where.file == temp / "data/0.webp" && e.issue.where.item.empty();
        if (!of_probe || e.issue.error.code != ErrorCode::ImageUnreadable) continue;
        EXPECT_EQ(e.issue.severity, Severity::Warning);
        ++named;
    }
    EXPECT_EQ(named, 1);
}

TEST(DamagedPicture, EndsTheRunByDefaultAndAResumeMayLeaveItOut) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.train.gradient_accumulation = 1;
    spec.options.train.max_steps = 8;
    spec.options.train.probe_images = 0;
    spoil(temp / "data/2.webp");
    const auto events = session.run(spec);
    const auto end = std::get<JobStateChanged>(events.back());
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::ImageUnreadable);
    const std::size_t before = losses(temp / "run").size();
    EXPECT_LT(before, 4U);
    ResumeSpec resume;
    resume.run = temp / "run";
    resume.overrides = {{"data.on_bad_picture", "skip"}};
    const auto past = static_cast<std::int64_t>(before) + 4;
    EXPECT_EQ(end_of(session.run(resume, stop_after(past))), JobState::Cancelled);
    resume.overrides.clear();  // it still holds
    EXPECT_EQ(end_of(session.run(resume)), JobState::Finished);
    EXPECT_EQ(losses(temp / "run").size(), 8U);
}

// The one that is gone is not in the data set any more when it is opened again; all others keep
// their place in every epoch.
TEST(DamagedPicture, GoneBeforeAResumeLeavesTheOrderAsItWas) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.train.gradient_accumulation = 1;  // four updates are an epoch
    spec.options.train.max_steps = 10;
    spec.options.data.probes = {"0.webp"};
    EXPECT_EQ(end_of(session.run(spec, stop_after(4))), JobState::Cancelled);
    const std::string other = temp / "other";
    fs::copy(temp / "run", other, fs::copy_options::recursive);

    ResumeSpec resume;
    resume.overrides = {{"data.on_bad_picture", "skip"}};
    resume.run = temp / "run";
    spoil(temp / "data/2.webp");  // still in the set, and left out when it is read
    EXPECT_EQ(end_of(session.run(resume)), JobState::Finished);

    fs::remove(temp / "data/2.webp");
    ResumeSpec plain;
    plain.run = other;
    const auto refused = std::get<JobStateChanged>(session.run(plain).back());
    ASSERT_TRUE(refused.error.has_value());
    EXPECT_EQ(refused.error->code, ErrorCode::RunInputChanged);
    resume.run = other;
    const auto events = session.run(resume);
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(losses(other), losses(temp / "run"));
    EXPECT_EQ(losses(other).size(), 10U);
    // A record that is missing while its picture is there is other data, and nothing is invented.
    const std::string records = bytes_of(temp / "data/data.jsonl");
    ASSERT_TRUE(write_text_atomic(temp / "data/data.jsonl",
                                  records.substr(0, records.rfind('\n', records.size() - 2) + 1)));
    const auto other_data = std::get<JobStateChanged>(session.run(resume).back());
    ASSERT_TRUE(other_data.error.has_value());
    EXPECT_EQ(other_data.error->code, ErrorCode::RunInputChanged);
    std::set<std::string> named;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == ErrorCode::BadPictureSkipped) named.insert(e.issue.where.item);
    EXPECT_EQ(named, std::set<std::string>{"3"});
}

TEST(DamagedPicture, OfAProbeIsLeftOutOfTheCaptionsAndTheRunEnds) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.on_bad_picture = OnBadPicture::Skip;
    spec.options.data.probes = {"0.webp", "1.webp"};
    spec.options.train.probe_every = 1;
    spec.options.train.max_steps = 3;
    EXPECT_EQ(end_of(session.run(spec,
                                 [&](Session& running, JobId job, const Event& event) {
                                     const auto* step = std::get_if<StepRecorded>(&event);
                                     if (step == nullptr) return;
                                     if (step->record.step == 1) fs::remove(temp / "data/1.webp");
                                     if (step->record.step == 2) (void)running.stop(job);
                                 })),
              JobState::Cancelled);
    ResumeSpec resume;
    resume.run = temp / "run";
    EXPECT_EQ(end_of(session.run(resume)), JobState::Finished);
}

TEST(ChangedPicture, ReplacedBetweenStopAndResumeIsNamed) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const RunSpec spec = run_on_own_pictures(temp);
    EXPECT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    fs::copy_file(temp / "data/0.webp", temp / "data/1.webp", fs::copy_options::overwrite_existing);
    ResumeSpec resume;
    resume.run = temp / "run";
    const auto events = session.run(resume);
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<std::string> changed;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == ErrorCode::ImageChanged)
            changed.emplace_back(e.issue.error.arg("path"));
    EXPECT_EQ(changed, std::vector<std::string>{temp / "data/1.webp"});
}

// Three pictures are learnt, one at a time, and the last of the first epoch cannot be read.
TEST(DamagedPicture, AsTheLastOfAnEpochLeavesTheEpochItsEvaluation) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    RunOptions& o = spec.options;
    o.data.path = own_pictures(temp, true);
    o.data.on_bad_picture = OnBadPicture::Skip;
    o.train.probe_images = 0;
    o.train.save_every = 0;
    o.train.batch_size = o.train.gradient_accumulation = 1;
    spoil(temp / ("data/" + std::to_string(epoch_order(3, o.train.seed, 0)[2]) + ".webp"));
    const auto events = session.run(spec);
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<std::int64_t> evaluated;
    for (const EvalRecorded& e : all_of<EvalRecorded>(events)) evaluated.push_back(e.record.step);
    EXPECT_EQ(evaluated, (std::vector<std::int64_t>{2, 4}));
}

// A Chinese archive unpacked on Linux.
TEST(BadNames, PicturesWithNamesThatAreNotUtf8AreLeftOutAndTheRestIsLearnt) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    (void)own_pictures(temp);
    fs::remove(temp / "data/data.jsonl");
    fs::rename(temp / "data/3.webp", temp / "data/\xd6\xd0\xce\xc4.webp");
    for (const char* stem : {"0", "1", "2", "\xd6\xd0\xce\xc4"})
        ASSERT_TRUE(write_text_atomic(temp / ("data/" + std::string(stem) + ".txt"), "A turtle."));
    fs::create_directories(temp / "data/\xce\xc4");
    fs::copy_file(temp / "data/0.webp", temp / "data/\xce\xc4/4.webp");
    RunSpec spec = small_run(temp / "run");
    spec.name = "\xd6\xd0";
    spec.options.data.path = temp / "data";
    spec.options.data.validation = 0;
    spec.options.data.task_from_folder = true;
    spec.options.train.probe_images = 8;
    const auto events = session.run(spec);
    ASSERT_EQ(end_of(events), JobState::Finished);
    std::vector<std::string> named;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == ErrorCode::RecordInvalid ||
            e.issue.error.code == ErrorCode::FolderNotEntered)
            named.push_back(message_of(e.issue.error));
    ASSERT_EQ(named.size(), 3U);
    for (const std::string& one : named)
        EXPECT_NE(one.find("not valid UTF-8; rename it"), std::string::npos) << one;
    EXPECT_NE(named[1].find("\\xD6\\xD0\\xCE\\xC4.txt"), std::string::npos) << named[1];
    const auto run = read_json(temp / "run/run.json");
    MOELORA_ASSERT_OK(run);
    EXPECT_EQ(run->at("data").at("samples"), 3);
    EXPECT_EQ(all_of<StepRecorded>(events).size(), 4U);
}

TEST(DamagedPicture, NothingButThemIsNoRunThatFinished) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.on_bad_picture = OnBadPicture::Skip;
    spec.options.train.probe_images = 0;
    for (int i = 0; i < 4; ++i) spoil(temp / ("data/" + std::to_string(i) + ".webp"));
    const auto events = session.run(spec);
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::ImageUnreadable);
    EXPECT_TRUE(losses(temp / "run").empty());
}

TEST(LostPicture, AllOfThemAreADriveThatIsGoneEvenWhenTheyMayBeLeftOut) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.on_bad_picture = OnBadPicture::Skip;
    spec.options.train.max_steps = 100;
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 2) fs::rename(temp / "data", temp / "away");
    });
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::FileMissing);
    const auto run = run_store::summarize(temp / "run");
    ASSERT_TRUE(run && !run->checkpoints.empty());
    EXPECT_LT(run->checkpoints.back().step, 2 + 32);
}

TEST(LostPicture, OfTheValidationPartEndsTheRunSavedToo) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    spec.options.data.validation = 1;
    spec.options.train.gradient_accumulation = 1;
    spec.options.train.probe_images = 0;
    spec.options.train.eval_every = 2;
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 1)
            for (int i = 0; i < 4; ++i) {
                const std::string name = "data/" + std::to_string(i) + ".webp";
                fs::rename(temp / name, temp / (name + ".away"));
            }
    });
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    const auto run = run_store::summarize(temp / "run");
    ASSERT_TRUE(run && !run->checkpoints.empty());
    EXPECT_GE(run->checkpoints.back().step, 1);
}

TEST(TooLong, AValidationSampleRefusesTheStart) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_on_own_pictures(temp);
    const std::string words = [] {
        std::string out;
        for (int i = 0; i < 400; ++i) out += "turtle ";
        return out;
    }();
    std::string lines;
    ASSERT_TRUE(
        for_each_line(spec.options.data.path, [&](std::int64_t line, std::string_view text) {
            Json record = Json::parse(text);
            if (line == 4) {
                record["split"] = "val";
                record["messages"][1]["content"] = words;
            }
            lines += record.dump() + "\n";
            return true;
        }));
    ASSERT_TRUE(write_text_atomic(spec.options.data.path, lines));
    spec.options.data.validation = 1;
    spec.options.data.max_length = 300;
    const auto events = session.run(spec);
    const auto end = std::get<JobStateChanged>(events.back());
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::SampleTooLong);
    EXPECT_TRUE(all_of<StepRecorded>(events).empty());
}

TEST(KilledEarly, ARunWithoutACheckpointBeginsAnewAndIsTheSame) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "whole"))), JobState::Finished);
    ASSERT_EQ(end_of(session.run(small_run(temp / "run"))), JobState::Finished);
    // As a kill before the first checkpoint leaves it.
    fs::remove_all(temp / "run/adapter");
    fs::remove_all(temp / "run/checkpoints");
    fs::create_directories(temp / "run/checkpoints");
    ASSERT_TRUE(run_store::write_status(temp / "run", RunStatus::Running, 0, 4, {}));
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    ASSERT_EQ(end_of(events), JobState::Finished);
    bool said = false;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        said = said || e.issue.error.code == ErrorCode::RunBegunAnew;
    EXPECT_TRUE(said);
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));
    EXPECT_EQ(bytes_of(temp / "run/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

TEST(KilledEarly, ARunThatHadSavedIsNeverBegunAnew) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "run"))), JobState::Finished);
    const std::string adapter = temp / "run/adapter/adapter.safetensors";
    const std::string learnt = bytes_of(adapter);
    fs::remove_all(temp / "run/checkpoints");
    fs::create_directories(temp / "run/checkpoints/step-000004");
    for (const RunStatus status : {RunStatus::Finished, RunStatus::Running}) {
        ASSERT_TRUE(run_store::write_status(temp / "run", status, 0, 4, {}));
        const auto events = session.run(ResumeSpec{temp / "run", {}});
        const auto end = std::get<JobStateChanged>(events.back());
        ASSERT_TRUE(end.error.has_value());
        EXPECT_EQ(end.error->code, ErrorCode::RunNoCheckpoint);
        ASSERT_EQ(end.error->context.size(), 1U);  // what was looked at, and why it is none
        EXPECT_NE(end.error->context[0].find("step-000004"), std::string::npos);
        EXPECT_EQ(bytes_of(adapter), learnt);
    }
}

TEST(ChangedPicture, IsNamedOnceAndTheRunGoesOn) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto events =
        session.run(run_on_own_pictures(temp), [&](Session&, JobId, const Event& event) {
            const auto* step = std::get_if<StepRecorded>(&event);
            if (step && step->record.step == 1)
                fs::copy_file(temp / "data/0.webp", temp / "data/2.webp",
                              fs::copy_options::overwrite_existing);
        });
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<std::string> named;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == ErrorCode::ImageChanged)
            named.push_back(fs::path(e.issue.error.arg("path")).filename().string());
    EXPECT_EQ(named, std::vector<std::string>{"2.webp"});
}

// ---- a full disk

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
                        EXPECT_EQ(run_store::status_of(temp / "run"), RunStatus::Paused);
                        if (++pauses == 2) limit.lift();  // the first try finds it full still
                        EXPECT_TRUE(s.resume(job));
                    });
    EXPECT_EQ(pauses, 2);
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<ErrorCode> said;
    for (const IssueRaised& e : all_of<IssueRaised>(events)) {
        said.push_back(e.issue.error.code);
        if (said.back() == ErrorCode::DiskFull) {  // of the checkpoint, not of a file inside it
            EXPECT_EQ(e.issue.error.arg("path"), temp / "run/checkpoints/step-000002");
        }
    }
    EXPECT_EQ(std::count(said.begin(), said.end(), ErrorCode::DiskFull), 2);
    EXPECT_TRUE(verify_complete(temp / "run/checkpoints/step-000002"));
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));
}

TEST(FullDisk, PausesTheRunInTheMiddleOfItsRecordsToo) {
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
                        if (step && step->record.step == 1)  // inside the next record
                            limit.set(fs::file_size(temp / "run/metrics.jsonl") + 3);
                        const auto* changed = std::get_if<JobStateChanged>(&event);
                        if (!changed || changed->to != JobState::Paused) return;
                        if (++pauses == 2) limit.lift();
                        EXPECT_TRUE(s.resume(job));
                    });
    EXPECT_EQ(pauses, 2);
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));  // each line is whole
    EXPECT_EQ(all_of<RouterRecorded>(events).size(), 4U);
    std::set<std::string> points;  // "step,series", each of them once
    EXPECT_TRUE(for_each_line(temp / "run/metrics.csv", [&](std::int64_t, std::string_view line) {
        const std::string point(line.substr(0, line.rfind(',')));
        EXPECT_TRUE(points.insert(point).second) << point;
        return true;
    }));
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

// Full inside the record of the second update; then a stop, with room again or without.
void stop_in_the_pause(bool room_again) {
    const TempDir temp;
    const FileLimit limit;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "whole"))), JobState::Finished);
    RunSpec spec = small_run(temp / "run");
    spec.stop_on_disk_full = false;
    spec.options.train.save_every = 1;
    const auto events = session.run(spec, [&](Session& s, JobId job, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        const auto* router = std::get_if<RouterRecorded>(&event);
        if (router && router->records.front().step == 2)
            limit.set(fs::file_size(temp / "run/metrics.jsonl") + 3);
        EXPECT_FALSE(step && step->record.step == 4);
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (!changed || changed->to != JobState::Paused) return;
        if (room_again) limit.lift();
        EXPECT_TRUE(s.stop(job));
    });
    EXPECT_EQ(end_of(events), room_again ? JobState::Cancelled : JobState::Failed);
    limit.lift();
    EXPECT_EQ(end_of(session.run(ResumeSpec{temp / "run", {}})), JobState::Finished);
    EXPECT_EQ(losses(temp / "run"), losses(temp / "whole"));
}

TEST(FullDisk, AStopDuringThePauseLosesNoRecord) {
    stop_in_the_pause(true);
}
TEST(FullDisk, AStopWithoutRoomSavesNoUpdateWithoutItsRecord) {
    stop_in_the_pause(false);
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

// As a stop in the middle of any other.
TEST(Training, AStopDuringTheLastEvaluationIsAStopAndTheResumeMakesIt) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto whole = session.run(small_run(temp / "whole"));
    ASSERT_EQ(end_of(whole), JobState::Finished);
    ASSERT_EQ(all_of<EvalRecorded>(whole).size(), 1U);
    const auto stopped =
        session.run(small_run(temp / "stopped"), [](Session& s, JobId job, const Event& event) {
            const auto* progress = std::get_if<StageProgress>(&event);
            if (progress && progress->stage == "training" && progress->done == 4) (void)s.stop(job);
        });
    EXPECT_EQ(end_of(stopped), JobState::Cancelled);
    EXPECT_TRUE(all_of<EvalRecorded>(stopped).empty());
    EXPECT_EQ(run_store::status_of(temp / "stopped"), RunStatus::Stopped);
    EXPECT_EQ(run_store::saved_step_of(temp / "stopped"), 4);
    EXPECT_FALSE(fs::exists(temp / "stopped/adapter"));
    const auto resumed = session.run(ResumeSpec{temp / "stopped", {}});
    EXPECT_EQ(end_of(resumed), JobState::Finished);
    const auto made = all_of<EvalRecorded>(resumed);
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].record.step, 4);
    EXPECT_EQ(made[0].record.loss, all_of<EvalRecorded>(whole)[0].record.loss);
    const auto captions = all_of<CaptionFinished>(resumed);
    ASSERT_EQ(captions.size(), 1U);
    EXPECT_EQ(captions[0].caption.text, all_of<CaptionFinished>(whole).back().caption.text);
    EXPECT_EQ(captions[0].caption.step, 4);
    EXPECT_EQ(bytes_of(temp / "stopped/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

// ---- evaluations decide

RunSpec run_that_stops_early(const std::string& out) {
    RunSpec spec = small_run(out);
    spec.options.train.max_steps = 40;
    spec.options.train.eval_every = 1;
    spec.options.train.early_stop_patience = 2;
    spec.options.train.learning_rate = 0.3;  // soon worse than at the start
    return spec;
}

TEST(Training, EarlyStopEndsAfterItsPatienceWithTheBestAdapter) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto events = session.run(run_that_stops_early(temp / "run"));
    EXPECT_EQ(end_of(events), JobState::Finished);
    const auto evaluations = all_of<EvalRecorded>(events);
    ASSERT_GE(evaluations.size(), 3U);
    ASSERT_LT(evaluations.size(), 40U);
    const auto best = std::min_element(
        evaluations.begin(), evaluations.end(),
        [](const auto& a, const auto& b) { return a.record.loss < b.record.loss; });
    EXPECT_EQ(evaluations.end() - best, 3);
    const auto notes = all_of<NoteRaised>(events);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].note.code, "TRAIN-006");
    std::string kept;
    for (const auto& saved : all_of<CheckpointSaved>(events))
        if (saved.info.step == best->record.step) kept = saved.info.path;
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(bytes_of(temp / "run/adapter/adapter.safetensors"),
              bytes_of((temp / "run/") + kept + "/adapter.safetensors"));
    EXPECT_TRUE(run_store::summarize(temp / "run")->has_adapter);

    // Who resumes it wants more, also after a resume that made no update.
    const auto at_once = [](Session& s, JobId job, const Event& event) {
        if (std::holds_alternative<RunStarted>(event)) (void)s.stop(job);
    };
    EXPECT_EQ(end_of(session.run(ResumeSpec{temp / "run", {}}, at_once)), JobState::Cancelled);
    const auto more = all_of<EvalRecorded>(session.run(ResumeSpec{temp / "run", {}}));
    EXPECT_GE(more.size(), 2U);
}

TEST(Training, AnEarlyStopThatWasKilledBeforeItsAdapterStoodIsOnlyFinishedByAResume) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    EXPECT_EQ(end_of(session.run(run_that_stops_early(temp / "run"))), JobState::Finished);
    const std::string adapter = bytes_of(temp / "run/adapter/adapter.safetensors");
    const auto before = losses(temp / "run");
    // As a kill leaves it.
    fs::remove_all(temp / "run/adapter");
    const auto made = static_cast<std::int64_t>(before.size());
    MOELORA_ASSERT_OK(run_store::write_status(temp / "run", RunStatus::Running, made, 40));
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_TRUE(all_of<StepRecorded>(events).empty());
    EXPECT_EQ(losses(temp / "run"), before);
    EXPECT_EQ(bytes_of(temp / "run/adapter/adapter.safetensors"), adapter);
    EXPECT_EQ(run_store::status_of(temp / "run"), RunStatus::Finished);
}

TEST(Training, AnEvaluationCaptionsTheProbesAndScoresThem) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.eval_every = 2;
    spec.options.train.probe_images = 2;
    spec.options.generate.max_new_tokens = 40;
    const auto events = session.run(spec);
    const auto evaluations = all_of<EvalRecorded>(events);
    ASSERT_EQ(evaluations.size(), 2U);
    std::map<std::int64_t, std::vector<Caption>> captions;
    for (const auto& e : all_of<CaptionFinished>(events))
        captions[e.caption.step].push_back(e.caption);
    for (const auto& [seq, event] : {std::pair{0, evaluations[0]}, {1, evaluations[1]}}) {
        const EvalRecord& record = event.record;
        EXPECT_EQ(record.captions, 2) << seq;
        EXPECT_EQ(captions[record.step].size(), 2U) << "once, and before the evaluation";
        ASSERT_TRUE(record.bleu4 && record.rouge_l && record.cider_d && record.exact_match);
        EXPECT_GT(*record.rouge_l, 0);
    }
    const auto replayed = Session(temp / "runs").replay(temp / "run");
    MOELORA_ASSERT_OK(replayed);
    const auto again = all_of<EvalRecorded>(*replayed);
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[1].record, evaluations[1].record);
}

}  // namespace
}  // namespace moelora
