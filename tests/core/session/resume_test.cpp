// SPDX-License-Identifier: GPL-3.0-or-later
// What a run notices of the world around it: pictures that change, another machine, another program
// on its folder, a pause that others read; and the names that it gives.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "core/data/doctor.h"
#include "core/session/probes.h"
#include "core/session/questions.h"
#include "core/session/run_store.h"
#include "core/session/train_evaluation.h"
#include "tests/core/session/small_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

using namespace test;

// The fourth picture is for evaluation.
RunSpec run_with_a_held_picture(const TempDir& temp) {
    RunSpec spec = small_run(temp / "run");
    spec.options.data.path = own_pictures(temp, true);
    spec.options.data.validation = 1;
    spec.options.train.batch_size = 1;
    spec.options.train.eval_every = 1;
    return spec;
}

std::vector<Issue> issues_with(const std::vector<Event>& events, ErrorCode code) {
    std::vector<Issue> out;
    for (const IssueRaised& e : all_of<IssueRaised>(events))
        if (e.issue.error.code == code) out.push_back(e.issue);
    return out;
}

TEST(ChangedPicture, OfTheValidationPartIsNamedWhenItIsEvaluated) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_with_a_held_picture(temp);
    spec.options.train.probe_images = 0;
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 2)
            fs::copy_file(demo_picture(5), temp / "data/3.webp",
                          fs::copy_options::overwrite_existing);
    });
    EXPECT_EQ(end_of(events), JobState::Finished);
    const auto named = issues_with(events, ErrorCode::ImageChanged);
    ASSERT_EQ(named.size(), 1U);
    EXPECT_EQ(named[0].error.arg("path"), temp / "data/3.webp");
    EXPECT_EQ(named[0].where.line, 4);
}

TEST(ChangedPicture, OfAProbeIsNamedWhenItIsCaptioned) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = run_with_a_held_picture(temp);
    spec.options.data.probes = {"3.webp"};
    spec.options.train.probe_every = 1;
    spec.options.train.eval_every = 100;
    bool evaluated = false, before = false;
    const auto events = session.run(spec, [&](Session&, JobId, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 2)
            fs::copy_file(demo_picture(5), temp / "data/3.webp",
                          fs::copy_options::overwrite_existing);
        const auto* raised = std::get_if<IssueRaised>(&event);
        if (raised && raised->issue.error.code == ErrorCode::ImageChanged) before = !evaluated;
        evaluated = evaluated || std::holds_alternative<EvalRecorded>(event);
    });
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(issues_with(events, ErrorCode::ImageChanged).size(), 1U);
    EXPECT_TRUE(before);
}

// ---- what looks alike on both sides of the split

class Alike : public testing::Test {
  protected:
    void SetUp() override {
        const char* before = std::getenv("MOELORA_CACHE");
        before_ = before ? before : "";
        setenv("MOELORA_CACHE", (temp_ / "cache").c_str(), 1);
        spec_ = run_with_a_held_picture(temp_);
        // The held picture shows what the first does, in other bytes.
        const cv::Mat picture = cv::imread(demo_picture(0));
        std::vector<unsigned char> png;
        ASSERT_TRUE(cv::imencode(".png", picture, png));
        ASSERT_TRUE(write_text_atomic(temp_ / "data/3.webp", std::string(png.begin(), png.end())));
    }
    void TearDown() override {
        if (before_.empty())
            unsetenv("MOELORA_CACHE");
        else
            setenv("MOELORA_CACHE", before_.c_str(), 1);
    }
    TempDir temp_;
    RunSpec spec_;
    std::string before_;
};

TEST_F(Alike, AStartAndItsCheckNameWhatADatasetCheckHasFound) {
    const DataOptions& data = spec_.options.data;
    const auto leaks = [](const std::vector<Issue>& issues) {
        std::vector<std::string> out;
        for (const Issue& issue : issues)
            if (issue.error.code == ErrorCode::SplitLeak)
                out.push_back(fs::path(issue.error.arg("file")).filename().string());
        return out;
    };
    const auto unknown = questions::check_dataset(data, "");
    MOELORA_ASSERT_OK(unknown);
    EXPECT_TRUE(leaks(unknown->issues).empty());  // nothing is decoded for it
    const auto examined = questions::examine_dataset(data, "", {});
    MOELORA_ASSERT_OK(examined);
    EXPECT_EQ(leaks(examined->summary.issues), std::vector<std::string>{"3.webp"});

    const auto checked = questions::check_dataset(data, "");  // of `train --dry-run`
    MOELORA_ASSERT_OK(checked);
    EXPECT_EQ(leaks(checked->issues), std::vector<std::string>{"3.webp"});
    WatchedSession session(temp_ / "runs");
    spec_.options.train.probe_images = 0;
    spec_.options.train.max_steps = 1;
    std::vector<Issue> said;
    for (const IssueRaised& e : all_of<IssueRaised>(session.run(spec_))) said.push_back(e.issue);
    EXPECT_EQ(leaks(said), std::vector<std::string>{"3.webp"});
}

