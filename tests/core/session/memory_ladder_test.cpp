// SPDX-License-Identifier: GPL-3.0-or-later
// What a run does when the memory is used up: each rung for itself, then whole runs on the bundled
// model whose tensors may not grow beyond a limit.
#include "core/session/memory_ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/ops/host_memory.h"
#include "core/session/run_store.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- one rung after the other

class Rungs : public testing::Test {
  protected:
    void set(OnOutOfMemory policy, std::size_t samples = 20) {
        options_.train.on_out_of_memory = policy;
        data_.samples.assign(samples, DatasetSample{});
        encoder_.processor.patch_size = 16;
        encoder_.processor.min_pixels = 1024;
    }
    // Id of what is said after `at_work` did not fit; "" = no rung is left.
    std::string next(const Trainer::AtWork& at_work) {
        const auto said = ladder_.step_down(rungs_, at_work, 7, encoder_);
        return said ? std::string(entry_of(said->code).id) : "";
    }
    RunOptions options_;
    Dataset data_;
    SampleEncoder encoder_;
    MemoryLadder ladder_{options_, data_};
    MemoryRungs rungs_;
};

TEST_F(Rungs, StopHasNone) {
    set(OnOutOfMemory::Stop);
    ladder_.begin_update();
    EXPECT_EQ(next({{"a", "b"}, 64}), "");
}

TEST_F(Rungs, SplitHalvesDownToOneSampleAndLeavesEverySampleAsItIs) {
    set(OnOutOfMemory::Split);
    ladder_.begin_update();
    EXPECT_EQ(next({{"a", "b", "c", "d", "e"}, 64}), "MEM-004");
    EXPECT_EQ(rungs_.rows, 0);
    EXPECT_EQ(next({{"a", "b", "c", "d", "e"}, 64}), "MEM-005");
    EXPECT_EQ(rungs_.rows, 3);
    EXPECT_EQ(next({{"a", "b", "c"}, 64}), "MEM-005");
    EXPECT_EQ(next({{"c", "d"}, 64}), "MEM-005");
    EXPECT_EQ(rungs_.rows, 1);
    EXPECT_EQ(next({{"c"}, 64}), "");
    EXPECT_TRUE(rungs_.pixels.empty() && rungs_.left_out.empty());
    ladder_.begin_update();
    EXPECT_EQ(next({{"c"}, 64}), "MEM-004") << "each update gives back first";
}

TEST_F(Rungs, LadderShrinksPicturesThenLeavesOutOneSampleInTen) {
    set(OnOutOfMemory::Ladder);
    const auto drop = [&](const std::string& id) {
        ladder_.begin_update();
        EXPECT_EQ(next({{id}, 0}), "MEM-004");
        return next({{id}, 0});
    };
    ladder_.begin_update();
    EXPECT_EQ(next({{"a"}, 16}), "MEM-004");
    EXPECT_EQ(next({{"a"}, 16}), "MEM-006");  // 16 patches of 16 x 16: 4096 pixels
    EXPECT_EQ(rungs_.pixels.at("a"), 2048);
    EXPECT_EQ(next({{"a"}, 8}), "MEM-006");
    EXPECT_EQ(rungs_.pixels.at("a"), 1024);
    EXPECT_EQ(next({{"a"}, 4}), "MEM-007") << "the processor allows no fewer";
    EXPECT_EQ(drop("b"), "MEM-007");
    EXPECT_THAT(rungs_.left_out, ElementsAre("a", "b"));
    EXPECT_EQ(drop("c"), "") << "two of twenty are enough";
    ladder_.begin_update();
    EXPECT_EQ(next({{}, 0}), "MEM-004");
    EXPECT_EQ(next({{}, 0}), "") << "no sample is to blame";
}

// ---- whole runs

std::string words(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += i % 2 == 0 ? "beach " : "turtle ";
    return out;
}

class MemoryLadderRun : public testing::Test {
  protected:
    void SetUp() override { host_memory::count(); }

