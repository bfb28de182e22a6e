// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <system_error>
#include <tuple>

#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/written_folder.h"
#include "core/text/utf8.h"

namespace moelora::run_store {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t format_version = 1;  // of run.json, which train_job.cpp writes
constexpr std::array statuses = {RunStatus::Running, RunStatus::Paused, RunStatus::Finished,
                                 RunStatus::Stopped, RunStatus::Failed, RunStatus::Interrupted};

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

// Absolute, without "." and ".." and without a slash at the end, so that the last part is the id.
std::string clean(const std::string& path) {
    std::error_code error;
    fs::path full = fs::absolute(path, error).lexically_normal();
    if (!full.has_filename()) full = full.parent_path();
    return full.string();
}

// The value at a chain of keys, null when a part is missing.
Json at(const Json& json, std::initializer_list<const char*> keys) {
    const Json* here = &json;
    for (const char* key : keys) {
        if (!here->is_object() || !here->contains(key)) return {};
        here = &here->at(key);
    }
    return *here;
}
std::string text_at(const Json& json, std::initializer_list<const char*> keys) {
    return as_string(at(json, keys)).value_or("");
}
std::int64_t int_at(const Json& json, const char* key) {
    return as_int(at(json, {key})).value_or(0);
}

Result<Json> read_run(const std::string& folder) {
    const std::string path = join_path(folder, "run.json");
    if (!exists(path))
        return fail(ErrorCode::RunInvalid, {{"path", folder}, {"why", "it has no run.json"}});
    auto json = read_json(path);
    if (!json)
        return fail(ErrorCode::RunInvalid, {{"path", folder}, {"why", message_of(json.error())}});
    if (!json->is_object())
        return fail(ErrorCode::RunInvalid, {{"path", folder}, {"why", "run.json is no object"}});
    if (const auto version = as_int(json->value("version", Json(1))).value_or(0);
        version < 1 || version > format_version)
        return fail(ErrorCode::RunInvalid,
                    {{"path", path},
                     {"why", version < 1 ? "it has another format"
                                         : "it has version " + std::to_string(version) +
                                               ", which a newer program wrote"}});
    return json;
}

// Asked by taking the lock for a moment; a folder that was never locked gets no lock file.
bool is_in_use(const std::string& folder) {
    if (!exists(join_path(folder, "lock"))) return false;
    const auto lock = FolderLock::acquire(folder);
    return !lock && lock.error().code == ErrorCode::RunLocked;
}

struct State {
    RunStatus status = RunStatus::Running;  // a run that was killed before its first status
    std::int64_t step = 0, saved_step = 0, total_steps = 0;
    std::string message;
};

State read_state(const std::string& folder) {
    State state;
    if (const auto json = read_json(join_path(folder, "status.json"))) {
        const std::string name = text_at(*json, {"status"});
        for (const RunStatus status : statuses)
            if (name_of(status) == name) state.status = status;
        state.step = int_at(*json, "step");  // all that older runs say
        state.saved_step = json->contains("saved_step") ? int_at(*json, "saved_step") : state.step;
        state.total_steps = int_at(*json, "total_steps");
        state.message = text_at(*json, {"message"});
    }
    const bool works = state.status == RunStatus::Running || state.status == RunStatus::Paused;
    if (works && !is_in_use(folder)) state.status = RunStatus::Interrupted;
    return state;
}

// The last whole line of `text` that is a step record.
std::optional<StepRecord> last_step_in(std::string_view text) {
    constexpr std::string_view start = "{\"type\":\"step\"";
    for (std::size_t found = text.rfind(start); found != std::string_view::npos;
         found = found == 0 ? std::string_view::npos : text.rfind(start, found - 1)) {
        const std::size_t end = text.find('\n', found);
        if (end == std::string_view::npos || (found > 0 && text[found - 1] != '\n')) continue;
        const auto json = parse_json(text.substr(found, end - found), "metrics.jsonl");
        if (!json) continue;
        if (auto record = step_from_json(*json)) return std::move(*record);
    }
    return std::nullopt;
}

// Reads the file from its end: a long run has many megabytes of router lines before it.
std::optional<StepRecord> last_step(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    const off_t size = ::lseek(fd, 0, SEEK_END);
    std::optional<StepRecord> record;
    constexpr off_t most = off_t{1} << 26;  // the routers of one update are far less
    for (off_t window = off_t{1} << 16; size > 0 && window <= most; window *= 4) {
        const off_t length = std::min(window, size);
        std::string text(static_cast<std::size_t>(length), '\0');
        const ssize_t got = ::pread(fd, text.data(), text.size(), size - length);
        if (got <= 0) break;
        text.resize(static_cast<std::size_t>(got));
        record = last_step_in(text);
        if (record || length == size) break;
    }
    ::close(fd);
    return record;
}

// The beginning of a file; "" without it.
std::string read_head(const std::string& path, std::size_t most) {
    std::ifstream file(path, std::ios::binary);
    std::string text(most, '\0');
    file.read(text.data(), static_cast<std::streamsize>(most));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return text;
}

std::string read_note(const std::string& folder) {
    std::string note = read_head(join_path(folder, "note.txt"), longest_note);
    while (!note.empty() && note.back() == '\n') note.pop_back();
    return note;
}

std::vector<std::string> read_tags(const std::string& folder) {
    std::vector<std::string> tags;
    std::istringstream lines(read_head(join_path(folder, "tags.txt"), longest_tags));
    for (std::string tag; std::getline(lines, tag);)
        if (!tag.empty()) tags.push_back(tag);
    return tags;
}

// The number of "step-000062"; empty for other names (a temporary folder of a killed program).
std::optional<std::int64_t> step_of(const std::string& name) {
    constexpr std::string_view start = "step-";
    const std::string digits = name.rfind(start, 0) == 0 ? name.substr(start.size()) : "";
    if (digits.empty() || digits.size() > 18 ||
        digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return std::stoll(digits);
}

std::vector<CheckpointInfo> checkpoints_that(Status (*check)(const std::string&),
                                             const std::string& folder,
                                             std::vector<std::string>* rejected) {
    std::vector<CheckpointInfo> found;
    std::error_code error;
    for (fs::directory_iterator entry(join_path(folder, "checkpoints"), error), end;
         !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto step = step_of(name);
        if (!step) continue;
        if (const Status status = check(entry->path().string()))
            found.push_back({*step, "checkpoints/" + name});
        else if (rejected)
            rejected->push_back(name + ": " + std::string(status.error().arg("why")));
    }
    std::sort(found.begin(), found.end(),
              [](const CheckpointInfo& a, const CheckpointInfo& b) { return a.step < b.step; });
    if (rejected) std::sort(rejected->begin(), rejected->end());
    return found;
}

Result<RunSummary> summarize_with(Status (*check)(const std::string&), const std::string& folder) {
    MOELORA_TRY(const Json run, read_run(folder));
    const State state = read_state(folder);
    RunSummary out;
    out.path = clean(folder);
    out.id = fs::path(out.path).filename().string();
    out.name = text_at(run, {"name"});
    out.model = text_at(run, {"model", "path"});
    out.data = text_at(run, {"data", "path"});
    out.preset = text_at(run, {"config", "adapter", "preset"});
    out.started_utc = text_at(run, {"started_utc"});
    out.note = read_note(folder);
    out.tags = read_tags(folder);
    out.starred = exists(join_path(folder, "star.txt"));
    out.model_fingerprint = text_at(run, {"model", "fingerprint"});
    out.data_fingerprint = text_at(run, {"data", "fingerprint"});
    out.predicted_peak_bytes = int_at(run, "predicted_peak_bytes");
    out.folder_bytes = bytes_below(folder);
    out.status = state.status;
    out.total_steps = state.total_steps > 0 ? state.total_steps : int_at(run, "total_steps");
    out.step = state.step;
    if (const auto record = last_step(join_path(folder, "metrics.jsonl"))) {
        out.step = record->step;
        out.last_loss = record->loss;
        out.peak_bytes = record->peak_mem_bytes;
    }
    out.checkpoints = checkpoints_that(check, folder, nullptr);
    out.has_adapter = exists(join_path(folder, "adapter"));
    return out;
}

// Names of the runs of a store; hidden folders (.trash) are none.
Result<std::vector<std::string>> names_in(const std::string& store) {
    std::vector<std::string> names;
    std::error_code error;
    if (!fs::exists(store, error)) return names;
    for (fs::directory_iterator entry(store, error), end; !error && entry != end;
         entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!name.starts_with('.') && exists(join_path(entry->path().string(), "run.json")))
            names.push_back(std::move(name));
    }
    if (error) return fail(ErrorCode::FileUnreadable, {{"path", store}, {"why", error.message()}});
    std::sort(names.begin(), names.end());
    return names;
}

// Letters, digits, "-", "_", "." (not at the beginning: such folders are hidden) and every
// character beyond ASCII that is UTF-8; at most 40 bytes.
std::string folder_name_of(const std::string& name) {
    std::string out;
    for (std::size_t at = 0; at < name.size();) {
        const Utf8Step step = utf8_step(std::string_view(name).substr(at));
        const auto byte = static_cast<unsigned char>(name[at]);
        const bool kept = step.state == Utf8State::Valid &&
                          (byte >= 0x80 || std::isalnum(byte) || name[at] == '_' ||
                           (name[at] == '.' && !out.empty()));
        if (kept)
            out.append(name, at, step.length);
        else if (!out.empty() && out.back() != '-')
            out += '-';
        at += step.length;
    }
    if (std::size_t cut = 40; out.size() > cut) {
        while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
        out.resize(cut);
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out.empty() ? "run" : out;
}

// The folder that is meant, whatever it holds. Errors: RunMissing, UsageInvalid.
Result<std::string> folder_of(const std::string& store, const std::string& id_or_path) {
    const std::string missing = id_or_path;
    if (id_or_path.empty()) return fail(ErrorCode::RunMissing, {{"run", missing}});
    const bool is_name = id_or_path.find('/') == std::string::npos && !id_or_path.starts_with('.');
    std::string folder = is_name ? join_path(store, id_or_path) : id_or_path;
    if (is_name && !exists(folder)) {
        MOELORA_TRY(std::vector<std::string> names, names_in(store));
        std::erase_if(names,
                      [&](const std::string& name) { return !name.starts_with(id_or_path); });
        if (names.size() > 1) {
            std::string list = names[0];
            for (std::size_t i = 1; i < names.size(); ++i) list += ", " + names[i];
            return fail(ErrorCode::UsageInvalid,
                        {{"why", id_or_path + " may be each of these runs: " + list}});
        }
        folder = names.empty() ? id_or_path : join_path(store, names[0]);
    }
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return fail(ErrorCode::RunMissing, {{"run", missing}});
    return clean(folder);
}

RunSummary unreadable_run(const std::string& folder, Error why) {
    RunSummary out;
    out.path = clean(folder);
    out.id = fs::path(out.path).filename().string();
    out.status = RunStatus::Unreadable;
    out.folder_bytes = bytes_below(folder);
    out.unreadable = std::move(why);
    return out;
}

}  // namespace

std::string free_path(const std::string& path) {
    std::string found = path;
    for (int n = 2; exists(found); ++n) found = path + "-" + std::to_string(n);
    return found;
}

std::string default_folder(const std::string& wanted) {
    if (!wanted.empty()) return wanted;
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    if (const std::string runs = variable("MOELORA_RUNS"); !runs.empty()) return runs;
    // The specification of XDG lets relative paths count as unset.
    if (const std::string data = variable("XDG_DATA_HOME"); data.starts_with('/'))
        return join_path(data, "moelora/runs");
    return join_path(variable("HOME"), ".local/share/moelora/runs");
}

std::string new_run_id(const std::string& store, const std::string& name) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&now, &utc);
    char time[32];
    std::strftime(time, sizeof time, "%Y%m%d-%H%M%S-", &utc);
    const std::string path = free_path(join_path(store, time + folder_name_of(name)));
    return fs::path(path).filename().string();
}

