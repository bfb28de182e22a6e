// SPDX-License-Identifier: GPL-3.0-or-later
// A Session without an engine: plays a recorded event list at the test's pace and answers questions
// from canned values, so that every page can be shown in every state. Same thread rules as Session.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "core/session/machine.h"
#include "core/session/session.h"

namespace moelora::test {

struct Recording {
    std::int64_t steps = 120, layers = 4, experts = 4;
    std::int64_t nanStep = 0;  // this update's loss is NaN; 0 = none
    bool fails = false;        // the run ends Failed
    // What is stored ends after this update, and a resume goes on from its newest checkpoint;
    // 0 = the whole run is stored.
    std::int64_t interruptedAt = 0;
};
// The events of one training run, from Queued to the terminal state; deterministic.
[[nodiscard]] std::vector<Event> recordedRun(JobId job, const Recording& recording = {});
[[nodiscard]] Comparison recordedComparison();
[[nodiscard]] HardwareReport recordedHardware();
// What gpu_state() answers in tests of the window.
void setGpuState(std::optional<GpuState> state);
// What FakeSession answers: two micro-batches of two samples.
[[nodiscard]] std::vector<UpdateSample> recordedUpdate(std::int64_t step);

class FakeSession : public Session {
  public:
    explicit FakeSession(std::function<void()> wakeup = {});

    // ---- the test's side
    Recording recording;
    std::vector<RunSummary> runs, trash;
    std::vector<RunSummary> elsewhere;  // found by path, not listed
    std::optional<Error> startError, modelError, dataError, planError;
    std::optional<ModelSummary> model;  // the answers; none = recorded ones
    std::optional<DatasetSummary> dataset;
    std::optional<CompareSpec> compared;    // what the newest comparison was asked for
    std::vector<CompareSpec> allCompared;   // and all before it
    std::optional<ResumeSpec> resumed;      // and the newest resume
    std::optional<RoutingSpec> traced;      // and the newest routing
    std::vector<Issue> found;               // by the data doctor, beside those of `dataset`
    int planDelayMs = 0;                    // how long plan_adapter takes
    int noteDelayMs = 0;                    // how long the next note takes
    bool loraOnly = false;                  // inspect_adapter answers with one expert
    std::vector<std::string> adapterTasks;  // of offer_export
    bool listed = true, damaged = false;    // what it says of COMPLETE
    bool stopsSlowly = false;               // a stopped job ends with endStop()
    std::vector<std::string> commands;      // "start", "pause", ... in order
    std::thread::id noteThread;             // that wrote the newest note
    std::int64_t picturesToExamine = 8;     // a millisecond each
    HardwareReport computer = recordedHardware();
    std::int64_t bytesPerExpert = 100'000'000;     // of the estimate
    std::vector<RunSpec> started;                  // in order
    int refusedStarts = 0;                         // as many are refused before one begins
    mutable std::atomic<int> estimates = 0;        // that were asked for
    mutable std::optional<ExportSpec> exported{};  // what the newest export was asked for
    mutable std::optional<ExportSpec> offered{};   // what the newest offer was asked for
    mutable std::atomic<int> checks = 0;           // of data sets
    void endStop();
    // Publishes the next `count` events of the running job; all that are left with -1.
    void play(int count = -1);
    void publish(std::vector<Event> events);
    [[nodiscard]] std::size_t eventsLeft() const { return script_.size() - at_; }

    // ---- Session
    Result<JobId> start(const RunSpec& spec) override;
    Result<JobId> start(const ResumeSpec& spec) override;
    Result<JobId> start(const CompareSpec& spec) override;
    Result<JobId> start(const CaptionSpec& spec) override;
    Result<JobId> start(const RoutingSpec& spec) override;
    Status pause(JobId job) override;
    Status pause_and_free(JobId job) override;
    Status resume(JobId job) override;
    Status stop(JobId job) override;
    Status save_checkpoint(JobId job) override;
    Status caption_now(JobId job) override;
    std::vector<Event> drain() override;
    bool wait_for_events(int timeout_ms) override;
    Result<ModelSummary> inspect_model(const std::string& path) const override;
    Result<AdapterPlan> plan_adapter(const std::string& model,
                                     const AdapterOptions& options) const override;
    Result<DatasetSummary> check_dataset(const DataOptions& data, const std::string& model,
                                         std::int64_t seed) const override;
    Result<DatasetExamination> examine_dataset(
        const DataOptions& data, const std::string& model,
        const std::function<bool(std::int64_t, std::int64_t)>& go_on,
        std::int64_t seed) const override;
    Result<AdapterSummary> inspect_adapter(const std::string& path) const override;
    Result<ExportReport> export_adapter(const ExportSpec& spec) const override;
    Result<ExportOffer> offer_export(const ExportSpec& spec) const override;
    Result<MemoryEstimate> estimate(const EstimateSpec& spec) const override;
    Result<SampleView> view_sample(const DataOptions& data, const std::string& model,
                                   const std::string& id) const override;
    HardwareReport hardware() const override { return computer; }
    Result<Picture> load_picture(const std::string& path, std::int64_t max_side) const override;
    std::string runs_dir() const override { return "runs"; }
    Result<std::vector<RunSummary>> list_runs() const override { return runs; }
    Result<RunSummary> find_run(const std::string& id_or_path) const override;
    Status set_run_note(const std::string& id_or_path, const std::string& note) override;
    Status set_run_tags(const std::string& id_or_path,
                        const std::vector<std::string>& tags) override;
    Status set_run_star(const std::string& id_or_path, bool starred) override;
    Status remove_run(const std::string& id_or_path) override;
    Result<std::vector<RunSummary>> list_trash() const override { return trash; }
    Result<RunSummary> restore_run(const std::string& id) override;
    Status empty_trash() override;
    Result<std::vector<std::string>> save_bundle(const std::string& id_or_path,
                                                 const std::string& file,
                                                 bool force) const override;
    Result<RunSummary> import_bundle(const std::string& file) override;
    Result<std::vector<Event>> replay(const std::string& id_or_path) const override;
    Result<std::vector<UpdateSample>> samples_of_update(const std::string& id_or_path,
                                                        std::int64_t step) const override;

  private:
    void changeState(JobState from, JobState to);
    Result<JobId> begin(const char* command);

    std::function<void()> wakeup_;
    std::mutex mutex_;
    std::vector<Event> queue_, script_;
    std::size_t at_ = 0;
    JobId job_ = 0;
};

}  // namespace moelora::test
