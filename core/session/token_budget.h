// SPDX-License-Identifier: GPL-3.0-or-later
// The token budget of a data set: how long its samples are, and which are the longest. Pure,
// torch-free.
#pragma once

#include <vector>

#include "core/record/records.h"

namespace moelora {

// `limit`: data.max_length. Bins of the histogram are as wide as a power of two, and some 12 to 24
// of them reach from the shortest to the longest sample. Of samples of equal length the earlier one
// is worse. Cost: n log n.
[[nodiscard]] TokenCounts token_budget(std::vector<SampleTokens> samples, std::int64_t limit);

}  // namespace moelora
