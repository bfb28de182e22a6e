// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/silent_gates.h"

#include <set>
#include <string>
#include <string_view>

namespace moelora {

std::optional<Issue> silent_gates(const std::vector<SiteSpec>& sites,
                                  const std::vector<RouterRecord>& records, bool pictures) {
    std::set<std::string_view> heard;
    for (const RouterRecord& record : records) heard.insert(record.site);
    std::int64_t routed = 0, silent = 0;
    std::string first;
    for (const SiteSpec& site : sites) {
        if (!site.routes() || (site.shape.vision && !pictures)) continue;
        ++routed;
        if (heard.contains(site.shape.path)) continue;
        if (++silent == 1) first = site.shape.path;
    }
    if (silent == 0) return std::nullopt;
    return Issue{
        Severity::Warning,
        {ErrorCode::GatesSilent,
         {{"found", std::to_string(silent)}, {"limit", std::to_string(routed)}, {"tensor", first}},
         {},
         {}},
        {"", 0, first},
        1};
}

}  // namespace moelora
