// SPDX-License-Identifier: GPL-3.0-or-later
// The engine-to-UI contract on one page (architecture.md, section 10): one variant of plain
// structs, drained by the reader. Lossless events carry `seq`, without gaps per job; coalesced ones
// (newest wins) do not.
#pragma once

#include <variant>

#include "core/record/records.h"

namespace moelora {

enum class JobState { Queued, Loading, Running, Paused, Stopping, Finished, Cancelled, Failed };
[[nodiscard]] constexpr bool is_terminal(JobState s) {
    return s == JobState::Finished || s == JobState::Cancelled || s == JobState::Failed;
}
[[nodiscard]] constexpr std::string_view name_of(JobState s) {
    constexpr std::string_view names[] = {"queued",   "loading",  "running",   "paused",
                                          "stopping", "finished", "cancelled", "failed"};
    return names[static_cast<int>(s)];
}

struct JobStateChanged {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    JobState from = JobState::Queued, to = JobState::Queued;
    std::optional<Error> error;  // with Failed
    std::string output;  // with Finished / Cancelled: the run folder or result folder, "" when none
};
struct RunStarted {  // lossless; a training job has made its run folder
    JobId job = 0;
    std::int64_t seq = 0;
    RunId run;
    std::string path;
    std::int64_t total_steps = 0, trainable_parameters = 0, sites = 0;
    std::string device, dtype;
};
struct StageProgress {  // coalesced by (job, stage)
    JobId job = 0;
    std::string stage;                 // "reading data", "loading model", "training", "captioning"
    std::int64_t done = 0, total = 0;  // total 0 = unknown
};
struct StepRecorded {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    StepRecord record;
};
struct RouterRecorded {  // lossless; all sites of one update
    JobId job = 0;
    std::int64_t seq = 0;
    std::vector<RouterRecord> records;
};
struct EvalRecorded {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    EvalRecord record;
};
struct CheckpointSaved {  // lossless; after the rename
    JobId job = 0;
    std::int64_t seq = 0;
    CheckpointInfo info;
};
struct NoteRaised {  // lossless; also a line of metrics.jsonl
    JobId job = 0;
    std::int64_t seq = 0;
    NoteRecord note;
};
struct CaptionProgress {  // coalesced by (job, sample, variant)
    JobId job = 0;
    std::string sample, variant, text_so_far;
};
struct CaptionFinished {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    Caption caption;
};
struct ComparisonFinished {  // lossless; written to disk before
    JobId job = 0;
    std::int64_t seq = 0;
    Comparison comparison;
    std::string folder;  // comparison.json, comparison.csv, index.html
};
struct EvaluationFinished {  // lossless; written to disk before
    JobId job = 0;
    std::int64_t seq = 0;
    Evaluation evaluation;
    std::string folder;  // evaluation.json, captions.csv, coco_results.json; "" = nothing written
};
struct RoutingTraced {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    RoutingTrace trace;
};
struct ResourceSampled {  // coalesced by job
    JobId job = 0;
    std::int64_t rss_bytes = 0, device_bytes = 0;
    std::int64_t file_bytes = 0;  // of rss_bytes: pages of mapped files, which the system may drop
};
struct IssueRaised {  // lossless
    JobId job = 0;
    std::int64_t seq = 0;
    Issue issue;
};

using Event = std::variant<JobStateChanged, RunStarted, StageProgress, StepRecorded, RouterRecorded,
                           EvalRecorded, CheckpointSaved, NoteRaised, CaptionProgress,
                           CaptionFinished, ComparisonFinished, EvaluationFinished, RoutingTraced,
                           ResourceSampled, IssueRaised>;

[[nodiscard]] JobId job_of(const Event& event);
// "" for lossless events; otherwise the key under which a newer event replaces an older one.
[[nodiscard]] std::string coalesce_key(const Event& event);
// The seq of a lossless event, nullptr for a coalesced one.
[[nodiscard]] std::int64_t* seq_of(Event& event);

}  // namespace moelora
