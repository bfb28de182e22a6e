// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level BPE of a Hugging Face tokenizer.json (Qwen2/Qwen3, GPT-2, Llama-3 patterns as the file
// states them). Pipeline: added tokens on the raw text, NFC, regex split (PCRE2), byte map, merges.
// Rules: qwen3vl.md section 13. Thread-safe after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace moelora {

using TokenId = std::int64_t;

struct AddedToken {
    std::string text;
    TokenId id = 0;
    bool special = false;
};

class Tokenizer {
  public:
    // `path`: tokenizer.json or the folder that holds it. Errors: FileMissing, JsonInvalid,
    // TokenizerInvalid.
    [[nodiscard]] static Result<Tokenizer> load(const std::string& path);
    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;
    ~Tokenizer();

    // Text to ids; no template, no BOS. With `parse_added` false the text of added tokens is
    // ordinary text, so that a caption can never smuggle in a control token. Errors:
    // TextNotEncodable (regex limit hit, invalid UTF-8).
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::string_view text,
                                                      bool parse_added = true) const;
    // Invalid UTF-8 becomes U+FFFD. Ids outside the vocabulary decode to "".
    [[nodiscard]] std::string decode(const std::vector<TokenId>& ids,
                                     bool skip_special = false) const;
    // The bytes of one token, possibly no whole character; "" for ids outside the vocabulary.
    [[nodiscard]] std::string token_bytes(TokenId id, bool skip_special = false) const;
    [[nodiscard]] std::optional<TokenId> id_of(
        std::string_view token) const;                   // added tokens first, then pieces
    [[nodiscard]] std::int64_t vocabulary_size() const;  // largest id + 1
    [[nodiscard]] const std::vector<AddedToken>& added_tokens() const;
    [[nodiscard]] const std::string& content_hash() const;  // SHA-256 of tokenizer.json

  private:
    struct State;
    explicit Tokenizer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Decodes token by token; holds back incomplete UTF-8. Keep one per answer.
class StreamDecoder {
  public:
    explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
    std::string push(TokenId id);  // newly complete text, special tokens skipped
    std::string finish();          // what was held back, as U+FFFD

  private:
    const Tokenizer* tokenizer_;
    std::string held_;  // bytes of a character that is not complete
};

}  // namespace moelora
