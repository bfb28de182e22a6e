// SPDX-License-Identifier: GPL-3.0-or-later
// y = silu(gate) ⊙ up in one autograd node that keeps gate and up only; silu is computed again for
// the backward pass, which is cheaper than keeping a third tensor of the widest size of a layer.
//
//   gate, up [.., n]  f32|f64|bf16|f16, equal shapes and dtypes     returns the same, new storage
//
// Errors: throws std::invalid_argument "[swiglu] ..." on a mismatch. Gradients: gate, up. Threads:
// pure. Reference: swiglu_reference; checked in tests/core/ops/decoder_ops_test.cpp.
#pragma once

#include <ATen/core/Tensor.h>

namespace moelora {

[[nodiscard]] at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);
[[nodiscard]] at::Tensor swiglu_reference(const at::Tensor& gate, const at::Tensor& up);

}  // namespace moelora
