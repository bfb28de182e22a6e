// SPDX-License-Identifier: GPL-3.0-or-later
// The files of resources/presets as texts; the definition is written by CMake
// (presets_data.cpp.in).
#pragma once

#include <string_view>
#include <vector>

namespace moelora {

// In the order in which presets are offered; of several flavours the first is the default.
[[nodiscard]] const std::vector<std::string_view>& preset_texts();

}  // namespace moelora
