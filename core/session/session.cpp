// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <c10/util/Exception.h>

#include <exception>
#include <type_traits>

#include "core/ops/memory_error.h"
#include "core/session/device.h"
#include "core/session/jobs.h"
#include "core/session/questions.h"
#include "core/session/run_bundle.h"
#include "core/session/run_store.h"

namespace moelora {
namespace {

// Jobs have a catch of their own (ADR 0003); a question has this one.
template <class F>
std::invoke_result_t<F> guarded(F&& question) {
    try {
        return question();
    } catch (const std::exception& error) {
        if (auto full = memory_error(error, "working")) return tl::unexpected<Error>(*full);
        const auto* torch = dynamic_cast<const c10::Error*>(&error);
        const char* what = torch ? torch->what_without_backtrace() : error.what();
        return tl::unexpected<Error>(
            Error{ErrorCode::Internal, {{"what", what}}, {}, error.what()});
    }
}

}  // namespace

class Session::Impl {
  public:
    Impl(const std::string& runs_dir, std::function<void()> wakeup)
        : runs(run_store::default_folder(runs_dir)), runner(std::move(wakeup)) {}
    std::string runs;
    JobRunner runner;
};

Session::Session(std::string runs_dir, std::function<void()> wakeup)
    : impl_(std::make_unique<Impl>(runs_dir, std::move(wakeup))) {}
Session::Session(NoEngine) {}
Session::~Session() = default;

// Configurations are checked here, so that a job never starts with one that cannot run.
Result<JobId> Session::start(const RunSpec& spec) {
    for (const Issue& issue : validate(spec.options))
        if (issue.severity == Severity::Error) return pass(issue.error);
    return impl_->runner.start(
        [spec, runs = impl_->runs](JobControl& c) { return run_training(spec, runs, c); });
}
Result<JobId> Session::start(const ResumeSpec& spec) {
    return impl_->runner.start(
        [spec, runs = impl_->runs](JobControl& c) { return resume_training(spec, runs, c); });
}
Result<JobId> Session::start(const CompareSpec& spec) {
    return impl_->runner.start([spec](JobControl& c) { return run_comparison(spec, c); });
}
Result<JobId> Session::start(const CaptionSpec& spec) {
    return impl_->runner.start([spec](JobControl& c) { return run_captions(spec, c); });
}
Result<JobId> Session::start(const EvaluateSpec& spec) {
    return impl_->runner.start([spec](JobControl& c) { return run_evaluation(spec, c); });
}
Result<JobId> Session::start(const RoutingSpec& spec) {
    return impl_->runner.start([spec](JobControl& c) { return run_routing(spec, c); });
}
Status Session::pause(JobId job) {
    return impl_->runner.pause(job);
}
Status Session::pause_and_free(JobId job) {
    return impl_->runner.pause_and_free(job);
}
Status Session::resume(JobId job) {
    return impl_->runner.resume(job);
}
Status Session::stop(JobId job) {
    return impl_->runner.stop(job);
}
Status Session::save_checkpoint(JobId job) {
    return impl_->runner.save_checkpoint(job);
}
Status Session::caption_now(JobId job) {
    return impl_->runner.caption_now(job);
}
std::vector<Event> Session::drain() {
    return impl_->runner.events().drain();
}
bool Session::wait_for_events(int timeout_ms) {
    return impl_->runner.events().wait(timeout_ms);
}

Result<ModelSummary> Session::inspect_model(const std::string& path) const {
    return guarded([&] { return questions::inspect_model(path); });
}
Result<AdapterPlan> Session::plan_adapter(const std::string& model,
                                          const AdapterOptions& options) const {
    return guarded([&] { return questions::plan_adapter(model, options); });
}
Result<DatasetSummary> Session::check_dataset(const DataOptions& data, const std::string& model,
                                              std::int64_t seed) const {
    return guarded([&] { return questions::check_dataset(data, model, seed); });
}
Result<DatasetExamination> Session::examine_dataset(
    const DataOptions& data, const std::string& model,
    const std::function<bool(std::int64_t, std::int64_t)>& go_on, std::int64_t seed) const {
    return guarded([&] { return questions::examine_dataset(data, model, go_on, seed); });
}
Result<AdapterSummary> Session::inspect_adapter(const std::string& path) const {
    return guarded([&] { return questions::inspect_adapter(path); });
}
Result<std::vector<std::int64_t>> Session::tokenize(const std::string& model,
                                                    const std::string& text) const {
    return guarded([&] { return questions::tokenize(model, text); });
}
Result<std::string> Session::detokenize(const std::string& model,
                                        const std::vector<std::int64_t>& ids) const {
    return guarded([&] { return questions::detokenize(model, ids); });
}
Status Session::forward(const ForwardSpec& spec) const {
    return guarded([&] { return questions::forward(spec); });
}
Result<ExportReport> Session::export_adapter(const ExportSpec& spec) const {
    return guarded([&] { return questions::export_adapter(spec); });
}
Result<ExportOffer> Session::offer_export(const ExportSpec& spec) const {
    return guarded([&] { return questions::offer_export(spec); });
}
Result<QuantizeReport> Session::quantize_model(const QuantizeSpec& spec) const {
    return guarded([&] { return questions::quantize_model(spec); });
}
Result<MemoryEstimate> Session::estimate(const EstimateSpec& spec) const {
    return guarded([&] { return questions::estimate(spec); });
}
Result<SampleView> Session::view_sample(const DataOptions& data, const std::string& model,
                                        const std::string& id) const {
    return guarded([&] { return questions::view_sample(data, model, id); });
}
HardwareReport Session::hardware() const {
    return hardware_report();
}
Result<DiskPlan> Session::plan_disk(const RunSpec& spec) const {
    return guarded([&] { return questions::plan_disk(spec, impl_->runs); });
}
Result<Picture> Session::load_picture(const std::string& path, std::int64_t max_side) const {
    return guarded([&] { return questions::load_picture(path, max_side); });
}

std::string Session::runs_dir() const {
    return impl_->runs;
}
Result<std::vector<RunSummary>> Session::list_runs() const {
    return run_store::list(impl_->runs);
}
Result<RunSummary> Session::find_run(const std::string& id_or_path) const {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_store::summarize(folder);
}
Status Session::set_run_note(const std::string& id_or_path, const std::string& note) {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_store::set_note(folder, note);
}
Status Session::set_run_tags(const std::string& id_or_path, const std::vector<std::string>& tags) {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_store::set_tags(folder, tags);
}
Status Session::set_run_star(const std::string& id_or_path, bool starred) {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_store::set_star(folder, starred);
}
Result<std::vector<RunSummary>> Session::list_trash() const {
    return run_store::list(run_store::trash_of(impl_->runs));
}
Result<RunSummary> Session::restore_run(const std::string& id) {
    MOELORA_TRY(const std::string folder, run_store::restore(impl_->runs, id));
    return run_store::listed(folder);
}
Status Session::empty_trash() {
    return run_store::empty_trash(impl_->runs);
}
Status Session::remove_run(const std::string& id_or_path) {
    MOELORA_TRY(const std::string folder, run_store::find_to_move(impl_->runs, id_or_path));
    return run_store::remove(impl_->runs, folder);
}
Result<std::vector<std::string>> Session::save_bundle(const std::string& id_or_path,
                                                      const std::string& file, bool force) const {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_bundle::save(folder, file, force);
}
Result<RunSummary> Session::import_bundle(const std::string& file) {
    MOELORA_TRY(const std::string folder, run_bundle::open(file, impl_->runs));
    return run_store::summarize(folder);
}
Result<std::vector<Event>> Session::replay(const std::string& id_or_path) const {
    MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
    return run_store::replay(folder);
}
Result<std::vector<UpdateSample>> Session::samples_of_update(const std::string& id_or_path,
                                                             std::int64_t step) const {
    return guarded([&]() -> Result<std::vector<UpdateSample>> {
        MOELORA_TRY(const std::string folder, run_store::find(impl_->runs, id_or_path));
        return questions::samples_of_update(folder, step);
    });
}

}  // namespace moelora
