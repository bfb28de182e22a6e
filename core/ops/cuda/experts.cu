// SPDX-License-Identifier: GPL-3.0-or-later
// What stands around the matrix products of a mixture of LoRA experts. h = x Aᵀ and the products of
// the backward pass are cuBLAS'; adding g Bᵀ to the frozen layer's output is ours: R is so small
// that the product costs less than a pass over y, and ATen makes three of them where y has 16 bits
// (to f32, product, back).
#include "core/ops/cuda/expert_arithmetic.h"
#include "core/ops/cuda/launch.cuh"

namespace moelora::cuda {
namespace {

constexpr int warps = 8;
// A tile of 64 x 64 of y: 256 threads with 4 x 4 sums each, 16 columns of g and B at a time in
// 8.5 KiB of shared memory; four blocks and more fit a multiprocessor.
constexpr int tile = 64, depth = 16, each = 4, side = tile / each;

template <class T>
__global__ void __launch_bounds__(warps* lanes)
    add_lanes_kernel(const T* base, const float* h, const float* b, std::int64_t rows,
                     std::int64_t out, MoeloraExperts experts, T* y) {
    const int lane = threadIdx.x % lanes;
    const std::int64_t o = static_cast<std::int64_t>(blockIdx.x) * warps + threadIdx.x / lanes;
    if (o >= out) return;
    for (std::int64_t n = 0; n < rows; ++n) {
        const float sum = warp_sum(lane_sum(experts, h, b, n, o, lane));
        if (lane == 0) y[n * out + o] = finished(experts, base[n * out + o], sum);
    }
}

// Columns [j, j + depth) of `tile` rows of g and of B to shared memory, zeros beyond the ends.
__device__ void load_tile(const MoeloraExperts& experts, const float* h, const float* b,
                          std::int64_t n0, std::int64_t rows, std::int64_t o0, std::int64_t out,
                          int j, float (*g_tile)[tile + 1], float (*b_tile)[tile + 1]) {
    for (int i = threadIdx.x; i < tile * depth; i += side * side) {
        const int row = i / depth, column = j + i % depth;
        const bool in_width = column < width(experts);
        g_tile[i % depth][row] =
            in_width && n0 + row < rows ? weighed(experts, h, n0 + row, column) : 0.0F;
        b_tile[i % depth][row] =
            in_width && o0 + row < out ? b[(o0 + row) * width(experts) + column] : 0.0F;
    }
}

template <class T>
__global__ void __launch_bounds__(side* side)
    add_tiles_kernel(const T* base, const float* h, const float* b, std::int64_t rows,
                     std::int64_t out, MoeloraExperts experts, T* y) {
    __shared__ float g_tile[depth][tile + 1], b_tile[depth][tile + 1];
    const std::int64_t o0 = static_cast<std::int64_t>(blockIdx.x) * tile;
    const int column = threadIdx.x % side, row = threadIdx.x / side;
    for (std::int64_t n0 = static_cast<std::int64_t>(blockIdx.y) * tile; n0 < rows;
         n0 += static_cast<std::int64_t>(gridDim.y) * tile) {
        float sum[each][each] = {};
        for (int j = 0; j < width(experts); j += depth) {
            load_tile(experts, h, b, n0, rows, o0, out, j, g_tile, b_tile);
            __syncthreads();
            for (int k = 0; k < depth; ++k)
                for (int r = 0; r < each; ++r)
                    for (int c = 0; c < each; ++c)
                        sum[r][c] =
                            fma(g_tile[k][row + r * side], b_tile[k][column + c * side], sum[r][c]);
            __syncthreads();
        }
        for (int r = 0; r < each; ++r)
            for (int c = 0; c < each; ++c) {
                const std::int64_t n = n0 + row + r * side, o = o0 + column + c * side;
                if (n < rows && o < out)
                    y[n * out + o] = finished(experts, base[n * out + o], sum[r][c]);
            }
    }
}

// A warp takes a row, block by block.
__global__ void __launch_bounds__(warps* lanes)
    backward_kernel(ExpertsBackward tensors, std::int64_t rows, MoeloraExperts experts, float* dw) {
    const int lane = threadIdx.x % lanes;
    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * warps;
    for (std::int64_t n = static_cast<std::int64_t>(blockIdx.x) * warps + threadIdx.x / lanes;
         n < rows; n += stride)
        for (std::int32_t e = 0; e < experts.experts; ++e) {
            const float sum = warp_sum(lane_backward(experts, tensors, n, e, lane));
            if (lane == 0 && dw != nullptr)
                dw[n * experts.experts + e] = mul(sum, experts.scales[e]);
        }
}

}  // namespace

int add_experts(const void* base, const float* h, const float* b, std::int64_t rows,
                std::int64_t out, const MoeloraExperts* experts, std::int32_t type, void* y,
                MoeloraQueue queue) {
    if (!servable(*experts) || rows < 0 || out < 1) return refused;
    if (rows == 0) return 0;
    if (base == nullptr || h == nullptr || b == nullptr || y == nullptr) return refused;
    const cudaStream_t stream = stream_of(queue);
    return with_type(type, refused, [&](auto zero) {
        using T = decltype(zero);
        const auto* from = static_cast<const T*>(base);
        auto* to = static_cast<T*>(y);
        if (rows <= most_lane_rows) {
            add_lanes_kernel<<<blocks_for(out, warps), warps * lanes, 0, stream>>>(
                from, h, b, rows, out, *experts, to);
        } else {
            constexpr unsigned most = 65535;  // of a grid's second dimension; the kernel goes on
            const dim3 grid(blocks_for(out, tile), std::min(blocks_for(rows, tile), most));
            add_tiles_kernel<<<grid, side * side, 0, stream>>>(from, h, b, rows, out, *experts, to);
        }
        return static_cast<int>(cudaGetLastError());
    });
}

int experts_backward(const float* dg, const float* h, const float* mask, std::int64_t rows,
                     const MoeloraExperts* experts, float* dh, float* dw, float* g,
                     MoeloraQueue queue) {
    const ExpertsBackward tensors{dg, h, mask, dh, g};
    if (!servable(*experts) || rows < 0) return refused;
    if (rows == 0) return 0;
    if (!servable(tensors, dw)) return refused;
    backward_kernel<<<blocks_for(rows, warps), warps * lanes, 0, stream_of(queue)>>>(tensors, rows,
                                                                                     *experts, dw);
    return static_cast<int>(cudaGetLastError());
}

}  // namespace moelora::cuda