std::string free_folder(const std::string& store, const std::string& id) {
    return free_path(join_path(store, folder_name_of(id)));
}

Result<std::string> find(const std::string& store, const std::string& id_or_path) {
    MOELORA_TRY(std::string folder, folder_of(store, id_or_path));
    MOELORA_TRY_STATUS(read_run(folder));
    return folder;
}

Result<std::string> find_to_move(const std::string& store, const std::string& id_or_path) {
    MOELORA_TRY(std::string folder, folder_of(store, id_or_path));
    const auto run = read_run(folder);
    const bool listed = fs::path(folder).parent_path() == clean(store);
    if (!run && !(listed && exists(join_path(folder, "run.json")))) return pass(run.error());
    return folder;
}

Status check_run(const std::string& folder) {
    MOELORA_TRY_STATUS(read_run(folder));
    return {};
}

Result<RunSummary> summarize(const std::string& folder) {
    return summarize_with(verify_complete, folder);
}

RunSummary listed(const std::string& folder) {
    auto run = summarize_with(check_sizes, folder);
    return run ? std::move(*run) : unreadable_run(folder, std::move(run).error());
}

Result<std::vector<RunSummary>> list(const std::string& store) {
    MOELORA_TRY(const std::vector<std::string> names, names_in(store));
    std::vector<RunSummary> runs;
    for (const std::string& name : names) runs.push_back(listed(join_path(store, name)));
    std::sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
        return std::tie(a.started_utc, a.id) > std::tie(b.started_utc, b.id);
    });
    return runs;
}

