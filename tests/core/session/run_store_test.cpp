// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/io/files.h"
#include "core/record/records_json.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class RunStore : public testing::Test {
  protected:
    // A run folder with run.json; later names start later.
    std::string make_run(const std::string& id,
                         const std::string& started = "2026-11-24T08:15:00Z") {
        const std::string folder = store_ / id;
        fs::create_directories(folder + "/checkpoints");
        const Json run = {{"version", 1},
                          {"format", "moelora-run"},
                          {"id", id},
                          {"name", "soft"},
                          {"started_utc", started},
                          {"config", {{"adapter", {{"preset", "soft"}}}}},
                          {"model", {{"path", "/models/a"}}},
                          {"data", {{"path", "/data/b"}}},
                          {"total_steps", 10},
                          {"trainable_parameters", 4096},
                          {"sites", 28},
                          {"device", "cpu"},
                          {"dtype", "fp32"}};
        write(folder + "/run.json", run.dump());
        return folder;
    }
    static void write(const std::string& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
    }
    static std::string step_line(std::int64_t step, double loss) {
        StepRecord record;
        record.step = step;
        record.loss = loss;
        return dump_line(to_json(record)) + "\n";
    }
    static std::string router_line(std::int64_t step, const std::string& site) {
        RouterRecord record;
        record.step = step;
        record.site = site;
        record.weight = record.load = {0.25, 0.75};
        record.by_task["tags"] = {0.5, 0.5};
        return dump_line(to_json(record)) + "\n";
    }
    static std::string caption_line(std::int64_t step, const std::string& text) {
        Caption caption;
        caption.step = step;
        caption.text = text;
        return dump_line(to_json(caption)) + "\n";
    }
    template <class R>
    static std::optional<Error> error_of(const R& result) {
        if (result) return {};
        return result.error();
    }
    static void make_checkpoint(const std::string& run, const std::string& name) {
        auto folder = AtomicFolder::begin(run + "/checkpoints/" + name);
        MOELORA_ASSERT_OK(folder);
        write(folder->temporary() + "/adapter.json", "{}");
        MOELORA_ASSERT_OK(folder->commit());
    }
    test::TempDir store_;
};

TEST_F(RunStore, FindsByIdByUniqueStartAndByPath) {
    const std::string a = make_run("20261124-081500-soft"), b = make_run("20261125-081500-lora");
    const std::string& store = store_.path();
    for (const std::string& name :
         {std::string("20261124-081500-soft"), std::string("20261124"), a, a + "/",
          store + "/./20261125-081500-lora/../" + "20261124-081500-soft"}) {
        const auto found = run_store::find(store, name);
        MOELORA_ASSERT_OK(found);
        EXPECT_EQ(*found, a) << name;
    }
    EXPECT_EQ(run_store::find(store, "2026112").error().code, ErrorCode::UsageInvalid);
    EXPECT_THAT(message_of(run_store::find(store, "2026112").error()),
                HasSubstr("20261125-081500-lora"));
    EXPECT_EQ(run_store::find(store, "none").error().code, ErrorCode::RunMissing);
    EXPECT_EQ(run_store::find(store, "").error().code, ErrorCode::RunMissing);
    EXPECT_EQ(run_store::find(store + "/absent", "x").error().code, ErrorCode::RunMissing);
    fs::create_directory(store + "/empty");
    EXPECT_EQ(run_store::find(store, "empty").error().code, ErrorCode::RunInvalid);
}

TEST_F(RunStore, EveryQuestionRefusesWhatIsNoRunAndSaysWhy) {
    const std::string run = make_run("a");
    const auto expect_refused = [&](const std::string& folder, const std::string& why) {
        const std::pair<const char*, std::optional<Error>> answers[] = {
            {"summarize", error_of(run_store::summarize(folder))},
            {"replay", error_of(run_store::replay(folder))},
            {"set_note", error_of(run_store::set_note(folder, "x"))}};
        for (const auto& [question, error] : answers) {
            ASSERT_TRUE(error.has_value()) << question;
            EXPECT_EQ(error->code, ErrorCode::RunInvalid) << question;
            EXPECT_EQ(entry_of(error->code).exit_code, 3);
            EXPECT_THAT(message_of(*error), HasSubstr(why)) << question;
        }
    };
    expect_refused(store_ / "absent", "it has no run.json");
    write(run + "/run.json", "[]");
    expect_refused(run, "run.json is no object");
    write(run + "/run.json", "{");
    expect_refused(run, "not valid JSON");
    EXPECT_FALSE(fs::exists(run + "/note.txt"));
    EXPECT_EQ(run_store::remove(store_.path(), store_ / "absent").error().code,
              ErrorCode::RunMissing);
    EXPECT_EQ(run_store::find(store_.path(), "a").error().code, ErrorCode::RunInvalid);
    EXPECT_EQ(run_store::find(store_.path(), run + "/run.json").error().code,
              ErrorCode::RunMissing);
    EXPECT_EQ(error_of(run_store::write_status(store_ / "absent", RunStatus::Running, 0, 1))->code,
              ErrorCode::FileUnwritable);
    write(store_ / "file", "");
    EXPECT_EQ(error_of(run_store::list(store_ / "file"))->code, ErrorCode::FileUnreadable);
}

