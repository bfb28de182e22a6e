// SPDX-License-Identifier: GPL-3.0-or-later
// The run library: folders of a store, read as they are (command_line.md, section 4). Deleting a
// folder deletes a run.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/record/events.h"

namespace moelora::run_store {

// What a note and all tags of a run may be long at most, in bytes; of a longer file, which another
// program made, no more is read.
inline constexpr std::size_t longest_note = std::size_t{1} << 16,
                             longest_tags = std::size_t{1} << 12;

// "" = MOELORA_RUNS, else $XDG_DATA_HOME/moelora/runs, else ~/.local/share/moelora/runs. Not
// created.
[[nodiscard]] std::string default_folder(const std::string& wanted = {});
// UTC start time and a short name, unique in the store: "20261124-081500-soft".
[[nodiscard]] std::string new_run_id(const std::string& store, const std::string& name);
// STORE/ID, or the first free STORE/ID-2, ... of an id that may come from elsewhere.
[[nodiscard]] std::string free_folder(const std::string& store, const std::string& id);
// The folder (absolute) of a run named by id, the start of an id that only one run has, or a path.
// Errors: RunMissing, RunInvalid (no run.json), UsageInvalid (several runs start like this).
[[nodiscard]] Result<std::string> find(const std::string& store, const std::string& id_or_path);
// The same to move it, which may be a run of the store that cannot be read, too.
[[nodiscard]] Result<std::string> find_to_move(const std::string& store,
                                               const std::string& id_or_path);

// Whether a folder is a run. Errors: RunInvalid.
[[nodiscard]] Status check_run(const std::string& folder);
// Readable while the run is at work. Checkpoints are those with a valid COMPLETE; list() looks at
// the sizes of their files only, without hashing them. Errors: RunInvalid.
[[nodiscard]] Result<RunSummary> summarize(const std::string& folder);
[[nodiscard]] RunSummary listed(const std::string& folder);  // Unreadable in place of an error
[[nodiscard]] Result<std::vector<RunSummary>> list(
    const std::string& store);  // newest first; unreadable ones last, with the reason
// `path`, or the first of path-2, path-3, ... that does not exist.
[[nodiscard]] std::string free_path(const std::string& path);

// What changes the library (run_store_edit.cpp). An empty note or no tags remove the file. Errors:
// RunInvalid, FileUnwritable; UsageInvalid for a tag that is empty or has a comma or a line end,
// and for more than fits (longest_note, longest_tags).
[[nodiscard]] Status set_note(const std::string& folder, const std::string& note);
[[nodiscard]] Status set_tags(const std::string& folder, const std::vector<std::string>& tags);
[[nodiscard]] Status set_star(const std::string& folder, bool starred);
// To STORE/.trash, and back under a free id. Errors: RunLocked while in use; RunMissing.
[[nodiscard]] Status remove(const std::string& store, const std::string& folder);
[[nodiscard]] std::string trash_of(const std::string& store);
[[nodiscard]] Result<std::string> restore(const std::string& store, const std::string& id);
[[nodiscard]] Status empty_trash(const std::string& store);
// Rebuilds the events from run.json, metrics.jsonl, captions.jsonl and status.json, in file order
// with fresh seq numbers from 1; job 0; a terminal JobStateChanged at the end: Finished, Failed
// (with the run's sentence), else Cancelled. Lines that are no record are left out.
[[nodiscard]] Result<std::vector<Event>> replay(const std::string& folder);

// RUN/status.json: {"status","step","saved_step","total_steps","message"}; written by the run,
// atomic, at each save, pause and end. A "running" or "paused" status without a held lock reads as
// interrupted.
[[nodiscard]] RunStatus status_of(const std::string& folder);
[[nodiscard]] std::int64_t saved_step_of(const std::string& folder);  // 0 = none is saved
// What the last resume set otherwise than run.json does, but for the device: path and value, as
// set_option takes them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> set_at_resume(
    const std::string& folder);
[[nodiscard]] Status write_status(const std::string& folder, RunStatus status, std::int64_t step,
                                  std::int64_t total_steps, const std::string& message = {});
// Paused, or Running again, after update `step`, which need not be saved. On a full disk, which is
// why a run pauses by itself, the old file takes the new words in its place (the step of the last
// save where a longer number does not fit); a failure is not worth more.
void tell_pause(const std::string& folder, bool paused, std::int64_t step,
                std::int64_t total_steps);

// run.json as written by a training job (train_job.cpp):
//   {"version":1,"format":"moelora-run","program_version","id","name","started_utc","config":{...resolved...},
//    "model":{"path","fingerprint","fingerprint_kind":"quick","sha256"},"data":{"path","fingerprint","samples"},
//    "total_steps","trainable_parameters","sites","device","dtype","tasks":[...]}
// Checkpoints stand in checkpoints/step-000062/.

// Checkpoint folders with a valid COMPLETE, oldest first; `rejected` (if given) receives "name:
// why" of the others.
[[nodiscard]] std::vector<CheckpointInfo> valid_checkpoints(
    const std::string& folder, std::vector<std::string>* rejected = nullptr);

}  // namespace moelora::run_store
