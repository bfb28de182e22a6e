// SPDX-License-Identifier: GPL-3.0-or-later
// Unpacking. A thread takes one item: 4 (INT8: 8) bytes of codes in, 16 (f32: 32) bytes out, so
// that a warp reads and writes whole lines; memory bandwidth is the bound. Nested scales are undone
// on the way, no tensor of scales is made.
#include "core/ops/cuda/launch.cuh"
#include "core/ops/cuda/quantized_tables.cuh"

namespace moelora::cuda {
namespace {

constexpr int threads = 256;
constexpr std::int64_t items_a_block = threads * 8;  // tables are loaded once for 8 items a thread

template <class T>
__global__ void __launch_bounds__(threads)
    four_bit_kernel(FourBit w, std::int64_t first, std::int64_t last, bool vector, T* out) {
    __shared__ SharedTables tables;
    tables.load(w);
    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * threads;
    for (std::int64_t i =
             first / item + static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x;
         i * item < last; i += stride)
        dequantize_item(w, i, first, last, vector, out);
}

// A block takes rows, so that no thread divides to find its row.
template <class T>
__global__ void __launch_bounds__(threads)
    eight_bit_kernel(EightBit w, std::int64_t first, std::int64_t last, bool vector, T* out) {
    for (std::int64_t row = first + blockIdx.x; row < last; row += gridDim.x)
        for (std::int64_t k = static_cast<std::int64_t>(threadIdx.x) * item; k < w.in;
             k += threads * item)
            dequantize_item(w, row, k, vector, out + (row - first) * w.in);
}

}  // namespace

int dequantize(const MoeloraQuantized* w, std::int64_t first, std::int64_t last, std::int32_t type,
               void* out, MoeloraQueue queue) {
    if (!servable(*w) || first < 0 || last < first || last > w->out || out == nullptr)
        return refused;
    if (first == last) return 0;
    const cudaStream_t stream = stream_of(queue);
    return with_type(type, refused, [&](auto zero) {
        auto* to = static_cast<decltype(zero)*>(out);
        if (w->table == nullptr) {
            eight_bit_kernel<<<blocks_for(last - first, 1), threads, 0, stream>>>(
                eight_bit(*w), first, last, vector_rows(*w, to), to);
        } else {
            const std::int64_t begin = first * w->in, end = last * w->in;
            const bool vector = begin % item == 0 && aligned(w->codes, 4) && aligned(to, 16);
            four_bit_kernel<<<blocks_for((end - begin) / item + 2, items_a_block), threads, 0,
                              stream>>>(four_bit(*w), begin, end, vector, to);
        }
        return static_cast<int>(cudaGetLastError());
    });
}

}  // namespace moelora::cuda
