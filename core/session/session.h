// SPDX-License-Identifier: GPL-3.0-or-later
// Session: the one door to the engine for window and command line. Torch-free header.
//
// Owns the jobs (one engine thread, jobs run one after another in order of start), the run store
// and the event queue. Thread-safe. Commands return at once and take effect at the next safe point
// (micro-batch or token). Questions about files (inspect_*, plan_adapter, check_dataset, ...) are
// plain blocking functions that may run on any thread; the window calls them from Qt Concurrent.
// Destroying the session stops and joins every job.
#pragma once

#include <functional>
#include <memory>

#include "core/options/config.h"
#include "core/record/disk_plan.h"
#include "core/record/events.h"
#include "core/record/hardware.h"
#include "core/record/memory_estimate.h"

namespace moelora {

struct RunSpec {
    RunOptions options;             // resolved; see resolve_config
    std::string out;                // run folder to make; "" = a new one in the run store
    std::string name;               // short name for a new run's id; "" = from preset
    bool force = false;             // replace an existing run folder
    bool stop_on_disk_full = true;  // exit 4; false: pause
};
struct ResumeSpec {
    std::string run;  // id or path
    // train.max_steps, train.on_nonfinite, data.on_bad_picture and device.*; differences go to
    // resumes.jsonl.
    std::vector<std::pair<std::string, std::string>> overrides;
    bool stop_on_disk_full = true;  // as in RunSpec
};
// `settings` of a spec: "data.columns=caption=words", as --set has them: options of the group data
// over those that the adapter was trained with.
struct CompareSpec {
    std::string model, adapter;  // adapter: native folder, run folder or PEFT LoRA folder
    std::string data;            // data set; "" with `images`; without both the run's probes
    std::vector<std::string> images;
    std::string prompt;             // "" = the sample's own, else the adapter's
    std::string out;                // "" = nothing is written
    std::int64_t limit = 0;         // 0 = all
    std::int64_t gate_samples = 8;  // of each task, for GateSurvey; 0 = none
    bool force = false;
    GenerateOptions generate;
    DeviceOptions device;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    // Of linears that the folder holds in floats. Without a value: as the adapter was trained.
    std::optional<Quantization> quantization{};
    double adapter_scale = 1;        // factor of the adapter's update; 0 = the base
    std::int64_t force_expert = -1;  // the one expert that every routed site uses; -1 = as routed
    std::vector<std::string> settings{};
    std::string task{};  // of samples that have none of their own, as pictures
};
struct RoutingSpec {
    std::string model, adapter;
    CaptionSample sample;
    std::string caption;  // the answer to look at; "" = the adapter's own
    GenerateOptions generate;
    DeviceOptions device;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    std::optional<Quantization> quantization{};  // as in CompareSpec
    double adapter_scale = 1;                    // as in CompareSpec, both
    std::int64_t force_expert = -1;
};
struct EvaluateSpec {
    std::string model, adapter;  // adapter: "" = the base
    std::string data, prompt;    // prompt: "" = the samples' own
    std::string out;             // "" = nothing is written
    std::int64_t limit = 0;      // pictures with their references; 0 = all
    bool force = false;
    GenerateOptions generate;
    DeviceOptions device;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    std::optional<Quantization> quantization{};  // as in CompareSpec
    std::vector<std::string> settings{};
    std::string task{};  // as in CompareSpec
};
struct CaptionSpec {
    std::string model, adapter;       // "" = base only
    std::vector<std::string> images;  // files or folders
    std::string prompt, task;
    GenerateOptions generate;
    DeviceOptions device;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    std::optional<Quantization> quantization{};  // as in CompareSpec
    // Without pictures: the questions of this data set, or `prompt` alone.
    std::string data;
    std::string chat_template;  // data.template of a text-only model; "" = the adapter's, else auto
    std::vector<std::string> settings{};
};
struct ForwardSpec {
    std::string model, conversation, out, adapter;
    double adapter_scale = 1;
    std::string chat_template;  // as in CaptionSpec
    DeviceOptions device;
    ComputeDtype compute_dtype = ComputeDtype::Auto;
    std::optional<Quantization> quantization{};  // as in CompareSpec
};
struct QuantizeSpec {
    std::string model, out;
    Quantization to = Quantization::None;
    VisionQuantization vision = VisionQuantization::Same;
    bool force = false;
};
struct QuantizeReport {
    std::int64_t bytes_before = 0, bytes_after = 0;  // of the safetensors files
    double ms = 0;
};
struct EstimateSpec {
    RunOptions options;             // resolved, with model and data
    std::int64_t budget_bytes = 0;  // 0 = what the device has
    bool measure = false;           // two real updates on the longest sample; nothing is kept
};
struct ExportSpec {
    std::string adapter;  // native folder or run folder
    std::string format;   // a name of export_formats.h
    std::string out;
    std::string model;       // "" = as recorded in the adapter
    std::string task;        // for what is exact for one task: "a", or several as "a|b"
    std::string data;        // probes, and where gate weights are measured; "" = none
    std::int64_t limit = 0;  // samples of `data`; 0 = all
    std::int64_t rank = 0;   // of a static mixture; 0 = all of its experts' ranks
    bool force = false;
    // As in CompareSpec. Empty: the data of the adapter's run are read as that run read them.
    std::vector<std::string> settings{};
    // What a merged model's files hold. Auto: a base in 32 bit becomes bf16, another keeps its own.
    ComputeDtype dtype = ComputeDtype::Auto;
};
struct ExportReport {
    std::vector<std::string> files;
    bool verified = false;  // read back from disk: every tensor equal, logits as they should be
    std::int64_t probes = 0;
    double max_logit_difference = 0;  // to the adapter, on the probes
    double effect = 0;                // largest difference between adapter and base there
    std::string report;
    // Greedy answers to the probes that are the adapter's, word by word; and the base's.
    std::int64_t equal_answers{}, base_equal_answers{};
    bool exact{};  // the logits had to be the adapter's; else the difference is the drift
    std::vector<Issue> issues{};  // of `data`, the adapter and its base
};
// One way to export an adapter, and why it is none for this one.
struct ExportChoice {
    std::string format;  // for ExportSpec
    std::optional<Error> refused{};
    bool needs_data = false;  // to measure mean gate weights, which is then an approximation
    bool needs_task = false;  // exact for that task
    std::int64_t bytes = 0;   // at most, without the report
};
struct ExportOffer {
    std::vector<ExportChoice> formats;  // all, in the order of export_formats.h
    std::vector<std::string> tasks;     // that the adapter knows
    std::int64_t free_bytes = 0;        // where `out` would be
};

struct DatasetExamination {
    DatasetSummary summary;
    std::int64_t decoded = 0, known = 0;  // pictures; known ones were decoded earlier
    bool cancelled = false;
};

class Session {
  public:
    // `wakeup` runs on the publishing thread (the engine's; the caller's of stop()) when the queue
    // becomes non-empty, and may only post.
    // `runs_dir`: "" = MOELORA_RUNS, else the user's data folder.
    explicit Session(std::string runs_dir = {}, std::function<void()> wakeup = {});
    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // ---- jobs
    [[nodiscard]] virtual Result<JobId> start(const RunSpec& spec);
    [[nodiscard]] virtual Result<JobId> start(const ResumeSpec& spec);
    [[nodiscard]] virtual Result<JobId> start(const CompareSpec& spec);
    [[nodiscard]] virtual Result<JobId> start(const CaptionSpec& spec);
    [[nodiscard]] virtual Result<JobId> start(const EvaluateSpec& spec);
    // Ends with RoutingTraced.
    [[nodiscard]] virtual Result<JobId> start(const RoutingSpec& spec);
    virtual Status pause(JobId job);  // keeps everything in memory
    // Training: saves a checkpoint, gives its memory back, and loads all of it again at resume(),
    // so that the run goes on bit-equal. Other jobs pause as by pause().
    virtual Status pause_and_free(JobId job);
    virtual Status resume(JobId job);
    virtual Status stop(JobId job);  // saves a checkpoint (training), ends Cancelled
    virtual Status save_checkpoint(JobId job);
    virtual Status caption_now(JobId job);             // probe captions at the next safe point
    [[nodiscard]] virtual std::vector<Event> drain();  // all events since the last call, in order
    // Waits until events are there or the time is over (for readers without an event loop).
    virtual bool wait_for_events(int timeout_ms);

