// SPDX-License-Identifier: GPL-3.0-or-later
// The tokens that caption metrics count. Pure.
//
// COCO's evaluation tokenises with Stanford's PTBTokenizer (Java), lower-cased, and drops
// punctuation. This is our own rule in its spirit, equal to it on ordinary captions
// (tests/golden/eval, 40 lines recorded from it):
//   - lower case; white space ends a token; quotes, . , : ; ? ! dashes and dots alone are dropped;
//   - clitics are tokens: man 's, do n't, they 've; cannot, gonna, gotta, wanna are two each;
//   - brackets are tokens (-lrb- ...), and so are $ % #; hyphens, slashes, points, colons and
//     commas inside words and numbers stay: red-and-white, 1,000, 3.5, 8:30;
//   - a point stays at single letters (u.s., p.m.) and at titles (mr., st., ...).
// What is ours: marks in a row (!!, ?!) are dropped too; every character of a script without blanks
// (Han, kana) is a token, and its punctuation is dropped; PTBTokenizer keeps whole sentences of
// Chinese as one token, which no n-gram can score. Bytes that are no UTF-8 count as one unknown
// character each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moelora {

[[nodiscard]] std::vector<std::string> metric_tokens(std::string_view text);

}  // namespace moelora
