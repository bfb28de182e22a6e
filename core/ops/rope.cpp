// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/rope.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <stdexcept>

namespace moelora {
namespace {

// direction +1 rotates forward, -1 back.
template <class T>
void rotate_rows(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, T direction,
                 at::Tensor& y) {
    const std::int64_t tokens = x.size(1), heads = x.size(2), half = x.size(3) / 2;
    const T *xs = x.const_data_ptr<T>(), *cs = cos.const_data_ptr<T>(),
            *ss = sin.const_data_ptr<T>();
    T* ys = y.mutable_data_ptr<T>();
    const std::int64_t grain =
        std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(1, heads * half));
    at::parallel_for(0, x.size(0) * tokens, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const T *c = cs + row * half, *s = ss + row * half;
            const T* in = xs + row / tokens * x.stride(0) + row % tokens * x.stride(1);
            T* out = ys + row * heads * half * 2;
            for (std::int64_t h = 0; h < heads; ++h, in += x.stride(2), out += 2 * half)
                for (std::int64_t i = 0; i < half; ++i) {
                    const T a = in[i], b = in[i + half], sine = direction * s[i];
                    out[i] = a * c[i] - b * sine;
                    out[i + half] = b * c[i] + a * sine;
                }
        }
    });
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, bool back) {
    const auto type = x.scalar_type();
    const bool kernel =
        x.is_cpu() && type == cos.scalar_type() && (type == at::kFloat || type == at::kDouble);
    if (!kernel) return rope_reference(x, cos, back ? -sin : sin);
    const at::Tensor dense = x.stride(3) == 1 ? x : x.contiguous();
    at::Tensor y = at::empty(x.sizes(), x.options());
    if (type == at::kFloat)
        rotate_rows<float>(dense, cos, sin, back ? -1.0F : 1.0F, y);
    else
        rotate_rows<double>(dense, cos, sin, back ? -1.0 : 1.0, y);
    return y;
}

class RopeNode : public torch::autograd::Function<RopeNode> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                              const at::Tensor& cos, const at::Tensor& sin) {
        ctx->save_for_backward({cos, sin});
        return rotate(x, cos, sin, false);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   const torch::autograd::variable_list& grads) {
        const auto saved = ctx->get_saved_variables();
        return {rotate(grads[0], saved[0], saved[1], true), {}, {}};
    }
};

}  // namespace

at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
    if (x.dim() != 4 || cos.dim() != 3 || x.size(3) % 2 != 0 || cos.sizes() != sin.sizes() ||
        cos.size(0) != x.size(0) || cos.size(1) != x.size(1) || 2 * cos.size(2) != x.size(3) ||
        cos.scalar_type() != sin.scalar_type())
        throw std::invalid_argument("[rope] x, cos and sin do not fit together");
    const at::Tensor c = cos.contiguous(), s = sin.contiguous();
    if (!at::GradMode::is_enabled() || !x.requires_grad()) return rotate(x, c, s, false);
    return RopeNode::apply(x, c, s);
}

}  // namespace moelora
