// SPDX-License-Identifier: GPL-3.0-or-later
// What single sites have of their own (adapter.site_axes): "down_proj: rank=4, experts=2". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace moelora {

struct SiteAxes {
    std::string pattern;  // as in adapter.targets
    std::optional<std::int64_t> experts, rank, top_k;
    std::optional<double> alpha;
};
// Errors: OptionInvalid, naming the entry and what is wrong with it.
[[nodiscard]] Result<std::vector<SiteAxes>> read_site_axes(const std::vector<std::string>& entries);

}  // namespace moelora
