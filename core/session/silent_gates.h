// SPDX-License-Identifier: GPL-3.0-or-later
// Whether every gate tells what it does (MN-2): a heatmap that records nothing looks like one of
// gates that do nothing.
#pragma once

#include <optional>
#include <vector>

#include "core/adapter/plan.h"
#include "core/base/issue.h"
#include "core/record/records.h"

namespace moelora {

// GatesSilent, a warning, where a site that routes is in none of the records of an update. Those of
// the vision tower need `pictures` in it. Pure.
[[nodiscard]] std::optional<Issue> silent_gates(const std::vector<SiteSpec>& sites,
                                                const std::vector<RouterRecord>& records,
                                                bool pictures);

}  // namespace moelora
