// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/vision.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <stdexcept>

#include "core/ops/rope.h"

namespace moelora {
namespace {

constexpr double layer_norm_eps = 1e-6;       // not torch's 1e-5
constexpr std::size_t max_cached_sizes = 64;  // frame sizes; a table is as large as one picture

at::Tensor layer_norm(const at::Tensor& x, const LayerNormWeights& norm) {
    return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, layer_norm_eps);
}

// [h, w, ...] in reading order -> [h*w, ...] in merge-block order.
at::Tensor block_order(const at::Tensor& x, std::int64_t merge) {
    const std::int64_t h = x.size(0), w = x.size(1);
    return x.reshape({h / merge, merge, w / merge, merge, -1})
        .permute({0, 2, 1, 3, 4})
        .reshape({h * w, -1});
}

// Where the rows of a grid lie in the position table of one side: floor, ceil and the fraction.
struct Blend {
    at::Tensor low, high, fraction;
};
Blend blend(std::int64_t count, std::int64_t side) {
    const double last = static_cast<double>(side - 1);
    const double steps = static_cast<double>(std::max<std::int64_t>(count - 1, 1));
    const at::Tensor at = at::arange(count, at::kFloat) * last / steps;
    const at::Tensor low = at.to(at::kLong);
    return {low, (low + 1).clamp_max(side - 1), at - low.to(at::kFloat)};
}

}  // namespace

at::Tensor add_loss(const at::Tensor& a, const at::Tensor& b) {
    if (!a.defined()) return b;
    return b.defined() ? a + b : a;
}

bool any_trainable(std::initializer_list<const FrozenLinear*> linears) {
    for (const FrozenLinear* linear : linears)
        if (linear->adapter || linear->weight.requires_grad()) return true;
    return false;
}

VisionTower::VisionTower(const VisionConfig& config, const Weights& weights)
    : config_(config), weights_(weights) {}

// Bilinear blend of the learned table with the corners on the corners, weights and sum in fp32
// (transformers 5.23; 4.57 rounds the weights to the table's dtype first, equal in fp32).
VisionTower::FrameTables VisionTower::make_tables(std::int64_t h, std::int64_t w) const {
    const at::AutoGradMode learnt(at::GradMode::is_enabled() &&
                                  weights_.position_table.requires_grad());
    const auto side = static_cast<std::int64_t>(
        std::llround(std::sqrt(static_cast<double>(config_.num_positions))));
    const Blend y = blend(h, side), x = blend(w, side);
    const at::Device device = weights_.position_table.device();
    at::Tensor position;
    for (const bool lower : {false, true}) {
        for (const bool right : {false, true}) {
            const at::Tensor wy = lower ? y.fraction : 1 - y.fraction;
            const at::Tensor wx = right ? x.fraction : 1 - x.fraction;
            const at::Tensor weight = (wy.unsqueeze(1) * wx.unsqueeze(0)).reshape({h * w, 1});
            const at::Tensor index = ((lower ? y.high : y.low).unsqueeze(1) * side +
                                      (right ? x.high : x.low).unsqueeze(0))
                                         .flatten();
            const at::Tensor part =
                weights_.position_table.index_select(0, index.to(device)).to(at::kFloat) *
                weight.to(device);
            position = position.defined() ? position + part : part;
        }
    }
    FrameTables out;
    out.position = block_order(position.view({h, w, -1}), config_.merge_size)
                       .to(weights_.position_table.scalar_type());
    const std::int64_t dim = config_.hidden_size / config_.num_heads / 2;
    const at::Tensor inverse =
        at::reciprocal(at::pow(config_.rope_theta, at::arange(0, dim, 2, at::kFloat) / dim));
    const at::Tensor rows = at::outer(at::arange(h, at::kFloat), inverse).unsqueeze(1);
    const at::Tensor columns = at::outer(at::arange(w, at::kFloat), inverse).unsqueeze(0);
    const at::Tensor angles =
        block_order(at::cat({rows.expand({h, w, -1}), columns.expand({h, w, -1})}, -1),
                    config_.merge_size)
            .to(device);
    out.cos = angles.cos();
    out.sin = angles.sin();
    return out;
}

const VisionTower::FrameTables& VisionTower::tables(std::int64_t h, std::int64_t w) {
    // One that is differentiated is blended anew: a graph serves one backward pass.
    if (weights_.position_table.requires_grad())
        return tables_.insert_or_assign({h, w}, make_tables(h, w)).first->second;
    const auto found = tables_.find({h, w});
    if (found != tables_.end()) return found->second;
    if (tables_.size() >= max_cached_sizes) tables_.clear();
    return tables_.emplace(std::pair{h, w}, make_tables(h, w)).first->second;
}

VisionTower::Plan VisionTower::plan(const at::Tensor& grid_thw, std::int64_t rows) {
    const at::Tensor host = grid_thw.to(at::kCPU, at::kLong).contiguous();
    if (host.dim() != 2 || host.size(1) != 3)
        throw std::invalid_argument("[vision] grid_thw must be [n, 3]");
    const auto grid = host.accessor<std::int64_t, 2>();
    Plan out;
    std::vector<at::Tensor> position, cos, sin;
    std::int64_t total = 0;
    for (std::int64_t n = 0; n < host.size(0); ++n) {
        const std::int64_t t = grid[n][0], h = grid[n][1], w = grid[n][2];
        if (t < 1 || h < 1 || w < 1 || h % config_.merge_size != 0 || w % config_.merge_size != 0)
            throw std::invalid_argument("[vision] a grid is no multiple of the merge size");
        total += t * h * w;
        if (out.segments.empty() || out.segments.back().patches != h * w)
            out.segments.push_back({0, h * w});
        out.segments.back().frames += t;
        const FrameTables frame = tables(h, w);
        for (std::int64_t k = 0; k < t; ++k) {
            position.push_back(frame.position);
            cos.push_back(frame.cos);
            sin.push_back(frame.sin);
        }
    }
    if (total != rows)
        throw std::invalid_argument("[vision] the grids ask for " + std::to_string(total) +
                                    " patches, the pixels have " + std::to_string(rows));
    if (out.segments.size() > 1) take_at_once(out);
    out.position = at::cat(position);
    out.cos = at::cat(cos).unsqueeze(0);
    out.sin = at::cat(sin).unsqueeze(0);
    return out;
}

