// SPDX-License-Identifier: GPL-3.0-or-later
// The text decoder: pre-norm layers with grouped-query attention and SwiGLU; q/k norm, biases and
// sliding layers as the configuration says; interleaved M-RoPE (qwen3vl.md section 4), which is
// plain RoPE where all axes agree. Engine thread only.
#pragma once

#include <map>

#include "core/model/qwen3vl.h"
#include "core/model/weights.h"
#include "core/ops/varlen_attention.h"

namespace moelora {

// What all layers of one pass share.
struct PassTables {
    at::Tensor cos, sin;  // [B, T, head_dim/2] model dtype
    at::Tensor mask;      // [B, 1, T, S] additive, or undefined: causal alone suffices
    bool causal = true;   // with an undefined mask; false for one new token
    // As mask, for sliding layers; undefined when they see as far as the others.
    at::Tensor window_mask;
    at::Tensor wanted;  // [n] i64, flat places whose states are read; undefined = all
    // ModelInputs::lengths, and for those that a window does not reach across their masks, which
    // stand in window_masks by length.
    std::vector<std::int64_t> lengths{};
    std::map<std::int64_t, at::Tensor> window_masks{};
    // Of a pack, where a kernel takes all samples at once: then there are no window_masks.
    VarlenKernel varlen = VarlenKernel::None;
    Segments segments{};
    // Not 0: that many places of the cache are seen, and the new token goes to KVCache::place.
    std::int64_t fixed = 0;
};

class Decoder {
  public:
    // Borrows both; they must outlive the decoder.
    Decoder(const TextConfig& config, const Weights& weights);

    // positions [3, B, T] i64.
    [[nodiscard]] PassTables tables(const at::Tensor& positions, const at::Tensor& mask,
                                    bool causal) const;

    // Makes the tables those of a pack of samples of these lengths.
    void pack(PassTables& tables, const std::vector<std::int64_t>& lengths) const;

    // PassTables::window_mask for T new tokens; key_mask [B, S] bool.
    [[nodiscard]] at::Tensor window_mask(const at::Tensor& key_mask, std::int64_t new_tokens) const;

    // Of Qwen3VL::next_logits: masks over `seen` places of the cache, formed on its device.
    [[nodiscard]] PassTables fixed_tables(const at::Tensor& positions, const KVCache& cache,
                                          std::int64_t seen) const;

    struct Output {
        at::Tensor
            states;       // [B, T, hidden] or, of wanted places, [n, hidden]; after the final norm
        at::Tensor loss;  // undefined = none
    };
    // x [B, T, hidden]. `visual` [n] i64: flat places of picture tokens that get deepstack[L] added
    // after layer L. `cache`: new keys go to places length .. length + T (the caller advances it).
    // `recomputed`: that many layers, from the lowest on, compute their inside again in the
    // backward pass.
    [[nodiscard]] Output run(at::Tensor x, const PassTables& pass, const at::Tensor& visual,
                             const std::vector<at::Tensor>& deepstack, KVCache* cache,
                             LayerLoss* loss, std::int64_t recomputed) const;

  private:
    // Queries [B, T, heads, head_dim], keys and values [B, kv_heads, S, head_dim]; each sample of a
    // pack sees itself alone. [B, T, heads, head_dim].
    [[nodiscard]] at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                    const PassTables& pass, std::size_t index) const;
    // The same for one token and PassTables::fixed.
    [[nodiscard]] static at::Tensor attend_fixed(const at::Tensor& q, const at::Tensor& k,
                                                 const at::Tensor& v, bool sliding,
                                                 const PassTables& pass);
    // What the output projection takes, [B, T, heads * head_dim].
    [[nodiscard]] at::Tensor attention(const TextLayer& layer, const at::Tensor& x,
                                       const PassTables& pass, KVCache* cache,
                                       std::size_t index) const;
    // [B, T, hidden]; `last`: may give the wanted places only, [n, hidden].
    [[nodiscard]] at::Tensor layer(const TextLayer& layer, const at::Tensor& x,
                                   const PassTables& pass, KVCache* cache, std::size_t index,
                                   bool last) const;

    const TextConfig& config_;
    const Weights& weights_;
    at::Tensor inverse_, axis_;  // [D/2]: inverse frequency, and the axis whose position turns it
};

// Additive attention mask [B, 1, T, S] of `dtype` for T new tokens behind S - T older ones: key s
// is seen by query i when s <= S - T + i and key_mask[b, s]; a query always sees itself, so that a
// padded row gives no NaN. key_mask [B, S] bool. With a window, keys that lie `window` places or
// more back are not seen.
[[nodiscard]] at::Tensor attention_mask_of(const at::Tensor& key_mask, std::int64_t new_tokens,
                                           at::ScalarType dtype, std::int64_t window = 0);

}  // namespace moelora
