// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON header of a safetensors file: parsed in one pass into a flat table, trusting nothing.
#pragma once

#include <string>
#include <string_view>

#include "core/io/safetensors.h"

namespace moelora {

struct SafetensorsHeader {
    std::vector<TensorEntry> entries;  // in the order of the text
    std::map<std::string, std::string> metadata;
};

inline constexpr std::uint64_t safetensors_header_most = 100'000'000;  // of the format
inline constexpr std::size_t safetensors_entries_most = 400'000;       // ours: a bound on memory
inline constexpr std::size_t safetensors_metadata_most = 100'000;      // ours
inline constexpr std::size_t safetensors_rank_most = 64;               // ours
inline constexpr int safetensors_depth_most = 8;                       // ours; real headers have 3

// `buffer_bytes` is the size of the data part, which the tensors must tile. Returns "" and fills
// `out`, or says why the header is refused.
[[nodiscard]] std::string parse_safetensors_header(std::string_view text,
                                                   std::uint64_t buffer_bytes,
                                                   SafetensorsHeader& out);

// A name as it may stand in a message: control characters escaped, long ones cut, in quotes.
[[nodiscard]] std::string shown_name(std::string_view name);

}  // namespace moelora
