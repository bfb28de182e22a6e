// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quant_linear.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <stdexcept>

#include "core/quant/gemv_product.h"
#include "core/quant/gpu_product.h"
#include "core/quant/kernels.h"
#include "core/quant/quant_view.h"
#include "core/quant/tile_product.h"

namespace moelora {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t buffer_elements = 1 << 20;  // of the path through ATen
constexpr std::int64_t share = 256;  // columns a thread takes at a time: one unpacked panel

// Whether the kernels can serve: they compute in f32.
bool has_kernels(const at::Tensor& x, const QuantizedMatrix& w) {
    return w.codes.is_cpu() && x.scalar_type() != at::kDouble;
}

// Rows of the matrix for the CPU's matrix unit; `view` must outlive it.
TileWeight unpacked_rows(const QuantView& view) {
    TileWeight w;
    w.in = view.in;
    w.source = &view;
    w.read = [](const void* from, std::int64_t row, std::int64_t first, std::int64_t count,
                std::uint16_t* to) {
        quant_kernels().decode_bf16(*static_cast<const QuantView*>(from), row, first, first + count,
                                    to);
    };
    return w;
}

// Whether the matrix unit takes these rows: bf16, whole tiles, whole blocks of codes.
bool fits_tiles(const at::Tensor& rows, const QuantizedMatrix& w) {
    return quant_kernels().decode_bf16 && w.blocksize % tile_unit == 0 &&
           tile_product_serves(rows, w.out, w.in);
}

at::Tensor work_space() {
    return at::empty({quant_work_floats}, at::kFloat);
}

// Shares of [0, count), multiples of `unit` where possible, about even.
template <class F>
void shared_out(std::int64_t count, std::int64_t unit, const F& f) {
    const std::int64_t units = (count + unit - 1) / unit;
    at::parallel_for(0, units, 1, [&](std::int64_t first, std::int64_t last) {
        at::Tensor work = work_space();
        f(first * unit, std::min(last * unit, count), work.mutable_data_ptr<float>());
    });
}

at::Tensor forward_rows(const at::Tensor& x, const QuantizedMatrix& w) {
    if (gpu_product_serves(w, x.scalar_type())) return gpu_forward(x, w);
    const std::int64_t rows = x.size(0);
    if (!has_kernels(x, w)) {
        at::Tensor y = at::empty({rows, w.out}, x.options());
        const std::int64_t step = std::max<std::int64_t>(1, buffer_elements / w.in);
        for (std::int64_t n = 0; n < w.out; n += step) {
            const std::int64_t end = std::min(w.out, n + step);
            y.narrow(1, n, end - n)
                .copy_(at::mm(x, dequantize_rows(w, n, end, x.scalar_type()).t()));
        }
        return y;
    }
    if (gemv_serves(x, w)) return gemv_forward(x, w);
    const HeldView held = hold_view(w);
    if (fits_tiles(x, w)) return tile_forward(unpacked_rows(held.view), w.out, x);
    const at::Tensor input = x.to(at::kFloat).contiguous();
    at::Tensor y = at::empty({rows, w.out}, at::kFloat);
    const float* from = input.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    shared_out(w.out, 32, [&](std::int64_t first, std::int64_t last, float* work) {
        quant_kernels().forward(held.view, from, rows, first, last, to, w.out, work);
    });
    return y.to(x.scalar_type());
}

at::Tensor backward_rows(const at::Tensor& dy, const QuantizedMatrix& w) {
    if (gpu_product_serves(w, dy.scalar_type())) return gpu_backward(dy, w);
    const std::int64_t rows = dy.size(0);
    if (!has_kernels(dy, w)) {
        at::Tensor dx = at::zeros({rows, w.in}, dy.options());
        const std::int64_t step = std::max<std::int64_t>(1, buffer_elements / w.in);
        for (std::int64_t n = 0; n < w.out; n += step) {
            const std::int64_t end = std::min(w.out, n + step);
            dx.addmm_(dy.narrow(1, n, end - n), dequantize_rows(w, n, end, dy.scalar_type()));
        }
        return dx;
    }
    const HeldView held = hold_view(w);
    if (fits_tiles(dy, w)) return tile_backward(unpacked_rows(held.view), w.out, dy);
    const at::Tensor input = dy.to(at::kFloat).contiguous();
    at::Tensor dx = at::empty({rows, w.in}, at::kFloat);
    const float* from = input.const_data_ptr<float>();
    float* to = dx.mutable_data_ptr<float>();
    shared_out(w.in, share, [&](std::int64_t first, std::int64_t last, float* work) {
        quant_kernels().backward(held.view, from, rows, w.out, first, last, to, work);
    });
    return dx.to(dy.scalar_type());
}

// Keeps the matrix alive in the graph.
struct Held : torch::CustomClassHolder {
    explicit Held(QuantizedPtr matrix) : w(std::move(matrix)) {}
    QuantizedPtr w;
};

class QuantLinear : public torch::autograd::Function<QuantLinear> {
  public:
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x,
                              const c10::intrusive_ptr<Held>& held) {
        ctx->saved_data["w"] = c10::IValue::make_capsule(held);
        return forward_rows(x, *held->w);
    }
    static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
        const auto held =
            c10::static_intrusive_pointer_cast<Held>(ctx->saved_data["w"].toCapsule());
        return {backward_rows(gradients[0], *held->w), at::Tensor()};
    }
};

}  // namespace

at::Tensor quant_linear(const at::Tensor& x, const QuantizedPtr& w, const at::Tensor& bias) {
    if (x.dim() == 0 || x.size(-1) != w->in || !x.is_floating_point())
        throw std::invalid_argument("[quant_linear] expected floats whose rows have " +
                                    std::to_string(w->in) + " values");
    auto sizes = x.sizes().vec();
    sizes.back() = w->out;
    const at::Tensor rows = x.reshape({-1, w->in});
    at::Tensor y = at::GradMode::is_enabled() && rows.requires_grad()
                       ? QuantLinear::apply(rows, c10::make_intrusive<Held>(w))
                       : forward_rows(rows.detach(), *w);
    if (bias.defined()) y = y + bias.to(y.scalar_type());
    return y.view(sizes);
}

at::Tensor quant_linear_reference(const at::Tensor& x, const QuantizedMatrix& w,
                                  const at::Tensor& bias) {
    const auto type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    at::Tensor y = at::matmul(x.to(type), dequantize_reference(w, type).t()).to(x.scalar_type());
    return bias.defined() ? y + bias.to(y.scalar_type()) : y;
}

}  // namespace moelora
