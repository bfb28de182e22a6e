// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cuda/scale_blocks.cuh"

namespace moelora::cuda {
namespace {

// One thread an element, rows along the grid: h is read and written once, so memory bandwidth is
// the bound.
__global__ void scale_blocks_kernel(float* h, const float* w, const std::int32_t* block_of,
                                    const float* scales, std::int64_t rows, std::int64_t columns,
                                    std::int64_t experts) {
    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
    for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
         i < rows * columns; i += stride) {
        const std::int64_t row = i / columns;
        const std::int32_t expert = block_of[i - row * columns];
        h[i] *= w[row * experts + expert] * scales[expert];
    }
}

}  // namespace

int scale_blocks(float* h, const float* w, const std::int32_t* block_of, const float* scales,
                 std::int64_t rows, std::int64_t columns, std::int64_t experts,
                 cudaStream_t stream) {
    const std::int64_t count = rows * columns;
    if (count == 0) return 0;
    constexpr int threads = 256;
    constexpr std::int64_t most_blocks = 65535;  // the kernel strides on beyond
    const std::int64_t blocks = (count + threads - 1) / threads;
    scale_blocks_kernel<<<static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks),
                          threads, 0, stream>>>(h, w, block_of, scales, rows, columns, experts);
    return static_cast<int>(cudaGetLastError());
}

}  // namespace moelora::cuda
