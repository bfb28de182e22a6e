// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cast_linear.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace moelora {
namespace {

class CastLinearOp : public testing::TestWithParam<
                         std::tuple<at::ScalarType, at::ScalarType, bool, std::int64_t>> {};

TEST_P(CastLinearOp, EqualsLinearOnTheCastInputBitForBit) {
    const auto [type, weight_type, with_bias, n] = GetParam();
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(4);
    const auto draw = [&](at::IntArrayRef shape, at::ScalarType t) {
        return at::randn(shape, gen, at::kDouble).to(t).requires_grad_();
    };
    std::vector<at::Tensor> leaves{draw({n, 6}, type), draw({3, 6}, weight_type)};
    if (with_bias) leaves.push_back(draw({3}, weight_type));
    const at::Tensor bias = with_bias ? leaves[2] : at::Tensor();
    const at::Tensor z = cast_linear(leaves[0], leaves[1], bias);
    const at::Tensor expected = at::linear(leaves[0].to(weight_type), leaves[1], bias);
    EXPECT_EQ(z.scalar_type(), weight_type);
    EXPECT_TRUE(at::equal(z, expected));
    const at::Tensor g = at::randn({n, 3}, gen, at::kDouble).to(weight_type);
    const auto got = torch::autograd::grad({z}, leaves, {g});
    const auto want = torch::autograd::grad({expected}, leaves, {g});
    // Sums of at most 6 products: a few roundings of the gradient's own type.
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        EXPECT_EQ(got[i].scalar_type(), leaves[i].scalar_type());
        const bool half =
            leaves[i].scalar_type() == at::kBFloat16 || leaves[i].scalar_type() == at::kHalf;
        EXPECT_TRUE(at::allclose(got[i], want[i], half ? 1e-2 : 1e-5, half ? 1e-2 : 1e-5)) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Cpu, CastLinearOp,
                         testing::Combine(testing::Values(at::kFloat, at::kBFloat16, at::kHalf,
                                                          at::kDouble),
                                          testing::Values(at::kFloat, at::kDouble), testing::Bool(),
                                          testing::Values(0, 5)));

}  // namespace
}  // namespace moelora
