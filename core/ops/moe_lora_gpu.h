// SPDX-License-Identifier: GPL-3.0-or-later
// moe_lora between its matrix products, on devices that have kernels; of moe_lora.cpp only. The
// formulas stand in cuda/backend_api.h.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/ops/moe_lora.h"

namespace moelora {

// Whether they serve: parameters in f32, base in a type of the kernels, not too many experts.
[[nodiscard]] bool gpu_moe_lora_serves(const at::Tensor& base, const at::Tensor& a,
                                       const ExpertBlocks& blocks);

// base + (h ⊙ repeat(w · s)) Bᵀ; w may be undefined.
[[nodiscard]] at::Tensor gpu_add_experts(const at::Tensor& base, const at::Tensor& h,
                                         const at::Tensor& b, const at::Tensor& w,
                                         const ExpertBlocks& blocks);

struct ExpertGradients {
    at::Tensor dh, dw, g;
};
struct WantedExperts {
    bool dw, g;
};
// dg = dY B, or undefined: then no dh and no dw; its storage becomes that of dh.
[[nodiscard]] ExpertGradients gpu_experts_backward(const at::Tensor& dg, const at::Tensor& h,
                                                   const at::Tensor& w, const at::Tensor& rank_mask,
                                                   const ExpertBlocks& blocks,
                                                   const WantedExperts& wanted);

}  // namespace moelora
