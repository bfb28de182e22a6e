// SPDX-License-Identifier: GPL-3.0-or-later
// TrainRun: one training run from loaded model to final adapter; owns everything a run holds.
// Engine thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/session/checkpoint.h"
#include "core/session/loaded_model.h"
#include "core/session/run_writer.h"

namespace moelora {

class TrainRun {
  public:
    // `stop_on_disk_full`: a full disk ends the run; else it pauses until there is space.
    TrainRun(RunOptions options, JobControl& control, bool stop_on_disk_full = true)
        : options_(std::move(options)), control_(control), stop_on_disk_full_(stop_on_disk_full) {}

    // Model, data, adapter, trainer. `checkpoint` names the folder whose adapter is loaded, "" =
    // fresh (or init_from).
    [[nodiscard]] Status prepare(const std::string& checkpoint);
    // What run.json says.
    [[nodiscard]] Json describe(const RunId& id, const std::string& name) const;
    void write_to(RunWriter writer, const RunId& id);
    [[nodiscard]] Status restore(const std::string& checkpoint, const CheckpointState& state);
    // The loop, then the final adapter. True: all updates made; false: stopped (a checkpoint was
    // saved).
    [[nodiscard]] Result<bool> run();

    [[nodiscard]] RunWriter& writer() { return *writer_; }
    [[nodiscard]] std::int64_t total_updates() const { return counts_.total_updates; }
    [[nodiscard]] const TrainCursor& cursor() const { return cursor_; }

  private:
    [[nodiscard]] Status open_data();
    [[nodiscard]] Status check_lengths();
    [[nodiscard]] Status check_tasks();
    [[nodiscard]] Status make_adapter(const std::string& checkpoint);
    [[nodiscard]] bool safe_point();  // serves saves and captions; false = stop
    [[nodiscard]] Result<std::vector<Batch>> next_group();
    [[nodiscard]] Result<bool> update();  // one group; false = given up because of a stop
    [[nodiscard]] Status not_finite(Error error);
    [[nodiscard]] Status after_update(StepRecord record, std::vector<RouterRecord> routers,
                                      double seconds, std::int64_t samples, std::int64_t tokens);
    // The evaluation and the probe captions that are due after this update and not done yet.
    [[nodiscard]] Status look_at_results();
    [[nodiscard]] Status evaluate();
    [[nodiscard]] Status probe();
    [[nodiscard]] Status save();
    [[nodiscard]] Status finish();
    void choose_probes();

    RunOptions options_;
    JobControl& control_;
    bool stop_on_disk_full_;
    LoadedModel loaded_;
    Dataset train_, validation_;
    std::vector<CaptionSample> probes_;
    std::unique_ptr<Adapter> adapter_;  // after loaded_: detaches before the model dies
    std::unique_ptr<Trainer> trainer_;
    std::unique_ptr<DataLoader> loader_;
    std::optional<RunWriter> writer_;
    StepCounts counts_;
    TrainCursor cursor_;
    std::int64_t saved_at_ = -1;
    std::int64_t skipped_in_a_row_ = 0;  // updates that were not finite
};

}  // namespace moelora
