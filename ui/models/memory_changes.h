// SPDX-License-Identifier: GPL-3.0-or-later
// What would make a run fit, put into its options. Pure.
#pragma once

#include <vector>

#include "core/options/config.h"
#include "core/record/memory_estimate.h"

namespace moelora::ui {

// The options with these changes, in their order. A smaller batch is made up for by accumulation,
// so that an update stays what it is.
[[nodiscard]] RunOptions withChanges(RunOptions options, const std::vector<MemoryChange>& changes);

// Pictures of `most` pixels at most; where the fewest pixels stand in the way, they follow.
[[nodiscard]] RunOptions withMostPixels(RunOptions options, std::int64_t most);

}  // namespace moelora::ui
