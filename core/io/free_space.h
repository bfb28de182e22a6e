// SPDX-License-Identifier: GPL-3.0-or-later
// What is free on the disk of a file or folder that need not exist yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace moelora {

// Bytes that this user may still write where `path` lies or will lie; nothing when the system does
// not say.
[[nodiscard]] std::optional<std::int64_t> free_bytes_at(const std::string& path);

}  // namespace moelora
