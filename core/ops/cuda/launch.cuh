// SPDX-License-Identifier: GPL-3.0-or-later
// The launchers, one for each function of the table in backend_api.h, and what they have in common.
// Raw pointers, sizes and a stream: no torch header, so any nvcc serves any LibTorch.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "core/ops/cuda/backend_api.h"

namespace moelora::cuda {

int dequantize(const MoeloraQuantized* w, std::int64_t first, std::int64_t last, std::int32_t type,
               void* out, MoeloraQueue queue);
int few_rows(const MoeloraQuantized* w, const void* x, std::int64_t rows, std::int32_t type,
             void* y, MoeloraQueue queue);
int add_experts(const void* base, const float* h, const float* b, std::int64_t rows,
                std::int64_t out, const MoeloraExperts* experts, std::int32_t type, void* y,
                MoeloraQueue queue);
int experts_backward(const float* dg, const float* h, const float* mask, std::int64_t rows,
                     const MoeloraExperts* experts, float* dh, float* dw, float* g,
                     MoeloraQueue queue);

constexpr int refused = cudaErrorInvalidValue;

// This library holds a run time of its own (linked statically), whose current device is set here;
// the caller has set LibTorch's.
inline cudaStream_t stream_of(MoeloraQueue queue) {
    cudaSetDevice(queue.device);
    return static_cast<cudaStream_t>(queue.stream);
}

inline unsigned blocks_for(std::int64_t work, std::int64_t each) {
    constexpr std::int64_t most = 1 << 30;  // of the first dimension of a grid
    return static_cast<unsigned>(std::min((work + each - 1) / each, most));
}

// The sum over a warp, in every lane; host_twin.cpp adds in the same order.
__device__ inline float warp_sum(float value) {
    for (int step = 16; step > 0; step /= 2)
        value = __fadd_rn(value, __shfl_xor_sync(0xffffffffU, value, step));
    return value;
}

}  // namespace moelora::cuda
