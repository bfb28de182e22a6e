// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_session.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "tests/support/recorded_events.h"

namespace moelora::test {

FakeSession::FakeSession(std::function<void()> wakeup)
    : Session(NoEngine{}), wakeup_(std::move(wakeup)) {}

void FakeSession::publish(std::vector<Event> events) {
    bool wasEmpty = false;
    {
        const std::lock_guard lock(mutex_);
        wasEmpty = queue_.empty();
        queue_.insert(queue_.end(), events.begin(), events.end());
    }
    if (wasEmpty && wakeup_) wakeup_();
}

void FakeSession::play(int count) {
    std::vector<Event> next;
    while (at_ < script_.size() && count-- != 0) next.push_back(script_[at_++]);
    if (!next.empty()) publish(std::move(next));
}

std::vector<Event> FakeSession::drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(queue_, {});
}

bool FakeSession::wait_for_events(int) {
    const std::lock_guard lock(mutex_);
    return !queue_.empty();
}

Result<JobId> FakeSession::begin(const char* command) {
    commands.emplace_back(command);
    if (startError) return tl::make_unexpected(*startError);
    at_ = 0;
    return ++job_;
}

Result<JobId> FakeSession::start(const RunSpec& spec) {
    started.push_back(spec);
    if (refusedStarts > 0) {
        --refusedStarts;
        return fail(ErrorCode::OutputExists, {{"path", spec.name}});
    }
    auto job = begin("start");
    if (job) script_ = recordedRun(*job, recording);
    return job;
}

Result<JobId> FakeSession::start(const ResumeSpec& spec) {
    resumed = spec;
    auto job = begin("resume run");
    if (job) script_ = recordedResume(*job, recording);
    return job;
}

Result<JobId> FakeSession::start(const CompareSpec& spec) {
    compared = spec;
    allCompared.push_back(spec);
    auto job = begin("compare");
    if (job) script_ = spec.gate_samples == 0 ? recordedColumn(*job, spec) : recordedCompare(*job);
    return job;
}

Result<JobId> FakeSession::start(const CaptionSpec&) {
    return begin("caption");
}

Result<JobId> FakeSession::start(const RoutingSpec& spec) {
    traced = spec;
    auto job = begin("routing");
    if (job) script_ = recordedRouting(*job, spec);
    return job;
}

void FakeSession::changeState(JobState from, JobState to) {
    publish({JobStateChanged{.job = job_, .from = from, .to = to}});
}

Status FakeSession::pause(JobId) {
    commands.emplace_back("pause");
    changeState(JobState::Running, JobState::Paused);
    return {};
}
Status FakeSession::pause_and_free(JobId) {
    commands.emplace_back("pause_and_free");
    changeState(JobState::Running, JobState::Paused);
    return {};
}

Status FakeSession::resume(JobId) {
    commands.emplace_back("resume");
    changeState(JobState::Paused, JobState::Running);
    return {};
}

Status FakeSession::stop(JobId) {
    commands.emplace_back("stop");
    changeState(JobState::Running, JobState::Stopping);
    if (!stopsSlowly) endStop();
    return {};
}

void FakeSession::endStop() {
    at_ = script_.size();
    changeState(JobState::Stopping, JobState::Cancelled);
}

Status FakeSession::save_checkpoint(JobId) {
    commands.emplace_back("save");
    return {};
}

Status FakeSession::caption_now(JobId) {
    commands.emplace_back("caption now");
    return {};
}

Result<ModelSummary> FakeSession::inspect_model(const std::string& path) const {
    if (modelError) return tl::make_unexpected(*modelError);
    return model.value_or(recordedModel(path));
}

Result<AdapterPlan> FakeSession::plan_adapter(const std::string&,
                                              const AdapterOptions& options) const {
    if (planDelayMs > 0) std::this_thread::sleep_for(std::chrono::milliseconds(planDelayMs));
    if (planError) return tl::make_unexpected(*planError);
    return recordedPlan(options);
}

