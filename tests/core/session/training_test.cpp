// SPDX-License-Identifier: GPL-3.0-or-later
// Real training of the bundled model, a few updates at a time, through the facade.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "core/data/dataset.h"
#include "core/io/safetensors.h"
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
    const auto events = session.run(small_run(temp / "stopped"), stop_after(1));
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

TEST(Training, StopAndResumeAreBitEqualWithPacks) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto spec = [&](const char* out, std::int64_t tokens) {
        RunSpec run = small_run(temp / out);
        run.options.train.gradient_accumulation = 4;
        run.options.train.pack_tokens = tokens;
        return run;
    };
    ASSERT_EQ(end_of(session.run(spec("whole", 400))), JobState::Finished);
    ASSERT_EQ(end_of(session.run(spec("alone", 1))), JobState::Finished);
    EXPECT_NE(losses(temp / "whole"), losses(temp / "alone")) << "dropout is drawn otherwise";
    EXPECT_EQ(end_of(session.run(spec("stopped", 400), stop_after(1))), JobState::Cancelled);
    ASSERT_EQ(end_of(session.run(ResumeSpec{temp / "stopped", {}})), JobState::Finished);
    EXPECT_EQ(losses(temp / "stopped"), losses(temp / "whole"));
    EXPECT_EQ(bytes_of(temp / "stopped/adapter/adapter.safetensors"),
              bytes_of(temp / "whole/adapter/adapter.safetensors"));
}

// A run says what it chose, so that a resume on a fuller machine does the same; a run that says
// nothing is older than the choice.
TEST(Training, ARunWritesDownHowItPacksAndOneFromBeforePacksNothing) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto spec = [&](const char* out, Quantization base, std::int64_t tokens) {
        RunSpec run = small_run(temp / out);
        run.options.model.quantization = base;
        run.options.train.pack_tokens = tokens;
        return run;
    };
    const auto written = [&](const char* out) {
        const auto run = read_json(temp / out + "/run.json");
        return run ? run->at("config").at("train").at("pack_tokens") : Json();
    };
    ASSERT_EQ(end_of(session.run(spec("plain", Quantization::None, 0))), JobState::Finished);
    EXPECT_EQ(written("plain"), 1);
    ASSERT_EQ(end_of(session.run(spec("chosen", Quantization::Nf4Dq, 0))), JobState::Finished);
    EXPECT_EQ(written("chosen"), 1024);

    ASSERT_EQ(end_of(session.run(spec("whole", Quantization::Nf4Dq, 1))), JobState::Finished);
    EXPECT_NE(losses(temp / "whole"), losses(temp / "chosen"));
    ASSERT_EQ(end_of(session.run(spec("old", Quantization::Nf4Dq, 1), stop_after(1))),
              JobState::Cancelled);
    auto run = read_json(temp / "old/run.json");
    MOELORA_ASSERT_OK(run);
    run->at("config").at("train").erase("pack_tokens");
    MOELORA_ASSERT_OK(write_text_atomic(temp / "old/run.json", run->dump()));
    const auto resumed = session.run(ResumeSpec{temp / "old", {}});
    ASSERT_EQ(end_of(resumed), JobState::Finished);
    EXPECT_EQ(losses(temp / "old"), losses(temp / "whole"));
    for (const IssueRaised& raised : all_of<IssueRaised>(resumed))
        EXPECT_NE(raised.issue.error.arg("option"), "train.pack_tokens");
}

// The vision tower is frozen in this run: its features may come from anywhere.
TEST(Training, IsBitEqualWhetherPictureFeaturesAreComputedKeptOrReadFromDisk) {
    const TempDir temp;
    setenv("MOELORA_CACHE", (temp / "cache").c_str(), 1);
    WatchedSession session(temp / "runs");
    const auto run = [&](const char* out, const char* memory, const char* disk) {
        RunSpec spec = small_run(temp / out);
        spec.options.train.batch_size = 3;
        spec.options.device.feature_cache = memory;
        spec.options.device.feature_cache_disk = disk;
        EXPECT_EQ(end_of(session.run(spec)), JobState::Finished);
        return bytes_of(temp / out + "/adapter/adapter.safetensors");
    };
    const std::string computed = run("computed", "", "");
    EXPECT_FALSE(fs::exists(temp / "cache/features"));
    EXPECT_EQ(run("kept", "500MB", ""), computed);
    EXPECT_EQ(run("written", "", "500MB"), computed);
    EXPECT_TRUE(fs::exists(temp / "cache/features"));
    EXPECT_EQ(run("read", "", "500MB"), computed);
    unsetenv("MOELORA_CACHE");
    for (const char* out : {"kept", "written", "read"})
        EXPECT_EQ(losses(temp / out), losses(temp / "computed")) << out;
}

