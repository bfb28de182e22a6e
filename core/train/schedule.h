// SPDX-License-Identifier: GPL-3.0-or-later
// Learning-rate schedules and step counts of transformers' Trainer (training_semantics.md 5, 7).
// Pure, torch-free.
#pragma once

#include <cstdint>

#include "core/options/options.h"

namespace moelora {

// f(t): factor of the learning rate for the update with number t (0 = first) out of T, w warm-up
// updates. Of `options` only the schedule is read, and the learning rate where it ends at another.
[[nodiscard]] double schedule_factor(const TrainOptions& options, std::int64_t t,
                                     std::int64_t total, std::int64_t warmup);
// warmup_steps below 1 is a share of total (ceil), else truncated.
[[nodiscard]] std::int64_t warmup_updates(double warmup_steps, std::int64_t total);

struct StepCounts {
    std::int64_t batches_per_epoch = 0, updates_per_epoch = 0, total_updates = 0;
    double epochs = 0;
};
[[nodiscard]] StepCounts count_steps(std::int64_t samples, const TrainOptions& options);

}  // namespace moelora