TEST_F(RunStore, SummaryIsReadFromTheFilesWhileTheyAreWritten) {
    const std::string run = make_run("a");
    // The step stands before more router lines than the first look from the end covers.
    std::string lines = step_line(1, 4.5) + step_line(2, 3.25);
    for (int site = 0; site < 1000; ++site)
        lines += router_line(2, "layers." + std::to_string(site));
    write(run + "/metrics.jsonl", lines + step_line(3, 1.0).substr(0, 60));
    MOELORA_ASSERT_OK(run_store::set_note(run, "warm\nstart"));
    for (const bool starred : {false, true, false, true}) {
        MOELORA_ASSERT_OK(run_store::set_star(run, starred));
        EXPECT_EQ(run_store::summarize(run)->starred, starred);
    }
    const auto lock = FolderLock::acquire(run);
    MOELORA_ASSERT_OK(lock);
    MOELORA_ASSERT_OK(run_store::write_status(run, RunStatus::Paused, 2, 20));
    const auto summary = run_store::summarize(run);
    MOELORA_ASSERT_OK(summary);
    EXPECT_EQ(summary->id, "a");
    EXPECT_EQ(summary->path, run);
    EXPECT_EQ(summary->name, "soft");
    EXPECT_EQ(summary->preset, "soft");
    EXPECT_EQ(summary->model, "/models/a");
    EXPECT_EQ(summary->data, "/data/b");
    EXPECT_EQ(summary->note, "warm\nstart");
    EXPECT_EQ(summary->status, RunStatus::Paused);
    EXPECT_EQ(summary->step, 2);
    EXPECT_EQ(summary->total_steps, 20);  // a resume may have changed it
    EXPECT_EQ(summary->last_loss, 3.25);
    EXPECT_FALSE(summary->has_adapter);
}

TEST_F(RunStore, RunningWithoutItsLockReadsAsInterrupted) {
    const std::string run = make_run("a");
    MOELORA_ASSERT_OK(run_store::write_status(run, RunStatus::Running, 3, 10));
    EXPECT_EQ(run_store::summarize(run)->status, RunStatus::Interrupted);
    EXPECT_FALSE(fs::exists(run + "/lock"));
    {
        const auto lock = FolderLock::acquire(run);
        EXPECT_EQ(run_store::summarize(run)->status, RunStatus::Running);
    }
    EXPECT_EQ(run_store::summarize(run)->status, RunStatus::Interrupted);
    EXPECT_EQ(run_store::summarize(run)->step, 3);
    MOELORA_ASSERT_OK(run_store::write_status(run, RunStatus::Finished, 10, 10));
    EXPECT_EQ(run_store::summarize(run)->status, RunStatus::Finished);
    MOELORA_ASSERT_OK(FolderLock::acquire(run));  // asking for the state let the lock go
}

TEST_F(RunStore, ListIsNewestFirstAndNamesWhatCannotBeRead) {
    make_run("b", "2026-11-24T08:00:00Z");
    make_run("a", "2026-11-25T08:00:00Z");
    fs::create_directories(store_ / ".trash/c");
    fs::create_directories(store_ / "broken");
    write(store_ / "broken/run.json", "{");
    const auto runs = run_store::list(store_.path());
    MOELORA_ASSERT_OK(runs);
    ASSERT_EQ(runs->size(), 3u);
    EXPECT_EQ(runs->at(0).id, "a");
    EXPECT_EQ(runs->at(1).id, "b");
    const RunSummary& broken = runs->at(2);
    EXPECT_EQ(broken.id, "broken");
    EXPECT_EQ(broken.status, RunStatus::Unreadable);
    ASSERT_TRUE(broken.unreadable.has_value());
    EXPECT_THAT(message_of(*broken.unreadable), HasSubstr("not valid JSON"));
    EXPECT_EQ(to_json(broken)["error"]["code"], "RUN-002");
    EXPECT_TRUE(run_store::list(store_ / "absent")->empty());
}

