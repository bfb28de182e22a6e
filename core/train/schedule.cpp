// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/assert.h"

namespace moelora {

namespace {

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

std::int64_t ceil_to_count(double x) {
    return static_cast<std::int64_t>(std::ceil(x));
}

}  // namespace

double schedule_factor(const TrainOptions& options, std::int64_t t, std::int64_t total,
                       std::int64_t warmup) {
    MOELORA_ASSERT(t >= 0 && total >= 0 && warmup >= 0, "schedule_factor: negative count");
    if (t < warmup) return static_cast<double>(t) / static_cast<double>(warmup);
    const auto since = static_cast<double>(t - warmup), steps = static_cast<double>(warmup);
    const auto rest = static_cast<double>(std::max<std::int64_t>(1, total - warmup));
    const double progress = since / rest, cycles = options.schedule_cycles;
    const auto cosine = [](double turns) {
        return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * turns)));
    };
    switch (options.schedule) {
        case LrScheduleKind::Constant:
            return 1;
        case LrScheduleKind::Linear:
            return std::max(0.0, static_cast<double>(total - t) / rest);
        case LrScheduleKind::Cosine:
            return cosine((cycles > 0 ? cycles : 0.5) * 2.0 * progress);
        case LrScheduleKind::CosineRestarts:
            return progress >= 1 ? 0
                                 : cosine(std::fmod((cycles > 0 ? cycles : 1.0) * progress, 1.0));
        case LrScheduleKind::Polynomial: {
            const double end = options.schedule_end / options.learning_rate;
            if (t > total) return end;
            return (1 - end) * std::pow(1 - progress, options.schedule_power) + end;
        }
        case LrScheduleKind::InverseSqrt: {
            constexpr double without_warmup = 10000;
            const double scale = options.schedule_timescale > 0 ? options.schedule_timescale
                                 : warmup > 0                   ? steps
                                                                : without_warmup;
            return 1 / std::sqrt((since + scale) / scale);
        }
    }
    return 0;
}

std::int64_t warmup_updates(double warmup_steps, std::int64_t total) {
    if (warmup_steps <= 0) return 0;
    if (warmup_steps < 1) return ceil_to_count(static_cast<double>(total) * warmup_steps);
    return static_cast<std::int64_t>(warmup_steps);
}

StepCounts count_steps(std::int64_t samples, const TrainOptions& options) {
    MOELORA_ASSERT(samples >= 0 && options.batch_size > 0 && options.gradient_accumulation > 0,
                   "count_steps: sizes must be positive");
    StepCounts counts;
    counts.batches_per_epoch = ceil_divide(samples, options.batch_size);
    counts.updates_per_epoch = std::max<std::int64_t>(
        1, ceil_divide(counts.batches_per_epoch, options.gradient_accumulation));
    if (options.max_steps > 0) {
        counts.total_updates = options.max_steps;
        counts.epochs =
            static_cast<double>(ceil_divide(options.max_steps, counts.updates_per_epoch));
    } else {
        counts.epochs = options.epochs;
        counts.total_updates =
            ceil_to_count(options.epochs * static_cast<double>(counts.updates_per_epoch));
    }
    return counts;
}

}  // namespace moelora
