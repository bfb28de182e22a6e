// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer on a frozen matrix in few bits: y = x Wᵀ + bias, dX = dY W, without ever holding W
// in a float type as a whole. On the CPU W is unpacked in pieces of at most quant_work_floats a
// thread inside the multiplication (kernels.h), at any number of rows: decode and training take the
// same path, but for bf16 in 16 rows and more on a CPU with a matrix unit (tile_product.h).
// On a GPU with our back end see gpu_product.h; without it, and for f64, rows of W are unpacked
// into a buffer and multiplied by ATen.
//
//   x    [..., in]  f32|bf16|f16|f64
//   bias [out]      undefined, or any float type; frozen
//   returns [..., out] in x's type; new storage
//
// Arithmetic: W's values are f32, products are summed in f32 (f64 for f64), one rounding to x's
// type; on the matrix unit, and on a GPU from 5 rows on, W is rounded to x's type where that has 16
// bits, as bitsandbytes does everywhere.
// The backward pass uses the same W; nothing but a reference to W is kept for it. Gradients: x.
// Errors: throws std::invalid_argument on a shape or type mismatch. Threads: at::get_num_threads().
// Twin: quant_linear_reference (dequantise + at::linear); checked in
// tests/core/quant/quant_linear_test.cpp.
#pragma once

#include "core/quant/quantized_matrix.h"

namespace moelora {

[[nodiscard]] at::Tensor quant_linear(const at::Tensor& x, const QuantizedPtr& w,
                                      const at::Tensor& bias);
[[nodiscard]] at::Tensor quant_linear_reference(const at::Tensor& x, const QuantizedMatrix& w,
                                                const at::Tensor& bias);

}  // namespace moelora
