// SPDX-License-Identifier: GPL-3.0-or-later
// Trainer: one optimizer update at a time. No file, no clock, no UI in here. Semantics:
// training_semantics.md 4 (mean of micro-batch means for Qwen3-VL, mean over all targets of the
// update for text models, as transformers weighs them). Engine thread only. Borrows model
// and adapter.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/adapter/adapter.h"
#include "core/data/batch.h"
#include "core/model/qwen3vl.h"
#include "core/train/schedule.h"

namespace moelora {

struct LossSum {
    double loss = 0;  // mean over targets
    std::int64_t targets = 0;
};

class Trainer {
  public:
    // `total_updates` is T of the schedule.
    Trainer(Qwen3VL& model, Adapter& adapter, const TrainOptions& options,
            std::int64_t total_updates);
    ~Trainer();

    // One update from the micro-batches of one accumulation group (the last of an epoch may be
    // short): forward, backward, clip, AdamW, schedule. Fills step, loss, aux_loss, grad_norm, lr,
    // targets; times and memory are the caller's. Errors: LossNotFinite, GradientNotFinite,
    // LossZero (samples named; parameters, optimizer, loss scale, noise and step untouched, as they
    // are after anything thrown, for whatever allocates comes before the first weight moves; the
    // statistics of the adapter are begun anew by whoever tries again). `keep_going` is asked
    // between passes; false gives up the update, leaves everything untouched and returns a
    // record with step 0. A micro-batch without targets contributes nothing: it is not run and not
    // counted among the micro-batches whose mean is taken; when no micro-batch has one, the update
    // is counted (the schedule goes on) and weights and moments stay as they are. The values of
    // losses and gradient norm are read from the device once, after the last backward pass.
    // Micro-batches that follow each other share a pass (batch_pack.h) while they have at most
    // options.pack_tokens tokens together (0 is as 1: none); losses, gradients, balance terms and
    // statistics are then the same up to rounding, dropout and jitter are drawn otherwise.
    [[nodiscard]] Result<StepRecord> step(std::span<const Batch> micro_batches,
                                          const std::function<bool()>& keep_going = {});
    // Computes that many rows at a time from now on, 0 = a micro-batch, or all that
    // train.pack_tokens packs: less memory, the same update up to rounding, for the losses keep the
    // weights they have together. Dropout is drawn anew, and a balance term of a micro-batch in
    // parts is the mean of those of the parts by their tokens.
    void set_rows_at_once(std::int64_t rows);
    // So many text layers, from the lowest on, keep their inputs alone and compute the rest again:
    // less memory, more time, the same up to rounding. With options.gradient_checkpointing all do.
    void recompute(std::int64_t text_layers);
    // What step() was computing when it last threw. No samples: something else of the update.
    struct AtWork {
        std::vector<std::string> samples;
        std::int64_t picture = 0;  // patches of the largest one
    };
    [[nodiscard]] const AtWork& at_work() const;
    // What the last error of step() names, one by one: an id may hold a comma.
    [[nodiscard]] const std::vector<std::string>& bad_samples() const;
    // Mean loss without gradients, adapter on, no noise.
    [[nodiscard]] LossSum evaluate(const Batch& batch);
    [[nodiscard]] std::int64_t updates_made() const;

    // fp16 models: with a dynamic loss scale (loss_scale.h), whose state is "loss_scale" [2] f64.
    // Optimizer moments by parameter name and "adamw.steps" (UpdateRule::state): for checkpoints.
    // Shares storage with the optimizer: write or copy before the next step. restore: all or
    // nothing; CheckpointInvalid names the entry.
    [[nodiscard]] std::vector<NamedTensor> optimizer_state() const;
    [[nodiscard]] Status restore(const std::vector<NamedTensor>& optimizer_state,
                                 std::int64_t updates_made);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace moelora
