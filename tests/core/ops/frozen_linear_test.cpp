// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/frozen_linear.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <thread>

#include "core/ops/openblas.h"

namespace moelora {
namespace {

struct Shape {
    std::int64_t rows, in, out;
};

class FrozenLinearOp : public testing::TestWithParam<std::tuple<Shape, bool>> {
  protected:
    void SetUp() override {
        if (!OpenBlas::instance()) GTEST_SKIP() << "libopenblas0-serial is not installed";
    }
    at::Tensor draw(at::IntArrayRef shape) { return at::randn(shape, gen_, at::kFloat); }

  private:
    at::Generator gen_ = at::make_generator<at::CPUGeneratorImpl>(11);
};

double distance(const at::Tensor& got, const at::Tensor& want) {
    return (got - want).norm().item<double>() / want.norm().item<double>();
}

TEST_P(FrozenLinearOp, ValuesAndGradientEqualLinear) {
    const auto [shape, with_bias] = GetParam();
    const at::Tensor x = draw({3, shape.rows, shape.in}).requires_grad_();
    const at::Tensor weight = draw({shape.out, shape.in});
    const at::Tensor bias = with_bias ? draw({shape.out}) : at::Tensor();
    const at::Tensor y = frozen_linear(x, weight, bias, OpenBlas::instance());
    const at::Tensor want = at::linear(x, weight, bias);
    ASSERT_EQ(y.sizes(), want.sizes());
    EXPECT_LT(distance(y, want), 1e-6);
    // A gradient that is not contiguous, as attention hands it back.
    const at::Tensor dy = draw({3, shape.out, shape.rows}).transpose(1, 2);
    EXPECT_LT(distance(torch::autograd::grad({y}, {x}, {dy})[0],
                       torch::autograd::grad({want}, {x}, {dy})[0]),
              1e-6);
}

TEST_P(FrozenLinearOp, TheNumberOfThreadsChangesNothing) {
    const auto [shape, with_bias] = GetParam();
    if (shape.rows < 16) GTEST_SKIP() << "left to ATen";
    const at::Tensor x = draw({shape.rows, shape.in});
    const at::Tensor weight = draw({shape.out, shape.in});
    const at::Tensor bias = with_bias ? draw({shape.out}) : at::Tensor();
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor one = frozen_linear(x, weight, bias, OpenBlas::instance());
    at::set_num_threads(4);
    const at::Tensor four = frozen_linear(x, weight, bias, OpenBlas::instance());
    at::set_num_threads(before);
    EXPECT_TRUE(at::equal(one, four));
}

// Large ones go to the library, the last to ATen; columns are no multiple of the parts.
INSTANTIATE_TEST_SUITE_P(Cpu, FrozenLinearOp,
                         testing::Combine(testing::Values(Shape{115, 320, 777},
                                                          Shape{16, 1100, 530}, Shape{5, 64, 40}),
                                          testing::Bool()));

TEST(FrozenLinear, ManyThreadsMultiplyAtOnce) {
    if (!OpenBlas::instance()) GTEST_SKIP() << "libopenblas0-serial is not installed";
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(12);
    const at::Tensor x = at::randn({64, 512}, gen, at::kFloat);
    const at::Tensor weight = at::randn({300, 512}, gen, at::kFloat);
    const at::Tensor want = frozen_linear(x, weight, {}, OpenBlas::instance());
    std::atomic<int> different = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i)
                if (!at::equal(frozen_linear(x, weight, {}, OpenBlas::instance()), want))
                    ++different;
        });
    for (std::thread& one : threads) one.join();
    EXPECT_EQ(different, 0);
}

TEST(FrozenLinear, OtherTypesAreLinearItself) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(13);
    const at::Tensor x = at::randn({40, 600}, gen, at::kDouble);
    const at::Tensor weight = at::randn({500, 600}, gen, at::kDouble);
    EXPECT_TRUE(
        at::equal(frozen_linear(x, weight, {}, OpenBlas::instance()), at::linear(x, weight)));
}

}  // namespace
}  // namespace moelora
