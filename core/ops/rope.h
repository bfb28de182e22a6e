// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary embedding, half-split: with x = [a | b] along the last dimension
//   y = [a cos - b sin | b cos + a sin]
// One autograd node that keeps cos and sin only (the backward pass rotates the other way).
//
//   x         [B, T, heads, D]  f32|f64|bf16|f16   any strides
//   cos, sin  [B, T, D/2]       the dtype to compute in (text: the model's, vision: fp32)
//   returns   [B, T, heads, D]  dtype of x, contiguous, new storage
//
// Errors: throws std::invalid_argument "[rope] ..." on a mismatch. Gradients: x. Threads: pure.
// Reference: rope_reference; checked in tests/core/ops/decoder_ops_test.cpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace moelora {

[[nodiscard]] at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);
[[nodiscard]] at::Tensor rope_reference(const at::Tensor& x, const at::Tensor& cos,
                                        const at::Tensor& sin);

}  // namespace moelora
