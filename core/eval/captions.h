// SPDX-License-Identifier: GPL-3.0-or-later
// Judging captions: word diff and metrics. Pure, torch-free.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/record/records.h"

namespace moelora {

// Units of a diff: words with their following blanks; each CJK character is a unit of its own.
// Joined they give the text.
[[nodiscard]] std::vector<std::string> diff_units(std::string_view text);
// Shortest edit script over diff_units; neighbouring spans of one kind are joined.
[[nodiscard]] WordDiff word_diff(std::string_view before, std::string_view after);

// Equal to one of the references after trimming white space at both ends.
[[nodiscard]] bool exact_match(std::string_view text, const std::vector<std::string>& references);
[[nodiscard]] CaptionMetrics score_captions(const std::vector<CaptionSample>& samples,
                                            const std::vector<Caption>& captions);

}  // namespace moelora