    // ---- questions; nothing of them starts a job
    [[nodiscard]] virtual Result<ModelSummary> inspect_model(const std::string& path) const;
    [[nodiscard]] virtual Result<AdapterPlan> plan_adapter(const std::string& model,
                                                           const AdapterOptions& options) const;
    // `seed`: of the run whose split and choice of captions these are.
    [[nodiscard]] virtual Result<DatasetSummary> check_dataset(
        const DataOptions& data, const std::string& model = {},
        std::int64_t seed = TrainOptions{}.seed) const;
    // The same and the data doctor: decodes every picture, compares them, looks at every text, and
    // checks the split that data.validation asks for. Slow the first time; findings are kept by
    // file. `go_on` gets pictures done and in all, on the calling thread; false ends it at once.
    [[nodiscard]] virtual Result<DatasetExamination> examine_dataset(
        const DataOptions& data, const std::string& model,
        const std::function<bool(std::int64_t, std::int64_t)>& go_on,
        std::int64_t seed = TrainOptions{}.seed) const;
    [[nodiscard]] virtual Result<AdapterSummary> inspect_adapter(const std::string& path) const;
    [[nodiscard]] virtual Result<std::vector<std::int64_t>> tokenize(const std::string& model,
                                                                     const std::string& text) const;
    [[nodiscard]] virtual Result<std::string> detokenize(
        const std::string& model, const std::vector<std::int64_t>& ids) const;
    [[nodiscard]] virtual Status forward(const ForwardSpec& spec) const;
    [[nodiscard]] virtual Result<ExportReport> export_adapter(const ExportSpec& spec) const;
    // What export_adapter would do with this adapter (and model, and out), from its card alone.
    [[nodiscard]] virtual Result<ExportOffer> offer_export(const ExportSpec& spec) const;
    [[nodiscard]] virtual Result<QuantizeReport> quantize_model(const QuantizeSpec& spec) const;
    // Peak memory of training the longest samples, by part, from headers and one picture; and what
    // would make it fit.
    [[nodiscard]] virtual Result<MemoryEstimate> estimate(const EstimateSpec& spec) const;