    // One sample a line, of so many words, the second with a picture where one is named.
    RunSpec run_on(const std::string& out, const std::vector<int>& lengths,
                   const std::string& picture = {}) {
        std::string lines;
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            Json record = question_record((i == 1 && !picture.empty() ? "<image>" : "") +
                                              std::string("What is it, ") + std::to_string(i),
                                          words(lengths[i]));
            if (i == 1 && !picture.empty()) record["images"] = {picture};
            lines += record.dump() + "\n";
        }
        EXPECT_TRUE(write_text_atomic(temp_ / (out + ".jsonl"), lines));
        RunSpec spec = small_run(temp_ / out);
        RunOptions& o = spec.options;
        o.adapter.dropout = 0;
        o.data.path = temp_ / (out + ".jsonl");
        o.data.allow_outside_root = true;
        o.data.validation = 0;
        o.train.gradient_accumulation = 1;
        o.train.probe_images = 0;
        return spec;
    }
    struct Made {
        std::vector<Event> events;
        JobStateChanged end;
        std::int64_t peak = 0;  // of tensors from the start of the run on
        [[nodiscard]] std::vector<std::string> codes() const {
            std::vector<std::string> out;
            for (const NoteRaised& e : all_of<NoteRaised>(events)) out.push_back(e.note.code);
            return out;
        }
    };
    // `cap` in bytes from the moment the run starts; 0 = none.
    template <class Spec>
    Made make(const Spec& spec, std::int64_t cap = 0, WatchedSession::Seen seen = {}) {
        Made made;
        made.events = session_.run(spec, [&](Session& s, JobId job, const Event& event) {
            if (std::holds_alternative<RunStarted>(event)) {
                host_memory::reset_peak();
                host_memory::cap(cap);
            }
            if (seen) seen(s, job, event);
        });
        host_memory::cap(0);
        made.peak = host_memory::peak();
        made.end = std::get<JobStateChanged>(made.events.back());
        return made;
    }
    static std::int64_t between(const Made& less, const Made& more, double share = 0.5) {
        EXPECT_LT(less.peak, more.peak);
        return less.peak +
               static_cast<std::int64_t>(share * static_cast<double>(more.peak - less.peak));
    }

    TempDir temp_;
    WatchedSession session_{temp_ / "runs"};
};

const std::vector<int> equal_lengths(12, 60);

TEST_F(MemoryLadderRun, AnUpdateThatDoesNotFitIsMadeInPartsAndLearnsTheSame) {
    const auto spec = [&](const char* out, std::int64_t batch) {
        RunSpec run = run_on(out, equal_lengths);
        run.options.train.batch_size = batch;
        return run;
    };
    const Made one = make(spec("one", 1)), whole = make(spec("whole", 4));
    EXPECT_THAT(whole.codes(), IsEmpty());
    const Made parts = make(spec("parts", 4), between(one, whole));
    EXPECT_EQ(parts.end.to, JobState::Finished);
    // Two at a time fit; the second epoch, whose first update is the fourth, tries again.
    EXPECT_THAT(parts.codes(), ElementsAre("MEM-004", "MEM-005", "MEM-004", "MEM-005"));
    const auto notes = all_of<NoteRaised>(parts.events);
    EXPECT_EQ(notes[1].note.step, 1);
    EXPECT_EQ(notes[1].note.samples.size(), 4U);
    EXPECT_EQ(notes[3].note.step, 4);
    const auto a = losses(temp_ / "whole"), b = losses(temp_ / "parts");
    ASSERT_EQ(a.size(), 4U);
    ASSERT_EQ(b.size(), 4U);
    for (const auto& [step, loss] : a) EXPECT_NEAR(b.at(step), loss, 1e-4 * loss) << step;
}

TEST_F(MemoryLadderRun, APackThatDoesNotFitIsMadeSmallerAndLearnsTheSame) {
    const auto spec = [&](const char* out, std::int64_t tokens) {
        RunSpec run = run_on(out, equal_lengths);
        run.options.train.batch_size = 1;
        run.options.train.gradient_accumulation = 4;
        run.options.train.pack_tokens = tokens;
        return run;
    };
    const Made one = make(spec("one", 1)), whole = make(spec("whole", 100000));
    EXPECT_THAT(whole.codes(), IsEmpty());
    const Made parts = make(spec("parts", 100000), between(one, whole));
    EXPECT_EQ(parts.end.to, JobState::Finished);
    EXPECT_THAT(parts.codes(), ElementsAre("MEM-004", "MEM-005", "MEM-004", "MEM-005"));
    EXPECT_EQ(all_of<NoteRaised>(parts.events)[1].note.samples.size(), 4U);
    const auto a = losses(temp_ / "one"), b = losses(temp_ / "whole"), c = losses(temp_ / "parts");
    ASSERT_EQ(a.size(), 4U);
    for (const auto& [step, loss] : a) {
        EXPECT_NEAR(b.at(step), loss, 1e-4 * loss) << step;
        EXPECT_NEAR(c.at(step), loss, 1e-4 * loss) << step;
    }
}

