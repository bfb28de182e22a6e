// SPDX-License-Identifier: GPL-3.0-or-later
// Which exceptions mean that the memory is used up: one answer for jobs, the training's ladder and
// tests. Thread-safe; no state.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace moelora {

// HostOutOfMemory or DeviceOutOfMemory "while {stage}"; nothing for any other exception.
[[nodiscard]] std::optional<Error> memory_error(const std::exception& thrown,
                                                const std::string& stage);
// Whether an error says so, also one in which a thread that reads ahead wrapped the exception.
[[nodiscard]] bool is_memory_error(const Error& error);

}  // namespace moelora
