// SPDX-License-Identifier: GPL-3.0-or-later
// Matrices in few bits on devices that have kernels (core/ops/cuda_kernels.h); of this folder only.
// Up to 4 rows read W in its few bits, as decoding does; more rows are multiplied by LibTorch
// (cuBLAS) with W unpacked to their type, one rounding, as bitsandbytes does. Not more than
// gpu_piece_elements of W are unpacked at a time.
#pragma once

#include "core/quant/quantized_matrix.h"

namespace moelora {

// 64 MiB in 16 bits: a layer of a model of 4B parameters (24.9 M elements) is one piece.
inline constexpr std::int64_t gpu_piece_elements = std::int64_t{1} << 25;

// Whether kernels serve this matrix with values of `type`.
[[nodiscard]] bool gpu_product_serves(const QuantizedMatrix& w, at::ScalarType type);

// Rows [first, last) of W, equal to those unpacked on the CPU bit for bit.
[[nodiscard]] at::Tensor gpu_unpack(const QuantizedMatrix& w, std::int64_t first, std::int64_t last,
                                    at::ScalarType type);
// x Wᵀ [rows, out] and dY W [rows, in].
[[nodiscard]] at::Tensor gpu_forward(const at::Tensor& x, const QuantizedMatrix& w,
                                     std::int64_t piece_elements = gpu_piece_elements);
[[nodiscard]] at::Tensor gpu_backward(const at::Tensor& dy, const QuantizedMatrix& w,
                                      std::int64_t piece_elements = gpu_piece_elements);

}  // namespace moelora