// With features that are kept in memory or on disk alone, and asked for again after a pause that
// gave all memory back.
TEST(Training, IsBitEqualWithTheVisionTowerOutOfMemory) {
    const TempDir temp;
    setenv("MOELORA_CACHE", (temp / "cache").c_str(), 1);
    WatchedSession session(temp / "runs");
    const auto run = [&](const char* out, bool evict, const char* memory, const char* disk) {
        RunSpec spec = small_run(temp / out);
        spec.options.device.feature_cache = memory;
        spec.options.device.feature_cache_disk = disk;
        spec.options.device.evict_vision = evict;
        EXPECT_EQ(end_of(session.run(spec)), JobState::Finished);
        return bytes_of(temp / out + "/adapter/adapter.safetensors");
    };
    const std::string usual = run("usual", false, "500MB", "");
    EXPECT_EQ(run("evicted", true, "500MB", ""), usual);
    EXPECT_EQ(run("on disk", true, "", "500MB"), usual);
    unsetenv("MOELORA_CACHE");
    for (const char* out : {"evicted", "on disk"})
        EXPECT_EQ(losses(temp / out), losses(temp / "usual")) << out;
}

// Two micro-batches of two samples, in the order of the epoch; each with what was learnt of it.
TEST(Training, EveryUpdateNamesExactlyTheSamplesOfItsMicroBatches) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const RunSpec spec = small_run(temp / "run");
    const auto events = session.run(spec);
    ASSERT_EQ(end_of(events), JobState::Finished);
    const TrainOptions& train = spec.options.train;
    auto data = open_dataset(spec.options.data, train.seed);
    MOELORA_ASSERT_OK(data);
    (void)split_validation(*data, spec.options.data.validation, train.seed);
    const auto order = epoch_order(static_cast<std::int64_t>(data->samples.size()), train.seed, 0);
    std::size_t next = 0;
    const auto steps = all_of<StepRecorded>(events);
    ASSERT_EQ(steps.size(), 4U);
    for (const StepRecorded& step : steps) {
        const auto samples =
            Session(temp / "runs").samples_of_update(temp / "run", step.record.step);
        MOELORA_ASSERT_OK(samples);
        ASSERT_EQ(samples->size(), 4U);
        double sum = 0;
        for (std::size_t i = 0; i < samples->size(); ++i) {
            const UpdateSample& got = (*samples)[i];
            const DatasetSample& expected = data->samples[static_cast<std::size_t>(order[next++])];
            EXPECT_EQ(got.sample, caption_sample(expected));
            EXPECT_EQ(got.micro_batch, static_cast<std::int64_t>(i / 2));
            ASSERT_TRUE(got.loss.has_value());
            EXPECT_EQ(got.loss, (*samples)[i / 2 * 2].loss);
            sum += *got.loss;
        }
        EXPECT_NEAR(sum / 4, step.record.loss, 1e-9);
    }
    EXPECT_TRUE(Session(temp / "runs").samples_of_update(temp / "run", 5)->empty());
    // The data is gone: the names stay.
    auto run = read_json(temp / "run/run.json");
    MOELORA_ASSERT_OK(run);
    (*run)["config"]["data"]["path"] = temp / "nowhere";
    MOELORA_ASSERT_OK(write_text_atomic(temp / "run/run.json", run->dump()));
    const auto bare = Session(temp / "runs").samples_of_update(temp / "run", 1);
    MOELORA_ASSERT_OK(bare);
    ASSERT_EQ(bare->size(), 4U);
    EXPECT_EQ((*bare)[0].sample.id, data->samples[static_cast<std::size_t>(order[0])].id);
    EXPECT_TRUE((*bare)[0].sample.image.empty());
}