Result<DatasetSummary> FakeSession::check_dataset(const DataOptions& data, const std::string&,
                                                  std::int64_t) const {
    ++checks;
    if (dataError) return tl::make_unexpected(*dataError);
    return dataset.value_or(recordedDataset(data.path));
}

Result<DatasetExamination> FakeSession::examine_dataset(
    const DataOptions& data, const std::string& folder,
    const std::function<bool(std::int64_t, std::int64_t)>& go_on, std::int64_t seed) const {
    DatasetExamination out;
    auto summary = check_dataset(data, folder, seed);
    if (!summary) return tl::make_unexpected(summary.error());
    out.summary = std::move(*summary);
    for (; out.decoded < picturesToExamine && !out.cancelled; ++out.decoded) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        out.cancelled = !go_on(out.decoded, picturesToExamine);
    }
    out.summary.issues.insert(out.summary.issues.end(), found.begin(), found.end());
    return out;
}

Result<AdapterSummary> FakeSession::inspect_adapter(const std::string& path) const {
    AdapterSummary summary{.path = path,
                           .format = "native",
                           .method = "soft",
                           .experts = loraOnly ? 1 : 4,
                           .rank = 8,
                           .tensors = 196,
                           .parameters = 374784};
    summary.alpha = 16;
    summary.base_name = "model";
    if (!adapterTasks.empty()) summary.axes_json = R"({"router": "task"})";
    if (listed) summary.listed_in = path;
    summary.files_whole = !damaged;
    return summary;
}

Result<ExportReport> FakeSession::export_adapter(const ExportSpec& spec) const {
    exported = spec;
    return ExportReport{.files = {spec.out + "/adapter.safetensors", spec.out + "/adapter.json"},
                        .verified = true,
                        .probes = 12,
                        .max_logit_difference = 0.001,
                        .effect = 4.1,
                        .report = "196 of 196 tensors are equal.",
                        .equal_answers = 11,
                        .base_equal_answers = 1,
                        .exact = spec.format != "peft-static"};
}

Result<ExportOffer> FakeSession::offer_export(const ExportSpec& spec) const {
    offered = spec;
    ExportOffer offer;
    const auto add = [&](const char* format, bool possible, const char* why) -> ExportChoice& {
        ExportChoice& choice = offer.formats.emplace_back();
        choice.format = format;
        choice.bytes = 2'500'000;
        if (!possible)
            choice.refused =
                Error{ErrorCode::ExportRefused, {{"format", format}, {"why", why}}, {}, {}};
        return choice;
    };
    add("native", true, "");
    add("peft", loraOnly, "its layers have several experts with a router, which PEFT cannot hold");
    add("peft-per-expert", !loraOnly, "it has one expert, and that is what peft writes");
    add("peft-static", !loraOnly, "it has no router whose weights could be averaged; peft is exact")
        .needs_data = true;
    add("peft-task", false, "it does not route by task").needs_task = true;
    ExportChoice& merged = add("merged", true, "");
    merged.needs_data = !loraOnly;
    merged.bytes = 8'800'000'000;
    offer.tasks = adapterTasks;
    offer.free_bytes = 5'000'000'000;
    return offer;
}

// Grows with the experts; each format halves what is above the fixed part.
Result<MemoryEstimate> FakeSession::estimate(const EstimateSpec& spec) const {
    ++estimates;
    MemoryEstimate out;
    const std::int64_t whole = 2'000'000'000 + bytesPerExpert * spec.options.adapter.num_experts;
    for (const auto& [value, name] : EnumNames<Quantization>::table)
        out.by_quantization.push_back({value, value == Quantization::None   ? whole
                                              : value == Quantization::Int8 ? whole / 2
                                                                            : whole / 4});
    out.predicted_peak_bytes =
        out.by_quantization[static_cast<std::size_t>(spec.options.model.quantization)].peak_bytes;
    out.budget_bytes = computer.free_bytes;
    out.parts = {{"weights", out.predicted_peak_bytes / 2},
                 {"activations", out.predicted_peak_bytes - out.predicted_peak_bytes / 2}};
    out.tokens = 345;
    out.fits = out.predicted_peak_bytes <= out.budget_bytes;
    if (!out.fits)
        out.ladder = {
            {"train.batch_size=1, as many more micro-batches", 1'000'000,
             out.predicted_peak_bytes - 1'000'000},
            {"train.gradient_checkpointing=true", 2'000'000, out.predicted_peak_bytes - 3'000'000},
            {"data.max_pixels=39200, half of the largest picture", 3'000'000,
             out.predicted_peak_bytes - 6'000'000}};
    if (spec.measure) out.measured_peak_bytes = out.predicted_peak_bytes * 4 / 5;
    return out;
}