TEST_F(MemoryLadderRun, StopEndsItSavedWithAdvice) {
    RunSpec spec = run_on("run", equal_lengths);
    spec.options.train.batch_size = 4;
    spec.options.train.on_out_of_memory = OnOutOfMemory::Stop;
    spec.options.train.max_steps = 3;
    const Made made = make(spec, 0, [](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        // Too little for an update, and enough to save.
        if (step && step->record.step == 1) host_memory::cap(host_memory::held() + 300000);
    });
    EXPECT_EQ(made.end.to, JobState::Failed);
    ASSERT_TRUE(made.end.error.has_value());
    EXPECT_EQ(made.end.error->code, ErrorCode::HostOutOfMemory);
    EXPECT_EQ(entry_of(made.end.error->code).exit_code, 4);
    const auto summary = run_store::summarize(temp_ / "run");
    MOELORA_ASSERT_OK(summary);
    ASSERT_EQ(summary->checkpoints.size(), 1U);
    EXPECT_EQ(summary->checkpoints[0].step, 1);
}

std::vector<int> with_a_long_one() {
    std::vector<int> lengths(20, 12);
    lengths[7] = 400;
    return lengths;
}

TEST_F(MemoryLadderRun, ASampleThatNeverFitsIsLeftOutAndStaysOutAfterAResume) {
    const auto spec = [&](const char* out, OnOutOfMemory policy) {
        RunSpec run = run_on(out, with_a_long_one());
        run.options.train.batch_size = 2;
        run.options.train.gradient_accumulation = 2;
        run.options.train.max_steps = 12;  // more than two epochs
        run.options.train.save_every = 3;
        run.options.train.on_out_of_memory = policy;
        return run;
    };
    RunSpec short_ones = run_on("short", std::vector<int>(20, 12));
    short_ones.options.train.batch_size = 2;
    const Made all = make(spec("all", OnOutOfMemory::Split)), fits = make(short_ones);
    const std::int64_t cap = between(fits, all);

    const Made split = make(spec("split", OnOutOfMemory::Split), cap);
    EXPECT_EQ(split.end.to, JobState::Failed);
    ASSERT_TRUE(split.end.error.has_value());
    EXPECT_EQ(split.end.error->code, ErrorCode::HostOutOfMemory);
    EXPECT_LT(losses(temp_ / "split").size(), 5U) << "in the first epoch";
    EXPECT_FALSE(run_store::summarize(temp_ / "split")->checkpoints.empty());

    const Made whole = make(spec("whole", OnOutOfMemory::Ladder), cap);
    EXPECT_EQ(whole.end.to, JobState::Finished);
    EXPECT_THAT(whole.codes(), ElementsAre("MEM-004", "MEM-005", "MEM-007"));
    const auto left_out = all_of<NoteRaised>(whole.events).back().note;
    ASSERT_EQ(left_out.samples.size(), 1U);
    EXPECT_LE(left_out.step, 5);
    EXPECT_EQ(losses(temp_ / "whole").size(), 12U);
    EXPECT_EQ(losses(temp_ / "whole").at(1) == losses(temp_ / "all").at(1), left_out.step > 1);

    const Made stopped = make(spec("parts", OnOutOfMemory::Ladder), cap, stop_after(7));
    EXPECT_EQ(stopped.end.to, JobState::Cancelled);
    const Made resumed = make(ResumeSpec{temp_ / "parts", {}}, cap);
    EXPECT_EQ(resumed.end.to, JobState::Finished);
    EXPECT_THAT(resumed.codes(), IsEmpty()) << "what does not fit is known";
    EXPECT_EQ(losses(temp_ / "parts"), losses(temp_ / "whole"));
    EXPECT_EQ(bytes_of(temp_ / "parts/adapter/adapter.safetensors"),
              bytes_of(temp_ / "whole/adapter/adapter.safetensors"));
}

TEST_F(MemoryLadderRun, APictureThatDoesNotFitIsReadSmaller) {
    const auto spec = [&](const char* out, bool picture) {
        RunSpec run =
            run_on(out, std::vector<int>(8, 4),
                   picture ? source_path("resources/demo/data/images/0000.webp") : std::string());
        RunOptions& o = run.options;
        o.adapter.targets = {"q_proj", "attn.qkv"};  // the tower keeps what backward needs
        o.data.max_pixels = 65536;
        o.train.batch_size = 1;
        o.train.max_steps = 8;
        o.train.on_out_of_memory = OnOutOfMemory::Ladder;
        return run;
    };
    const Made text = make(spec("text", false)), whole = make(spec("whole", true));
    const Made smaller = make(spec("smaller", true), between(text, whole, 0.75));
    EXPECT_EQ(smaller.end.to, JobState::Finished);
    EXPECT_THAT(smaller.codes(), ElementsAre("MEM-004", "MEM-006"));
    const auto notes = all_of<NoteRaised>(smaller.events);
    EXPECT_THAT(notes.back().note.message, testing::HasSubstr("32768 pixels"));
    EXPECT_EQ(losses(temp_ / "smaller").size(), 8U);
}

