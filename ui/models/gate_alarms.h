// SPDX-License-Identifier: GPL-3.0-or-later
// Experts that no token uses, and experts that take nearly everything, over the newest frames of a
// run. Pure.
#pragma once

#include <string>
#include <vector>

#include "ui/models/run_model.h"

namespace moelora::ui {

struct GateAlarm {
    enum Kind { Dead, Dominating };
    Kind kind = Dead;
    std::string site, module;
    std::int64_t layer = 0;
    int expert = 0;    // 0 = first
    double share = 0;  // mean mixing weight over the window
    bool operator==(const GateAlarm&) const = default;
};

struct GateWindow {
    std::size_t frames = newestFramesKept;  // fewer than `least` raise no alarm
    std::size_t least = 5;
    double dead = 0.01;        // an expert is dead when its largest weight stays below this
    double dominating = 0.95;  // and dominates when its smallest stays above this
};

// In the order of the sites; a dominating expert is named once, not the ones it leaves without
// work.
[[nodiscard]] std::vector<GateAlarm> gateAlarms(const std::vector<RouterFrame>& frames,
                                                const GateWindow& window = {});

}  // namespace moelora::ui
