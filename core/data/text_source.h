// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a record file as UTF-8: byte order marks, UTF-16, and what data.encoding names.
// Internal to core/data.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/options/options.h"

namespace moelora {

// Reads at most `limit` bytes of the file (0 = all). Without a named encoding UTF-16 is turned when
// its mark stands first; other bytes stay as they are: whether they are UTF-8 is for the caller to
// check. Errors: FileMissing, FileUnreadable, TextNotUtf8 for text that is not of the encoding.
[[nodiscard]] Result<std::string> read_as_utf8(const std::string& path, TextEncoding encoding,
                                               std::size_t limit = 0);

// Errors: TextNotUtf8 naming line and byte.
[[nodiscard]] Status check_utf8(std::string_view text, const std::string& path);

// "UTF-8", "UTF-8 with mark", "UTF-16", "not UTF-8"; plain ASCII is UTF-8.
[[nodiscard]] std::string encoding_of(std::string_view bytes);

}  // namespace moelora