TEST_F(Alike, AnExaminationIsLeftWhileRecordsAreRead) {
    std::int64_t asked = 0;
    const auto left = questions::examine_dataset(spec_.options.data, spec_.options.model.path,
                                                 [&](std::int64_t, std::int64_t all) {
                                                     EXPECT_EQ(all, 0);
                                                     return ++asked == 0;
                                                 });
    MOELORA_ASSERT_OK(left);
    EXPECT_TRUE(left->cancelled);
    EXPECT_EQ(asked, 1);
    EXPECT_TRUE(left->summary.format.empty());
}

// ---- a resume

TEST(Resume, OnAnotherDeviceTypeOrVersionListsWhatIsDifferent) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.probe_images = 0;
    EXPECT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    const std::string file = temp / "run/run.json";
    Json run = Json::parse(bytes_of(file));
    run["dtype"] = "bf16";
    run["device"] = "cuda:0";
    run["program_version"] = "0.0.1";
    ASSERT_TRUE(write_text_atomic(file, run.dump()));
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    EXPECT_EQ(end_of(events), JobState::Finished);
    std::vector<std::string> said;
    for (const Issue& issue : issues_with(events, ErrorCode::RunElsewhere)) {
        EXPECT_EQ(issue.severity, Severity::Warning);
        said.push_back(std::string(issue.error.arg("what"))
                           .append(" ")
                           .append(issue.error.arg("expected"))
                           .append(" ")
                           .append(issue.error.arg("found")));
    }
    EXPECT_EQ(said, (std::vector<std::string>{"dtype bf16 fp32", "device cuda:0 cpu",
                                              "program_version 0.0.1 " + program_version()}));
    const Json resumed = Json::parse(bytes_of(temp / "run/resumes.jsonl"));
    EXPECT_EQ(resumed.at("elsewhere").size(), 3U);
    EXPECT_EQ(resumed.at("elsewhere")[0].at("after"), "fp32");
}

// The checkpoint knows the configuration it was made with.
TEST(Resume, AConfigurationChangedByHandListsWhatIsDifferent) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    const auto by_hand = [](const std::vector<Event>& events) {
        std::vector<std::string> out;
        for (const Issue& issue : issues_with(events, ErrorCode::OptionDoubtful))
            if (issue.error.arg("why").ends_with("at the checkpoint"))
                out.push_back(std::string(issue.error.arg("option")));
        std::sort(out.begin(), out.end());
        return out;
    };
    RunSpec spec = small_run(temp / "run");
    spec.options.train.probe_images = 0;
    EXPECT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    const auto unchanged = session.run(ResumeSpec{temp / "run", {{"train.max_steps", "5"}}});
    EXPECT_EQ(end_of(unchanged), JobState::Finished);
    EXPECT_EQ(by_hand(unchanged), std::vector<std::string>{});
    const std::string file = temp / "run/run.json";
    Json run = Json::parse(bytes_of(file));
    run["config"]["train"]["learning_rate"] = 0.01;
    run["config"]["adapter"]["rank"] = 4;
    ASSERT_TRUE(write_text_atomic(file, run.dump()));
    const auto events = session.run(ResumeSpec{temp / "run", {{"train.max_steps", "6"}}});
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(by_hand(events), (std::vector<std::string>{"adapter.rank", "train.learning_rate"}));
}

TEST(Resume, ProbesThatCannotBeReadAreNamedAndChosenAnew) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    EXPECT_EQ(end_of(session.run(small_run(temp / "run"), stop_after(1))), JobState::Cancelled);
    ASSERT_TRUE(write_text_atomic(temp / "run/probes.json", "[]"));
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    EXPECT_EQ(end_of(events), JobState::Finished);
    const auto said = issues_with(events, ErrorCode::RunInvalid);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].severity, Severity::Warning);
    EXPECT_EQ(said[0].error.arg("path"), temp / "run/probes.json");
    const auto again = read_probes(temp / "run");  // comparisons and exports ask them, too
    MOELORA_ASSERT_OK(again);
    EXPECT_EQ(again->size(), 1U);
    const auto next = session.run(ResumeSpec{temp / "run", {{"train.max_steps", "5"}}});
    EXPECT_TRUE(issues_with(next, ErrorCode::RunInvalid).empty());
}

