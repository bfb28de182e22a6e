// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/rms_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <stdexcept>

namespace moelora {
namespace {

// Rows worth one task of the thread pool: about 32k elements keep its cost below 1 %.
std::int64_t grain(std::int64_t n) {
    return std::max<std::int64_t>(1, 32768 / n);
}

// Sum of a[i] b[i]: eight running sums, which the compiler keeps in vector registers and which
// round less than one.
template <class T>
T dot(const T* a, const T* b, std::int64_t n) {
    T part[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) part[k] += a[i + k] * b[i + k];
    T rest = 0;
    for (; i < n; ++i) rest += a[i] * b[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7])) + rest;
}

template <class T>
void forward_rows(const at::Tensor& x, const at::Tensor& weight, double eps, at::Tensor& y,
                  at::Tensor& rstd) {
    const std::int64_t n = x.size(-1), rows = rstd.numel();
    const T *xs = x.const_data_ptr<T>(), *w = weight.const_data_ptr<T>();
    T *ys = y.mutable_data_ptr<T>(), *rs = rstd.mutable_data_ptr<T>();
    at::parallel_for(0, rows, grain(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const T* in = xs + row * n;
            T* out = ys + row * n;
            const T r = T(1) / std::sqrt(dot(in, in, n) / static_cast<T>(n) + static_cast<T>(eps));
            rs[row] = r;
            for (std::int64_t i = 0; i < n; ++i) out[i] = w[i] * (in[i] * r);
        }
    });
}

// dx = r (g w - x r² mean(g w x)), row by row.
template <class T>
void backward_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd,
                   const at::Tensor& grad, at::Tensor& dx) {
    const std::int64_t n = x.size(-1), rows = rstd.numel();
    const T *xs = x.const_data_ptr<T>(), *w = weight.const_data_ptr<T>(),
            *rs = rstd.const_data_ptr<T>(), *gs = grad.const_data_ptr<T>();
    T* ds = dx.mutable_data_ptr<T>();
    at::parallel_for(0, rows, grain(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const T *in = xs + row * n, *g = gs + row * n;
            T* out = ds + row * n;
            const T r = rs[row];
            for (std::int64_t i = 0; i < n; ++i) out[i] = g[i] * w[i];
            const T along = dot(out, in, n) / static_cast<T>(n) * r * r;
            for (std::int64_t i = 0; i < n; ++i) out[i] = r * (out[i] - in[i] * along);
        }
    });
}

bool has_kernel(const at::Tensor& x) {
    return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble);
}

// {y, rstd}; x contiguous.
std::pair<at::Tensor, at::Tensor> run_forward(const at::Tensor& x, const at::Tensor& weight,
                                              double eps) {
    if (!has_kernel(x)) {
        const at::Tensor xf = x.to(at::kFloat);
        at::Tensor rstd = at::rsqrt(xf.square().mean(-1, true) + eps);
        return {(xf * rstd).to(x.scalar_type()) * weight, rstd};
    }
    at::Tensor y = at::empty_like(x);
    auto shape = x.sizes().vec();
    shape.back() = 1;
    at::Tensor rstd = at::empty(shape, x.options());
    if (x.scalar_type() == at::kFloat)
        forward_rows<float>(x, weight, eps, y, rstd);
    else
        forward_rows<double>(x, weight, eps, y, rstd);
    return {y, rstd};
}

at::Tensor run_backward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& rstd,
                        const at::Tensor& grad) {
    if (!has_kernel(x)) {
        const at::Tensor xf = x.to(at::kFloat), gw = (grad * weight).to(at::kFloat);
        const at::Tensor along = (gw * xf).mean(-1, true) * rstd.square();
        return ((gw - xf * along) * rstd).to(x.scalar_type());
    }
    at::Tensor dx = at::empty_like(x);
    if (x.scalar_type() == at::kFloat)
        backward_rows<float>(x, weight, rstd, grad, dx);
    else
        backward_rows<double>(x, weight, rstd, grad, dx);
    return dx;
}

class RmsNormNode : public torch::autograd::Function<RmsNormNode> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                              const at::Tensor& weight, double eps) {
        auto [y, rstd] = run_forward(x, weight, eps);
        ctx->save_for_backward({x, weight, rstd});
        return y;
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   const torch::autograd::variable_list& grads) {
        const auto saved = ctx->get_saved_variables();
        return {run_backward(saved[0], saved[1], saved[2], grads[0].contiguous()), {}, {}};
    }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
    if (x.dim() == 0 || weight.dim() != 1 || x.size(-1) != weight.size(0) ||
        x.scalar_type() != weight.scalar_type())
        throw std::invalid_argument("[rms_norm] x and weight differ in width or dtype");
    if (at::GradMode::is_enabled() && weight.requires_grad())
        throw std::invalid_argument("[rms_norm] the weight is frozen and gets no gradient");
    const at::Tensor dense = x.contiguous();
    if (!at::GradMode::is_enabled() || !x.requires_grad())
        return run_forward(dense, weight.contiguous(), eps).first;
    return RmsNormNode::apply(dense, weight.contiguous(), eps);
}

}  // namespace moelora
