// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/free_space.h"

#include <filesystem>

namespace moelora {

namespace fs = std::filesystem;

// Its nearest folder that exists is asked.
std::optional<std::int64_t> free_bytes_at(const std::string& path) {
    std::error_code error;
    fs::path at = fs::absolute(path, error);
    while (!fs::exists(at, error) && at.has_relative_path()) at = at.parent_path();
    const fs::space_info space = fs::space(at, error);
    if (error) return std::nullopt;
    return static_cast<std::int64_t>(space.available);
}

}  // namespace moelora
