// SPDX-License-Identifier: GPL-3.0-or-later
// The base class of FakeSession for tests of the window, so that they link no engine: questions the
// fake does not answer fail loudly.
#include <mutex>

#include "core/session/session.h"
#include "tests/support/fake_session.h"

namespace moelora {

class Session::Impl {};

namespace {
tl::unexpected<Error> none() {
    return fail(ErrorCode::Internal, {{"what", "this test has no engine"}});
}
}  // namespace

Session::Session(std::string, std::function<void()>) {}
Session::Session(NoEngine) {}
Session::~Session() = default;
Result<JobId> Session::start(const RunSpec&) {
    return none();
}
Result<JobId> Session::start(const ResumeSpec&) {
    return none();
}
Result<JobId> Session::start(const CompareSpec&) {
    return none();
}
Result<JobId> Session::start(const CaptionSpec&) {
    return none();
}
Result<JobId> Session::start(const EvaluateSpec&) {
    return none();
}
Result<JobId> Session::start(const RoutingSpec&) {
    return none();
}
Status Session::pause(JobId) {
    return none();
}
Status Session::pause_and_free(JobId) {
    return none();
}
Status Session::resume(JobId) {
    return none();
}
Status Session::stop(JobId) {
    return none();
}
Status Session::save_checkpoint(JobId) {
    return none();
}
Status Session::caption_now(JobId) {
    return none();
}
std::vector<Event> Session::drain() {
    return {};
}
bool Session::wait_for_events(int) {
    return false;
}
Result<ModelSummary> Session::inspect_model(const std::string&) const {
    return none();
}
Result<AdapterPlan> Session::plan_adapter(const std::string&, const AdapterOptions&) const {
    return none();
}
Result<DatasetSummary> Session::check_dataset(const DataOptions&, const std::string&,
                                              std::int64_t) const {
    return none();
}
Result<DatasetExamination> Session::examine_dataset(
    const DataOptions&, const std::string&, const std::function<bool(std::int64_t, std::int64_t)>&,
    std::int64_t) const {
    return none();
}
Result<AdapterSummary> Session::inspect_adapter(const std::string&) const {
    return none();
}
Result<std::vector<std::int64_t>> Session::tokenize(const std::string&, const std::string&) const {
    return none();
}
Result<std::string> Session::detokenize(const std::string&,
                                        const std::vector<std::int64_t>&) const {
    return none();
}
Status Session::forward(const ForwardSpec&) const {
    return none();
}
Result<ExportReport> Session::export_adapter(const ExportSpec&) const {
    return none();
}
Result<ExportOffer> Session::offer_export(const ExportSpec&) const {
    return none();
}
Result<QuantizeReport> Session::quantize_model(const QuantizeSpec&) const {
    return none();
}
Result<DiskPlan> Session::plan_disk(const RunSpec&) const {
    return none();
}
Result<MemoryEstimate> Session::estimate(const EstimateSpec&) const {
    return none();
}
Result<SampleView> Session::view_sample(const DataOptions&, const std::string&,
                                        const std::string&) const {
    return none();
}
HardwareReport Session::hardware() const {
    return {};
}
Result<Picture> Session::load_picture(const std::string&, std::int64_t) const {
    return none();
}
std::string Session::runs_dir() const {
    return {};
}
Result<std::vector<RunSummary>> Session::list_runs() const {
    return none();
}
Result<RunSummary> Session::find_run(const std::string&) const {
    return none();
}
Status Session::set_run_note(const std::string&, const std::string&) {
    return none();
}
Result<std::vector<std::string>> Session::save_bundle(const std::string&, const std::string&,
                                                      bool) const {
    return none();
}
Result<RunSummary> Session::import_bundle(const std::string&) {
    return none();
}
Status Session::set_run_tags(const std::string&, const std::vector<std::string>&) {
    return none();
}
Status Session::set_run_star(const std::string&, bool) {
    return none();
}
Result<std::vector<RunSummary>> Session::list_trash() const {
    return none();
}
Result<RunSummary> Session::restore_run(const std::string&) {
    return none();
}
Status Session::empty_trash() {
    return none();
}
Status Session::remove_run(const std::string&) {
    return none();
}
Result<std::vector<Event>> Session::replay(const std::string&) const {
    return none();
}

Result<std::vector<UpdateSample>> Session::samples_of_update(const std::string&,
                                                             std::int64_t) const {
    return none();
}

namespace {
std::mutex machine;
std::optional<GpuState> now;
}  // namespace
std::optional<GpuState> gpu_state(std::int64_t) {
    const std::lock_guard lock(machine);
    return now;
}
std::optional<double> read_bytes_per_second(const std::string&) {
    return 1.9e9;
}
namespace test {
void setGpuState(std::optional<GpuState> state) {
    const std::lock_guard lock(machine);
    now = std::move(state);
}
}  // namespace test

std::string libtorch_version() {
    return "2.15.0";
}
std::int64_t free_memory() {
    return 12'000'000'000;
}
std::string program_version() {
    return "0.1.0";
}
std::string device_report() {
    return "CPU (no NVIDIA driver)";
}
std::string demo_dir() {
    return MOELORA_SOURCE_DIR "/resources/demo";
}

}  // namespace moelora
