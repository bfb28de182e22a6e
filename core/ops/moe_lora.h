// SPDX-License-Identifier: GPL-3.0-or-later
// Adds the weighted low-rank updates of E experts to a frozen linear layer's output, experts
// concatenated:
//   y = base + (x Aᵀ ⊙ repeat(w · s)) Bᵀ             A [R, in], B [out, R], R = Σ_e r_e
// One own autograd node: it keeps x, h = x Aᵀ and w, never an [N, E, out] tensor.
//
//   x      [N, in]   f32|bf16|f16|f64  input of the experts (after dropout); N may be 0
//   base   [N, out]  f32|bf16|f16|f64  output of the frozen layer (carries its own graph to x)
//   a      [R, in]   f32|f64           all experts' A, stacked by rows; or [r, in], one A that E
//                                      experts of rank r share: x Aᵀ is formed once
//   b      [out, R]  f32|f64           all experts' B, side by side
//   w      [N, E]    f32|f64           mixing weights, or undefined: no multiplication at all
//   ranks  [E]       widths of the blocks
//   scales [E]       one factor an expert; a common one is applied last, as PEFT does
//   rank_mask [N, R] f32|f64           factor on h (dropout between A and B), or undefined
//   returns [N, out] dtype of base; new storage
//
// Errors: throws std::invalid_argument "[moe_lora] ..." on a shape or dtype mismatch (a bug in the
// caller). Gradients: x, base, a, b, w. Threads: pure.  Cost: O(N·R·(in+out)). Arithmetic: x is
// cast to a's dtype, the sum is formed there and rounded once to base's dtype (as PEFT's plain
// Linear). Reference: moe_lora_reference (a loop over experts in plain ATen); checked in
// tests/core/ops/moe_lora_test.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace moelora {

struct ExpertBlocks {
    std::vector<std::int64_t> ranks;
    std::vector<double> scales;
};

[[nodiscard]] at::Tensor moe_lora(const at::Tensor& base, const at::Tensor& x, const at::Tensor& a,
                                  const at::Tensor& b, const at::Tensor& w,
                                  const ExpertBlocks& blocks, const at::Tensor& rank_mask = {});
[[nodiscard]] at::Tensor moe_lora_reference(const at::Tensor& base, const at::Tensor& x,
                                            const at::Tensor& a, const at::Tensor& b,
                                            const at::Tensor& w, const ExpertBlocks& blocks,
                                            const at::Tensor& rank_mask = {});

}  // namespace moelora
