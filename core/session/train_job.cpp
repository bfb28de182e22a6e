// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include "core/session/jobs.h"
#include "core/session/output_folder.h"
#include "core/session/run_store.h"
#include "core/session/train_run.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// Runs to the end and writes how it ended; the error of a failed run is passed on.
Result<JobEnd> run_and_record(TrainRun& run, JobControl& control) {
    const std::string folder = run.writer().folder();
    control.on_pause([&run, folder](bool paused) {
        run_store::tell_pause(folder, paused, run.cursor().step, run.total_updates());
    });
    const auto record = [&](RunStatus status, const std::string& message = {}) {
        return run_store::write_status(folder, status, run.cursor().step, run.total_updates(),
                                       message);
    };
    MOELORA_TRY_STATUS(record(RunStatus::Running));
    run.writer().log("training from update " + std::to_string(run.cursor().step));
    auto finished = run.run();
    if (!finished) {
        run.writer().log("failed: " + message_of(finished.error()));
        (void)record(RunStatus::Failed, message_of(finished.error()));
        return pass(std::move(finished).error());
    }
    run.writer().log(*finished ? "finished" : "stopped");
    MOELORA_TRY_STATUS(record(*finished ? RunStatus::Finished : RunStatus::Stopped));
    return JobEnd{!*finished, folder};
}

// Whether a run was broken off before its first save: its status knows of no update, and nothing
// that was learnt lies in its folder.
bool saved_nothing(const std::string& folder) {
    std::error_code error;
    return run_store::status_of(folder) != RunStatus::Finished &&
           run_store::saved_step_of(folder) == 0 &&
           !fs::exists(join_path(folder, "adapter"), error);
}

// The valid checkpoints, the newest last; those that are not valid are named as issues. None of a
// run that saved nothing yet.
Result<std::vector<std::string>> checkpoints_of(const std::string& folder,
                                                std::vector<std::string>& rejected) {
    std::vector<std::string> out;
    const auto valid = run_store::valid_checkpoints(folder, &rejected);
    if (valid.empty() && rejected.empty() && saved_nothing(folder)) return out;
    if (valid.empty()) {
        constexpr std::size_t named = 3;
        Error none{ErrorCode::RunNoCheckpoint, {{"path", folder}}, {}, {}};
        for (const std::string& why : rejected)
            if (none.context.size() < named) none.context.push_back(why);
        return tl::make_unexpected(std::move(none));
    }
    for (const CheckpointInfo& info : valid) out.push_back(join_path(folder, info.path));
    return out;
}

Result<Json> recorded_run(const std::string& folder) {
    MOELORA_TRY(Json run, read_json(join_path(folder, "run.json")));
    if (!run.is_object() || !run.contains("config"))
        return fail(ErrorCode::RunInvalid,
                    {{"path", folder}, {"why", "run.json holds no configuration"}});
    return run;
}

Result<RunOptions> recorded_options(const Json& config, const std::string& folder) {
    RunOptions options;
    for (const Issue& issue : from_json(config, options, join_path(folder, "run.json")))
        if (issue.severity == Severity::Error)
            return fail(ErrorCode::RunInvalid,
                        {{"path", folder}, {"why", message_of(issue.error)}});
    // A run writes down what it chose; one that says nothing was begun before there was a choice.
    if (options.train.pack_tokens == 0) options.train.pack_tokens = 1;
    return options;
}

// Where a run goes on; "" = at its beginning.
struct ResumePoint {
    std::string checkpoint;
    CheckpointState state;
};

// Whether it was written with the optimizer that is asked for now: a wish that does not fit is no
// fault of the checkpoint.
bool has_optimizer(const CheckpointState& state, const RunOptions& options,
                   const std::string& folder) {
    if (!state.config.is_object()) return true;  // older programs did not write it down
    const auto then = recorded_options(state.config, folder);
    return then && then->train.optimizer == options.train.optimizer;
}

