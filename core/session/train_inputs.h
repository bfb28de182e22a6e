// SPDX-License-Identifier: GPL-3.0-or-later
// What a training run asks of its options and data before the first update. Engine thread only.
#pragma once

#include <optional>

#include "core/data/at_work.h"
#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

struct PredictedPeak {
    std::int64_t bytes = 0;              // 0 = not known
    std::int64_t pack_tokens = 1;        // train.pack_tokens, or what its 0 stands for
    std::int64_t recomputed_layers = 0;  // as device.memory_budget asks for
};
// Of data before any split, and before a model is loaded; nothing is known where no estimate can be
// made and no device.memory_budget asks for it. Errors: BudgetExceeded, with what would help; with
// a budget those of the estimate.
[[nodiscard]] Result<PredictedPeak> predict_peak(const RunOptions& options, const Dataset& data,
                                                 JobControl& control);
// Nothing is cut silently: samples of more than data.max_length tokens are refused, all of them
// named as issues. One that cannot be measured is refused, too, unless data.on_bad_picture leaves
// it out when its turn comes. Errors: that of the first.
[[nodiscard]] Status check_lengths(const Dataset& data, const TextSide& text,
                                   const DataOptions& options, JobControl& control);
// A task router needs the task of every sample, and as many rows as there are tasks: sets num_tasks
// where it is 0. Errors: TaskMissing, OptionInvalid.
[[nodiscard]] Status check_tasks(const Dataset& train, const Dataset& validation,
                                 AdapterOptions& adapter);
// Pictures that are learnt and kept for evaluation at once: equal files, and those that look nearly
// the same as far as an earlier `dataset check` knows them, for nothing is decoded at a start. The
// first of them in full. (SplitLeak, Warning)
[[nodiscard]] std::vector<Issue> leaks_of_split(const Dataset& train, const Dataset& held,
                                                const AtWork& at_work = {});

}  // namespace moelora
