// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/gate_alarms.h"

#include <algorithm>

namespace moelora::ui {

namespace {
// Smallest, largest and mean weight of one expert of a site over the window.
struct Span {
    double low = 1, high = 0, sum = 0;
    std::size_t count = 0;
};

const RouterRecord* siteOf(const RouterFrame& frame, std::size_t index, const std::string& name) {
    if (index < frame.sites.size() && frame.sites[index].site == name) return &frame.sites[index];
    const auto at = std::find_if(frame.sites.begin(), frame.sites.end(),
                                 [&](const RouterRecord& r) { return r.site == name; });
    return at == frame.sites.end() ? nullptr : &*at;
}
}  // namespace

std::vector<GateAlarm> gateAlarms(const std::vector<RouterFrame>& frames,
                                  const GateWindow& window) {
    std::vector<GateAlarm> alarms;
    const std::size_t seen = std::min(window.frames, frames.size());
    if (seen < window.least) return alarms;
    const auto first = frames.end() - static_cast<std::ptrdiff_t>(seen);
    const std::vector<RouterRecord>& newest = frames.back().sites;
    for (std::size_t s = 0; s < newest.size(); ++s) {
        const RouterRecord& site = newest[s];
        if (site.weight.size() < 2) continue;
        std::vector<Span> spans(site.weight.size());
        for (auto frame = first; frame != frames.end(); ++frame)
            if (const RouterRecord* record = siteOf(*frame, s, site.site))
                for (std::size_t e = 0; e < std::min(spans.size(), record->weight.size()); ++e) {
                    Span& span = spans[e];
                    span.low = std::min(span.low, record->weight[e]);
                    span.high = std::max(span.high, record->weight[e]);
                    span.sum += record->weight[e];
                    ++span.count;
                }
        std::vector<GateAlarm> dead;
        bool dominated = false;
        for (std::size_t e = 0; e < spans.size(); ++e) {
            const Span& span = spans[e];
            if (span.count < window.least) continue;
            const GateAlarm alarm{GateAlarm::Dead,     site.site,
                                  site.module,         site.layer,
                                  static_cast<int>(e), span.sum / static_cast<double>(span.count)};
            if (span.low > window.dominating) {
                dominated = true;
                alarms.push_back(alarm);
                alarms.back().kind = GateAlarm::Dominating;
            } else if (span.high < window.dead) {
                dead.push_back(alarm);
            }
        }
        if (!dominated) alarms.insert(alarms.end(), dead.begin(), dead.end());
    }
    return alarms;
}

}  // namespace moelora::ui
