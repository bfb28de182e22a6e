// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer of a model folder: byte-level BPE of a tokenizer.json (Qwen2/Qwen3, GPT-2, Llama-3
// patterns as the file states them), or a SentencePiece tokenizer.model through its library.
// Pipeline of the former: added tokens on the raw text, NFC, regex split (PCRE2), byte map, merges.
// Rules: qwen3vl.md sections 13 and 14. Thread-safe after loading.
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

struct TokenSpan {
    TokenId id = 0;
    std::size_t begin = 0;  // byte of the text where the token begins
};

class Tokenizer {
  public:
    // `path`: tokenizer.json, a SentencePiece file (*.model), or the folder that holds one. With
    // both, tokenizer.model counts, which is the vocabulary as published. Errors: FileMissing,
    // JsonInvalid, TokenizerInvalid.
    [[nodiscard]] static Result<Tokenizer> load(const std::string& path);
    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;
    ~Tokenizer();

    // Text to ids; no template, no BOS. With `parse_added` false the text of added tokens is
    // ordinary text, so that a caption can never smuggle in a control token. Errors:
    // TextNotEncodable (regex limit hit, invalid UTF-8).
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::string_view text,
                                                      bool parse_added = true) const;
    // As encode(text, false), and where the tokens begin (in the text as given; after NFC where the
    // file asks for that). `at_start` false: the text goes on behind a control token, which matters
    // to SentencePiece models that put a blank in front of a text.
    [[nodiscard]] Result<std::vector<TokenSpan>> encode_spans(std::string_view text,
                                                              bool at_start) const;
    // Invalid UTF-8 becomes U+FFFD. Ids outside the vocabulary decode to "".
    [[nodiscard]] std::string decode(const std::vector<TokenId>& ids,
                                     bool skip_special = false) const;
    // The bytes of one token, possibly no whole character; "" for ids outside the vocabulary.
    [[nodiscard]] std::string token_bytes(TokenId id, bool skip_special = false) const;
    [[nodiscard]] std::optional<TokenId> id_of(
        std::string_view token) const;                   // added tokens first, then pieces
    [[nodiscard]] std::int64_t vocabulary_size() const;  // largest id + 1
    [[nodiscard]] const std::vector<AddedToken>& added_tokens() const;
    // SHA-256 of tokenizer.json or tokenizer.model
    [[nodiscard]] const std::string& content_hash() const;
    // The token that the folder puts in front of every text (encode() does not), and the one that
    // ends a text; empty when there is none.
    [[nodiscard]] std::optional<TokenId> bos() const;
    [[nodiscard]] std::optional<TokenId> eos() const;
    [[nodiscard]] const std::string& chat_template() const;  // as the folder holds it; never run
    // Whether the first blank of a decoded text is the tokenizer's own.
    [[nodiscard]] bool drops_first_blank() const;
    // The file that load(path) reads, whether it exists or not.
    [[nodiscard]] static std::string file_of(const std::string& path);

  private:
    struct State;
    explicit Tokenizer(std::unique_ptr<State> state);
    void find_ends();
    std::unique_ptr<State> state_;
};

// Decodes token by token; holds back incomplete UTF-8. Keep one per answer.
class StreamDecoder {
  public:
    explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
    std::string push(TokenId id);  // newly complete text, special tokens skipped
    std::string finish();          // what was held back, as U+FFFD

  private:
    [[nodiscard]] std::string shown(std::string text);
    const Tokenizer* tokenizer_;
    std::string held_;  // bytes of a character that is not complete
    bool begun_ = false;
};

}  // namespace moelora
