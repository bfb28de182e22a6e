// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/model/vision.h"
#include "core/ops/rms_norm.h"
#include "core/ops/rope.h"
#include "core/ops/swiglu.h"

namespace moelora {

at::Tensor attention_mask_of(const at::Tensor& key_mask, std::int64_t new_tokens,
                             at::ScalarType dtype, std::int64_t window) {
    const std::int64_t all = key_mask.size(1);
    const auto places = at::TensorOptions().dtype(at::kLong).device(key_mask.device());
    const at::Tensor key = at::arange(all, places).unsqueeze(0);
    const at::Tensor query = at::arange(all - new_tokens, all, places).unsqueeze(1);
    at::Tensor near = key <= query;
    if (window > 0) near = near.logical_and(key > query - window);
    const at::Tensor seen = key_mask.unsqueeze(1)
                                .logical_and(near.unsqueeze(0))
                                .logical_or((key == query).unsqueeze(0));
    const at::Tensor zero = at::zeros({}, places.dtype(dtype));
    return at::where(seen, zero, zero - std::numeric_limits<double>::infinity()).unsqueeze(1);
}

namespace {

// As transformers' rope_type "linear" and "llama3".
at::Tensor stretched(const at::Tensor& inverse, const RopeScaling& scaling) {
    if (scaling.kind == RopeScaling::Kind::None) return inverse;
    const at::Tensor slow = inverse / scaling.factor;
    if (scaling.kind == RopeScaling::Kind::Linear) return slow;
    const auto original = static_cast<double>(scaling.original_positions);
    const double low = scaling.low_freq_factor, high = scaling.high_freq_factor;
    const at::Tensor length = 2 * M_PI / inverse;  // of a wave, in positions
    const at::Tensor smooth = (original / length - low) / (high - low);
    const at::Tensor between = (1 - smooth) * slow + smooth * inverse;
    const at::Tensor fast_or_between = at::where(length < original / high, inverse, between);
    return at::where(length > original / low, slow, fast_or_between);
}

// Where the last layer may leave the places that nobody reads: keys and values are needed of all of
// them, what follows only of those read, unless a later site counts rows.
enum class Cut { None, BeforeOutput, BeforeFeedForward };

Cut cut_of(const TextLayer& layer) {
    const auto local = [](const FrozenLinear* linear) {
        return !linear->adapter || !linear->adapter->needs_every_row();
    };
    if (!local(layer.gate) || !local(layer.up) || !local(layer.down)) return Cut::None;
    return local(layer.o) ? Cut::BeforeOutput : Cut::BeforeFeedForward;
}

// [B, T, n] -> [places, n]
at::Tensor pick(const at::Tensor& states, const at::Tensor& places) {
    return states.flatten(0, 1).index_select(0, places);
}

}  // namespace

Decoder::Decoder(const TextConfig& config, const Weights& weights)
    : config_(config), weights_(weights) {
    const at::Device device = weights.embedding.device();
    const std::int64_t half = config.head_dim / 2;
    const at::Tensor inverse = at::reciprocal(at::pow(
        config.rope_theta, at::arange(0, config.head_dim, 2, at::kFloat) / config.head_dim));
    inverse_ = stretched(inverse, config.rope_scaling).to(device);
    // Interleaved M-RoPE: columns 1, 4, 7, .. turn by H, 2, 5, 8, .. by W, the rest by T.
    std::vector<std::int64_t> axis(static_cast<std::size_t>(half), 0);
    for (std::int64_t a = 1; a <= 2; ++a)
        for (std::int64_t j = a; j < std::min(half, 3 * config.mrope_section[a]); j += 3)
            axis[static_cast<std::size_t>(j)] = a;
    axis_ = at::tensor(axis, at::kLong).to(device);
}

PassTables Decoder::tables(const at::Tensor& positions, const at::Tensor& mask, bool causal) const {
    const at::NoGradGuard frozen;
    const at::Tensor angles =
        positions.permute({1, 2, 0}).to(at::kFloat).index_select(2, axis_) * inverse_;
    const auto dtype = weights_.embedding.scalar_type();
    return {angles.cos().to(dtype), angles.sin().to(dtype), mask, causal, {}, {}, {}, {}};
}

at::Tensor Decoder::window_mask(const at::Tensor& key_mask, std::int64_t new_tokens) const {
    if (config_.window == 0 || key_mask.size(1) <= config_.window) return {};
    return attention_mask_of(key_mask, new_tokens, weights_.embedding.scalar_type(),
                             config_.window);
}

void Decoder::pack(PassTables& tables, const std::vector<std::int64_t>& lengths) const {
    tables.lengths = lengths;
    const at::Tensor& weight = weights_.embedding;
    tables.varlen = varlen_kernel_for(weight.device(), weight.scalar_type(), config_.head_dim);
    if (tables.varlen != VarlenKernel::None) {
        tables.segments = segments_of(lengths, weight.device());
        return;
    }
    const auto seen = at::TensorOptions(at::kBool).device(weights_.embedding.device());
    for (const std::int64_t length : lengths)
        if (config_.window > 0 && length > config_.window && !tables.window_masks.contains(length))
            tables.window_masks[length] = window_mask(at::ones({1, length}, seen), length);
}

PassTables Decoder::fixed_tables(const at::Tensor& positions, const KVCache& cache,
                                 std::int64_t seen) const {
    const auto additive = [&](const at::Tensor& visible) {
        const at::Tensor zero =
            at::zeros({}, cache.place.options().dtype(weights_.embedding.scalar_type()));
        return at::where(visible, zero, zero - std::numeric_limits<double>::infinity())
            .unsqueeze(1)
            .unsqueeze(1);
    };
    const at::Tensor real = cache.key_mask.narrow(1, 0, seen);
    PassTables out = tables(positions, additive(real), false);
    out.fixed = seen;
    if (config_.window > 0 && seen > config_.window) {
        const at::Tensor near =
            at::arange(seen, cache.place.options()) > cache.place - config_.window;
        out.window_mask = additive(real.logical_and(near));
    }
    return out;
}

// The heads of a group ask the same keys and one mask serves them all, so they stand in the place
// of queries: no kernel of a GPU knows groups and a mask at once.
at::Tensor Decoder::attend_fixed(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                 bool sliding, const PassTables& pass) {
    const at::Tensor grouped = q.reshape({q.size(0), k.size(1), -1, q.size(3)});
    const at::Tensor& mask = sliding && pass.window_mask.defined() ? pass.window_mask : pass.mask;
    return at::scaled_dot_product_attention(grouped, k, v, mask).reshape(q.sizes());
}

at::Tensor Decoder::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const PassTables& pass, std::size_t index) const {
    const auto seen = [&](const at::Tensor& queries, const at::Tensor& keys,
                          const at::Tensor& values, const at::Tensor& window) {
        std::optional<at::Tensor> mask;
        if (pass.mask.defined()) mask = pass.mask;
        if (window.defined() && config_.sliding[index]) mask = window;
        // Measured on 2 cores (T 345, 32/8 heads): enable_gqa equals repeated keys when training
        // and is 25 times faster for one new token, because nothing is copied.
        return at::scaled_dot_product_attention(queries.transpose(1, 2), keys, values, mask, 0.0,
                                                !mask && pass.causal, std::nullopt, true)
            .transpose(1, 2);
    };
    const bool slides = config_.window > 0 && config_.sliding[index];
    if (pass.fixed > 0) return attend_fixed(q, k, v, slides, pass);
    if (pass.lengths.empty()) return seen(q, k, v, pass.window_mask);
    if (pass.varlen != VarlenKernel::None)
        return varlen_attention(pass.varlen, q.squeeze(0), k.transpose(1, 2).squeeze(0),
                                v.transpose(1, 2).squeeze(0), pass.segments, true,
                                slides ? config_.window : 0)
            .unsqueeze(0);
    const auto queries = q.split_with_sizes(pass.lengths, 1),
               keys = k.split_with_sizes(pass.lengths, 2),
               values = v.split_with_sizes(pass.lengths, 2);
    std::vector<at::Tensor> parts;
    for (std::size_t s = 0; s < queries.size(); ++s) {
        const auto window = pass.window_masks.find(pass.lengths[s]);
        parts.push_back(seen(queries[s], keys[s], values[s],
                             window == pass.window_masks.end() ? at::Tensor() : window->second));
    }
    return at::cat(parts, 1);
}

