// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison as files: comparison.json, comparison.csv, coco_results_base.json,
// coco_results_adapted.json, index.html with copies of the pictures. Torch-free.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/record/records.h"

namespace moelora {

// Into an existing folder (the caller makes it atomic). The HTML is self-contained beside its
// images/ folder, light and dark; every text is escaped; pictures are copied as they are when a
// browser shows them (jpeg, png, webp, gif, bmp).
[[nodiscard]] Status write_comparison(const Comparison& comparison, const std::string& folder);
// The same as a new folder that is there whole or not at all. Errors: OutputExists.
[[nodiscard]] Status save_comparison(const Comparison& comparison, const std::string& folder);
[[nodiscard]] Result<Comparison> read_comparison(const std::string& folder);

}  // namespace moelora