TEST(Training, ResumeIsEqualWithSeveralThreadsToo) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto spec = [&](const char* out) {
        RunSpec run = small_run(temp / out);
        run.options.device.threads = 2;
        return run;
    };
    ASSERT_EQ(end_of(session.run(spec("whole"))), JobState::Finished);
    ASSERT_EQ(end_of(session.run(spec("stopped"), stop_after(1))), JobState::Cancelled);
    ASSERT_EQ(end_of(session.run(ResumeSpec{temp / "stopped", {}})), JobState::Finished);
    EXPECT_EQ(losses(temp / "stopped"), losses(temp / "whole"));
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

// The records of one kind, in order.
template <class E>
auto records_of(const std::vector<Event>& events) {
    std::vector<decltype(E::record)> out;
    for (const E& event : all_of<E>(events)) out.push_back(event.record);
    return out;
}

TEST(Training, Contract_SleepingUiMissesNothing) {
    const test::TempDir temp;
    Session session(temp / "runs");
    const std::string run = temp / "run";
    RunSpec spec = small_run(run);
    spec.options.train.eval_every = 2;
    spec.options.model.compute_dtype = ComputeDtype::Fp16;  // replaced on a CPU, with an issue
    const auto live = run_to_end(session, session.start(spec));
    const auto replayed = session.replay(run);
    MOELORA_ASSERT_OK(replayed);
    EXPECT_EQ(records_of<StepRecorded>(live), records_of<StepRecorded>(*replayed));
    EXPECT_EQ(records_of<EvalRecorded>(live), records_of<EvalRecorded>(*replayed));
    EXPECT_EQ(records_of<EvalRecorded>(live).size(), 2U);
    const auto gates = [](const std::vector<Event>& events) {
        std::vector<RouterRecord> out;
        for (const RouterRecorded& r : all_of<RouterRecorded>(events))
            out.insert(out.end(), r.records.begin(), r.records.end());
        return out;
    };
    EXPECT_EQ(gates(live), gates(*replayed));
    EXPECT_FALSE(gates(live).empty());
    const auto captions = [](const std::vector<Event>& events) {
        std::vector<Caption> out;
        for (const CaptionFinished& c : all_of<CaptionFinished>(events)) out.push_back(c.caption);
        return out;
    };
    EXPECT_EQ(captions(live), captions(*replayed));
    EXPECT_FALSE(captions(live).empty());
    const auto saved = [](const std::vector<Event>& events) {
        std::vector<CheckpointInfo> out;
        for (const CheckpointSaved& c : all_of<CheckpointSaved>(events)) out.push_back(c.info);
        return out;
    };
    EXPECT_EQ(saved(live), saved(*replayed));
    const auto said = [](const std::vector<Event>& events) {
        std::vector<std::string> out;
        for (const IssueRaised& i : all_of<IssueRaised>(events))
            out.push_back(std::string(name_of(i.issue.severity)) + message_of(i.issue.error));
        return out;
    };
    EXPECT_EQ(said(live), said(*replayed));
    EXPECT_FALSE(said(live).empty());
}

TEST(Training, AStartFromAnAdapterTakesItsAxesEverywhere) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "first"))), JobState::Finished);
    RunSpec next = small_run(temp / "next");
    next.options.adapter.num_experts = 3;
    next.options.adapter.targets = {"q_proj"};
    next.options.adapter.init_from = temp / "first";
    const auto plan =
        Session(temp / "runs").plan_adapter(next.options.model.path, next.options.adapter);
    MOELORA_ASSERT_OK(plan);
    ASSERT_EQ(plan->issues.size(), 1U);
    EXPECT_EQ(plan->issues[0].error.code, ErrorCode::StartDecides);
    EXPECT_NE(plan->issues[0].error.arg("changes").find("adapter.num_experts is 2, not 3"),
              std::string::npos)
        << plan->issues[0].error.arg("changes");
    const auto events = session.run(next);
    ASSERT_EQ(end_of(events), JobState::Finished);
    const auto started = all_of<RunStarted>(events);
    ASSERT_EQ(started.size(), 1U);
    EXPECT_EQ(started[0].trainable_parameters, plan->total);
    const auto run = read_json(temp / "next/run.json");
    MOELORA_ASSERT_OK(run);
    EXPECT_EQ(run->at("config").at("adapter").at("num_experts"), 2);
    EXPECT_EQ(run->at("trainable_parameters"), plan->total);
    // It goes on where the first ended: the loss is not that of a fresh adapter.
    EXPECT_NE(losses(temp / "next").at(1), losses(temp / "first").at(1));
}

