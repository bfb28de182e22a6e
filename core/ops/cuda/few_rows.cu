// SPDX-License-Identifier: GPL-3.0-or-later
// y = x Wᵀ for the few rows of a decoding step: W is read once, in its few bits. A warp makes one
// column of y for all rows; a lane takes an item at a time, so that a warp reads 128 bytes of codes
// and 512 bytes of each row of x, which stays in the first cache.
#include "core/ops/cuda/launch.cuh"
#include "core/ops/cuda/quantized_tables.cuh"

namespace moelora::cuda {
namespace {

constexpr int warps = 4;

template <int Rows, class X, class W>
__global__ void __launch_bounds__(warps* lanes)
    few_rows_kernel(W w, const X* x, std::int64_t in, std::int64_t out, bool vector, X* y) {
    __shared__ SharedTables tables;
    tables.load(w);
    const int lane = threadIdx.x % lanes;
    const std::int64_t n = static_cast<std::int64_t>(blockIdx.x) * warps + threadIdx.x / lanes;
    if (n >= out) return;
    float sum[Rows] = {};
    lane_sum(w, x, in, n, lane, vector, sum);
    for (int m = 0; m < Rows; ++m) {
        const float total = warp_sum(sum[m]);
        if (lane == 0) y[m * out + n] = round_to<X>(total);
    }
}

template <class X, class W>
void launch(const MoeloraQuantized& q, const W& w, const X* x, std::int64_t rows, X* y,
            cudaStream_t stream) {
    const auto blocks = static_cast<unsigned>((q.out + warps - 1) / warps);
    const auto start = [&](auto kernel) {
        kernel<<<blocks, warps * lanes, 0, stream>>>(w, x, q.in, q.out, vector_rows(q, x), y);
    };
    switch (rows) {
        case 1:
            return start(few_rows_kernel<1, X, W>);
        case 2:
            return start(few_rows_kernel<2, X, W>);
        case 3:
            return start(few_rows_kernel<3, X, W>);
        default:
            return start(few_rows_kernel<4, X, W>);
    }
}

}  // namespace

int few_rows(const MoeloraQuantized* w, const void* x, std::int64_t rows, std::int32_t type,
             void* y, MoeloraQueue queue) {
    if (!servable(*w) || rows < 1 || rows > most_few_rows || x == nullptr || y == nullptr ||
        w->out > std::int64_t{1} << 30)
        return refused;
    const cudaStream_t stream = stream_of(queue);
    return with_type(type, refused, [&](auto zero) {
        using X = decltype(zero);
        if (w->table == nullptr)
            launch(*w, eight_bit(*w), static_cast<const X*>(x), rows, static_cast<X*>(y), stream);
        else
            launch(*w, four_bit(*w), static_cast<const X*>(x), rows, static_cast<X*>(y), stream);
        return static_cast<int>(cudaGetLastError());
    });
}

}  // namespace moelora::cuda
