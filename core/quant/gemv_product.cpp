// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/gemv_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/quant/gemv.h"

namespace moelora {
namespace {

constexpr std::int64_t grain = 32;  // rows of W that a thread takes at least

// Tiles where there are some: their time hardly grows with the rows.
const GemvKernels* kernels_for(std::int64_t rows, std::int64_t out) {
    for (const GemvKernels* kernels : {gemv_tile_kernels(), gemv_vector_kernels()})
        if (kernels && rows <= kernels->max_rows && out % kernels->step == 0) return kernels;
    return nullptr;
}

GemvWeight view_of(const QuantizedMatrix& w) {
    GemvWeight view;
    view.codes = w.codes.const_data_ptr<std::uint8_t>();
    view.table = w.table.const_data_ptr<float>();
    view.in = w.in;
    view.blocksize = w.blocksize;
    if (!w.nested()) {
        view.scales = w.absmax.const_data_ptr<float>();
        return view;
    }
    view.absmax = w.absmax.const_data_ptr<std::uint8_t>();
    view.nested_table = w.nested_table.const_data_ptr<float>();
    view.nested_absmax = w.nested_absmax.const_data_ptr<float>();
    view.nested_offset = w.nested_offset;
    return view;
}

}  // namespace

bool gemv_serves(const at::Tensor& x, const QuantizedMatrix& w) {
    return x.is_cpu() && x.scalar_type() == at::kBFloat16 && w.table.defined() &&
           w.codes.is_cpu() && w.in % gemv_unit == 0 && w.blocksize % gemv_unit == 0 &&
           kernels_for(x.size(0), w.out) != nullptr;
}

at::Tensor gemv_forward(const at::Tensor& x, const QuantizedMatrix& w) {
    return gemv_forward(x, w, *kernels_for(x.size(0), w.out));
}

at::Tensor gemv_forward(const at::Tensor& x, const QuantizedMatrix& w, const GemvKernels& kernels) {
    const std::int64_t rows = x.size(0);
    const at::Tensor given = x.contiguous();
    at::Tensor packed = at::empty({gemv_packed_rows(rows), w.in}, given.options()),
               y = at::empty({rows, w.out}, at::kFloat);
    auto* const to = static_cast<std::uint16_t*>(packed.mutable_data_ptr());
    kernels.pack(static_cast<const std::uint16_t*>(given.const_data_ptr()), rows, w.in, to);
    const GemvWeight view = view_of(w);
    auto* const out = y.mutable_data_ptr<float>();
    const std::int64_t steps = rows == 0 ? 0 : w.out / kernels.step;
    at::parallel_for(0, steps, grain / kernels.step, [&](std::int64_t first, std::int64_t last) {
        kernels.forward(view, to, rows, first * kernels.step, last * kernels.step, out, w.out);
    });
    return y.to(at::kBFloat16);
}

}  // namespace moelora
