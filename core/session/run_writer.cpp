// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_writer.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <tuple>

#include "core/options/visit.h"
#include "core/record/records_json.h"
#include "core/session/output_folder.h"
#include "core/text/utf8.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

// Nothing but what a run that was killed before its first record leaves.
bool is_bare(const std::string& folder) {
    std::error_code error;
    if (fs::symlink_status(folder, error).type() == fs::file_type::not_found) return true;
    if (!fs::is_directory(folder, error)) return false;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        const bool empty_checkpoints = name == "checkpoints" && fs::is_empty(entry.path(), error);
        if (name != "lock" && name.find(".tmp-") == std::string::npos && !empty_checkpoints)
            return false;
    }
    return !error;
}

// The run's own file and a place for checkpoints; the lock is held from here on.
Result<FolderLock> begin_run(const std::string& folder, const Json& run) {
    std::error_code error;
    fs::create_directories(join_path(folder, "checkpoints"), error);
    if (error) return fail(ErrorCode::FileUnwritable, {{"path", folder}, {"why", error.message()}});
    MOELORA_TRY(FolderLock lock, FolderLock::acquire(folder));
    MOELORA_TRY_STATUS(
        write_text_atomic(join_path(folder, run_mark),
                          run.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
    return lock;
}

// In the place of another run, at once: a kill at any moment leaves the one or the other. A link
// stays one: the folder that it names is replaced, on the disk where it lies.
Result<FolderLock> replace_run(const std::string& folder, const Json& run) {
    MOELORA_TRY(const FolderLock old, FolderLock::acquire(folder));
    std::error_code error;
    const std::string real = fs::canonical(folder, error).string();
    if (error) return fail(ErrorCode::FileUnwritable, {{"path", folder}, {"why", error.message()}});
    MOELORA_TRY(AtomicFolder fresh, AtomicFolder::begin(real, true));
    MOELORA_TRY(FolderLock lock, begin_run(fresh.temporary(), run));
    MOELORA_TRY_STATUS(fresh.commit(false));
    return lock;
}

// STEM.KIND-<n>.jsonl with the first free n.
std::string beside(const std::string& folder, const std::string& stem, const std::string& kind) {
    std::string path;
    for (int n = 1; path.empty() || fs::exists(path); ++n)
        path = join_path(folder, stem + "." + kind + "-" + std::to_string(n) + ".jsonl");
    return path;
}

// Cuts `name` to `length` bytes; the rest goes to STEM.tail-<n>.jsonl.
Status cut_stream(const std::string& folder, const std::string& stem, std::int64_t length) {
    const std::string path = join_path(folder, stem + ".jsonl");
    if (std::error_code error; !fs::exists(path, error)) return {};
    MOELORA_TRY(const std::string text, read_text(path));
    const auto keep = static_cast<std::size_t>(length);
    if (text.size() <= keep) return {};
    MOELORA_TRY_STATUS(
        write_text_atomic(beside(folder, stem, "tail"), std::string_view(text).substr(keep)));
    std::error_code error;
    fs::resize_file(path, keep, error);
    if (error) return fail(ErrorCode::FileUnwritable, {{"path", path}, {"why", error.message()}});
    return {};
}

// A stream that is shorter than it was at the checkpoint, as a loss of power may leave it: cut
// behind its last whole line, and told.
Result<std::optional<Issue>> cut_short_stream(const std::string& folder, const std::string& stem,
                                              std::int64_t length) {
    const std::string path = join_path(folder, stem + ".jsonl");
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    const std::int64_t found = error ? 0 : static_cast<std::int64_t>(bytes);
    if (found >= length) return std::nullopt;
    if (found > 0) {
        MOELORA_TRY(const std::string text, read_text(path));
        fs::resize_file(path, text.rfind('\n') + 1, error);  // without any: none
        if (error)
            return fail(ErrorCode::FileUnwritable, {{"path", path}, {"why", error.message()}});
    }
    return Issue{
        Severity::Warning,
        {ErrorCode::RecordsLost,
         {{"path", path}, {"found", std::to_string(found)}, {"expected", std::to_string(length)}},
         {},
         {}},
        {path, 0, {}},
        1};
}

// A stream as long as it was and not the same: the run goes on with what can be read of it, and the
// file is kept as it was found.
Result<std::optional<Issue>> keep_damaged_stream(const std::string& folder, const std::string& stem,
                                                 const std::string& sum) {
    const std::string path = join_path(folder, stem + ".jsonl");
    MOELORA_TRY(const std::string found, sum_of_file(path));
    if (found == sum) return std::nullopt;
    const std::string kept = beside(folder, stem, "damaged");
    MOELORA_TRY(const std::string text, read_text(path));
    MOELORA_TRY_STATUS(write_text_atomic(kept, text));
    return Issue{Severity::Warning,
                 {ErrorCode::RecordsDamaged,
                  {{"path", path}, {"file", fs::path(kept).filename().string()}},
                  {},
                  {}},
                 {path, 0, {}},
                 1};
}

// Bytes of the stream before its first record of an update after `step`.
Result<std::int64_t> length_up_to(const std::string& path, std::int64_t step) {
    std::int64_t length = 0;
    MOELORA_TRY_STATUS(for_each_line(path, [&](std::int64_t, std::string_view line) {
        const auto json = parse_json(line, path);
        const auto found = json && json->is_object() && json->contains("step")
                               ? as_int(json->at("step"))
                               : std::nullopt;
        if (found && *found > step) return false;
        length += static_cast<std::int64_t>(line.size()) + 1;
        return true;
    }));
    return length;
}

}  // namespace

Status check_run_folder(const std::string& folder, bool force) {
    if (!is_valid_utf8(folder))  // its records name it, and they are JSON
        return fail(ErrorCode::OptionInvalid, {{"option", "--out"},
                                               {"value", shown_value(Json(folder))},
                                               {"why", "it is not valid UTF-8"}});
    return is_bare(folder) ? Status() : check_output_folder(folder, force, {run_mark});
}

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

RunWriter::RunWriter(std::string folder, FolderLock lock, RecordStream metrics,
                     RecordStream captions, JsonlWriter issues, JsonlWriter log,
                     SeriesWriter series, JobControl& control)
    : folder_(std::move(folder)),
      lock_(std::move(lock)),
      metrics_(std::move(metrics)),
      captions_(std::move(captions)),
      issues_(std::move(issues)),
      log_(std::move(log)),
      series_(std::move(series)),
      control_(&control) {}

Result<RunWriter> RunWriter::open_streams(const std::string& folder, FolderLock lock,
                                          JobControl& control) {
    MOELORA_TRY(RecordStream metrics, RecordStream::open(join_path(folder, "metrics.jsonl")));
    MOELORA_TRY(RecordStream captions, RecordStream::open(join_path(folder, "captions.jsonl")));
    MOELORA_TRY(JsonlWriter issues, JsonlWriter::open(join_path(folder, "issues.jsonl")));
    MOELORA_TRY(JsonlWriter log, JsonlWriter::open(join_path(folder, "log.txt")));
    MOELORA_TRY(SeriesWriter series, SeriesWriter::open(folder));
    return RunWriter(folder, std::move(lock), std::move(metrics), std::move(captions),
                     std::move(issues), std::move(log), std::move(series), control);
}

Result<RunWriter> RunWriter::create(const std::string& folder, const Json& run, bool force,
                                    JobControl& control) {
    MOELORA_TRY_STATUS(check_run_folder(folder, force));
    MOELORA_TRY(FolderLock lock,
                is_bare(folder) ? begin_run(folder, run) : replace_run(folder, run));
    return open_streams(folder, std::move(lock), control);
}

Result<RunWriter> RunWriter::reopen(const std::string& folder, Lengths lengths, FolderLock lock,
                                    JobControl& control) {
    std::vector<Issue> lost;
    for (const auto& [stem, length, sum] :
         {std::tuple{"metrics", lengths.metrics, lengths.metrics_sum},
          std::tuple{"captions", lengths.captions, lengths.captions_sum}}) {
        MOELORA_TRY_STATUS(cut_stream(folder, stem, length));
        MOELORA_TRY(auto issue, cut_short_stream(folder, stem, length));
        if (!issue && length > 0 && !sum.empty()) {
            MOELORA_TRY(issue, keep_damaged_stream(folder, stem, sum));
        }
        if (issue) lost.push_back(std::move(*issue));
    }
    MOELORA_TRY(RunWriter out, open_streams(folder, std::move(lock), control));
    for (const Issue& issue : lost) MOELORA_TRY_STATUS(out.issue(issue));
    return out;
}

Status RunWriter::rewind(std::int64_t step) {
    for (const auto& [stem, stream] :
         {std::pair{"metrics", &metrics_}, std::pair{"captions", &captions_}}) {
        const std::string path = join_path(folder_, std::string(stem) + ".jsonl");
        MOELORA_TRY(const std::int64_t length, length_up_to(path, step));
        MOELORA_TRY_STATUS(cut_stream(folder_, stem, length));
        MOELORA_TRY(*stream, RecordStream::open(path));
    }
    MOELORA_TRY(series_, SeriesWriter::open(folder_));
    series_failed_ = false;
    return {};
}

Status RunWriter::while_full(const std::function<Status()>& write) {
    for (;;) {
        Status status = write();
        if (status || !pause_when_full_) return status;
        const ErrorCode code = status.error().code;
        if (code != ErrorCode::DiskFull && code != ErrorCode::SpaceNeeded) return status;
        control_->raise({{Severity::Error, status.error(), {}, 1}});
        control_->pause_here();
        const bool goes_on = control_->safe_point();
        if (!goes_on) return write();  // a stop: there may be room by now
    }
}

// Made anew from metrics.jsonl, which holds everything. Between two updates: what is half written
// of one would stand there twice.
void RunWriter::reopen_series() {
    if (!series_failed_) return;
    auto again = SeriesWriter::open(folder_);
    if (!again) return;
    series_ = std::move(*again);
    series_failed_ = false;
}

void RunWriter::add_series(std::int64_t step, const std::vector<Scalar>& values) {
    if (series_failed_) return;
    const Status status = series_.add(step, values);
    series_failed_ = !status;
    if (!status) control_->raise({{Severity::Warning, status.error(), {}, 1}});
}

Status RunWriter::step(const StepRecord& record) {
    reopen_series();
    MOELORA_TRY_STATUS(append(metrics_, dump_line(to_json(record))));
    add_series(record.step, series_of(record));
    control_->publish(StepRecorded{control_->job(), 0, record});
    return {};
}

Status RunWriter::routers(const std::vector<RouterRecord>& records) {
    if (records.empty()) return {};
    for (const RouterRecord& record : records)
        MOELORA_TRY_STATUS(append(metrics_, dump_line(to_json(record))));
    add_series(records.front().step, series_of(records));
    control_->publish(RouterRecorded{control_->job(), 0, records});
    return {};
}

Status RunWriter::eval(const EvalRecord& record) {
    MOELORA_TRY_STATUS(append(metrics_, dump_line(to_json(record))));
    add_series(record.step, series_of(record));
    control_->publish(EvalRecorded{control_->job(), 0, record});
    return {};
}

Status RunWriter::checkpoint(const CheckpointInfo& info) {
    reopen_series();
    MOELORA_TRY_STATUS(append(metrics_, dump_line(to_json(info))));
    control_->publish(CheckpointSaved{control_->job(), 0, info});
    return {};
}

Status RunWriter::note(const NoteRecord& note) {
    MOELORA_TRY_STATUS(append(metrics_, dump_line(to_json(note))));
    control_->publish(NoteRaised{control_->job(), 0, note});
    return {};
}

Status RunWriter::caption(const Caption& caption) {
    MOELORA_TRY_STATUS(append(captions_, dump_line(to_json(caption))));
    control_->publish(CaptionFinished{control_->job(), 0, caption});
    return {};
}

Status RunWriter::issue(const Issue& issue) {
    MOELORA_TRY_STATUS(append(issues_, dump_line(to_json(issue))));
    control_->publish(IssueRaised{control_->job(), 0, issue});
    return {};
}

Status RunWriter::issue_once(const Issue& one) {
    const std::string place =
        one.where.file + ":" + std::to_string(one.where.line) + ":" + one.where.item;
    return said_.insert(place + message_of(one.error)).second ? issue(one) : Status();
}

void RunWriter::log(const std::string& line) {
    (void)log_.append(utc_now() + " " + line);
}

Status RunWriter::sync() {
    MOELORA_TRY_STATUS(metrics_.sync());
    return captions_.sync();
}

RunWriter::Lengths RunWriter::lengths() const {
    return {static_cast<std::int64_t>(metrics_.bytes()),
            static_cast<std::int64_t>(captions_.bytes()), metrics_.sum(), captions_.sum()};
}

}  // namespace moelora
