// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's reasons in the language of the window: an English reason is found in the list
// core/base/error_reasons.inc (or is itself a filled sentence of the catalogue), and its
// translation is filled with the same values. GUI thread only.
#pragma once

#include <QString>
#include <string_view>
#include <vector>

namespace moelora::ui {

// The reason as written when it is not in the list.
[[nodiscard]] QString reasonText(std::string_view english);
// The same for what the engine remarks about data and devices: "data.jsonl has images[].file_name
// and annotations[].caption, 12 of 12 pictures found".
[[nodiscard]] QString remarkText(std::string_view english);
// The English texts of error_reasons.inc, for tests.
[[nodiscard]] const std::vector<std::string_view>& reasonTemplates();

}  // namespace moelora::ui
