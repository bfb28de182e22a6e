// SPDX-License-Identifier: GPL-3.0-or-later
// The records of a run as named scalars, one series per name: what TensorBoard's event files and
// metrics.csv hold. Torch-free, pure.
#pragma once

#include <string>
#include <vector>

#include "core/record/records.h"

namespace moelora {

struct Scalar {
    std::string series;
    double value = 0;
};

// "train/loss", "train/lr", ...: every number of the record but the step.
[[nodiscard]] std::vector<Scalar> series_of(const StepRecord& record);
// "eval/loss", ...
[[nodiscard]] std::vector<Scalar> series_of(const EvalRecord& record);
// All sites of one update: "router/SITE/weight/E", ".../load/E", ".../probability/E",
// ".../entropy", ".../effective_experts", ".../marginal_entropy", ".../marginal_experts",
// ".../dead_experts", ".../load_ratio" (where it is finite) with E = 0, 1, ... and SITE without
// "model.language_model."; and the gate weights by task and by kind of token as means over the
// sites, "router/by_task/TASK/weight/E", "router/by_kind/KIND/weight/E".
[[nodiscard]] std::vector<Scalar> series_of(const std::vector<RouterRecord>& records);

}  // namespace moelora