RunStatus status_of(const std::string& folder) {
    return read_state(folder).status;
}

std::int64_t saved_step_of(const std::string& folder) {
    return read_state(folder).saved_step;
}

std::vector<std::pair<std::string, std::string>> set_at_resume(const std::string& folder) {
    Json last;
    (void)for_each_line(join_path(folder, "resumes.jsonl"),
                        [&](std::int64_t, std::string_view line) {
                            if (auto json = parse_json(line, "")) last = std::move(*json);
                            return true;
                        });
    std::vector<std::pair<std::string, std::string>> out;
    if (!last.is_object()) return out;
    for (const Json& change : last.value("differences", Json::array())) {
        const auto text = [&](const char* key) {
            return change.is_object() ? as_string(change.value(key, Json())).value_or("") : "";
        };
        const auto value = parse_json(text("after"), "");
        if (value && !text("option").empty() && !text("option").starts_with("device."))
            out.emplace_back(text("option"), as_string(*value).value_or(text("after")));
    }
    return out;
}

std::vector<CheckpointInfo> valid_checkpoints(const std::string& folder,
                                              std::vector<std::string>* rejected) {
    return checkpoints_that(verify_complete, folder, rejected);
}

// ---- replay

namespace {

// Events of metrics.jsonl, with the captions of a step after everything else of that step, as the
// run published them.
class Replay {
  public:
    explicit Replay(const std::string& folder) : folder_(folder) {}

