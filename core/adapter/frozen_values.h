// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/adapter/plan.h"

namespace moelora {

// What a site stores and holds beside its parameters: a start that is taken off (start_a, start_b).
[[nodiscard]] inline std::int64_t frozen_values(const SiteSpec& site) {
    if (site.start_share <= 0) return 0;
    return site.a_rows() * site.shape.in + site.total_rank() * site.shape.out;
}

}  // namespace moelora
