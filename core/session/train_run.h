// SPDX-License-Identifier: GPL-3.0-or-later
// TrainRun: one training run from loaded model to final adapter; owns everything a run holds.
// Engine thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/host_process.h"
#include "core/options/config.h"
#include "core/session/checkpoint.h"
#include "core/session/disk_plan.h"
#include "core/session/loaded_model.h"
#include "core/session/memory_ladder.h"
#include "core/session/picture_stamps.h"
#include "core/session/run_writer.h"
#include "core/session/train_evaluation.h"
#include "core/session/train_inputs.h"

namespace moelora {

class TrainRun {
  public:
    // `stop_on_disk_full`: a full disk ends the run; else it pauses until there is space.
    TrainRun(RunOptions options, JobControl& control, bool stop_on_disk_full = true)
        : options_(std::move(options)), control_(control), stop_on_disk_full_(stop_on_disk_full) {}

    // Model, data, adapter, trainer. `checkpoint` names the folder whose adapter is loaded, "" =
    // fresh (or init_from); `run` the folder of a run that goes on.
    [[nodiscard]] Status prepare(const std::string& checkpoint, const std::string& run = {});
    // Whether model and data are those of this run.json, as far as it tells, and the end is not
    // behind already. Errors: RunInputChanged, OptionInvalid (train.max_steps).
    [[nodiscard]] Status check_inputs(const Json& run, const std::string& folder,
                                      std::int64_t updates_made) const;
    // What is none of its options and is not as this run.json says: number format, device, version
    // of the program. The run goes on; its numbers may differ in the last digits.
    [[nodiscard]] std::vector<OptionDifference> elsewhere(const Json& run) const;
    // Whether what the run will write, in `folder`, fits on its disk. Errors: SpaceNeeded.
    [[nodiscard]] Status check_disk(const std::string& folder) const;
    // What run.json says.
    [[nodiscard]] Json describe(const RunId& id, const std::string& name) const;
    // What a resume and comparisons read again: the probes, and the list of samples.
    [[nodiscard]] Status write_inputs(const std::string& folder);
    void write_to(RunWriter writer, const RunId& id);
    // Optimizer, noise and, where it is not the checkpoint of prepare(), adapter; nothing is
    // written, and after an error another one may be taken. Errors: CheckpointInvalid, those of
    // loading.
    [[nodiscard]] Status take(const std::string& checkpoint, const CheckpointState& state);
    // After take() and write_to(). `finished`: the run had come to its end, so whoever resumes it
    // asks for more, and used up patience is given anew (in the checkpoint, too); a run that was
    // killed on the way to its end only goes there. Errors: DiskFull, FileUnwritable.
    [[nodiscard]] Status go_on_from(const CheckpointState& state, bool finished);
    // The loop, then the final adapter. True: all updates made; false: stopped (a checkpoint was
    // saved). What was learnt is saved before an error is passed on, too, where the disk allows.
    [[nodiscard]] Result<bool> run();

    [[nodiscard]] RunWriter& writer() { return *writer_; }
    [[nodiscard]] std::int64_t total_updates() const { return counts_.total_updates; }
    [[nodiscard]] const TrainCursor& cursor() const { return cursor_; }

  private:
    [[nodiscard]] Status take_start();
    [[nodiscard]] Status open_data(const std::string& run);
    [[nodiscard]] Status take_probes(const std::string& checkpoint);
    [[nodiscard]] Status check_probes();
    [[nodiscard]] Status load_base(const LoadProgress& progress);
    [[nodiscard]] Status make_adapter(const std::string& checkpoint,
                                      const StartProgress& progress = {});
    [[nodiscard]] Status evict_tower();  // where device.evict_vision says so
    void make_trainer();                 // on the adapter, which is attached
    [[nodiscard]] RunExtent extent() const;
    [[nodiscard]] Result<bool> safe_point();  // serves saves, captions and frees; false = stop
    [[nodiscard]] Status free_memory();
    [[nodiscard]] Status take_back();
    [[nodiscard]] Status load_state(const std::string& checkpoint, const CheckpointState& state);
    [[nodiscard]] Result<bool> train();
    struct Group {
        std::vector<Batch> batches;  // with rows
        std::int64_t read = 0;       // micro-batches, with those whose samples were all left out
    };
    [[nodiscard]] Result<Group> next_group();
    [[nodiscard]] Result<Group> read_group();
    [[nodiscard]] Status note_left_out(const Batch& batch);
    [[nodiscard]] Status note_changes(const std::vector<Batch>& group);
    [[nodiscard]] Result<bool> update();  // one group; false = given up because of a stop
    [[nodiscard]] Result<StepRecord> make_update(std::vector<Batch>& group, bool record_routers);
    [[nodiscard]] Status step_down(Error full, std::vector<Batch>& group);
    // None where the memory is used up, which the log says.
    [[nodiscard]] std::optional<std::vector<RouterRecord>> take_routers(std::int64_t step);
    [[nodiscard]] Status check_gates(const std::vector<RouterRecord>& routers,
                                     const std::vector<Batch>& group);
    [[nodiscard]] Status bad_update(Error error);
    [[nodiscard]] Status go_back(const NoteRecord& cause);
    [[nodiscard]] Status after_update(StepRecord record, std::vector<RouterRecord> routers,
                                      double seconds, std::int64_t samples, std::int64_t tokens);
    [[nodiscard]] TrainEvaluation::Subject subject();
    [[nodiscard]] Status judge();  // saves what is the best so far
    [[nodiscard]] Status save();
    [[nodiscard]] Status write_checkpoint(const RunWriter::Lengths& lengths);
    [[nodiscard]] Status take_best();
    [[nodiscard]] Status finish();
    [[nodiscard]] Status write_adapter();

    RunOptions options_;
    JobControl& control_;
    bool stop_on_disk_full_;
    std::string start_folder_;   // of adapter.init_from
    std::string prepared_from_;  // the checkpoint whose adapter prepare() loaded
    std::vector<Issue> start_issues_;
    std::optional<TightMemory> tight_;  // where a budget has little room beside the prediction
    LoadedModel loaded_;
    Dataset train_, validation_;
    std::vector<CaptionSample> probes_;  // of either
    bool probes_unwritten_ = false;
    PredictedPeak predicted_;
    std::string data_fingerprint_, sample_list_;  // of all parts; the list until it is written
    std::optional<TrainEvaluation> evaluation_;   // of the two
    std::optional<PictureStamps> stamps_;         // of all three
    std::optional<MemoryLadder> ladder_;          // of train_
    std::unique_ptr<Adapter> adapter_;            // after loaded_: detaches before the model dies
    std::unique_ptr<Trainer> trainer_;
    std::unique_ptr<DataLoader> loader_;
    std::optional<RunWriter> writer_;
    StepCounts counts_;
    TrainCursor cursor_;
    std::int64_t saved_at_ = -1;
    // An update without its record: a checkpoint now would leave a hole in metrics.jsonl.
    bool record_pending_ = false;
    std::int64_t left_out_ = 0;     // samples since the last one that could be read
    std::int64_t bad_updates_ = 0;  // since the last good one; with rollback since the last save
};

}  // namespace moelora
