// SPDX-License-Identifier: GPL-3.0-or-later
// The epilogue between the two products of a mixture of LoRA experts, in place:
//   h[n, j] *= w[n, e(j)] * scale[e(j)]     e(j) = the expert whose block holds column j
//   h      [N, R] f32, row-major, device     w [N, E] f32, device     block_of [R] i32, device
//   scales [E] f32, device
// Raw pointers and a stream only: no torch header, so any nvcc serves any LibTorch. Returns the
// CUDA error code (0 = fine). Twin: moe_lora_reference in core/ops/moe_lora.h.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace moelora::cuda {

int scale_blocks(float* h, const float* w, const std::int32_t* block_of, const float* scales,
                 std::int64_t rows, std::int64_t columns, std::int64_t experts,
                 cudaStream_t stream);

}  // namespace moelora::cuda