// What an adapter is stands in its folder; how it is trained is asked anew. Here its experts get a
// balance term, and dropout, that their folder knows nothing of.
TEST(Training, AStartFromAnAdapterTrainsWithTheDropoutAndBalanceAskedFor) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    ASSERT_EQ(end_of(session.run(small_run(temp / "first"))), JobState::Finished);
    RunSpec next = small_run(temp / "next");
    AdapterOptions& wanted = next.options.adapter;
    wanted.init_from = temp / "first";
    wanted.dropout = 0.25;
    wanted.gate_dropout = 0.125;
    wanted.balance = BalanceKind::ZLoss;
    wanted.balance_coef = 0.5;
    const auto plan = Session(temp / "runs").plan_adapter(next.options.model.path, wanted);
    MOELORA_ASSERT_OK(plan);
    ASSERT_EQ(plan->issues.size(), 1U);
    EXPECT_EQ(plan->issues[0].error.code, ErrorCode::StartTrains);
    EXPECT_EQ(plan->issues[0].severity, Severity::Info);
    EXPECT_EQ(plan->issues[0].error.arg("changes"),
              "adapter.dropout is 0.25, not 0.1; adapter.gate_dropout is 0.125, not 0.0; "
              "adapter.balance is \"z_loss\", not \"none\"; adapter.balance_coef is 0.5, not 0.01");
    const auto events = session.run(next);
    ASSERT_EQ(end_of(events), JobState::Finished);
    for (const StepRecorded& step : all_of<StepRecorded>(events))
        EXPECT_GT(step.record.aux_loss, 0.01);
    for (const char* file : {"run.json", "adapter/adapter.json"}) {
        auto json = read_json(temp / (std::string("next/") + file));
        MOELORA_ASSERT_OK(json);
        const Json axes =
            json->contains("config") ? json->at("config").at("adapter") : json->at("adapter");
        EXPECT_EQ(axes.at("balance"), "z_loss") << file;
        EXPECT_EQ(axes.at("dropout"), 0.25) << file;
    }
}

TEST(Training, ABalanceThatTheStartsExpertsCannotHaveIsRefusedBeforeIt) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec first = small_run(temp / "first");
    first.options.adapter.num_experts = 3;
    first.options.train.max_steps = 1;
    ASSERT_EQ(end_of(session.run(first)), JobState::Finished);
    AdapterOptions wanted = small_run(temp / "next").options.adapter;  // of 2 experts
    wanted.init_from = temp / "first";
    wanted.balance = BalanceKind::Localized;
    const auto plan = Session(temp / "runs").plan_adapter(first.options.model.path, wanted);
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().code, ErrorCode::OptionInvalid);
    EXPECT_EQ(plan.error().arg("why"), "the localized balance loss needs two halves of equal size");
}

// A singular value decomposition of each adapted layer takes minutes on a large model: it says how
// far it is, and a stop ends it.
TEST(Training, AStartFromTheWeightsSaysHowFarItIsAndCanBeStopped) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.adapter.init = ExpertInit::SvdPieces;
    const auto decomposing = [](const std::vector<Event>& events) {
        std::vector<StageProgress> out;
        for (const StageProgress& stage : all_of<StageProgress>(events))
            if (stage.stage == "decomposing weights") out.push_back(stage);
        return out;
    };
    const auto whole = session.run(spec);
    ASSERT_EQ(end_of(whole), JobState::Finished);
    const std::int64_t sites = all_of<RunStarted>(whole).at(0).sites;
    ASSERT_FALSE(decomposing(whole).empty());
    EXPECT_EQ(decomposing(whole).back().total, sites);
    EXPECT_EQ(decomposing(whole).back().done, sites - 1);
    spec.out = temp / "stopped";
    const auto stopped = session.run(spec, [](Session& s, JobId job, const Event& event) {
        const auto* stage = std::get_if<StageProgress>(&event);
        if (stage && stage->stage == "decomposing weights" && stage->done == 1) (void)s.stop(job);
    });
    EXPECT_EQ(end_of(stopped), JobState::Cancelled);
    ASSERT_FALSE(decomposing(stopped).empty());
    EXPECT_EQ(decomposing(stopped).back().done, 1) << "of " << sites;
    EXPECT_FALSE(fs::exists(temp / "stopped"));
}

