// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/adamw.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/optim/adamw.h>

#include <cmath>

namespace moelora {
namespace {

constexpr AdamWOptions settings{.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1};

at::Tensor leaf(at::IntArrayRef shape, std::int64_t seed, at::ScalarType type) {
    auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
    return at::randn(shape, generator, at::dtype(type)).requires_grad_();
}

at::Tensor gradient_at(const at::Tensor& p, std::int64_t t) {
    return (p.detach() * 0.7 + at::sin(p.detach() * static_cast<double>(t))) * 3;
}

// Slow twin: section 6 of training_semantics.md, value by value.
struct SlowAdamW {
    std::vector<double> p, m, v;
    explicit SlowAdamW(const at::Tensor& start) {
        const at::Tensor flat = start.detach().to(at::kDouble).flatten();
        p.assign(flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel());
        m.assign(p.size(), 0);
        v.assign(p.size(), 0);
    }
    void step(const at::Tensor& gradient, double lr, double t, const AdamWOptions& o) {
        const at::Tensor flat = gradient.to(at::kDouble).flatten();
        for (std::size_t i = 0; i < p.size(); ++i) {
            const double g = flat.const_data_ptr<double>()[i];
            p[i] *= 1 - lr * o.weight_decay;
            m[i] = o.beta1 * m[i] + (1 - o.beta1) * g;
            v[i] = o.beta2 * v[i] + (1 - o.beta2) * g * g;
            p[i] -= lr / (1 - std::pow(o.beta1, t)) * m[i] /
                    (std::sqrt(v[i]) / std::sqrt(1 - std::pow(o.beta2, t)) + o.epsilon);
        }
    }
};

TEST(AdamW, EqualsTheFormulaValueByValue) {
    const at::Tensor p = leaf({3, 5}, 1, at::kDouble);
    SlowAdamW slow(p);
    AdamW fast({p}, settings);
    for (std::int64_t t = 1; t <= 50; ++t) {
        const double lr = 0.1 / static_cast<double>(t);
        const at::Tensor g = gradient_at(p, t);
        p.mutable_grad() = g.clone();
        fast.step(lr);
        slow.step(g, lr, static_cast<double>(t), settings);
    }
    const at::Tensor flat = p.detach().flatten();
    for (std::size_t i = 0; i < slow.p.size(); ++i)
        EXPECT_NEAR(flat.const_data_ptr<double>()[i], slow.p[i], 1e-13) << i;
}

class AdamWAgainstTorch : public testing::TestWithParam<std::pair<at::ScalarType, double>> {};

TEST_P(AdamWAgainstTorch, WeightsStayEqualOver100Updates) {
    const auto [type, tolerance] = GetParam();
    std::vector<at::Tensor> ours{leaf({4, 3}, 1, type), leaf({7}, 2, type)}, theirs;
    for (const auto& p : ours) theirs.push_back(p.detach().clone().requires_grad_());
    AdamW mine(ours, settings);
    torch::optim::AdamW reference(theirs,
                                  torch::optim::AdamWOptions(0.01).weight_decay(0.1).eps(1e-8));
    for (std::int64_t t = 1; t <= 100; ++t) {
        for (std::size_t i = 0; i < ours.size(); ++i) {
            const at::Tensor g = gradient_at(theirs[i], t);
            ours[i].mutable_grad() = g.clone();
            theirs[i].mutable_grad() = g.clone();
        }
        mine.step(0.01);
        reference.step();
    }
    for (std::size_t i = 0; i < ours.size(); ++i)
        EXPECT_LE((ours[i] - theirs[i]).abs().max().item<double>(), tolerance);
}

INSTANTIATE_TEST_SUITE_P(DTypes, AdamWAgainstTorch,
                         testing::Values(std::pair{at::kDouble, 1e-13},
                                         std::pair{at::kFloat, 2e-6}));

TEST(AdamW, ParameterWithoutGradientIsLeftAlone) {
    const at::Tensor a = leaf({2}, 1, at::kDouble), b = leaf({2}, 2, at::kDouble);
    const at::Tensor before = b.detach().clone();
    AdamW optimizer({a, b}, settings);
    a.mutable_grad() = at::ones_like(a);
    optimizer.step(0.1);
    EXPECT_TRUE(at::equal(b.detach(), before));
    EXPECT_EQ(optimizer.steps(), (std::vector<std::int64_t>{1, 0}));
}

TEST(AdamW, GradientFactorIsThatOfAScaledGradient) {
    const at::Tensor a = leaf({6}, 3, at::kDouble);
    const at::Tensor b = a.detach().clone().requires_grad_();
    AdamW scaled({a}, settings), plain({b}, settings);
    for (std::int64_t t = 1; t <= 3; ++t) {
        const at::Tensor g = gradient_at(b, t);
        a.mutable_grad() = g.clone();
        b.mutable_grad() = g * 0.25;
        scaled.step(0.1, 0.25);
        plain.step(0.1);
    }
    EXPECT_TRUE(at::equal(a, b));
}

TEST(AdamW, RefusesWhatIsNotATrainableLeaf) {
    EXPECT_THROW(AdamW({at::zeros({2})}, settings), std::logic_error);
}

}  // namespace
}  // namespace moelora
