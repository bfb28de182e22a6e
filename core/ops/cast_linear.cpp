// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cast_linear.h"

#include <torch/csrc/autograd/custom_function.h>

namespace moelora {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class CastLinear : public torch::autograd::Function<CastLinear> {
  public:
    static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                              const std::optional<at::Tensor>& bias) {
        ctx->save_for_backward({x, weight});
        ctx->saved_data["has_bias"] = bias.has_value();
        return at::linear(x.to(weight.scalar_type()), weight, bias);
    }

    static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
        const auto saved = ctx->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &dz = gradients[0];
        at::Tensor dx, dweight, dbias;
        // Inputs by edge: x 0, weight 1, bias 2 (only when given).
        if (ctx->needs_input_grad(0)) dx = at::mm(dz, weight).to(x.scalar_type());
        if (ctx->needs_input_grad(1)) dweight = at::mm(dz.t(), x.to(weight.scalar_type()));
        if (ctx->saved_data["has_bias"].toBool() && ctx->needs_input_grad(2)) dbias = dz.sum(0);
        return {dx, dweight, dbias};
    }
};

}  // namespace

at::Tensor cast_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    if (x.scalar_type() == weight.scalar_type()) return at::linear(x, weight, bias);
    return CastLinear::apply(x, weight,
                             bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
}

}  // namespace moelora
