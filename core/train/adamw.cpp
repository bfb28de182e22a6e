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

namespace {

struct Factors {
    double decay, gradient, beta1, beta2, root_correction2, epsilon, step_size;
};

bool one_pass(const at::Tensor& t, at::ScalarType type) {
    return t.is_cpu() && t.is_contiguous() && t.scalar_type() == type;
}

template <class T>
void update(const at::Tensor& parameter, const at::Tensor& gradient, const at::Tensor& first,
            const at::Tensor& second, const Factors& f) {
    T *p = parameter.data_ptr<T>(), *m = first.data_ptr<T>(), *v = second.data_ptr<T>();
    const T* g = gradient.const_data_ptr<T>();
    const T decay = static_cast<T>(f.decay), factor = static_cast<T>(f.gradient),
            rest1 = static_cast<T>(1 - f.beta1), beta2 = static_cast<T>(f.beta2),
            rest2 = static_cast<T>(1 - f.beta2), root = static_cast<T>(f.root_correction2),
            epsilon = static_cast<T>(f.epsilon), step = static_cast<T>(f.step_size);
    at::parallel_for(0, parameter.numel(), 32768, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T gi = g[i] * factor;
            m[i] += (gi - m[i]) * rest1;
            v[i] = v[i] * beta2 + gi * gi * rest2;
            p[i] = p[i] * decay + step * (m[i] / (std::sqrt(v[i]) / root + epsilon));
        }
    });
}

// In ATen's calls, for other devices and layouts.
void update_by_calls(const at::Tensor& p, const at::Tensor& g, const at::Tensor& m,
                     const at::Tensor& v, const Factors& f) {
    if (f.gradient != 1) g.mul_(f.gradient);
    if (f.decay != 1) p.mul_(f.decay);
    m.lerp_(g, 1 - f.beta1);
    v.mul_(f.beta2).addcmul_(g, g, 1 - f.beta2);
    p.addcdiv_(m, v.sqrt().div_(f.root_correction2).add_(f.epsilon), f.step_size);
}

}  // namespace

void AdamW::step(double lr, double gradient_factor) {
    const at::NoGradGuard no_graph;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const at::Tensor& p = parameters_[i];
        const at::Tensor& g = p.grad();
        if (!g.defined()) continue;
        const auto t = static_cast<double>(++steps_[i]);
        const Factors f{1 - lr * options_.weight_decay,
                        gradient_factor,
                        options_.beta1,
                        options_.beta2,
                        std::sqrt(1 - std::pow(options_.beta2, t)),
                        options_.epsilon,
                        -lr / (1 - std::pow(options_.beta1, t))};
        const auto fits = [&](at::ScalarType type) {
            return one_pass(p, type) && one_pass(g, type);
        };
        if (fits(at::kFloat))
            update<float>(p, g, m_[i], v_[i], f);
        else if (fits(at::kDouble))
            update<double>(p, g, m_[i], v_[i], f);
        else
            update_by_calls(p, g, m_[i], v_[i], f);
        p.unsafeGetTensorImpl()->bump_version();
    }
}

}  // namespace moelora
