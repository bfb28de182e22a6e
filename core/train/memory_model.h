// SPDX-License-Identifier: GPL-3.0-or-later
// The peak of a training run's memory, computed from shapes alone: what each layer of this engine
// keeps for its backward pass, what it needs beside that at work, and what stays. Torch-free and
// pure. Compared with counted bytes of real steps (tests/core/train/memory_model_test.cpp: within
// 10 %).
#pragma once

#include <map>
#include <string>

#include "core/adapter/plan.h"
#include "core/model/config.h"
#include "core/options/options.h"
#include "core/record/memory_estimate.h"

namespace moelora {

// One micro-batch, or a pack of several, as it is computed.
struct BatchShape {
    std::int64_t rows = 1;     // 1 of a pack
    std::int64_t tokens = 0;   // of each row, padded
    std::int64_t labels = 0;   // of all rows
    std::int64_t patches = 0;  // of all pictures
    bool packed = false;
};

// Linear weights ("P.weight") that the model's files hold quantised already: they stay as they are.
using StoredFormats = std::map<std::string, Quantization>;

// What the frozen tower says of pictures of so many tokens, in bytes.
[[nodiscard]] std::int64_t feature_bytes(const ModelConfig& config, std::int64_t tokens,
                                         std::int64_t element);

// `element`: bytes of the compute type (4 or 2). Sites as expand_sites gives them. `recomputed`: so
// many text layers, from the lowest on, keep their inputs alone; with
// train.gradient_checkpointing all do.
[[nodiscard]] MemoryEstimate estimate_memory(const ModelConfig& config,
                                             const std::vector<SiteSpec>& sites,
                                             const RunOptions& options, const BatchShape& batch,
                                             std::int64_t element, const StoredFormats& stored = {},
                                             std::int64_t recomputed = 0);

}  // namespace moelora