TEST(Training, ABudgetThatCannotHoldIsRefusedBeforeTheModelIsLoadedWithWhatWouldHelp) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.device.memory_budget = "20MB";
    const auto events = session.run(spec);
    const auto end = std::get<JobStateChanged>(events.back());
    EXPECT_EQ(end.to, JobState::Failed);
    ASSERT_TRUE(end.error.has_value());
    EXPECT_EQ(end.error->code, ErrorCode::BudgetExceeded);
    EXPECT_EQ(entry_of(end.error->code).exit_code, 4);
    EXPECT_NE(end.error->arg("changes").find("train.batch_size=1"), std::string::npos)
        << end.error->arg("changes");
    EXPECT_FALSE(fs::exists(temp / "run"));
    for (const StageProgress& stage : all_of<StageProgress>(events))
        EXPECT_NE(stage.stage, "loading model");
    spec.options.device.memory_budget = "4GiB";
    EXPECT_EQ(end_of(session.run(spec)), JobState::Finished);
}

TEST(Training, ABudgetIsKeptByComputingLayersAgain) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "whole");
    spec.options.train.batch_size = 24;
    spec.options.train.max_steps = 2;
    spec.options.train.save_every = 1;
    const auto losses = [&](const std::string& out) {
        spec.out = out;
        std::vector<double> found;
        for (const StepRecorded& step : all_of<StepRecorded>(session.run(spec)))
            found.push_back(step.record.loss);
        return found;
    };
    const std::vector<double> wide = losses(temp / "whole");
    RunOptions all = spec.options;
    all.train.gradient_checkpointing = true;
    const Session asked(temp / "runs");
    const auto most = asked.estimate({spec.options, 0, false}),
               least = asked.estimate({all, 0, false});
    MOELORA_ASSERT_OK(most);
    MOELORA_ASSERT_OK(least);
    spec.options.device.memory_budget =
        std::to_string((most->predicted_peak_bytes + least->predicted_peak_bytes) / 2000000) + "MB";
    const std::vector<double> narrow = losses(temp / "narrow");
    ASSERT_EQ(narrow.size(), 2U);
    EXPECT_EQ(narrow.front(), wide.front());
    const auto recorded = [&] {
        return read_json(temp / "narrow/run.json")->at("recomputed_layers").get<int>();
    };
    EXPECT_GT(recorded(), 0);
    EXPECT_LT(recorded(), 4);
}

TEST(Training, ALocalizedBalanceWithoutSampleTypesIsNamed) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.adapter.balance = BalanceKind::Localized;
    spec.options.train.max_steps = 1;
    bool named = false;
    for (const IssueRaised& raised : all_of<IssueRaised>(session.run(spec)))
        named = named || raised.issue.error.arg("why").find("no sample types") != std::string::npos;
    EXPECT_TRUE(named);
}

TEST(Training, AResumeOverOtherDataOrAnotherModelIsRefused) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    fs::copy(source_path("resources/demo/model"), temp / "model");
    std::string lines;
    for (const char* answer : {"beach", "turtle", "snow", "night"})
        lines += question_record("tags", answer).dump() + "\n";
    ASSERT_TRUE(write_text_atomic(temp / "data.jsonl", lines));
    RunSpec spec = small_run(temp / "run");
    spec.options.model.path = temp / "model";
    spec.options.data.path = temp / "data.jsonl";
    spec.options.data.validation = 0;
    ASSERT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    const auto refusal = [&](const ResumeSpec& resume) {
        const auto events = session.run(resume);
        const auto end = std::get<JobStateChanged>(events.back());
        EXPECT_EQ(end.to, JobState::Failed);
        return end.error ? *end.error : Error{};
    };
    ASSERT_TRUE(write_text_atomic(temp / "data.jsonl", lines + lines));
    EXPECT_EQ(refusal({temp / "run", {}}).code, ErrorCode::RunInputChanged);
    ASSERT_TRUE(write_text_atomic(temp / "data.jsonl", lines));
    EXPECT_EQ(refusal({temp / "run", {{"train.max_steps", "1"}}}).code, ErrorCode::OptionInvalid);

    auto config = read_json(temp / "model/config.json");
    MOELORA_ASSERT_OK(config);
    (*config)["text_config"]["rms_norm_eps"] = 1e-5;
    ASSERT_TRUE(write_text_atomic(temp / "model/config.json", config->dump()));
    EXPECT_EQ(refusal({temp / "run", {}}).arg("what"), "model");
}

