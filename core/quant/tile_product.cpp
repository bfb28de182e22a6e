// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/tile_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

namespace moelora {
namespace {

// Below it the vector kernels are as fast (measured with tests/bench/bench_quant.py).
constexpr std::int64_t fewest_rows = 16;

const std::uint16_t* values_of(const at::Tensor& t) {
    return static_cast<const std::uint16_t*>(t.const_data_ptr());
}

// Chunks of rows, about even and of whole pairs of tiles.
template <class F>
void each_chunk(std::int64_t rows, const F& f) {
    const std::int64_t chunks = (rows + tile_max_rows - 1) / tile_max_rows;
    const std::int64_t units = (rows + tile_unit - 1) / tile_unit;
    const std::int64_t step = (units + chunks - 1) / chunks * tile_unit;
    for (std::int64_t first = 0; first < rows; first += step)
        f(first, std::min(step, rows - first));
}

at::Tensor product(const TileWeight& w, std::int64_t out, const at::Tensor& given,
                   std::int64_t columns, decltype(TileKernels::pack_x) pack,
                   decltype(TileKernels::forward) multiply) {
    const at::Tensor input = given.contiguous();
    const std::int64_t width = input.size(1);
    at::Tensor result = at::empty({input.size(0), columns}, input.options());
    each_chunk(input.size(0), [&](std::int64_t first_row, std::int64_t rows) {
        const std::int64_t pairs = (rows + tile_unit - 1) / tile_unit;
        at::Tensor packed = at::empty({pairs * tile_unit * width}, input.options());
        auto* const to = static_cast<std::uint16_t*>(packed.mutable_data_ptr());
        at::parallel_for(0, pairs, 1, [&](std::int64_t first, std::int64_t last) {
            pack(values_of(input) + first_row * width, rows, width, first, last, to);
        });
        auto* const y =
            static_cast<std::uint16_t*>(result.mutable_data_ptr()) + first_row * columns;
        at::parallel_for(0, columns / tile_unit, 1, [&](std::int64_t first, std::int64_t last) {
            at::Tensor work = at::empty({tile_kernels()->work_floats}, at::kFloat);
            multiply(w, to, rows, out, first * tile_unit, last * tile_unit, y,
                     work.mutable_data_ptr<float>());
        });
    });
    return result;
}

}  // namespace

bool tile_product_serves(const at::Tensor& rows, std::int64_t out, std::int64_t in) {
    return rows.is_cpu() && rows.scalar_type() == at::kBFloat16 && rows.size(0) >= fewest_rows &&
           out % tile_unit == 0 && in % tile_unit == 0 && tile_kernels() != nullptr;
}

at::Tensor tile_forward(const TileWeight& w, std::int64_t out, const at::Tensor& x) {
    return product(w, out, x, out, tile_kernels()->pack_x, tile_kernels()->forward);
}

at::Tensor tile_backward(const TileWeight& w, std::int64_t out, const at::Tensor& dy) {
    return product(w, out, dy, w.in, tile_kernels()->pack_dy, tile_kernels()->backward);
}

}  // namespace moelora
