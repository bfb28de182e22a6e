// SPDX-License-Identifier: GPL-3.0-or-later
// The number of a text with %Ln, whose words follow it: "1 picture", "2 pictures".
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace moelora::ui {

[[nodiscard]] inline int many(std::int64_t count) {
    return static_cast<int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<int>::max()));
}

}  // namespace moelora::ui
