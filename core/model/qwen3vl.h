// SPDX-License-Identifier: GPL-3.0-or-later
// Dense Qwen3-VL: vision tower, mergers with deepstack, text decoder with interleaved M-RoPE, KV
// cache; or a text decoder alone (llama, mistral, qwen2, qwen3), which takes no pictures.
// Reference: qwen3vl.md (transformers 4.57 / 5.23). Engine thread only. Weights are frozen.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/model/attachment.h"
#include "core/model/config.h"
#include "core/model/quantized_load.h"
#include "core/options/options.h"

namespace moelora {

// Keys and values of all layers for B rows. Positions beyond `length` are free.
struct KVCache {
    std::vector<at::Tensor> keys, values;  // per layer [B, kv_heads, capacity, head_dim]
    std::int64_t length = 0;
    at::Tensor next_position;  // [B] i64: M-RoPE position of the next token of each row
    at::Tensor key_mask;       // [B, capacity] bool: real positions
    at::Tensor
        place{};  // [1] i64: `length` as the device knows it, for next_logits(); or undefined
};

struct VisionFeatures {
    at::Tensor merged;                  // [tokens, out_hidden]
    std::vector<at::Tensor> deepstack;  // each [tokens, out_hidden]
};

struct ModelInputs {
    at::Tensor input_ids;       // [B, T] i64
    at::Tensor attention_mask;  // [B, T] i64 or undefined (all real)
    at::Tensor pixel_values;    // [P, C*t*p*p] f32 or undefined
    at::Tensor grid_thw;        // [n, 3] i64 or undefined; pictures in reading order of the rows
    // Borrowed; features of all pictures, computed before (encode_images): pixel_values is not
    // used.
    const VisionFeatures* features = nullptr;
    // [n] i64, flat places b · T + t whose final states are wanted; undefined = all. The last layer
    // leaves the others out as soon as nothing depends on them (exact). Not with a cache.
    at::Tensor wanted{};
    // Not empty: the one row [1, N] holds samples of these lengths, one behind the other, none of
    // which sees another (Pack, attachment.h), padded on the right if at all. The result is that of
    // each alone. Not with a cache.
    std::vector<std::int64_t> lengths{};
};

// [3, B, T] i64 positions (T, H, W axes); padded slots hold 0. `next` (if given) gets [B] i64.
// A run of image pads takes the next grid; throws std::invalid_argument when pads and grids do not
// agree. `lengths` as ModelInputs has it.
[[nodiscard]] at::Tensor mrope_positions(const at::Tensor& input_ids,
                                         const at::Tensor& attention_mask,
                                         const at::Tensor& grid_thw, const ModelConfig& config,
                                         at::Tensor* next = nullptr,
                                         const std::vector<std::int64_t>& lengths = {});

class FeatureCache;  // core/model/feature_cache.h
class DecodeGraphs;  // core/model/decode_graphs.h

using LoadProgress = std::function<void(std::int64_t done_bytes, std::int64_t total_bytes)>;

class Qwen3VL {
  public:
    // Tensor by tensor from the mapped file into `dtype` on `device` ("cpu", "cuda:0"). Anonymous
    // host memory stays below the model in that dtype (linears: quantised, where the folder or
    // `quantization` says so) plus one tensor. Errors: everything of
    // config.h and safetensors.h, ModelTensorMissing, ModelTensorShape, QuantizationInvalid,
    // DeviceUnavailable.
    [[nodiscard]] static Result<std::unique_ptr<Qwen3VL>> load(
        const std::string& folder, ComputeDtype dtype, const std::string& device,
        const LoadProgress& progress = {}, const QuantOptions& quantization = {});
    ~Qwen3VL();

    [[nodiscard]] const ModelConfig& config() const;
    [[nodiscard]] at::ScalarType dtype() const;
    [[nodiscard]] std::string device() const;
    // All linears that can be adapted, in the order of linear_shapes(). Stable addresses.
    [[nodiscard]] std::vector<FrozenLinear*> linears();
    void set_layer_loss(LayerLoss* loss);  // borrowed; nullptr = none
    // Layers that keep their inputs alone and compute the rest again in the backward pass: all, or
    // the first `text_layers` of the decoder. Losses are the same bits, gradients up to rounding.
    static constexpr std::int64_t every_layer = -1;
    void set_gradient_checkpointing(bool on, std::int64_t text_layers = every_layer);
    // Borrowed; nullptr = none. With one, and no adapter in the tower, pictures are seen one by
    // one.
    void set_feature_cache(FeatureCache* cache);
    // The weights of the vision tower leave memory now, and are in it from then on only while a
    // picture is seen that the feature cache does not keep: bit for bit the same, but each such
    // call reads the tower anew. For a tower without adapters.
    void evict_vision();

    [[nodiscard]] VisionFeatures encode_images(const at::Tensor& pixel_values,
                                               const at::Tensor& grid_thw);

    // Hidden states after the final norm.
    struct Hidden {
        at::Tensor states;  // [B, T, hidden], or [n, hidden] of the wanted places
        at::Tensor loss;    // sum of the layers' extra losses, undefined when none
    };
    // `cache`: filled from empty (prefill; reserve capacity with make_cache), or continued by T new
    // tokens without pictures. nullptr in training.
    [[nodiscard]] Hidden forward(const ModelInputs& inputs, KVCache* cache = nullptr);
    [[nodiscard]] at::Tensor logits(
        const at::Tensor& hidden) const;  // [..., hidden] -> [..., vocab], model dtype
    [[nodiscard]] KVCache make_cache(std::int64_t rows, std::int64_t capacity) const;
    // One new token ids [B, 1] i64 for each row, as forward() and logits() have it, over the first
    // `seen` places of the cache, which is more than are filled: all tensors have the same shapes
    // each time, and where the token goes stands in cache.place alone, on the device, which this
    // advances with the other tensors of the cache, but not cache.length. So a recording of it can
    // be replayed. [B, vocab].
    [[nodiscard]] at::Tensor next_logits(const at::Tensor& ids, KVCache& cache, std::int64_t seen);
    // Borrowed; nullptr = none: where such recordings are kept.
    void set_decode_graphs(DecodeGraphs* graphs);
    [[nodiscard]] DecodeGraphs* decode_graphs() const;
    // Told by an adapter that is put on, taken off or switched: recordings made before are not of
    // the same computation any more. A change of values in place is none.
    void note_change();
    [[nodiscard]] std::uint64_t changes() const;
    // The head's weight [vocab, hidden] (for a chunked loss).
    [[nodiscard]] const at::Tensor& head_weight() const;
    // What the vision tower learnt of places, [positions, width]; undefined without a tower.
    [[nodiscard]] const at::Tensor& position_table() const;
    // Bytes of all weights, as held.
    [[nodiscard]] std::int64_t weight_bytes() const;
    // Of them, what stays in mapped files (QuantOptions::map_stored).
    [[nodiscard]] std::int64_t mapped_bytes() const;

  private:
    Qwen3VL();
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace moelora
