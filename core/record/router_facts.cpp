// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/router_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace moelora {

double load_ratio(const RouterRecord& record) {
    if (record.load.empty() || record.tokens == 0) return 1;
    const auto [least, most] = std::minmax_element(record.load.begin(), record.load.end());
    return *least > 0 ? *most / *least : std::numeric_limits<double>::infinity();
}

std::int64_t dead_experts(const RouterRecord& record) {
    if (record.tokens == 0) return 0;
    const double least = 0.1 / static_cast<double>(record.load.size());
    return std::count_if(record.load.begin(), record.load.end(),
                         [&](double share) { return share < least; });
}

double marginal_experts(const RouterRecord& record) {
    const auto experts = static_cast<double>(record.probability.size());
    return experts == 0 ? 0 : std::pow(experts, record.marginal_entropy);
}

}  // namespace moelora
