// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a comparison. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/record/records.h"

namespace moelora {

// Text that is safe as content and as a quoted attribute of HTML.
[[nodiscard]] std::string html_escaped(std::string_view text);

// `images`: CaptionSample::image -> path relative to the page, made of characters that need no
// escape in an address; a picture that is not in it is shown by its name.
[[nodiscard]] std::string comparison_page(const Comparison& comparison,
                                          const std::map<std::string, std::string>& images);

}  // namespace moelora