at::Tensor Decoder::attention(const TextLayer& layer, const at::Tensor& x, const PassTables& pass,
                              KVCache* cache, std::size_t index) const {
    const std::int64_t rows = x.size(0), tokens = x.size(1), dim = config_.head_dim;
    const auto heads = [&](const FrozenLinear& linear, std::int64_t count) {
        return linear(x).view({rows, tokens, count, dim});
    };
    const auto normed = [&](const at::Tensor& head, const at::Tensor& norm) {
        return norm.defined() ? rms_norm(head, norm, config_.rms_norm_eps) : head;
    };
    const at::Tensor q =
        rope(normed(heads(*layer.q, config_.num_heads), layer.q_norm), pass.cos, pass.sin);
    at::Tensor k = normed(heads(*layer.k, config_.num_kv_heads), layer.k_norm);
    if (layer.k->adapter) k = layer.k->adapter->after_norm(k);
    k = rope(k, pass.cos, pass.sin).transpose(1, 2);
    at::Tensor v = heads(*layer.v, config_.num_kv_heads).transpose(1, 2);
    if (pass.fixed > 0) {
        cache->keys[index].index_copy_(2, cache->place, k);
        cache->values[index].index_copy_(2, cache->place, v);
        k = cache->keys[index].narrow(2, 0, pass.fixed);
        v = cache->values[index].narrow(2, 0, pass.fixed);
    } else if (cache) {
        cache->keys[index].narrow(2, cache->length, tokens).copy_(k);
        cache->values[index].narrow(2, cache->length, tokens).copy_(v);
        k = cache->keys[index].narrow(2, 0, cache->length + tokens);
        v = cache->values[index].narrow(2, 0, cache->length + tokens);
    }
    return attend(q, k, v, pass, index).reshape({rows, tokens, config_.num_heads * dim});
}

