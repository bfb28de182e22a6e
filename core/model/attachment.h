// SPDX-License-Identifier: GPL-3.0-or-later
// Where adapters attach: the model offers named frozen linears, core/adapter fills them. The model
// knows nothing of experts. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/config.h"

namespace moelora {

struct FrozenLinear;
struct QuantizedMatrix;  // core/quant

// What a token of the language model is: the place of a picture, an answer's (it has a label), or
// anything else. Padding is none of them, -1.
enum class TokenKind : std::int64_t { Image, Prompt, Response };

// Micro-batches that share a pass: their samples one behind the other in one row [1, N]. None of
// them sees another; what is counted over tokens is counted for each micro-batch apart.
struct Pack {
    std::vector<std::int64_t> lengths;  // tokens of each sample, N together
    std::vector<std::int64_t> patches;  // of each sample's pictures
    std::vector<std::int64_t> samples;  // of each micro-batch
    [[nodiscard]] bool empty() const { return lengths.empty(); }
};

// Per forward pass: what a site may want to know of the batch. Borrowed tensors.
struct ForwardInfo {
    at::Tensor attention_mask{};  // [B, T] i64, undefined = all real
    at::Tensor labels{};          // [B, T] i64, undefined = none
    at::Tensor task_ids{};        // [B] or [B, M] i64, -1 = none, undefined = none
    at::Tensor sample_types{};    // [B] i64, -1 = none, undefined = none
    at::Tensor patches{};  // [B] i64: vision patches of each row's pictures, undefined = none
    bool training = false;
    // The first half of the rows, and of what the vision tower is given, is the base's: adapters
    // let it pass. The second half holds the same prompts.
    bool paired = false;
    at::Tensor token_kinds{};  // [B, T] i64, TokenKind or -1, undefined = unknown
    Pack pack{};               // not empty: the [B, T] above are [1, N], and [B] are its samples
};

// What replaces a frozen linear's forward. x [..., in] -> [..., out]. Must not keep graph tensors
// beyond the pass.
class SiteAdapter {
  public:
    virtual ~SiteAdapter() = default;
    // `activation`: for the way down of a gated feed-forward layer the activated gate branch, in
    // x's shape; defined only for an adapter that wants it.
    virtual at::Tensor forward(const FrozenLinear& base, const at::Tensor& x,
                               const at::Tensor& activation) = 0;
    [[nodiscard]] virtual bool wants_activation() const { return false; }
    // False when each row's output depends on that row alone and nothing is counted over rows: then
    // rows that nobody reads need not be given.
    [[nodiscard]] virtual bool needs_every_row() const { return true; }
    // At gate_proj, of an adapter that takes the place of the whole feed-forward block
    // down(silu(gate x) * up x): it is given the three frozen layers in place of forward().
    [[nodiscard]] virtual bool takes_block() const { return false; }
    // x [..., in] -> [..., in].
    [[nodiscard]] virtual at::Tensor forward_block(const FrozenLinear& /*gate*/,
                                                   const FrozenLinear& /*up*/,
                                                   const FrozenLinear& /*down*/,
                                                   const at::Tensor& x) {
        return x;
    }
    // Of k_proj: the keys behind their norm, [..., heads, head_dim].
    [[nodiscard]] virtual at::Tensor after_norm(const at::Tensor& keys) { return keys; }
};

// y = x Wᵀ + b with W frozen (never a gradient); an attached adapter takes over.
struct FrozenLinear {
    LinearShape shape;
    at::Tensor weight;  // [out, in], or undefined with:
    std::shared_ptr<const QuantizedMatrix> quantized;
    at::Tensor bias;                 // [out] or undefined
    SiteAdapter* adapter = nullptr;  // borrowed; nullptr = base
    [[nodiscard]] at::Tensor base(const at::Tensor& x) const;
    // [out, in] in a float type: `weight` itself, or all of the quantised one unpacked (f32).
    [[nodiscard]] at::Tensor dense_weight() const;
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x,
                                        const at::Tensor& activation = {}) const {
        return adapter ? adapter->forward(*this, x, activation) : base(x);
    }
};

// Mergers are announced as vision layers: deepstack merger k as depth + k, the main one after them.
// Lets a layer produce an extra loss (balance terms) that belongs to its own part of the graph, so
// that it survives recomputation: after layer L's forward the model calls take_layer_loss(L) and
// carries the scalar (of a pack [micro-batches], each one's own) beside the hidden state through a
// checkpoint boundary. Undefined = none.
class LayerLoss {
  public:
    virtual ~LayerLoss() = default;
    virtual void begin_layer(bool vision, std::int64_t layer) = 0;
    virtual at::Tensor take_layer_loss(bool vision, std::int64_t layer) = 0;
    // Of the sum of all layers' losses, undefined when none has one: the loss they stand for. A
    // term over all layers takes its parts through the layers and is formed here.
    [[nodiscard]] virtual at::Tensor of_all_layers(const at::Tensor& sum) { return sum; }
    // Random state of adapter noise (dropout, jitter): a checkpoint saves it before a layer's first
    // run and restores it for the second, so both draw the same.
    virtual at::Tensor random_state() const = 0;
    virtual void set_random_state(const at::Tensor& state) = 0;
};

// Runs f(x) without keeping its activations; the backward pass runs f again with gradients. f must
// be a pure function of its arguments and frozen weights apart from `noise`, and may capture only
// tensors that need no gradient. f returns {hidden, extra loss or undefined}. Gradients of the
// parameters inside f are accumulated into their .grad (so use backward(), not autograd::grad).
struct LayerOutput {
    at::Tensor hidden, loss;
};
[[nodiscard]] LayerOutput checkpoint_layer(const std::function<LayerOutput(const at::Tensor&)>& f,
                                           const at::Tensor& x, LayerLoss* noise);
// True on this thread while a layer is run for the second time (statistics must not count it).
[[nodiscard]] bool in_recomputation();

}  // namespace moelora
