// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moelora {

// A field as RFC 4180 writes it: quoted when it holds a quote, a comma or a line end.
[[nodiscard]] std::string csv_field(std::string_view text);
// Fields with commas between and \r\n behind.
[[nodiscard]] std::string csv_line(const std::vector<std::string_view>& fields);

}  // namespace moelora
