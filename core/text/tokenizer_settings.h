// SPDX-License-Identifier: GPL-3.0-or-later
// What tokenizer_config.json and its companions say beside the vocabulary. Internal to core/text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/text/tokenizer_file.h"

namespace moelora {

struct TokenizerSettings {
    std::optional<std::string> bos, eos;  // texts of the tokens
    std::optional<bool> add_bos;          // as the file says
    bool legacy = true;                   // of SentencePiece: a blank in front of every stretch
    std::vector<AddedRule> added;
    std::string chat_template;  // Jinja, never run; "" = none
};

// Missing files leave the defaults. Errors: JsonInvalid, TokenizerInvalid.
[[nodiscard]] Result<TokenizerSettings> read_tokenizer_settings(const std::string& folder);

}  // namespace moelora
