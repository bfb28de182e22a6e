// SPDX-License-Identifier: GPL-3.0-or-later
// The merge table of a byte-level BPE. Works on raw bytes: the byte map of the file (printable
// stand-ins for bytes) is undone on loading. Thread-safe after loading.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.h"

namespace moelora {

// The text of a piece as raw bytes; empty when it holds a character outside the byte map.
[[nodiscard]] std::optional<std::string> unmap_bytes(std::string_view piece);

class Bpe {
  public:
    using Id = std::int64_t;
    static constexpr Id largest_id = (Id{1} << 31) - 1;

    // `model`: the object "model" of tokenizer.json. Errors: TokenizerInvalid.
    [[nodiscard]] static Result<Bpe> load(const Json& model, const std::string& path);

    // Appends the ids of one piece (raw bytes, not empty). Lowest rank first, leftmost on ties;
    // time n log n. Returns the first byte that has no token, or -1.
    [[nodiscard]] int encode(std::string_view piece, std::vector<Id>& out) const;

    [[nodiscard]] const std::string* piece_of(Id id) const;  // as the file writes it; may be null
    [[nodiscard]] std::optional<Id> id_of(const std::string& piece) const;
    [[nodiscard]] Id largest() const { return largest_; }

  private:
    struct Merge {
        std::int32_t rank = 0, result = 0;  // result: id
    };
    [[nodiscard]] Status load_vocabulary(const Json& vocab, const std::string& path);
    [[nodiscard]] Status load_merges(const Json& merges, const std::string& path);
    [[nodiscard]] const Merge* merge_of(std::int32_t left, std::int32_t right) const;

    std::unordered_map<std::string, std::int32_t> ids_;
    std::unordered_map<std::int32_t, const std::string*> pieces_;  // points into ids_
    std::unordered_map<std::uint64_t, Merge> merges_;              // key: left << 32 | right
    std::unordered_map<std::string, std::int32_t> whole_;  // by raw bytes, with ignore_merges only
    std::array<std::int32_t, 256> bytes_{};                // id of each byte, -1 = none
    bool ignore_merges_ = false;
    Id largest_ = -1;
};

}  // namespace moelora
