// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/gpu_product.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>

#include "core/ops/cuda_kernels.h"

namespace moelora {
namespace {

constexpr std::int64_t few = 4;

MoeloraQuantized described(const QuantizedMatrix& w) {
    const auto floats = [](const at::Tensor& t) {
        return t.defined() ? t.const_data_ptr<float>() : nullptr;
    };
    MoeloraQuantized out{};
    out.out = w.out;
    out.in = w.in;
    out.blocksize = w.blocksize;
    out.codes = w.codes.const_data_ptr();
    out.absmax = w.absmax.const_data_ptr();
    out.table = floats(w.table);
    out.nested_table = floats(w.nested_table);
    out.nested_absmax = floats(w.nested_absmax);
    out.nested_offset = w.nested_offset;
    return out;
}

at::Tensor few_rows(const at::Tensor& x, const QuantizedMatrix& w) {
    const at::Tensor rows = x.contiguous();
    at::Tensor y = at::empty({rows.size(0), w.out}, rows.options());
    const MoeloraQuantized matrix = described(w);
    cuda::launch("quant_linear", rows, [&](const MoeloraCudaTable& kernels, MoeloraQueue queue) {
        return kernels.few_rows(&matrix, rows.const_data_ptr(), rows.size(0),
                                *cuda::type_of(rows.scalar_type()), y.mutable_data_ptr(), queue);
    });
    return y;
}

// f(first row, number of rows, those rows of W in `type`), piece by piece.
template <class F>
void in_pieces(const QuantizedMatrix& w, at::ScalarType type, std::int64_t elements, const F& f) {
    const std::int64_t step = std::max<std::int64_t>(1, elements / w.in);
    for (std::int64_t n = 0; n < w.out; n += step) {
        const std::int64_t end = std::min(w.out, n + step);
        f(n, end - n, gpu_unpack(w, n, end, type));
    }
}

}  // namespace

bool gpu_product_serves(const QuantizedMatrix& w, at::ScalarType type) {
    if (cuda::kernels_for(w.codes) == nullptr || !cuda::type_of(type)) return false;
    const bool blocks =
        w.format == QuantFormat::Int8 ||
        (w.blocksize >= 8 && std::has_single_bit(static_cast<std::uint64_t>(w.blocksize)));
    return blocks && w.out > 0 && w.in > 0 && w.codes.is_contiguous() && w.absmax.is_contiguous();
}

at::Tensor gpu_unpack(const QuantizedMatrix& w, std::int64_t first, std::int64_t last,
                      at::ScalarType type) {
    at::Tensor out = at::empty({last - first, w.in}, w.codes.options().dtype(type));
    const MoeloraQuantized matrix = described(w);
    cuda::launch("dequantize", w.codes, [&](const MoeloraCudaTable& kernels, MoeloraQueue queue) {
        return last == first ? 0
                             : kernels.dequantize(&matrix, first, last, *cuda::type_of(type),
                                                  out.mutable_data_ptr(), queue);
    });
    return out;
}

at::Tensor gpu_forward(const at::Tensor& x, const QuantizedMatrix& w, std::int64_t piece_elements) {
    const std::int64_t rows = x.size(0);
    if (rows > 0 && rows <= few) return few_rows(x, w);
    if (rows == 0) return at::empty({0, w.out}, x.options());
    const auto type = x.scalar_type();
    if (w.out * w.in <= piece_elements) return at::mm(x, gpu_unpack(w, 0, w.out, type).t());
    at::Tensor y = at::empty({rows, w.out}, x.options());
    in_pieces(w, type, piece_elements,
              [&](std::int64_t n, std::int64_t count, const at::Tensor& piece) {
                  y.narrow(1, n, count).copy_(at::mm(x, piece.t()));
              });
    return y;
}

// The sum over pieces is kept in f32: rounding it to 16 bits after each would add up.
at::Tensor gpu_backward(const at::Tensor& dy, const QuantizedMatrix& w,
                        std::int64_t piece_elements) {
    const auto type = dy.scalar_type();
    if (w.out * w.in <= piece_elements) return at::mm(dy, gpu_unpack(w, 0, w.out, type));
    at::Tensor dx = at::zeros({dy.size(0), w.in}, dy.options().dtype(at::kFloat));
    in_pieces(w, type, piece_elements,
              [&](std::int64_t n, std::int64_t count, const at::Tensor& piece) {
                  dx.add_(at::mm(dy.narrow(1, n, count), piece));
              });
    return dx.to(type);
}

}  // namespace moelora
