// SPDX-License-Identifier: GPL-3.0-or-later
// TrainEvaluation: how a training run judges itself between updates: the loss on the validation
// part, captions of a few fixed pictures with their scores, and patience. Nothing that is trained
// changes; what has been judged stands in the cursor. What does not fit into the memory is made
// with half as many samples at a time, down to one, and then left out with a note: training goes
// on, for an evaluation is not worth a run. Engine thread only.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/session/checkpoint.h"
#include "core/session/loaded_model.h"
#include "core/session/picture_stamps.h"
#include "core/session/run_writer.h"

namespace moelora {

// Whether an evaluation is the best so far. The first is, whatever it gives; one that is no number
// loses to any that is one.
[[nodiscard]] bool is_better(double loss, const std::optional<double>& best);

class TrainEvaluation {
  public:
    // What is judged, and where it is recorded; borrowed for one call.
    struct Subject {
        LoadedModel& loaded;
        Adapter& adapter;
        Trainer& trainer;
        RunWriter& writer;
        TrainCursor& cursor;
        PictureStamps& stamps;
    };

    // All are borrowed and outlive it. An empty `validation` gives no evaluations.
    TrainEvaluation(const RunOptions& options, JobControl& control, const Dataset& validation,
                    const std::vector<CaptionSample>& probes);

    // What is due after update cursor.step and not done yet: evaluation, probe captions. True: the
    // loss is the best so far. What a stop interrupts is not kept: a resume makes it again. Errors:
    // those of data, captions and the run's files.
    [[nodiscard]] Result<bool> judge(const Subject& subject, bool epoch_ended, bool last) const;
    // Probe captions, once for each step. False: a stop came between, and nothing is kept.
    [[nodiscard]] Result<bool> probe(const Subject& subject, EvalRecord* scores = nullptr) const;
    // Whether the last train.early_stop_patience evaluations brought nothing better.
    [[nodiscard]] bool out_of_patience(const TrainCursor& cursor) const;

  private:
    struct Sentences {
        ErrorCode split, left_out;
    };
    [[nodiscard]] Result<bool> evaluate(const Subject& subject) const;
    [[nodiscard]] Status note(const Subject& subject, ErrorCode code, std::int64_t rows) const;
    // Of a batch, as sum over its targets; nothing where it does not fit. `rows` shrinks to what
    // does.
    [[nodiscard]] Result<std::optional<LossSum>> loss_of(const Subject& subject, const Batch& batch,
                                                         std::int64_t& rows) const;
    [[nodiscard]] Result<EvalRecord> validation_loss(const Subject& subject) const;
    // Calls make(rows) with fewer and fewer rows until it fits. False: it never does.
    [[nodiscard]] Result<bool> within_memory(const Subject& subject, std::int64_t& rows,
                                             const Sentences& sentences,
                                             const std::function<Status(std::int64_t)>& make) const;
    [[nodiscard]] Result<std::optional<std::vector<Caption>>> captions_of_probes(
        const Subject& subject) const;
    [[nodiscard]] Result<bool> compare_with_best(const Subject& subject, double loss) const;

    const RunOptions& options_;
    JobControl& control_;
    const Dataset& validation_;
    const std::vector<CaptionSample>& probes_;
};

}  // namespace moelora
