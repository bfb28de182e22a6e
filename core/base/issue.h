// SPDX-License-Identifier: GPL-3.0-or-later
// Issue: something the user can look at and act on; a catalogue code, its values and a place to
// jump to.
#pragma once

#include <cstdint>

#include "core/base/error.h"

namespace moelora {

enum class Severity { Info, Warning, Error };

struct Place {
    std::string file;       // path, or "" when no file is meant
    std::int64_t line = 0;  // 1 = first line; 0 = the file as a whole
    std::string item;       // record id, option path ("adapter.rank") or tensor name
    bool operator==(const Place&) const = default;
};

struct Issue {
    Severity severity = Severity::Warning;
    Error error;
    Place where;
    std::int64_t count = 1;  // equal issues merge
};

// "error", "warning", "info"
[[nodiscard]] constexpr std::string_view name_of(Severity s) {
    return s == Severity::Error ? "error" : s == Severity::Warning ? "warning" : "info";
}

}  // namespace moelora
