// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/gemv_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/quant/gemv.h"

namespace moelora {
namespace {

constexpr std::int64_t grain = 32;  // rows of W that a thread takes at least

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
    return x.is_cpu() && x.scalar_type() == at::kBFloat16 && x.size(0) <= gemv_max_rows &&
           w.table.defined() && w.codes.is_cpu() && w.in % gemv_unit == 0 &&
           w.blocksize % gemv_unit == 0 && gemv_kernels() != nullptr;
}

at::Tensor gemv_forward(const at::Tensor& x, const QuantizedMatrix& w) {
    const std::int64_t rows = x.size(0);
    const at::Tensor given = x.contiguous();
    at::Tensor split = at::empty_like(given), y = at::empty({rows, w.out}, at::kFloat);
    auto* const to = static_cast<std::uint16_t*>(split.mutable_data_ptr());
    gemv_kernels()->split(static_cast<const std::uint16_t*>(given.const_data_ptr()), x.numel(), to);
    const GemvWeight view = view_of(w);
    auto* const out = y.mutable_data_ptr<float>();
    at::parallel_for(0, rows == 0 ? 0 : w.out, grain, [&](std::int64_t first, std::int64_t last) {
        gemv_kernels()->forward(view, to, rows, first, last, out, w.out);
    });
    return y.to(at::kBFloat16);
}

}  // namespace moelora