void VisionTower::take_at_once(Plan& plan) const {
    const at::Tensor& weight = weights_.patch_weight;
    plan.varlen = varlen_kernel_for(weight.device(), weight.scalar_type(),
                                    config_.hidden_size / config_.num_heads);
    if (plan.varlen == VarlenKernel::None) return;
    std::vector<std::int64_t> lengths;
    for (const Segment& segment : plan.segments)
        lengths.insert(lengths.end(), static_cast<std::size_t>(segment.frames), segment.patches);
    plan.frames = segments_of(lengths, weight.device());
}

// Frames of equal size share one call; nothing is seen across frames or pictures.
at::Tensor VisionTower::attention(const VisionBlock& block, const at::Tensor& x,
                                  const Plan& plan) const {
    const std::int64_t heads = config_.num_heads, dim = config_.hidden_size / heads;
    const auto qkv = (*block.qkv)(x).view({x.size(0), 3, heads, dim}).unbind(1);
    const at::Tensor q = rope(qkv[0].unsqueeze(0), plan.cos, plan.sin).squeeze(0);
    const at::Tensor k = rope(qkv[1].unsqueeze(0), plan.cos, plan.sin).squeeze(0);
    if (plan.varlen != VarlenKernel::None)
        return (*block.proj)(varlen_attention(plan.varlen, q, k, qkv[2], plan.frames, false)
                                 .reshape({x.size(0), heads * dim}));
    std::vector<at::Tensor> parts;
    std::int64_t begin = 0;
    for (const Segment& segment : plan.segments) {
        const std::int64_t rows = segment.frames * segment.patches;
        const auto part = [&](const at::Tensor& all) {
            return all.narrow(0, begin, rows)
                .unflatten(0, {segment.frames, segment.patches})
                .transpose(1, 2);
        };
        parts.push_back(at::scaled_dot_product_attention(part(q), part(k), part(qkv[2]))
                            .transpose(1, 2)
                            .reshape({rows, heads * dim}));
        begin += rows;
    }
    return (*block.proj)(parts.size() == 1 ? parts[0] : at::cat(parts));
}

at::Tensor VisionTower::block(const VisionBlock& block, const at::Tensor& x,
                              const Plan& plan) const {
    const at::Tensor mid = x + attention(block, layer_norm(x, block.norm1), plan);
    const at::Tensor inner = at::gelu((*block.fc1)(layer_norm(mid, block.norm2)), "tanh");
    return mid + (*block.fc2)(inner);
}

at::Tensor VisionTower::merge(const Merger& merger, const at::Tensor& x) const {
    const std::int64_t wide = config_.hidden_size * config_.merge_size * config_.merge_size;
    const at::Tensor joined = merger.norm_after_join
                                  ? layer_norm(x.reshape({-1, wide}), merger.norm)
                                  : layer_norm(x, merger.norm).view({-1, wide});
    return (*merger.fc2)(at::gelu((*merger.fc1)(joined)));
}

VisionTower::Output VisionTower::run(const at::Tensor& pixel_values, const at::Tensor& grid_thw,
                                     LayerLoss* loss, bool checkpointing) {
    const Plan plan = this->plan(grid_thw, pixel_values.size(0));
    Output out;
    const auto counted = [&](std::int64_t layer, const std::function<at::Tensor()>& f) {
        if (loss) loss->begin_layer(true, layer);
        at::Tensor result = f();
        if (loss) out.loss = add_loss(out.loss, loss->take_layer_loss(true, layer));
        return result;
    };
    at::Tensor x = at::linear(pixel_values.to(weights_.patch_weight.options()),
                              weights_.patch_weight, weights_.patch_bias) +
                   plan.position;
    std::size_t tap = 0;
    for (std::int64_t j = 0; j < config_.depth; ++j) {
        const VisionBlock& one = weights_.blocks[static_cast<std::size_t>(j)];
        const auto layer = [this, &one, plan, loss, j](const at::Tensor& in) -> LayerOutput {
            if (loss) loss->begin_layer(true, j);
            at::Tensor hidden = block(one, in, plan);
            return {hidden, loss ? loss->take_layer_loss(true, j) : at::Tensor()};
        };
        const bool keep_nothing =
            checkpointing &&
            (x.requires_grad() || any_trainable({one.qkv, one.proj, one.fc1, one.fc2}));
        const LayerOutput result = keep_nothing ? checkpoint_layer(layer, x, loss) : layer(x);
        x = result.hidden;
        out.loss = add_loss(out.loss, result.loss);
        if (tap < config_.deepstack.size() && config_.deepstack[tap] == j) {
            const auto number = static_cast<std::int64_t>(tap);
            out.features.deepstack.push_back(
                counted(config_.depth + number, [&] { return merge(weights_.deepstack[tap], x); }));
            ++tap;
        }
    }
    out.features.merged =
        counted(config_.depth + static_cast<std::int64_t>(config_.deepstack.size()),
                [&] { return merge(weights_.merger, x); });
    return out;
}

}  // namespace moelora
