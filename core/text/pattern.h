// SPDX-License-Identifier: GPL-3.0-or-later
// A split pattern of a tokenizer file on PCRE2 (UTF, UCP, JIT) with the meaning that Hugging Face's
// engine gives it: \s is Unicode White_Space (PCRE2 alone adds U+180E). Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace moelora {

class Pattern {
  public:
    // Errors: TokenizerInvalid; `path` names the file in the message.
    [[nodiscard]] static Result<Pattern> compile(const std::string& expression,
                                                 const std::string& path);
    [[nodiscard]] static Result<Pattern> literal(const std::string& text, const std::string& path);

    // Cuts `text` (valid UTF-8) at every match. Pieces are views into `text`, in order, none empty.
    // Errors: TextNotEncodable when the match limit is hit: a bound on backtracking that grows with
    // the text, so that no pattern can hang the program.
    [[nodiscard]] Status split(std::string_view text, bool keep_matches, bool keep_gaps,
                               std::vector<std::string_view>& pieces) const;

  private:
    std::shared_ptr<const void> code_;
};

}  // namespace moelora
