// SPDX-License-Identifier: GPL-3.0-or-later
// What a preset is for, in one sentence of the user's language.
#pragma once

#include <QString>
#include <QStringList>
#include <string_view>
#include <vector>

#include "core/options/presets.h"

namespace moelora::ui {

[[nodiscard]] QString presetTitle(const Preset& preset);
[[nodiscard]] QString presetSentence(const Preset& preset);
// Where paper and code differ, a line each.
[[nodiscard]] QStringList presetDifferences(const Preset& preset);
// The English lines that have a translation, for tests.
[[nodiscard]] std::vector<std::string_view> translatedDifferences();

}  // namespace moelora::ui
