// SPDX-License-Identifier: GPL-3.0-or-later
// What a tokenizer.json says, checked: added tokens, normaliser, splits, merge table. What this
// program cannot follow exactly is refused, never approximated.
#pragma once

#include <string>
#include <vector>

#include "core/text/bpe.h"
#include "core/text/pattern.h"
#include "core/text/tokenizer.h"

namespace moelora {

struct AddedRule {
    AddedToken token;
    bool normalized = false;  // matched after the normaliser instead of before it
    bool left_strip = false, right_strip = false;  // swallows white space beside it
};

struct SplitStep {
    Pattern pattern;
    bool keep_matches = true, keep_gaps = true;
};

struct TokenizerFile {
    std::string hash;  // SHA-256 of the file
    std::vector<AddedRule> added;
    bool nfc = false;
    bool prefix_space = false;  // of ByteLevel
    std::vector<SplitStep> splits;
    std::string first_token;  // what the post-processor puts in front of a text; "" = nothing
    Bpe bpe;
};

// Errors: FileMissing, FileUnreadable, JsonInvalid, TokenizerInvalid.
[[nodiscard]] Result<TokenizerFile> load_tokenizer_file(const std::string& path);

}  // namespace moelora