// A checkpoint that is whole and cannot be taken all the same gives way to the one before it, and
// is none any more: it would be gone back to, and counted among those that are kept. Without one
// that can be taken nothing is changed. Errors: that of the newest.
Status take_newest(TrainRun& run, const RunOptions& options, const std::string& folder,
                   std::vector<std::string> checkpoints, ResumePoint& place,
                   std::vector<std::string>& rejected) {
    std::vector<std::string> refused, whys;
    Status newest = run.take(place.checkpoint, place.state);
    for (Status taken = newest; !taken;) {
        const std::string why(taken.error().arg("why"));
        refused.push_back(checkpoints.back());
        whys.push_back(fs::path(refused.back()).filename().string() + ": " +
                       (why.empty() ? message_of(taken.error()) : why));
        checkpoints.pop_back();
        if (checkpoints.empty() || !has_optimizer(place.state, options, folder)) return newest;
        place.checkpoint = checkpoints.back();
        auto state = read_checkpoint_state(place.checkpoint);
        if (state) place.state = std::move(*state);
        taken = state ? run.take(place.checkpoint, place.state)
                      : Status(pass(std::move(state).error()));
    }
    for (const std::string& path : refused) {
        const std::string mark = join_path(path, "COMPLETE");
        std::error_code error;
        fs::rename(mark, mark + ".refused", error);
        if (error)
            return fail(ErrorCode::FileUnwritable, {{"path", mark}, {"why", error.message()}});
    }
    rejected.insert(rejected.end(), whys.begin(), whys.end());
    return {};
}

// What was said of checkpoints that are not used.
Status name_rejected(RunWriter& writer, const std::vector<std::string>& rejected,
                     const std::string& used) {
    for (const std::string& why : rejected) {
        const std::size_t colon = why.find(": ");
        Issue issue;
        issue.error = {
            ErrorCode::CheckpointInvalid,
            {{"path", why.substr(0, colon)},
             {"why", (colon == std::string::npos ? why : why.substr(colon + 2)) +
                         "; the run goes on from " + fs::path(used).filename().string()}},
            {},
            {}};
        MOELORA_TRY_STATUS(writer.issue(issue));
    }
    return {};
}

// What run.json says otherwise than it did when the checkpoint was written: somebody changed it.
std::vector<OptionDifference> changed_by_hand(const CheckpointState& state, const RunOptions& now,
                                              const std::string& folder) {
    if (!state.config.is_object()) return {};
    const auto then = recorded_options(state.config, folder);
    if (!then) return {};
    std::vector<OptionDifference> out = diff(*then, now);
    const auto set = run_store::set_at_resume(folder);
    // What a resume before this one set; the device is chosen by each for itself.
    std::erase_if(out, [&](const OptionDifference& d) {
        if (d.path.starts_with("device.")) return true;
        return std::any_of(set.begin(), set.end(),
                           [&](const auto& one) { return one.first == d.path; });
    });
    return out;
}