Result<SampleView> FakeSession::view_sample(const DataOptions&, const std::string&,
                                            const std::string& id) const {
    return recordedView(id);
}

Result<Picture> FakeSession::load_picture(const std::string& path, std::int64_t max_side) const {
    return recordedPicture(path, max_side);
}

Result<RunSummary> FakeSession::find_run(const std::string& id_or_path) const {
    for (const std::vector<RunSummary>* list : {&runs, &elsewhere})
        for (const RunSummary& run : *list)
            if (run.id == id_or_path || run.path == id_or_path) return run;
    return fail(ErrorCode::RunMissing, {{"run", id_or_path}});
}

Status FakeSession::set_run_note(const std::string& id_or_path, const std::string& note) {
    noteThread = std::this_thread::get_id();
    std::this_thread::sleep_for(std::chrono::milliseconds(std::exchange(noteDelayMs, 0)));
    for (RunSummary& run : runs)
        if (run.id == id_or_path || run.path == id_or_path) run.note = note;
    return {};
}

Result<std::vector<std::string>> FakeSession::save_bundle(const std::string& id_or_path,
                                                          const std::string& file, bool) const {
    MOELORA_TRY_STATUS(find_run(id_or_path));
    std::ofstream(file) << id_or_path;
    return std::vector<std::string>{"run.json"};
}

// A bundle of ours holds the path of the run.
Result<RunSummary> FakeSession::import_bundle(const std::string& file) {
    std::string path;
    std::ifstream(file) >> path;
    MOELORA_TRY(RunSummary run, find_run(path));
    run.id = run.path = "imported";
    runs.push_back(run);
    return run;
}

Status FakeSession::set_run_tags(const std::string& id_or_path,
                                 const std::vector<std::string>& tags) {
    for (RunSummary& run : runs)
        if (run.id == id_or_path || run.path == id_or_path) run.tags = tags;
    return {};
}

Status FakeSession::set_run_star(const std::string& id_or_path, bool starred) {
    for (RunSummary& run : runs)
        if (run.id == id_or_path || run.path == id_or_path) run.starred = starred;
    return {};
}

// Moves the runs that are named from one list to the other.
static void moveRuns(std::vector<RunSummary>& from, std::vector<RunSummary>& to,
                     const std::string& id_or_path) {
    const auto named = [&](const RunSummary& run) {
        return run.id == id_or_path || run.path == id_or_path;
    };
    std::copy_if(from.begin(), from.end(), std::back_inserter(to), named);
    std::erase_if(from, named);
}

Status FakeSession::remove_run(const std::string& id_or_path) {
    moveRuns(runs, trash, id_or_path);
    return {};
}

Result<RunSummary> FakeSession::restore_run(const std::string& id) {
    moveRuns(trash, runs, id);
    return find_run(id);
}

Status FakeSession::empty_trash() {
    trash.clear();
    return {};
}

Result<std::vector<Event>> FakeSession::replay(const std::string&) const {
    return recordedStore(recording);
}

Result<std::vector<UpdateSample>> FakeSession::samples_of_update(const std::string&,
                                                                 std::int64_t step) const {
    return recordedUpdate(step);
}

}  // namespace moelora::test
