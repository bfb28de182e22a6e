// SPDX-License-Identifier: GPL-3.0-or-later
// rms_norm, rope and swiglu against their slow twins and finite differences.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/ops/rms_norm.h"
#include "core/ops/rope.h"
#include "core/ops/swiglu.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

constexpr double eps = 1e-6;

at::Tensor random(at::IntArrayRef shape, at::ScalarType type) {
    return at::randn(shape, at::kDouble).to(type);
}
at::Tensor leaf(at::IntArrayRef shape) {
    return at::randn(shape, at::kDouble).requires_grad_(true);
}

// Rounding of a sum of n products: sqrt(n) units in the last place, with a factor of safety.
double tolerance(at::ScalarType type, std::int64_t n) {
    const double unit = type == at::kDouble ? 0x1p-53 : type == at::kFloat ? 0x1p-24 : 0x1p-8;
    return 16 * unit * std::sqrt(static_cast<double>(n));
}

void expect_close(const at::Tensor& got, const at::Tensor& expected, double relative) {
    ASSERT_EQ(got.sizes(), expected.sizes());
    ASSERT_EQ(got.scalar_type(), expected.scalar_type());
    if (got.numel() == 0) return;
    const at::Tensor difference = (got - expected).to(at::kDouble).abs();
    const double limit =
        relative * std::max(1.0, expected.to(at::kDouble).abs().max().item<double>());
    EXPECT_LE(difference.max().item<double>(), limit)
        << "at flat index " << difference.argmax().item<std::int64_t>() << " of " << got.numel();
}

class DecoderOps : public ::testing::TestWithParam<at::ScalarType> {
  protected:
    void SetUp() override { at::manual_seed(7); }
};

TEST_P(DecoderOps, RmsNormEqualsItsReference) {
    for (const std::int64_t n : {1, 7, 64, 2560}) {
        const at::Tensor x = random({2, 3, n}, GetParam()), w = random({n}, GetParam());
        expect_close(rms_norm(x, w, eps), rms_norm_reference(x, w, eps), tolerance(GetParam(), n));
    }
    const at::Tensor none = random({0, 8}, GetParam()), w = random({8}, GetParam());
    EXPECT_EQ(rms_norm(none, w, eps).numel(), 0);
}

TEST_P(DecoderOps, RopeEqualsItsReferenceForAnyStrides) {
    const at::Tensor cos = random({2, 5, 4}, GetParam()), sin = random({2, 5, 4}, GetParam());
    const at::Tensor x = random({2, 5, 3, 8}, GetParam());
    const at::Tensor wide = random({2, 5, 3, 3, 8}, GetParam());
    const at::Tensor turned = random({2, 3, 5, 8}, GetParam()).transpose(1, 2);
    for (const at::Tensor& one :
         {x, wide.select(2, 1), turned, x.transpose(2, 3).contiguous().transpose(2, 3)})
        expect_close(rope(one, cos, sin), rope_reference(one, cos, sin), tolerance(GetParam(), 2));
}

TEST_P(DecoderOps, SwigluEqualsItsReference) {
    const at::Tensor gate = random({4, 9}, GetParam()), up = random({4, 9}, GetParam());
    expect_close(swiglu(gate, up), swiglu_reference(gate, up), tolerance(GetParam(), 1));
}

TEST_P(DecoderOps, GradientsEqualThoseOfTheReferences) {
    const auto gradients = [&](bool fast) {
        at::manual_seed(3);
        at::Tensor x = random({2, 5, 3, 8}, GetParam()).requires_grad_(true);
        const at::Tensor w = random({8}, GetParam());
        const at::Tensor cos = random({2, 5, 4}, GetParam()), sin = random({2, 5, 4}, GetParam());
        const at::Tensor normed = fast ? rms_norm(x, w, eps) : rms_norm_reference(x, w, eps);
        const at::Tensor turned = fast ? rope(normed, cos, sin) : rope_reference(normed, cos, sin);
        const at::Tensor y = fast ? swiglu(turned, x) : swiglu_reference(turned, x);
        const at::Tensor direction = random({2, 5, 3, 8}, GetParam());
        return torch::autograd::grad({(y * direction).sum()}, {x})[0];
    };
    // A bf16 graph rounds after every step: tens of roundings add up.
    const double factor = GetParam() == at::kBFloat16 ? 4 : 1;
    expect_close(gradients(true), gradients(false), factor * tolerance(GetParam(), 8));
}

INSTANTIATE_TEST_SUITE_P(Dtypes, DecoderOps,
                         ::testing::Values(at::kDouble, at::kFloat, at::kBFloat16),
                         [](const auto& row) { return std::string(c10::toString(row.param)); });

TEST(DecoderOpsGradient, RmsNormMatchesFiniteDifferences) {
    at::manual_seed(1);
    at::Tensor x = leaf({3, 11});
    const at::Tensor w = at::randn({11}, at::kDouble), g = at::randn({3, 11}, at::kDouble);
    test::expect_gradients({{"x", x}}, [&] { return (rms_norm(x, w, eps) * g).sum(); });
}

TEST(DecoderOpsGradient, RopeMatchesFiniteDifferences) {
    at::manual_seed(2);
    at::Tensor x = leaf({2, 3, 2, 6});
    const at::Tensor cos = at::randn({2, 3, 3}, at::kDouble),
                     sin = at::randn({2, 3, 3}, at::kDouble);
    const at::Tensor g = at::randn({2, 2, 3, 6}, at::kDouble);
    test::expect_gradients({{"x", x}},
                           [&] { return (rope(x, cos, sin).transpose(1, 2) * g).sum(); });
}

TEST(DecoderOpsGradient, SwigluMatchesFiniteDifferences) {
    at::manual_seed(3);
    at::Tensor gate = leaf({3, 5}), up = leaf({3, 5});
    const at::Tensor g = at::randn({3, 5}, at::kDouble);
    test::expect_gradients({{"gate", gate}, {"up", up}},
                           [&] { return (swiglu(gate, up) * g).sum(); });
}

TEST(DecoderOpsErrors, MismatchesAreRefusedByName) {
    const at::Tensor x = at::ones({2, 4}), w = at::ones({3});
    EXPECT_THROW((void)rms_norm(x, w, eps), std::invalid_argument);
    EXPECT_THROW((void)rms_norm(x, at::ones({4}).requires_grad_(true), eps), std::invalid_argument);
    EXPECT_THROW((void)swiglu(x, w), std::invalid_argument);
    EXPECT_THROW((void)rope(at::ones({1, 2, 1, 4}), at::ones({1, 2, 4}), at::ones({1, 2, 4})),
                 std::invalid_argument);
}

}  // namespace
}  // namespace moelora
