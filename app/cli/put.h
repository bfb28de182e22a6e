// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

namespace moelora::cli {

// Why something did not reach the standard output: the first errno; 0 = all did.
inline int lost_output = 0;

inline void flush(std::FILE* stream) {
    if (std::fflush(stream) != 0 && stream == stdout && lost_output == 0) lost_output = errno;
}

// To an output that may have lost its reader (`| head`): fmt::print throws then, in the middle of a
// job that has something to save.
template <class... T>
void put(std::FILE* stream, fmt::format_string<T...> format, T&&... arguments) {
    const std::string text = fmt::format(format, std::forward<T>(arguments)...);
    const bool whole = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
    if (!whole && stream == stdout && lost_output == 0) lost_output = errno;
}

}  // namespace moelora::cli