    // A sample of a data set as training reads it: resized pictures, rendered conversation, tokens
    // with and without label. `id`: of the sample. Errors: those of open_dataset and of encoding;
    // SampleUnknown.
    [[nodiscard]] virtual Result<SampleView> view_sample(const DataOptions& data,
                                                         const std::string& model,
                                                         const std::string& id) const;

    // What this computer has, as the engine would use it. May open the driver.
    [[nodiscard]] virtual HardwareReport hardware() const;

    // What a run will write at most, and what is free there, from headers and the records of the
    // data.
    [[nodiscard]] virtual Result<DiskPlan> plan_disk(const RunSpec& spec) const;

    // A picture as the engine sees it (upright RGB), shrunk so that no side exceeds max_side; for
    // thumbnails and panes.
    [[nodiscard]] virtual Result<Picture> load_picture(const std::string& path,
                                                       std::int64_t max_side) const;

    // ---- run store
    [[nodiscard]] virtual std::string runs_dir() const;
    [[nodiscard]] virtual Result<std::vector<RunSummary>> list_runs() const;
    [[nodiscard]] virtual Result<RunSummary> find_run(const std::string& id_or_path) const;
    virtual Status set_run_note(const std::string& id_or_path, const std::string& note);
    // Words without commas; replaces those it had.
    virtual Status set_run_tags(const std::string& id_or_path,
                                const std::vector<std::string>& tags);
    virtual Status set_run_star(const std::string& id_or_path, bool starred);
    virtual Status remove_run(const std::string& id_or_path);  // to the store's trash
    [[nodiscard]] virtual Result<std::vector<RunSummary>> list_trash() const;
    // Back into the store, under another id where its own is taken: the run as it is then.
    [[nodiscard]] virtual Result<RunSummary> restore_run(const std::string& id);
    virtual Status empty_trash();  // for good
    // One zip file without private paths, and back into the store (run_bundle.h).
    [[nodiscard]] virtual Result<std::vector<std::string>> save_bundle(
        const std::string& id_or_path, const std::string& file, bool force) const;
    [[nodiscard]] virtual Result<RunSummary> import_bundle(const std::string& file);
    // The events of a run as they were published, rebuilt from its files (replay).
    [[nodiscard]] virtual Result<std::vector<Event>> replay(const std::string& id_or_path) const;
    // The samples of one update, in the order of its micro-batches; empty where the run did not
    // record them. Reads the records of the run and of its data.
    [[nodiscard]] virtual Result<std::vector<UpdateSample>> samples_of_update(
        const std::string& id_or_path, std::int64_t step) const;

  protected:
    struct NoEngine {};  // for test doubles
    explicit Session(NoEngine);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// "0.1.0"
[[nodiscard]] std::string program_version();
// Why no GPU is used, or which: for "CPU (no NVIDIA driver)" in status bars and diagnostics.
[[nodiscard]] std::string device_report();
// Runs each of our GPU kernels on each device against the host; one line a device, none without.
[[nodiscard]] std::vector<std::string> device_self_tests();
// The bundled demo: resources/demo beside the program (installed or in the source tree),
// MOELORA_DEMO first; "" = none.
[[nodiscard]] std::string demo_dir();

}  // namespace moelora
