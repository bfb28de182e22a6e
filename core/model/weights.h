// SPDX-License-Identifier: GPL-3.0-or-later
// The frozen weights of a model, in one dtype on one device, and how they are read from a folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/attachment.h"
#include "core/model/quantized_load.h"

namespace moelora {

struct LayerNormWeights {
    at::Tensor weight, bias;
};
struct TextLayer {
    at::Tensor input_norm, post_norm, q_norm, k_norm;  // the last two undefined without qk_norm
    FrozenLinear *q = nullptr, *k = nullptr, *v = nullptr, *o = nullptr, *gate = nullptr,
                 *up = nullptr, *down = nullptr;
};
struct VisionBlock {
    LayerNormWeights norm1, norm2;
    FrozenLinear *qkv = nullptr, *proj = nullptr, *fc1 = nullptr, *fc2 = nullptr;
};
struct Merger {
    LayerNormWeights norm;  // width V (before the 2x2 join) or 4V (after it)
    FrozenLinear *fc1 = nullptr, *fc2 = nullptr;
    bool norm_after_join = false;
};

struct Weights {
    std::deque<FrozenLinear> linears;  // in the order of linear_shapes(); addresses are stable
    at::Tensor embedding, head, final_norm;
    std::vector<TextLayer> layers;
    at::Tensor patch_weight, patch_bias;  // [V, C*t*p*p], [V]
    at::Tensor position_table;            // [positions, V]
    std::vector<VisionBlock> blocks;
    Merger merger;
    std::vector<Merger> deepstack;
    std::int64_t bytes = 0;         // of all tensors; a tied head counts once
    std::int64_t mapped_bytes = 0;  // of them, what stays in mapped files
    std::int64_t vision_bytes = 0, vision_mapped_bytes = 0;  // of both, the tower's share
    // Reads the vision tower once more, from the files that were opened then, whatever became of
    // their names: bit for bit the same.
    std::function<void(Weights&)> read_vision;
};

// The vision tower leaves memory; its linears keep their places. `read_vision` brings it back.
void release_vision(Weights& weights);

// Tensor by tensor; each is converted from the mapped file straight into its place and its pages
// are released; linears are kept quantised where the folder holds them so, or become so by
// `quantization`. May untie the head in `config`, with an issue, when the file holds one of its
// own, and notes in its issues which tensors hold NaN or infinity. Errors: as Qwen3VL::load, except
// DeviceUnavailable.
[[nodiscard]] Result<Weights> load_weights(
    const std::string& folder, ModelConfig& config, at::ScalarType dtype, const at::Device& device,
    const QuantOptions& quantization,
    const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace moelora
