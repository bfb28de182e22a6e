// SPDX-License-Identifier: GPL-3.0-or-later
// The product of gemv.h with tensors; of this folder only.
#pragma once

#include "core/quant/quantized_matrix.h"

namespace moelora {

struct GemvKernels;

// Few rows of bf16 on the CPU, a matrix in 4 bits whose rows are whole units, and a machine that
// has the instructions.
[[nodiscard]] bool gemv_serves(const at::Tensor& x, const QuantizedMatrix& w);
// x [rows, in] -> [rows, out], rounded once to bf16.
[[nodiscard]] at::Tensor gemv_forward(const at::Tensor& x, const QuantizedMatrix& w);
// By these kernels, which can take them.
[[nodiscard]] at::Tensor gemv_forward(const at::Tensor& x, const QuantizedMatrix& w,
                                      const GemvKernels& kernels);

}  // namespace moelora
