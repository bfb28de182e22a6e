// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/adamw.h"

#include <cmath>

#include "core/base/assert.h"

namespace moelora {

AdamW::AdamW(std::vector<at::Tensor> parameters, const AdamWOptions& options)
    : options_(options), parameters_(std::move(parameters)), steps_(parameters_.size(), 0) {
    for (const at::Tensor& p : parameters_) {
        MOELORA_ASSERT(p.is_leaf() && p.requires_grad(), "AdamW takes trainable leaves only");
        m_.push_back(at::zeros_like(p.detach()));
        v_.push_back(at::zeros_like(p.detach()));
    }
}

void AdamW::step(double lr, double gradient_factor) {
    const at::NoGradGuard no_graph;
    std::vector<at::Tensor> p, g, m, v;
    std::vector<at::Scalar> root_correction2, step_size;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!parameters_[i].grad().defined()) continue;
        const auto t = static_cast<double>(++steps_[i]);
        p.push_back(parameters_[i]);
        g.push_back(parameters_[i].grad());
        m.push_back(m_[i]);
        v.push_back(v_[i]);
        root_correction2.emplace_back(std::sqrt(1 - std::pow(options_.beta2, t)));
        step_size.emplace_back(-lr / (1 - std::pow(options_.beta1, t)));
    }
    if (p.empty()) return;
    if (gradient_factor != 1) at::_foreach_mul_(g, gradient_factor);
    if (options_.weight_decay != 0) at::_foreach_mul_(p, 1 - lr * options_.weight_decay);
    at::_foreach_lerp_(m, g, 1 - options_.beta1);
    at::_foreach_mul_(v, options_.beta2);
    at::_foreach_addcmul_(v, g, g, 1 - options_.beta2);
    auto denominator = at::_foreach_sqrt(v);
    at::_foreach_div_(denominator, root_correction2);
    at::_foreach_add_(denominator, options_.epsilon);
    at::_foreach_addcdiv_(p, m, denominator, step_size);
}

}  // namespace moelora
