// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will hold in memory at most, part by part, and what would make it smaller. Plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/options/options.h"

namespace moelora {

struct MemoryPart {
    std::string name;  // "weights", "adapter", "gradients", "optimizer", "activations", "work",
                       // "picture features", "program"
    std::int64_t bytes = 0;
};
struct MemoryChange {
    std::string change;            // an option as --set takes it, with a remark
    std::int64_t saves_bytes = 0;  // on top of the changes before it
    std::int64_t peak_bytes = 0;   // afterwards
};
struct QuantizedPeak {
    Quantization quantization = Quantization::None;
    std::int64_t peak_bytes = 0;
};
struct MemoryEstimate {
    std::string device;
    std::int64_t budget_bytes = 0;  // 0 = not known
    std::int64_t predicted_peak_bytes = 0;
    std::vector<MemoryPart> parts;  // their sum is the peak
    bool fits = true;
    std::vector<MemoryChange> ladder;  // from the least harm on; empty when it fits
    std::optional<std::int64_t> measured_peak_bytes;
    // Of the largest micro-batch it was made for.
    std::string sample;  // the longest one
    std::int64_t rows = 0, tokens = 0, labels = 0, patches = 0;
    // The same run with each way of holding the linear layers, in the order of the enumeration.
    std::vector<QuantizedPeak> by_quantization{};
    std::int64_t samples{};  // computed in that pass; more than a micro-batch's where it is packed
    std::int64_t pack_tokens{};  // train.pack_tokens, or what 0 stands for here
    // Text layers that keep their inputs alone and compute the rest again in the backward pass:
    // all with train.gradient_checkpointing, else as many as the budget asks for.
    std::int64_t recomputed_layers{};
};

// As command_line.md has it.
[[nodiscard]] Json to_json(const MemoryEstimate& estimate);

}  // namespace moelora
