// SPDX-License-Identifier: GPL-3.0-or-later
// Unicode white space. Pure; for .cpp files (includes utf8proc).
#pragma once

#include <utf8proc.h>

#include <algorithm>
#include <string_view>

#include "core/text/utf8.h"

namespace moelora {

[[nodiscard]] inline bool is_white_space(char32_t c) {
    if ((c >= 9 && c <= 13) || c == 0x85) return true;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

// As Python's str.strip(), which takes four control characters for white space too.
[[nodiscard]] inline std::string_view stripped(std::string_view text) {
    std::size_t first = text.size(), last = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        const bool blank = step.state == Utf8State::Valid &&
                           (is_white_space(step.code) || (step.code >= 28 && step.code <= 31));
        if (!blank) {
            first = std::min(first, at);
            last = at + step.length;
        }
        at += step.length;
    }
    return last > first ? text.substr(first, last - first) : std::string_view{};
}

}  // namespace moelora
