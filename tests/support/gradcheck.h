// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients against central differences in f64. The caller includes torch (precompiled header).
#pragma once

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <string>
#include <vector>

namespace moelora::test {

struct GradcheckInput {
    std::string name;
    at::Tensor value;  // f64 leaf that requires grad
};

// Compares the autograd gradient of f() with (f(v+h) - f(v-h)) / 2h for every element of every
// input. h = 1e-6: truncation about h^2 and rounding about 1e-16/h, so 1e-8 of the largest
// gradient is far above both.
inline void expect_gradients(const std::vector<GradcheckInput>& inputs,
                             const std::function<at::Tensor()>& scalar, double tolerance = 1e-7) {
    constexpr double h = 1e-6;
    std::vector<at::Tensor> leaves;
    for (const auto& i : inputs) leaves.push_back(i.value);
    const auto gradients = torch::autograd::grad({scalar()}, leaves, {}, std::nullopt, false, true);
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        ASSERT_TRUE(gradients[i].defined()) << inputs[i].name << " has no gradient";
        at::Tensor flat = inputs[i].value.view(-1);
        const at::Tensor got = gradients[i].reshape(-1);
        const double largest = std::max(1.0, got.numel() ? got.abs().max().item<double>() : 0.0);
        for (std::int64_t n = 0; n < flat.numel(); ++n) {
            const double kept = flat[n].item<double>();
            flat[n] = kept + h;
            const double above = scalar().item<double>();
            flat[n] = kept - h;
            const double below = scalar().item<double>();
            flat[n] = kept;
            const double expected = (above - below) / (2 * h);
            ASSERT_NEAR(got[n].item<double>(), expected, tolerance * largest)
                << inputs[i].name << " element " << n << " of " << flat.numel();
        }
    }
}

}  // namespace moelora::test