TEST(Training, AFolderOfOtherThingsIsRefusedEvenWithForce) {
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
    EXPECT_EQ(error->code, ErrorCode::OutputOtherKind);
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

// Whole by its COMPLETE, and without one of the optimizer's entries.
void drop_an_entry(const std::string& checkpoint) {
    auto folder = AtomicFolder::begin(checkpoint, true);
    MOELORA_ASSERT_OK(folder);
    for (const auto& entry : fs::directory_iterator(checkpoint))
        if (entry.path().filename() != "COMPLETE")
            fs::copy_file(entry.path(), fs::path(folder->temporary()) / entry.path().filename());
    const std::string name = "/optimizer.safetensors";
    const auto file = SafetensorsFile::open(checkpoint + name);
    MOELORA_ASSERT_OK(file);
    std::vector<TensorBytes> kept;
    for (const TensorEntry& entry : file->entries())
        if (&entry != &file->entries().front())
            kept.push_back({entry.name, entry.dtype, entry.shape, file->bytes(entry)});
    MOELORA_ASSERT_OK(write_safetensors(folder->temporary() + name, kept));
    MOELORA_ASSERT_OK(folder->commit());
}

TEST(Training, ANewestCheckpointThatIsRefusedIsNamedAndTheOlderOneUsed) {
    const test::TempDir temp;
    WatchedSession session(temp / "runs");
    const std::string run = temp / "run", newest = run + "/checkpoints/step-000004";
    ASSERT_EQ(end_of(session.run(small_run(run))), JobState::Finished);
    const auto before = losses(run);
    const std::string adapter = bytes_of(run + "/adapter/adapter.safetensors");
    drop_an_entry(newest);

    // Another optimizer fits into no checkpoint, which is no fault of theirs.
    const auto wish = session.run(ResumeSpec{run, {{"train.optimizer", "adamw8bit"}}});
    EXPECT_EQ(end_of(wish), JobState::Failed);
    EXPECT_TRUE(fs::exists(newest + "/COMPLETE"));
    EXPECT_EQ(losses(run), before);

    std::vector<std::string> named;
    const auto stop = stop_after(3);
    const auto events = session.run(ResumeSpec{run, {}}, [&](Session& s, JobId j, const Event& e) {
        if (const auto* raised = std::get_if<IssueRaised>(&e);
            raised && raised->issue.error.code == ErrorCode::CheckpointInvalid)
            named.push_back(message_of(raised->issue.error));
        stop(s, j, e);
    });
    EXPECT_EQ(end_of(events), JobState::Cancelled);
    ASSERT_EQ(named.size(), 1U);
    EXPECT_NE(named[0].find("step-000004"), std::string::npos) << named[0];
    EXPECT_NE(named[0].find("the run goes on from step-000002"), std::string::npos) << named[0];
    // It is none any more: neither the newest nor one of those that are kept.
    EXPECT_FALSE(fs::exists(newest + "/COMPLETE"));
    EXPECT_TRUE(fs::exists(run + "/checkpoints/step-000003/COMPLETE"));
    EXPECT_EQ(end_of(session.run(ResumeSpec{run, {}})), JobState::Finished);
    EXPECT_EQ(losses(run), before);
    EXPECT_EQ(bytes_of(run + "/adapter/adapter.safetensors"), adapter);
    EXPECT_TRUE(fs::exists(newest + "/COMPLETE"));
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
