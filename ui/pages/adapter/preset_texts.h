// SPDX-License-Identifier: GPL-3.0-or-later
// What a preset is for, in one sentence of the user's language.
#pragma once

#include <QString>

#include "core/options/presets.h"

namespace moelora::ui {

[[nodiscard]] QString presetTitle(const Preset& preset);
[[nodiscard]] QString presetSentence(const Preset& preset);

}  // namespace moelora::ui