at::Tensor Decoder::layer(const TextLayer& layer, const at::Tensor& x, const PassTables& pass,
                          KVCache* cache, std::size_t index, bool last) const {
    const double eps = config_.rms_norm_eps;
    const Cut cut = last && pass.wanted.defined() ? cut_of(layer) : Cut::None;
    at::Tensor mixed = attention(layer, rms_norm(x, layer.input_norm, eps), pass, cache, index);
    at::Tensor residual = x;
    if (cut == Cut::BeforeOutput) {
        mixed = pick(mixed, pass.wanted);
        residual = pick(residual, pass.wanted);
    }
    at::Tensor mid = residual + (*layer.o)(mixed);
    if (cut == Cut::BeforeFeedForward) mid = pick(mid, pass.wanted);
    const at::Tensor normed = rms_norm(mid, layer.post_norm, eps);
    if (layer.gate->adapter && layer.gate->adapter->takes_block())
        return mid +
               layer.gate->adapter->forward_block(*layer.gate, *layer.up, *layer.down, normed);
    const at::Tensor gate = (*layer.gate)(normed), up = (*layer.up)(normed);
    const bool wanted = layer.down->adapter && layer.down->adapter->wants_activation();
    return mid + (*layer.down)(swiglu(gate, up), wanted ? at::silu(gate) : at::Tensor());
}

Decoder::Output Decoder::run(at::Tensor x, const PassTables& pass, const at::Tensor& visual,
                             const std::vector<at::Tensor>& deepstack, KVCache* cache,
                             LayerLoss* loss, std::int64_t recomputed) const {
    Output out;
    for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
        const TextLayer& one = weights_.layers[i];
        const auto number = static_cast<std::int64_t>(i);
        // Deepstack features are added to all places.
        const bool last = i + 1 == weights_.layers.size() && i >= deepstack.size();
        const auto run_layer = [this, &one, pass, cache, loss, i, last,
                                number](const at::Tensor& in) -> LayerOutput {
            if (loss) loss->begin_layer(false, number);
            at::Tensor hidden = layer(one, in, pass, cache, i, last);
            return {hidden, loss ? loss->take_layer_loss(false, number) : at::Tensor()};
        };
        const bool keep_nothing =
            number < recomputed && !cache &&
            (x.requires_grad() ||
             any_trainable({one.q, one.k, one.v, one.o, one.gate, one.up, one.down}));
        const LayerOutput result =
            keep_nothing ? checkpoint_layer(run_layer, x, loss) : run_layer(x);
        x = result.hidden;
        out.loss = add_loss(out.loss, result.loss);
        if (i < deepstack.size())
            x = x.flatten(0, 1)
                    .index_add(0, visual, deepstack[i].to(x.scalar_type()))
                    .view(x.sizes());
    }
    if (pass.wanted.defined() && x.dim() == 3) x = pick(x, pass.wanted);
    out.states = rms_norm(x, weights_.final_norm, config_.rms_norm_eps);
    return out;
}

}  // namespace moelora
