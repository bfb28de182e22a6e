// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 without assumptions: steps over any bytes, valid or not. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace moelora {

enum class Utf8State { Valid, Invalid, Incomplete };

// One sequence at the start of a text. Invalid and Incomplete give the length of the longest prefix
// of a possible sequence (at least 1), which is what one U+FFFD stands for (Unicode 3.9, "maximal
// subpart"). Incomplete: the text ends inside a sequence that is possible so far.
struct Utf8Step {
    Utf8State state = Utf8State::Valid;
    std::size_t length = 0;
    char32_t code = 0;  // with Valid
};
[[nodiscard]] Utf8Step utf8_step(std::string_view text);  // text is not empty

[[nodiscard]] bool is_valid_utf8(std::string_view text);
[[nodiscard]] bool is_ascii(std::string_view text);

// Appends `text` to `out` with U+FFFD for each bad part. With `hold_incomplete` an incomplete end
// is left out. Returns the number of bytes consumed.
std::size_t append_lossy(std::string& out, std::string_view text, bool hold_incomplete);

void append_utf8(std::string& out, char32_t code);

// Unicode normal forms C and D: one letter with an accent, or letter and accent; what is not UTF-8
// comes back as it is.
[[nodiscard]] std::string composed(std::string_view text);
[[nodiscard]] std::string decomposed(std::string_view text);

}  // namespace moelora