// Each resume chooses the device for itself.
TEST(Resume, ThreadsOfTheResumeBeforeAreNoChangeByHand) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.probe_images = 0;
    EXPECT_EQ(end_of(session.run(spec, stop_after(1))), JobState::Cancelled);
    const ResumeSpec with_two{temp / "run", {{"device.threads", "2"}}};
    EXPECT_EQ(end_of(session.run(with_two, stop_after(3))), JobState::Cancelled);
    const auto events = session.run(ResumeSpec{temp / "run", {}});
    EXPECT_EQ(end_of(events), JobState::Finished);
    for (const Issue& issue : issues_with(events, ErrorCode::OptionDoubtful))
        EXPECT_FALSE(issue.error.arg("why").ends_with("at the checkpoint"))
            << message_of(issue.error);
}

TEST(Resume, AndAReplacementAreRefusedWhileAnotherProgramIsAtWork) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.probe_images = 0;
    EXPECT_EQ(end_of(session.run(spec, stop_after(2))), JobState::Cancelled);
    const std::string metrics = bytes_of(temp / "run/metrics.jsonl");
    const auto lock = FolderLock::acquire(temp / "run");
    MOELORA_ASSERT_OK(lock);
    spec.force = true;
    const auto replaced = std::get<JobStateChanged>(session.run(spec).back());
    const auto resumed =
        std::get<JobStateChanged>(session.run(ResumeSpec{temp / "run", {}}).back());
    for (const JobStateChanged& end : {replaced, resumed}) {
        EXPECT_EQ(end.to, JobState::Failed);
        ASSERT_TRUE(end.error.has_value());
        EXPECT_EQ(end.error->code, ErrorCode::RunLocked);
    }
    EXPECT_EQ(bytes_of(temp / "run/metrics.jsonl"), metrics);
}

// ---- a pause

TEST(Pause, OtherProgramsReadThatTheRunIsPausedAlsoAfterASaveMeanwhile) {
    const TempDir temp;
    WatchedSession session(temp / "runs");
    RunSpec spec = small_run(temp / "run");
    spec.options.train.probe_images = 0;
    spec.options.train.save_every = 0;
    int pauses = 0, saves = 0, runs = 0;
    const auto status = [&] { return run_store::status_of(temp / "run"); };
    const auto events = session.run(spec, [&](Session& s, JobId job, const Event& event) {
        const auto* step = std::get_if<StepRecorded>(&event);
        if (step && step->record.step == 2) {
            EXPECT_TRUE(s.pause(job));
        }
        const auto* changed = std::get_if<JobStateChanged>(&event);
        if (changed && changed->to == JobState::Paused) {
            ++pauses;
            EXPECT_EQ(status(), RunStatus::Paused);
            const auto told = read_json(temp / "run/status.json");
            EXPECT_TRUE(told && told->at("step") == 2) << "the updates made";
            EXPECT_EQ(run_store::saved_step_of(temp / "run"), 0);
            EXPECT_TRUE(s.save_checkpoint(job));
        }
        if (std::holds_alternative<CheckpointSaved>(event) && pauses == 1 && ++saves == 1) {
            EXPECT_TRUE(s.resume(job));
        }
        if (changed && changed->to == JobState::Running && pauses == 1) {
            ++runs;
            EXPECT_EQ(status(), RunStatus::Running);
            EXPECT_EQ(run_store::saved_step_of(temp / "run"), 2);
        }
    });
    EXPECT_EQ(end_of(events), JobState::Finished);
    EXPECT_EQ(pauses, 1);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(status(), RunStatus::Finished);
}

// ---- evaluations

TEST(Evaluation, OneThatIsNoNumberLosesToAnyThatIsOne) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(is_better(nan, std::nullopt));
    for (const double bad : {nan, infinite}) {
        EXPECT_TRUE(is_better(3, bad));
        EXPECT_FALSE(is_better(bad, 3));
        EXPECT_FALSE(is_better(bad, bad));
    }
    EXPECT_TRUE(is_better(2, 3));
    EXPECT_FALSE(is_better(3, 3));
}

}  // namespace
}  // namespace moelora
