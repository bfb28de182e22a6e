// SPDX-License-Identifier: GPL-3.0-or-later
// What people want to reach, as a preset with the settings that go with it: a beginning for those
// who do not know the systems yet. One table; a test takes every row through the engine's
// validation.
#pragma once

#include <QString>
#include <vector>

#include "core/options/options.h"

namespace moelora::ui {

struct Goal {
    const char *id, *title, *sentence;  // English sources of context "goals"
    const char *preset, *flavour;
    std::vector<std::pair<const char*, const char*>> settings;  // as --set takes them
};
[[nodiscard]] const std::vector<Goal>& goals();
[[nodiscard]] QString goalTitle(const Goal& goal);
[[nodiscard]] QString goalSentence(const Goal& goal);
// `options` with the goal's adapter and settings; model, data and device stay.
[[nodiscard]] RunOptions withGoal(RunOptions options, const Goal& goal);

}  // namespace moelora::ui
