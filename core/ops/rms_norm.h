// SPDX-License-Identifier: GPL-3.0-or-later
// Root-mean-square norm over the last dimension, with a frozen weight:
//   y = weight ⊙ cast(x / sqrt(mean(x²) + eps))       statistics in fp32 (fp64 for f64)
// One autograd node that keeps x and one number per row.
//
//   x       [.., n]  f32|f64|bf16|f16   any strides
//   weight  [n]      same dtype         frozen
//   returns [.., n]  same dtype, contiguous, new storage
//
// Errors: throws std::invalid_argument "[rms_norm] ..." on a mismatch or a weight that asks for a
// gradient. Gradients: x. Threads: pure. Reference: rms_norm_reference; checked in
// tests/core/ops/decoder_ops_test.cpp. Source: qwen3vl.md section 4 (rounding before the weight).
#pragma once

#include <ATen/core/Tensor.h>

namespace moelora {

[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
[[nodiscard]] at::Tensor rms_norm_reference(const at::Tensor& x, const at::Tensor& weight,
                                            double eps);

}  // namespace moelora