    Status read() {
        MOELORA_TRY(const Json run, read_run(folder_));
        start(run);
        // A run may lack any of these, when it ended early or never had probes.
        if (const std::string path = join_path(folder_, "issues.jsonl"); exists(path))
            MOELORA_TRY_STATUS(read_issues(path));
        if (const std::string path = join_path(folder_, "captions.jsonl"); exists(path))
            MOELORA_TRY_STATUS(read_captions(path));
        if (const std::string path = join_path(folder_, "metrics.jsonl"); exists(path))
            MOELORA_TRY_STATUS(read_metrics(path));
        emit_captions_before(INT64_MAX);
        finish();
        return {};
    }
    std::vector<Event> take() { return std::move(events_); }

  private:
    template <class E>
    E& emit(E event) {
        event.seq = ++seq_;
        events_.push_back(std::move(event));
        return std::get<E>(events_.back());
    }

    void start(const Json& run) {
        RunStarted event;
        event.path = clean(folder_);
        event.run = fs::path(event.path).filename().string();
        event.total_steps = int_at(run, "total_steps");
        event.trainable_parameters = int_at(run, "trainable_parameters");
        event.sites = int_at(run, "sites");
        event.device = text_at(run, {"device"});
        event.dtype = text_at(run, {"dtype"});
        emit(std::move(event));
    }

