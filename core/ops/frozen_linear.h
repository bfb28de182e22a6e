// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer whose weight never has a gradient: y = x Wᵀ + b, dx = dy W, through the library
// that multiplies fastest on this processor.
//
//   x      [..., in]   f32|bf16|f16|f64
//   weight [out, in]   type of x
//   bias   [out]       type of x, or undefined
//   returns [..., out] new storage
//
// Gradients: x only. Errors: those of at::linear (a bug in the caller). Threads:
// at::get_num_threads(). Cost: O(rows·in·out). Twin: at::linear; checked in
// tests/core/ops/frozen_linear_test.cpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace moelora {

class OpenBlas;

[[nodiscard]] at::Tensor frozen_linear(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias);

// The same with `blas` (at::linear where it is nullptr or the operands are not contiguous f32 of
// the host).
[[nodiscard]] at::Tensor frozen_linear(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias, const OpenBlas* blas);

}  // namespace moelora
