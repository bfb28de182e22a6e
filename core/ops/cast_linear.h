// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer in the precision of its weight on inputs of a lower one: z = cast(x) Wᵀ + bias.
// Plain ATen would keep the cast copy of x for the backward pass; this keeps x as it is given, so a
// router in f32 costs no f32 activation beside a bf16 model.
//
//   x      [N, in]  f32|bf16|f16|f64   N may be 0
//   weight [E, in]  f32|f64
//   bias   [E]      type of weight, or undefined
//   returns [N, E]  type of weight; new storage
//
// Errors: those of at::linear (a bug in the caller). Gradients: x, weight, bias. Threads: pure.
// Cost: O(N·E·in). Reference: at::linear on the cast input; checked in
// tests/core/ops/cast_linear_test.cpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace moelora {

[[nodiscard]] at::Tensor cast_linear(const at::Tensor& x, const at::Tensor& weight,
                                     const at::Tensor& bias);

}  // namespace moelora