// One line of resumes.jsonl: when, from where, and what is different now.
Status record_resume(const std::string& folder, const std::string& checkpoint,
                     const std::vector<OptionDifference>& differences,
                     const std::vector<OptionDifference>& by_hand,
                     const std::vector<OptionDifference>& elsewhere) {
    const auto listed = [](const std::vector<OptionDifference>& options) {
        Json out = Json::array();
        for (const OptionDifference& d : options)
            out.push_back({{"option", d.path}, {"before", d.before}, {"after", d.after}});
        return out;
    };
    Json other = Json::array();
    for (const OptionDifference& d : elsewhere)
        other.push_back({{"what", d.path}, {"before", d.before}, {"after", d.after}});
    MOELORA_TRY(JsonlWriter log, JsonlWriter::open(join_path(folder, "resumes.jsonl")));
    return log.append(Json{
        {"time_utc", utc_now()},
        {"checkpoint", fs::path(checkpoint).filename().string()},
        {"differences", listed(differences)},
        {"changed_by_hand", listed(by_hand)},
        {"elsewhere",
         other}}.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Result<JobEnd> run_training(const RunSpec& spec, const std::string& runs_dir, JobControl& control) {
    if (!spec.out.empty())  // before a model is loaded
        MOELORA_TRY_STATUS(check_run_folder(spec.out, spec.force));
    TrainRun run(spec.options, control, spec.stop_on_disk_full);
    MOELORA_TRY_STATUS(run.prepare({}));
    if (control.stop_requested()) return JobEnd{true, {}};
    const std::string name = spec.name.empty() ? spec.options.adapter.preset : spec.name;
    const std::string folder =
        spec.out.empty() ? join_path(runs_dir, run_store::new_run_id(runs_dir, name)) : spec.out;
    MOELORA_TRY_STATUS(run.check_disk(folder));
    const RunId id = fs::path(folder).filename().string();
    MOELORA_TRY(RunWriter writer,
                RunWriter::create(folder, run.describe(id, name), spec.force, control));
    MOELORA_TRY_STATUS(run.write_inputs(folder));
    run.write_to(std::move(writer), id);
    return run_and_record(run, control);
}

Result<JobEnd> resume_training(const ResumeSpec& spec, const std::string& runs_dir,
                               JobControl& control) {
    MOELORA_TRY(const std::string folder, run_store::find(runs_dir, spec.run));
    MOELORA_TRY(FolderLock lock, FolderLock::acquire(folder));
    const bool finished = run_store::status_of(folder) == RunStatus::Finished;
    MOELORA_TRY(const Json begun, recorded_run(folder));
    MOELORA_TRY(const RunOptions recorded, recorded_options(begun.at("config"), folder));
    RunOptions options = recorded;
    for (const auto& [path, value] : run_store::set_at_resume(folder))
        MOELORA_TRY_STATUS(set_option(options, path, value));
    const RunOptions before = options;
    for (const auto& [path, value] : spec.overrides)
        MOELORA_TRY_STATUS(set_option(options, path, value));
    for (const Issue& issue : validate(options))
        if (issue.severity == Severity::Error) return pass(issue.error);
    std::vector<std::string> rejected;
    MOELORA_TRY(const std::vector<std::string> checkpoints, checkpoints_of(folder, rejected));
    ResumePoint place;
    const auto& [checkpoint, state] = place;
    if (!checkpoints.empty()) {
        place.checkpoint = checkpoints.back();
        MOELORA_TRY(place.state, read_checkpoint_state(checkpoint));
    }

    TrainRun run(options, control, spec.stop_on_disk_full);
    MOELORA_TRY_STATUS(run.prepare(checkpoint, folder));
    if (control.stop_requested()) return JobEnd{true, folder};
    MOELORA_TRY_STATUS(run.check_inputs(begun, folder, state.cursor.step));
    if (!checkpoints.empty())
        MOELORA_TRY_STATUS(take_newest(run, options, folder, checkpoints, place, rejected));
    const std::vector<OptionDifference> differences = diff(recorded, options),
                                        by_hand = changed_by_hand(state, before, folder),
                                        elsewhere = run.elsewhere(begun);
    MOELORA_TRY_STATUS(record_resume(folder, checkpoint, differences, by_hand, elsewhere));
    MOELORA_TRY(RunWriter writer,
                RunWriter::reopen(folder, state.lengths, std::move(lock), control));
    // Its record stood behind the lengths that it holds, and was cut off with the rest.
    if (!checkpoint.empty())
        MOELORA_TRY_STATUS(writer.checkpoint(
            {state.cursor.step, fs::path(checkpoint).lexically_relative(folder).string()}));
    run.write_to(std::move(writer), fs::path(folder).filename().string());
    for (const OptionDifference& d : differences)
        MOELORA_TRY_STATUS(run.writer().issue(doubtful_option(
            d.path, d.after, "it was " + d.before + " when the run began", Severity::Info)));
    for (const OptionDifference& d : by_hand)
        MOELORA_TRY_STATUS(run.writer().issue(doubtful_option(
            d.path, d.after, "it was " + d.before + " at the checkpoint", Severity::Warning)));
    for (const OptionDifference& d : elsewhere)
        MOELORA_TRY_STATUS(
            run.writer().issue({Severity::Warning,
                                {ErrorCode::RunElsewhere,
                                 {{"what", d.path}, {"found", d.after}, {"expected", d.before}},
                                 {},
                                 {}},
                                {},
                                1}));
    MOELORA_TRY_STATUS(name_rejected(run.writer(), rejected, checkpoint));
    if (checkpoint.empty())
        MOELORA_TRY_STATUS(run.writer().issue(
            {Severity::Info, {ErrorCode::RunBegunAnew, {{"path", folder}}, {}, {}}, {}, 1}));
    else
        MOELORA_TRY_STATUS(run.go_on_from(state, finished));
    return run_and_record(run, control);
}

}  // namespace moelora
