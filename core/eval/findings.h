// SPDX-License-Identifier: GPL-3.0-or-later
// What stands out in captions: cut, empty, repeating or of odd length, equal to the base's, one for
// all pictures. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/record/records.h"

namespace moelora {

// The first part of `text` that is said over and over without anything between: one token four
// times, two to eight tokens three times; "" when there is none. In the tokens of tokens.h.
[[nodiscard]] std::string repeated_part(const std::string& text);

struct CaptionFlags {
    bool cut = false, empty = false;
    bool odd_length =
        false;             // over 3 times the longest reference, or under a third of the shortest
    std::string repeated;  // repeated_part
    [[nodiscard]] bool any() const { return cut || empty || odd_length || !repeated.empty(); }
};
[[nodiscard]] CaptionFlags flags_of(const Caption& caption,
                                    const std::vector<std::string>& references);

// One issue a kind, about its first caption, with the number of them; `captions` of one variant, in
// the order of `samples`.
[[nodiscard]] std::vector<Issue> caption_findings(const std::vector<CaptionSample>& samples,
                                                  const std::vector<Caption>& captions);
// The same for both columns, and how many captions the adapter left as they were: a warning when
// that is all of them.
[[nodiscard]] std::vector<Issue> comparison_findings(const std::vector<ComparedSample>& samples);

}  // namespace moelora