// ---- evaluations and probe captions

// The moment after update 2 before what is due then.
bool is_after_update_2(const Event& event) {
    const auto* progress = std::get_if<StageProgress>(&event);
    return progress && progress->stage == "training" && progress->done == 2;
}

class MemoryLadderEvaluation : public MemoryLadderRun {
  protected:
    RunSpec evaluated(const char* out, std::int64_t batch) {
        RunSpec spec = run_on(out, equal_lengths);
        spec.options.data.validation = 4;
        spec.options.train.batch_size = batch;
        spec.options.train.eval_every = 2;
        return spec;
    }
    // Bytes that the evaluation after update 2 needs on top of what is held.
    std::int64_t needed(const RunSpec& spec) {
        std::int64_t held = 0, peak = 0;
        make(spec, 0, [&](Session&, JobId, const Event& event) {
            if (is_after_update_2(event)) {
                held = host_memory::held();
                host_memory::reset_peak();
            }
            const auto* record = std::get_if<EvalRecorded>(&event);
            if (record && record->record.step == 2) peak = host_memory::peak();
        });
        EXPECT_GT(peak, held);
        return peak - held;
    }
    static std::map<std::int64_t, double> evaluations(const Made& made) {
        std::map<std::int64_t, double> out;
        for (const EvalRecorded& e : all_of<EvalRecorded>(made.events))
            out[e.record.step] = e.record.loss;
        return out;
    }
};

TEST_F(MemoryLadderEvaluation, IsMadeWithFewerSamplesAtATime) {
    const std::int64_t one = needed(evaluated("one", 1)), four = needed(evaluated("four", 4));
    ASSERT_LT(one, four);
    const Made whole = make(evaluated("whole", 4));
    const Made parts = make(evaluated("parts", 4), 0, [&](Session&, JobId, const Event& event) {
        if (is_after_update_2(event)) host_memory::cap(host_memory::held() + (one + four) / 2);
        if (std::holds_alternative<EvalRecorded>(event)) host_memory::cap(0);
    });
    EXPECT_EQ(parts.end.to, JobState::Finished);
    EXPECT_THAT(parts.codes(), ElementsAre("MEM-008"));
    const auto a = evaluations(whole), b = evaluations(parts);
    ASSERT_EQ(a.size(), 2U);
    ASSERT_EQ(b.size(), 2U);
    for (const auto& [step, loss] : a) EXPECT_NEAR(b.at(step), loss, 1e-4 * loss);
    EXPECT_EQ(losses(temp_ / "parts"), losses(temp_ / "whole")) << "training never knew";
}

TEST_F(MemoryLadderEvaluation, IsLeftOutWhereNothingFitsAndTrainingGoesOn) {
    const Made whole = make(evaluated("whole", 2));
    const Made made = make(evaluated("run", 2), 0, [](Session&, JobId, const Event& event) {
        if (is_after_update_2(event)) host_memory::cap(1);
        const auto* note = std::get_if<NoteRaised>(&event);
        if (note && note->note.code == "MEM-009") host_memory::cap(0);
    });
    EXPECT_EQ(made.end.to, JobState::Finished);
    EXPECT_EQ(made.codes().back(), "MEM-009");
    EXPECT_EQ(evaluations(made).count(2), 0U);
    EXPECT_EQ(evaluations(made).at(4), evaluations(whole).at(4));
    EXPECT_EQ(losses(temp_ / "run"), losses(temp_ / "whole"));
}

TEST_F(MemoryLadderEvaluation, ProbeCaptionsAreLeftOutWhereTheyDoNotFit) {
    RunSpec spec = run_on("run", equal_lengths);
    spec.options.train.probe_images = 2;
    spec.options.train.probe_every = 2;
    spec.options.generate.batch_size = 2;
    const Made made = make(spec, 0, [](Session&, JobId, const Event& event) {
        if (is_after_update_2(event)) host_memory::cap(1);
        const auto* note = std::get_if<NoteRaised>(&event);
        if (note && note->note.code == "MEM-011") host_memory::cap(0);
    });
    EXPECT_EQ(made.end.to, JobState::Finished);
    EXPECT_THAT(made.codes(), ElementsAre("MEM-010", "MEM-011"));
    std::map<std::int64_t, int> captions;
    for (const auto& e : all_of<CaptionFinished>(made.events)) ++captions[e.caption.step];
    EXPECT_THAT(captions, ElementsAre(std::pair{0, 2}, std::pair{4, 2}));
}

}  // namespace
}  // namespace moelora
