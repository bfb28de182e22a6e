// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece `tokenizer.model`, through the sentencepiece library. Thread-safe after loading.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace moelora {

class PieceModel {
  public:
    // Errors: FileMissing, FileUnreadable, TokenizerInvalid.
    [[nodiscard]] static Result<PieceModel> load(const std::string& path);

    // Appends the tokens of `text` (valid UTF-8; control pieces in it are plain text). With
    // `at_start` false the blank that the model puts in front of every text is left out.
    void encode(std::string_view text, bool at_start, std::vector<TokenSpan>& out) const;
    // What a token adds to a text; "" for control pieces and ids outside the vocabulary.
    [[nodiscard]] std::string bytes_of(TokenId id) const;
    [[nodiscard]] std::optional<TokenId> id_of(const std::string& piece) const;
    [[nodiscard]] TokenId size() const { return size_; }
    // Whether a blank is put in front of a text, so that decoding takes one away.
    [[nodiscard]] bool adds_blank() const { return adds_blank_; }
    // Control and unknown pieces: never found in a text, skipped by a decoder.
    [[nodiscard]] const std::vector<AddedToken>& control() const { return control_; }
    [[nodiscard]] std::optional<TokenId> bos() const { return bos_; }
    [[nodiscard]] std::optional<TokenId> eos() const { return eos_; }
    [[nodiscard]] const std::string& hash() const { return hash_; }  // SHA-256 of the file

  private:
    class Library;
    std::shared_ptr<const Library> sentencepiece_;
    std::vector<AddedToken> control_;
    std::optional<TokenId> bos_, eos_;
    TokenId size_ = 0;
    bool adds_blank_ = false;
    std::string hash_;
};

}  // namespace moelora
