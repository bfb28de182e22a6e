// SPDX-License-Identifier: GPL-3.0-or-later
// Kinds of characters, for diffs and metrics.
#pragma once

namespace moelora {

// Unicode property White_Space.
[[nodiscard]] bool is_white(char32_t code);
// Scripts written without blanks between words, with their punctuation: radicals, kana, bopomofo,
// Han with its extensions and compatibility forms, full-width forms. Hangul is written with blanks.
[[nodiscard]] bool is_cjk(char32_t code);

}  // namespace moelora
