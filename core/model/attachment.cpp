// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attachment.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include "core/quant/quant_linear.h"

namespace moelora {
namespace {

using LayerFunction = std::function<LayerOutput(const at::Tensor&)>;

thread_local bool recomputing = false;

// What the backward pass needs beside x; lives in the graph node.
struct Recipe : torch::CustomClassHolder {
    LayerFunction f;
    LayerLoss* noise = nullptr;
    at::Tensor random_state;
};

// Puts the state of the first run back for the second one, and the present one back afterwards.
class RestoredNoise {
  public:
    RestoredNoise(LayerLoss* noise, const at::Tensor& state) : noise_(noise) {
        recomputing = true;
        if (!noise_) return;
        present_ = noise_->random_state();
        noise_->set_random_state(state);
    }
    ~RestoredNoise() {
        recomputing = false;
        if (noise_) noise_->set_random_state(present_);
    }
    RestoredNoise(const RestoredNoise&) = delete;
    RestoredNoise& operator=(const RestoredNoise&) = delete;

  private:
    LayerLoss* noise_;
    at::Tensor present_;
};

class CheckpointNode : public torch::autograd::Function<CheckpointNode> {
  public:
    // `anchor` asks for a gradient, so the outputs do too even when x comes from frozen weights.
    static torch::autograd::variable_list forward(torch::autograd::AutogradContext* ctx,
                                                  const at::Tensor& x, const at::Tensor&,
                                                  const c10::intrusive_ptr<Recipe>& recipe) {
        ctx->save_for_backward({x});
        ctx->saved_data["recipe"] = c10::IValue::make_capsule(recipe);
        const LayerOutput out = recipe->f(x);
        if (!out.loss.defined()) return {out.hidden};
        return {out.hidden, out.loss};
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   const torch::autograd::variable_list& grads) {
        const auto recipe =
            c10::static_intrusive_pointer_cast<Recipe>(ctx->saved_data["recipe"].toCapsule());
        const bool wanted = ctx->needs_input_grad(0);
        at::Tensor x = ctx->get_saved_variables()[0].detach();
        x.requires_grad_(wanted);
        torch::autograd::variable_list outputs, directions;
        {
            const RestoredNoise restored(recipe->noise, recipe->random_state);
            const at::AutoGradMode with_gradients(true);
            const LayerOutput out = recipe->f(x);
            const at::Tensor results[] = {out.hidden, out.loss};
            for (std::size_t i = 0; i < grads.size(); ++i) {
                if (!grads[i].defined() || !results[i].requires_grad()) continue;
                outputs.push_back(results[i]);
                directions.push_back(grads[i]);
            }
        }
        if (!outputs.empty()) torch::autograd::backward(outputs, directions);
        return {wanted ? x.grad() : at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

}  // namespace

at::Tensor FrozenLinear::base(const at::Tensor& x) const {
    return quantized ? quant_linear(x, quantized, bias) : at::linear(x, weight, bias);
}

at::Tensor FrozenLinear::dense_weight() const {
    return quantized ? dequantize(*quantized, at::kFloat) : weight;
}

bool in_recomputation() {
    return recomputing;
}

LayerOutput checkpoint_layer(const LayerFunction& f, const at::Tensor& x, LayerLoss* noise) {
    if (!at::GradMode::is_enabled()) return f(x);
    auto recipe = c10::make_intrusive<Recipe>();
    recipe->f = f;
    recipe->noise = noise;
    if (noise) recipe->random_state = noise->random_state().clone();
    const at::Tensor anchor = at::empty({0}, x.options()).requires_grad_(true);
    const auto outputs = CheckpointNode::apply(x, anchor, recipe);
    return {outputs[0], outputs.size() > 1 ? outputs[1] : at::Tensor()};
}

}  // namespace moelora
