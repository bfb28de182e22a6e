// SPDX-License-Identifier: GPL-3.0-or-later
// Judging captions: word diff and metrics. Pure, torch-free.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/record/records.h"

namespace moelora {

// Units of a diff: words with their following white space; each CJK character or mark is a unit of
// its own; white space at the start is one too. Joined they give the text. Bytes that are no UTF-8
// count as parts of words.
[[nodiscard]] std::vector<std::string> diff_units(std::string_view text);
// Shortest edit script over diff_units, which are equal when their words are; white space that
// differs after equal words becomes spans of its own. Between two equal spans stand at most one
// deleted and one inserted span, in this order. Equal + Deleted give `before` to the byte, Equal +
// Inserted give `after`. O(n m) in time and memory.
[[nodiscard]] WordDiff word_diff(std::string_view before, std::string_view after);

// `text` without Unicode white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
// Equal to one of the references, all trimmed; case, punctuation and inner blanks count.
[[nodiscard]] bool exact_match(std::string_view text, const std::vector<std::string>& references);
// Counts and scores the samples with references that have a caption (a stopped job leaves some
// without); by_task names the tasks that are not "", each scored as a corpus of its own (scores.h).
// `captions` are of one variant, in any order.
[[nodiscard]] CaptionMetrics score_captions(const std::vector<CaptionSample>& samples,
                                            const std::vector<Caption>& captions);

}  // namespace moelora
