// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/swiglu.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <stdexcept>

namespace moelora {
namespace {

class SwigluNode : public torch::autograd::Function<SwigluNode> {
  public:
    static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& gate,
                              const at::Tensor& up) {
        ctx->save_for_backward({gate, up});
        return at::silu(gate).mul_(up);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   const torch::autograd::variable_list& grads) {
        const auto saved = ctx->get_saved_variables();
        const at::Tensor &gate = saved[0], &up = saved[1], &g = grads[0];
        at::Tensor d_gate, d_up;
        if (ctx->needs_input_grad(0)) d_gate = at::silu_backward(g * up, gate);
        if (ctx->needs_input_grad(1)) d_up = at::silu(gate).mul_(g);
        return {d_gate, d_up};
    }
};

}  // namespace

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
    if (gate.sizes() != up.sizes() || gate.scalar_type() != up.scalar_type())
        throw std::invalid_argument("[swiglu] gate and up differ in shape or dtype");
    if (!at::GradMode::is_enabled()) return at::silu(gate).mul_(up);
    return SwigluNode::apply(gate, up);
}

}  // namespace moelora
