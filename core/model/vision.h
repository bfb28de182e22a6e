// SPDX-License-Identifier: GPL-3.0-or-later
// The vision tower: patch embedding, learned positions, blocks with 2-D rotary attention inside
// each frame, deepstack taps and mergers (qwen3vl.md section 6). Engine thread only.
#pragma once

#include <map>

#include "core/model/qwen3vl.h"
#include "core/model/weights.h"
#include "core/ops/varlen_attention.h"

namespace moelora {

class VisionTower {
  public:
    // Borrows both; they must outlive the tower.
    VisionTower(const VisionConfig& config, const Weights& weights);

    struct Output {
        VisionFeatures features;
        at::Tensor loss;  // extra losses of the adapters, undefined = none
    };
    // pixel_values [P, C*t*p*p] any float, grid_thw [n, 3] i64. Throws std::invalid_argument when
    // the rows of pixels and grids do not agree.
    [[nodiscard]] Output run(const at::Tensor& pixel_values, const at::Tensor& grid_thw,
                             LayerLoss* loss, bool checkpointing);
    // What was computed from the weights for later passes; it is computed again when it is needed.
    void forget() { tables_.clear(); }

  private:
    // What depends on the size of a frame only, patches in merge-block order.
    struct FrameTables {
        at::Tensor position;  // [h*w, V] model dtype
        at::Tensor cos, sin;  // [h*w, head_dim/2] f32
    };
    // One run of frames of equal size.
    struct Segment {
        std::int64_t frames = 0, patches = 0;
    };
    struct Plan {
        std::vector<Segment> segments;
        VarlenKernel varlen = VarlenKernel::None;  // of frames of several sizes, all at once
        Segments frames{};                         // then their places
        at::Tensor position, cos, sin;             // of all patches
    };
    [[nodiscard]] const FrameTables& tables(std::int64_t h, std::int64_t w);
    [[nodiscard]] FrameTables make_tables(std::int64_t h, std::int64_t w) const;
    [[nodiscard]] Plan plan(const at::Tensor& grid_thw, std::int64_t rows);
    // Where a kernel does that (varlen_attention.h).
    void take_at_once(Plan& plan) const;
    [[nodiscard]] at::Tensor attention(const VisionBlock& block, const at::Tensor& x,
                                       const Plan& plan) const;
    [[nodiscard]] at::Tensor block(const VisionBlock& block, const at::Tensor& x,
                                   const Plan& plan) const;
    [[nodiscard]] at::Tensor merge(const Merger& merger, const at::Tensor& x) const;

    const VisionConfig& config_;
    const Weights& weights_;
    std::map<std::pair<std::int64_t, std::int64_t>, FrameTables> tables_;
};

// a + b where either may be undefined.
[[nodiscard]] at::Tensor add_loss(const at::Tensor& a, const at::Tensor& b);
// Whether a pass through any of these linears can need a gradient of its own.
[[nodiscard]] bool any_trainable(std::initializer_list<const FrozenLinear*> linears);

}  // namespace moelora