    Status read_issues(const std::string& path) {
        return for_each_line(path, [&](std::int64_t, std::string_view line) {
            const Json json = Json::parse(line, nullptr, false);
            if (auto issue = issue_from_json(json)) emit(IssueRaised{0, 0, std::move(*issue)});
            return true;
        });
    }

    Status read_captions(const std::string& path) {
        MOELORA_TRY_STATUS(for_each_line(path, [&](std::int64_t, std::string_view line) {
            const Json json = Json::parse(line, nullptr, false);
            if (auto caption = caption_from_json(json)) captions_.push_back(std::move(*caption));
            return true;
        }));
        std::stable_sort(captions_.begin(), captions_.end(),
                         [](const Caption& a, const Caption& b) { return a.step < b.step; });
        return {};
    }

    void emit_captions_before(std::int64_t step) {
        for (; next_caption_ < captions_.size() && captions_[next_caption_].step < step;
             ++next_caption_)
            emit(CaptionFinished{0, 0, captions_[next_caption_]});
    }

    // Our own lines are read with the plain parser, which is several times faster than the strict
    // one; the records check every field. A line that is no record is skipped: the unfinished last
    // one of a run at work, the half one of a killed program, or one of a later version.
    Status read_metrics(const std::string& path) {
        return for_each_line(path, [&](std::int64_t, std::string_view line) {
            const Json json = Json::parse(line, nullptr, false);
            const std::string type = text_at(json, {"type"});
            if (type == "step") {
                add<StepRecorded>(step_from_json(json));
            } else if (type == "router") {
                add_router(router_from_json(json));
            } else if (type == "eval") {
                add<EvalRecorded>(eval_from_json(json));
            } else if (type == "checkpoint") {
                add<CheckpointSaved>(checkpoint_from_json(json));
            } else if (type == "note") {
                add<NoteRaised>(note_from_json(json));
            }
            return true;
        });
    }

    template <class E, class R>
    void add(Result<R> record) {
        if (!record) return;
        emit_captions_before(record->step);
        emit(E{0, 0, std::move(*record)});
    }

    void add_router(Result<RouterRecord> record) {
        if (!record) return;
        emit_captions_before(record->step);
        auto* last = std::get_if<RouterRecorded>(&events_.back());
        if (!last || last->records.back().step != record->step) last = &emit(RouterRecorded{});
        last->records.push_back(std::move(*record));
    }

    void finish() {
        const State state = read_state(folder_);
        JobStateChanged event;
        event.from = JobState::Running;
        event.to = state.status == RunStatus::Finished ? JobState::Finished
                   : state.status == RunStatus::Failed ? JobState::Failed
                                                       : JobState::Cancelled;
        if (event.to == JobState::Failed)
            // The run kept the sentence of its error; the code that only repeats one carries it.
            event.error = Error{ErrorCode::UsageInvalid, {{"why", state.message}}, {}, {}};
        else
            event.output = clean(folder_);
        emit(std::move(event));
    }

    std::string folder_;
    std::vector<Event> events_;
    std::vector<Caption> captions_;
    std::size_t next_caption_ = 0;
    std::int64_t seq_ = 0;
};

}  // namespace

Result<std::vector<Event>> replay(const std::string& folder) {
    Replay replay(folder);
    MOELORA_TRY_STATUS(replay.read());
    return replay.take();
}

}  // namespace moelora::run_store
