// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace moelora::cli {

// To an output that may have lost its reader (`| head`): fmt::print throws then, in the middle of a
// job that has something to save. What could not be written is known by ferror().
template <class... T>
void put(std::FILE* stream, fmt::format_string<T...> format, T&&... arguments) {
    const std::string text = fmt::format(format, std::forward<T>(arguments)...);
    (void)!std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace moelora::cli