TEST_F(RunStore, RemoveGoesToTheTrashAndNeverTakesARunAtWork) {
    for (int round = 0; round < 2; ++round) {
        const std::string run = make_run("a");
        {
            const auto lock = FolderLock::acquire(run);
            EXPECT_EQ(run_store::remove(store_.path(), run).error().code, ErrorCode::RunLocked);
        }
        MOELORA_ASSERT_OK(run_store::remove(store_.path(), run));
        EXPECT_FALSE(fs::exists(run));
    }
    EXPECT_TRUE(fs::exists(store_ / ".trash/a/run.json"));
    EXPECT_TRUE(fs::exists(store_ / ".trash/a-2/run.json"));
    fs::create_directory(store_ / "other");
    EXPECT_EQ(run_store::remove(store_.path(), store_ / "other").error().code,
              ErrorCode::RunInvalid);
    EXPECT_TRUE(fs::exists(store_ / "other"));
}

TEST_F(RunStore, WhatCannotBeReadGoesToTheTrashAndBackOutOfTheStoreAlone) {
    const std::string run = make_run("a");
    write(run + "/run.json", "{");
    EXPECT_EQ(run_store::remove(store_ / "another store", run).error().code, ErrorCode::RunInvalid)
        << "it may be anybody's";
    MOELORA_ASSERT_OK(run_store::remove(store_.path(), run));
    EXPECT_FALSE(fs::exists(run));
    const auto trash = run_store::list(run_store::trash_of(store_.path()));
    MOELORA_ASSERT_OK(trash);
    ASSERT_EQ(trash->size(), 1u);
    EXPECT_EQ(trash->at(0).status, RunStatus::Unreadable);
    MOELORA_ASSERT_OK(run_store::restore(store_.path(), "a"));
    EXPECT_TRUE(fs::exists(run));
}

TEST_F(RunStore, RemoveAndRestoreGoFromOneFileSystemToAnother) {
    struct stat here {
    }, there{};
    if (stat(store_.path().c_str(), &here) != 0 || stat("/dev/shm", &there) != 0 ||
        here.st_dev == there.st_dev || access("/dev/shm", W_OK) != 0)
        GTEST_SKIP() << "there is no second file system here";
    const std::string other = "/dev/shm/moelora-test-" + std::to_string(getpid());
    const std::string run = make_run("a");
    make_checkpoint(run, "step-000003");
    fs::create_directories(other);
    const auto moved = run_store::remove(other, run);
    if (moved) {
        EXPECT_FALSE(fs::exists(run));
        EXPECT_EQ(run_store::valid_checkpoints(other + "/.trash/a").size(), 1U);
        EXPECT_EQ(std::distance(fs::directory_iterator(other + "/.trash"), {}), 1);
    }
    fs::remove_all(other);
    MOELORA_ASSERT_OK(moved);
}

TEST_F(RunStore, CheckpointsWithoutAValidCompleteDoNotExist) {
    const std::string run = make_run("a");
    for (const char* name : {"step-000020", "step-000003", "step-000007", "step-1000000"})
        make_checkpoint(run, name);
    write(run + "/checkpoints/step-000007/adapter.json", "[]");  // same size, other content
    fs::create_directories(run + "/checkpoints/step-000009");
    fs::create_directories(run + "/checkpoints/step-000010.tmp-1-1");
    std::vector<std::string> rejected;
    const auto valid = run_store::valid_checkpoints(run, &rejected);
    EXPECT_THAT(valid, ElementsAre(CheckpointInfo{3, "checkpoints/step-000003"},
                                   CheckpointInfo{20, "checkpoints/step-000020"},
                                   CheckpointInfo{1000000, "checkpoints/step-1000000"}));
    EXPECT_THAT(rejected, ElementsAre(HasSubstr("step-000007: adapter.json"),
                                      HasSubstr("step-000009: COMPLETE is missing")));
    EXPECT_EQ(run_store::summarize(run)->checkpoints, valid);
    EXPECT_THAT(run_store::valid_checkpoints(store_ / "absent"), ElementsAre());
}

