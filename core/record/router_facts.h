// SPDX-License-Identifier: GPL-3.0-or-later
// What a RouterRecord implies (adapters.md 3.6). Pure; any thread.
#pragma once

#include "core/record/records.h"

namespace moelora {

// The largest load over the smallest; infinite where an expert gets no token, 1 without tokens.
[[nodiscard]] double load_ratio(const RouterRecord& record);
// Experts with less than a tenth of an even share, 1 / E, of the tokens.
[[nodiscard]] std::int64_t dead_experts(const RouterRecord& record);
// exp H(probability): as many experts as all tokens together use. 0 where an older record does not
// know the probabilities.
[[nodiscard]] double marginal_experts(const RouterRecord& record);

}  // namespace moelora
