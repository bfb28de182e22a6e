// SPDX-License-Identifier: GPL-3.0-or-later
// RunWriter: the files of a running run. Every record is on disk before it is published (contract,
// promise 5). Engine thread only. Holds the run's lock. The numbers also go to metrics.csv and
// tensorboard/ (series_writer.h).
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/io/files.h"
#include "core/session/job_runner.h"
#include "core/session/record_stream.h"
#include "core/session/series_writer.h"

namespace moelora {

inline constexpr const char* run_mark = "run.json";  // the file that makes a folder a run

// Whether a new run may have this folder: it is not there, or bare (empty but for what a run leaves
// that was killed before its first record), or holds another run and `force` is set. Errors:
// OutputExists.
[[nodiscard]] Status check_run_folder(const std::string& folder, bool force);

class RunWriter {
  public:
    // Lengths and check sums of the streams, for checkpoints: a resume cuts the files there.
    struct Lengths {
        std::int64_t metrics = 0, captions = 0;           // bytes
        std::string metrics_sum = {}, captions_sum = {};  // "" = not known
    };

    // A new run folder, as check_run_folder allows: an existing one is replaced when it is a run
    // (or empty, or left by a run that was killed before its first record); the old one is there
    // until the new one is. Errors: OutputExists, RunLocked, FileUnwritable.
    [[nodiscard]] static Result<RunWriter> create(const std::string& folder, const Json& run,
                                                  bool force, JobControl& control);
    // Goes on with a run: what lies beyond `lengths` is kept in metrics.tail-<n>.jsonl and
    // captions.tail-<n>.jsonl; a stream that is shorter or another one is an issue, and the latter
    // is kept as metrics.damaged-<n>.jsonl.
    [[nodiscard]] static Result<RunWriter> reopen(const std::string& folder, Lengths lengths,
                                                  FolderLock lock, JobControl& control);

    // Cuts the streams before their first record of a later update; what is cut goes to the tails,
    // as in reopen.
    [[nodiscard]] Status rewind(std::int64_t step);

    // Whether a full disk pauses the run (each writing is tried again after a resume) or is an
    // error.
    void pause_when_full(bool on) { pause_when_full_ = on; }
    // `write` until it is done or fails for another reason than space; DiskFull or SpaceNeeded when
    // the run may not pause, or is stopped while it does.
    [[nodiscard]] Status while_full(const std::function<Status()>& write);

    [[nodiscard]] Status step(const StepRecord& record);
    [[nodiscard]] Status routers(const std::vector<RouterRecord>& records);
    [[nodiscard]] Status eval(const EvalRecord& record);
    [[nodiscard]] Status checkpoint(const CheckpointInfo& info);
    [[nodiscard]] Status note(const NoteRecord& note);
    [[nodiscard]] Status caption(const Caption& caption);
    [[nodiscard]] Status issue(const Issue& issue);
    [[nodiscard]] Status issue_once(const Issue& issue);  // the same sentence of the same place
    void log(
        const std::string& line);  // log.txt, with the time; a failure is not worth stopping for
    // The streams to the disk, before a checkpoint counts their bytes: after a loss of power none
    // is shorter than it says.
    [[nodiscard]] Status sync();
    [[nodiscard]] Lengths lengths() const;
    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    RunWriter(std::string folder, FolderLock lock, RecordStream metrics, RecordStream captions,
              JsonlWriter issues, JsonlWriter log, SeriesWriter series, JobControl& control);
    [[nodiscard]] static Result<RunWriter> open_streams(const std::string& folder, FolderLock lock,
                                                        JobControl& control);
    template <class Stream>
    [[nodiscard]] Status append(Stream& stream, const std::string& line) {
        return while_full([&] { return stream.append(line); });
    }
    // metrics.csv and tensorboard/ can be made again from metrics.jsonl: a fault there is told
    // once.
    void reopen_series();
    void add_series(std::int64_t step, const std::vector<Scalar>& values);
    std::string folder_;
    FolderLock lock_;
    RecordStream metrics_, captions_;
    JsonlWriter issues_, log_;
    SeriesWriter series_;
    bool series_failed_ = false, pause_when_full_ = false;
    std::set<std::string> said_;  // by issue_once
    JobControl* control_;
};

// "2026-11-24T08:15:00Z"
[[nodiscard]] std::string utc_now();

}  // namespace moelora
