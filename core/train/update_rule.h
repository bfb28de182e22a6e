// SPDX-License-Identifier: GPL-3.0-or-later
// UpdateRule: what happens between the losses of one accumulation group and the changed parameters
// - accumulation, gradient norm, clipping, AdamW, schedule (training_semantics.md 4, 6-8). Knows no
// model, so that two weights are enough to test it. Engine thread only. Borrows the parameters.
//
// One update:  begin();  accumulate(loss, k) for each of the k micro-batches;
//              n = gradient_norm();  then apply(n) or discard().
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "core/adapter/named_tensor.h"
#include "core/base/result.h"
#include "core/options/options.h"
#include "core/train/adamw.h"

namespace moelora {

class UpdateRule {
  public:
    // `total_updates` is T of the schedule.
    UpdateRule(std::vector<NamedTensor> parameters, const TrainOptions& options,
               std::int64_t total_updates);

    void begin() { discard(); }
    // Adds the gradient of loss / micro_batches to the parameters' .grad().
    void accumulate(const at::Tensor& loss, std::int64_t micro_batches);
    // Drops the gradients; nothing else has been touched so far.
    void discard();
    // L2 norm over all gradients before clipping, 0-dim f64 on the parameters' device (so that the
    // caller can read it together with the losses).
    [[nodiscard]] at::Tensor gradient_norm() const;
    // Clips by max_norm / (norm + 1e-6), updates the parameters, counts the update, drops the
    // gradients. Returns the learning rate used. The gradients are `scale` times the true ones,
    // `norm` is that of the true ones.
    double apply(double norm, double scale = 1);
    // Counts an update in which there was nothing to learn: the schedule goes on, no moment decays.
    double skip();

    [[nodiscard]] double learning_rate() const;  // of the next update
    [[nodiscard]] std::int64_t updates_made() const { return updates_made_; }

    // "<name>.m", "<name>.v" in the parameter's dtype, or in u8 with "<name>.m.scale" and
    // "<name>.v.scale" (adamw.h), and "adamw.steps" [parameters] i64. Shares storage: copy before
    // the next update.
    [[nodiscard]] std::vector<NamedTensor> state() const;
    // All or nothing. Errors: CheckpointInvalid naming the missing, unexpected or mis-shaped entry.
    [[nodiscard]] Status restore(std::span<const NamedTensor> state, std::int64_t updates_made);

  private:
    std::vector<NamedTensor> parameters_;
    TrainOptions options_;
    std::int64_t total_updates_ = 0, warmup_ = 0, updates_made_ = 0;
    AdamW optimizer_;
};

}  // namespace moelora
