// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of large models in few bits, in the cache folder, so that only the first start quantises.
// Engine thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/model/quantized_load.h"

namespace moelora {

// Where the weights of a model are to be loaded from, and how.
struct WeightsSource {
    std::string folder;
    QuantOptions formats;
    std::vector<Issue> issues;  // QuantizedKept; or why there is no copy
};

// Smaller models are quantised faster than a copy is worth.
inline constexpr std::int64_t kept_from_bytes = std::int64_t{1} << 30;

// The copy of `folder` in `formats`, made where there is none; `folder` itself where nothing is
// quantised, the folder holds few bits already or less than `from_bytes`, or a copy cannot be made.
// A copy belongs to files of these paths, sizes and times; its codes are then read from the mapped
// file. Cost of the first call: a pass over all weights, and their size in few bits on disk.
[[nodiscard]] WeightsSource kept_weights(
    const std::string& folder, const QuantOptions& formats,
    const std::function<void(std::int64_t, std::int64_t)>& progress = {},
    std::int64_t from_bytes = kept_from_bytes);

[[nodiscard]] std::string name_of(const std::optional<QuantSpec>& spec);  // "nf4-dq", "none"

// Changes when a weight file or config.json of the folder is another one, or was written again.
[[nodiscard]] std::string files_identity(const std::string& folder);

}  // namespace moelora
