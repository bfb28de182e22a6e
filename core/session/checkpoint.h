// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint: everything a run needs to go on bit-equal. checkpoints/step-000062/ with
// adapter.safetensors, adapter.json, optimizer.safetensors (moments, random state of the adapter's
// noise), trainer.json (cursor, lengths and check sums of the streams, configuration) and COMPLETE.
// Engine thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/adapter/adapter.h"
#include "core/session/run_writer.h"
#include "core/train/trainer.h"

namespace moelora {

// What a run does without so that it fits into the memory (memory_ladder.h).
struct MemoryRungs {
    std::int64_t rows = 0;  // samples computed at a time until the epoch ends; 0 = all of a batch
    std::map<std::string, std::int64_t> pixels;  // sample -> of each of its pictures, at most
    std::set<std::string> left_out;              // samples
};

// Where training stands between two updates.
struct TrainCursor {
    std::int64_t step = 0;  // updates made
    std::int64_t epoch = 0;
    std::int64_t micro_batch = 0;  // of this epoch, the next to read
    std::int64_t samples_seen = 0;
    std::optional<double> best_loss;  // of evaluations so far
    std::int64_t best_step = -1;
    std::int64_t evaluations_since_best = 0;
    std::vector<std::vector<std::string>> went_back_for;  // samples of updates that were bad
    // Up to which update evaluations and probe captions are done: a stop may come between them.
    std::int64_t evaluated_step = -1, probed_step = -1;
    MemoryRungs memory{};
};

// "checkpoints/step-000062"
[[nodiscard]] std::string checkpoint_name(std::int64_t step);
// Writes run_folder/checkpoint_name(step) atomically, replacing one of the same step.
[[nodiscard]] Status save_checkpoint(const std::string& run_folder, const Adapter& adapter,
                                     const Trainer& trainer, const TrainCursor& cursor,
                                     const RunWriter::Lengths& lengths, const Json& config);

struct CheckpointState {
    TrainCursor cursor;
    RunWriter::Lengths lengths;
    Json config{};  // of the run when it was written, as run.json has it; null in older ones
};
// trainer.json alone. Errors: CheckpointInvalid, JsonInvalid.
[[nodiscard]] Result<CheckpointState> read_checkpoint_state(const std::string& folder);
// Optimizer and noise; the adapter itself is loaded with Adapter::load(folder). Errors:
// CheckpointInvalid.
[[nodiscard]] Status restore_optimizer(const std::string& folder, const CheckpointState& state,
                                       Adapter& adapter, Trainer& trainer);

// Removes checkpoints beyond the newest `keep_last`, sparing `best_step`.
void prune_checkpoints(const std::string& run_folder, std::int64_t keep_last,
                       std::int64_t best_step);

}  // namespace moelora