TEST_F(RunStore, ReplayGivesTheEventsInOrder) {
    const std::string run = make_run("a");
    write(run + "/metrics.jsonl",
          step_line(1, 4) + router_line(1, "x") + router_line(1, "y") + "{\"half\":\n" +
              "{\"type\":\"later\"}\n" + step_line(2, 3) + router_line(2, "x") +
              dump_line(to_json(EvalRecord{2, 2.5, 9})) + "\n" +
              dump_line(to_json(CheckpointInfo{2, "checkpoints/step-000002"})) + "\n" +
              dump_line(to_json(NoteRecord{3, "TRAIN-001", "nan", {"s"}})) + "\n" +
              step_line(3, 1).substr(0, 40));
    write(run + "/captions.jsonl", caption_line(0, "start") + caption_line(2, "later"));
    MOELORA_ASSERT_OK(
        run_store::write_status(run, RunStatus::Failed, 2, 10, "The loss became nan."));
    auto events = run_store::replay(run);
    MOELORA_ASSERT_OK(events);
    ASSERT_EQ(events->size(), 11u);
    std::int64_t seq = 0;
    for (Event& event : *events) EXPECT_EQ(*seq_of(event), ++seq);
    const auto& e = *events;
    EXPECT_EQ(std::get<RunStarted>(e[0]).trainable_parameters, 4096);
    EXPECT_EQ(std::get<RunStarted>(e[0]).sites, 28);
    EXPECT_EQ(std::get<CaptionFinished>(e[1]).caption.text, "start");
    EXPECT_EQ(std::get<StepRecorded>(e[2]).record.loss, 4);
    EXPECT_EQ(std::get<RouterRecorded>(e[3]).records.size(), 2u);
    EXPECT_EQ(std::get<StepRecorded>(e[4]).record.step, 2);
    EXPECT_EQ(std::get<RouterRecorded>(e[5]).records.size(), 1u);
    EXPECT_EQ(std::get<EvalRecorded>(e[6]).record.loss, 2.5);
    EXPECT_EQ(std::get<CheckpointSaved>(e[7]).info.step, 2);
    EXPECT_EQ(std::get<CaptionFinished>(e[8]).caption.text, "later");
    EXPECT_EQ(std::get<NoteRaised>(e[9]).note.code, "TRAIN-001");
    const auto& end = std::get<JobStateChanged>(e[10]);
    EXPECT_EQ(end.to, JobState::Failed);
    EXPECT_EQ(message_of(*end.error), "The loss became nan.");
    MOELORA_ASSERT_OK(run_store::write_status(run, RunStatus::Finished, 10, 10));
    events = run_store::replay(run);
    EXPECT_EQ(std::get<JobStateChanged>(events->back()).to, JobState::Finished);
    EXPECT_EQ(std::get<JobStateChanged>(events->back()).output, run);
}

TEST_F(RunStore, ReplayOfALongRunKeepsEveryLine) {
    const std::string run = make_run("a");
    std::string lines;
    for (std::int64_t step = 1; step <= 1000; ++step) {
        lines += step_line(step, 1.0 / static_cast<double>(step));
        for (int site = 0; site < 99; ++site)
            lines += router_line(step, "layers." + std::to_string(site));
    }
    write(run + "/metrics.jsonl", lines);
    const auto events = run_store::replay(run);  // 100000 lines; the time stands in the test log
    MOELORA_ASSERT_OK(events);
    EXPECT_EQ(events->size(), 2002u);
    EXPECT_EQ(std::get<RouterRecorded>(events->at(2000)).records.size(), 99u);
}

TEST_F(RunStore, NewIdsAreUniqueAndSafeNames) {
    const std::string& store = store_.path();
    const std::string id = run_store::new_run_id(store, "my run/../x: 雪");
    EXPECT_THAT(id, testing::MatchesRegex("[0-9]+-[0-9]+-my-run-..-x-雪"));
    EXPECT_THAT(run_store::new_run_id(store, ""), testing::EndsWith("-run"));
    const std::string long_name = run_store::new_run_id(store, std::string(39, 'a') + "雪");
    EXPECT_THAT(long_name, testing::EndsWith(std::string(39, 'a')));
}

TEST_F(RunStore, DefaultFolderFollowsTheEnvironment) {
    ASSERT_EQ(setenv("MOELORA_RUNS", "/r", 1), 0);
    ASSERT_EQ(setenv("XDG_DATA_HOME", "/x", 1), 0);
    ASSERT_EQ(setenv("HOME", "/h", 1), 0);
    EXPECT_EQ(run_store::default_folder("/w"), "/w");
    EXPECT_EQ(run_store::default_folder(), "/r");
    ASSERT_EQ(unsetenv("MOELORA_RUNS"), 0);
    EXPECT_EQ(run_store::default_folder(), "/x/moelora/runs");
    ASSERT_EQ(setenv("XDG_DATA_HOME", "relative", 1), 0);
    EXPECT_EQ(run_store::default_folder(), "/h/.local/share/moelora/runs");
}

TEST_F(RunStore, AFolderThatIsMadeForARunIsNeverHidden) {
    const test::TempDir temp;
    for (const char* id : {".hid", ".", "..", "../../pwn"}) {
        const std::string name =
            std::filesystem::path(run_store::free_folder(temp.path(), id)).filename().string();
        EXPECT_NE(name[0], '.') << id;
        EXPECT_EQ(std::filesystem::path(run_store::free_folder(temp.path(), id)).parent_path(),
                  temp.path())
            << id;
    }
}

}  // namespace
}  // namespace moelora
