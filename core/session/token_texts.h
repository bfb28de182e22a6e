// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens as readable pieces, for panes that show them one by one. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace moelora {

// One text a token; a character that is spread over several tokens stands with the last of them.
// Together they are what the tokenizer decodes.
[[nodiscard]] std::vector<std::string> token_texts(const Tokenizer& tokenizer,
                                                   const std::vector<TokenId>& ids);

}  // namespace moelora
