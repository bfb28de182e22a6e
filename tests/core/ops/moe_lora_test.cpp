// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/moe_lora.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <numeric>

#include "tests/support/gradcheck.h"
#include "tests/support/host_kernels.h"

namespace moelora {
namespace {

struct Case {
    std::string name;
    std::int64_t n, in, out;
    ExpertBlocks blocks;
    bool weighted = true, rank_mask = false, one_a = false;
};

std::vector<Case> cases() {
    return {{"OnePlain", 5, 7, 4, {{3}, {2.0}}, false},
            {"OneWeighted", 5, 7, 4, {{3}, {2.0}}},
            {"Equal", 6, 5, 8, {{2, 2, 2}, {2.0, 2.0, 2.0}}},
            {"Ragged", 6, 5, 8, {{1, 4, 2}, {2.0, 2.0, 2.0}}},
            {"RaggedScales", 6, 5, 8, {{1, 4, 2}, {2.0, 0.5, 1.0}}},
            {"EqualScales", 6, 5, 8, {{2, 2}, {2.0, 0.5}}},
            {"ScalesWithoutWeights", 6, 5, 8, {{2, 2}, {2.0, 0.5}}, false},
            {"RankMask", 6, 5, 8, {{2, 2}, {2.0, 2.0}}, true, true},
            {"OneToken", 1, 5, 8, {{2, 2}, {2.0, 2.0}}},
            {"NoToken", 0, 5, 8, {{2, 2}, {2.0, 2.0}}},
            {"OneAForAll", 6, 5, 8, {{2, 2, 2}, {2.0, 2.0, 2.0}}, true, false, true},
            {"OneAForAllScales", 6, 5, 8, {{2, 2}, {2.0, 0.5}}, false, false, true},
            {"OneAForAllRankMask", 6, 5, 8, {{2, 2}, {2.0, 2.0}}, true, true, true},
            {"OneAForAllNoToken", 0, 5, 8, {{2, 2}, {2.0, 2.0}}, true, false, true}};
}

struct Inputs {
    at::Tensor base, x, a, b, w, rank_mask;
    [[nodiscard]] std::vector<at::Tensor> leaves() const {
        std::vector<at::Tensor> all{base, x, a, b};
        if (w.defined()) all.push_back(w);
        return all;
    }
};

Inputs make(const Case& c, at::ScalarType x_type, at::ScalarType type) {
    const auto total =
        std::accumulate(c.blocks.ranks.begin(), c.blocks.ranks.end(), std::int64_t{0});
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(7);
    const auto draw = [&](std::int64_t rows, std::int64_t columns, at::ScalarType t) {
        return at::randn({rows, columns}, gen, at::kDouble).to(t);
    };
    Inputs i;
    i.base = draw(c.n, c.out, x_type).requires_grad_();
    i.x = draw(c.n, c.in, x_type).requires_grad_();
    i.a = draw(c.one_a ? c.blocks.ranks[0] : total, c.in, type).requires_grad_();
    i.b = draw(c.out, total, type).requires_grad_();
    if (c.weighted)
        i.w = draw(c.n, static_cast<std::int64_t>(c.blocks.ranks.size()), type).requires_grad_();
    if (c.rank_mask) i.rank_mask = draw(c.n, total, type).gt(0).to(type).mul(2);
    return i;
}

class MoeLoraOp : public testing::TestWithParam<std::tuple<Case, at::ScalarType>> {};

// Sum of K products in a type of epsilon u: error below about K·u·(sum of magnitudes); the
// magnitudes here are below 30.
double tolerance(at::ScalarType type, const Case& c) {
    const double u = type == at::kDouble ? 1.2e-16 : type == at::kFloat ? 6e-8 : 4e-3;
    return 30 * u * static_cast<double>(std::max(c.in, c.out) + 16);
}

void expect_the_loop_over_experts(const Case& c, at::ScalarType type) {
    const auto parameters = type == at::kDouble ? at::kDouble : at::kFloat;
    const Inputs i = make(c, type, parameters);
    const at::Tensor y = moe_lora(i.base, i.x, i.a, i.b, i.w, c.blocks, i.rank_mask);
    const at::Tensor expected =
        moe_lora_reference(i.base, i.x, i.a, i.b, i.w, c.blocks, i.rank_mask);
    EXPECT_EQ(y.scalar_type(), type);
    EXPECT_TRUE(at::allclose(y, expected, 0, tolerance(type, c)))
        << (y - expected).abs().max() << " above " << tolerance(type, c);
    const at::Tensor g =
        at::randn(y.sizes(), at::make_generator<at::CPUGeneratorImpl>(9), at::kDouble).to(type);
    const auto got = torch::autograd::grad({y}, i.leaves(), {g});
    const auto want = torch::autograd::grad({expected}, i.leaves(), {g});
    for (std::size_t n = 0; n < got.size(); ++n) {
        EXPECT_EQ(got[n].scalar_type(), i.leaves()[n].scalar_type());
        EXPECT_TRUE(at::allclose(got[n], want[n], 0, 4 * tolerance(got[n].scalar_type(), c)))
            << "input " << n << ": " << (got[n] - want[n]).abs().max();
    }
}

TEST_P(MoeLoraOp, ForwardAndGradientsEqualTheLoopOverExperts) {
    const auto& [c, type] = GetParam();
    expect_the_loop_over_experts(c, type);
}

// The same through the host's twin of the kernels, of blocks narrower and wider than a warp, too.
TEST_P(MoeLoraOp, KernelsOfABackEndGiveTheSame) {
    const auto& [c, type] = GetParam();
    const test::HostKernels kernels;
    expect_the_loop_over_experts(c, type);
    const bool served = type != at::kDouble && c.n > 0;
    EXPECT_EQ(test::HostKernels::calls.add_experts, served ? 1 : 0);
    EXPECT_EQ(test::HostKernels::calls.experts_backward, type != at::kDouble ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Cpu, MoeLoraOp,
    testing::Combine(testing::ValuesIn(cases()),
                     testing::Values(at::kDouble, at::kFloat, at::kBFloat16, at::kHalf)),
    [](const auto& row) { return std::get<0>(row.param).name + toString(std::get<1>(row.param)); });

TEST(MoeLora, KernelsServeEveryWidthAndNumberOfRows) {
    const test::HostKernels kernels;
    for (const std::int64_t rows : {1, 4, 5, 70})
        for (const bool weighted : {false, true})
            for (const ExpertBlocks& blocks :
                 {ExpertBlocks{{1, 40, 33}, {2.0, 0.5, 1.5}}, ExpertBlocks{{16, 16}, {2.0, 2.0}},
                  ExpertBlocks{std::vector<std::int64_t>(64, 1), std::vector<double>(64, 0.5)}}) {
                const Case c{"", rows, 9, 67, blocks, weighted, true};
                expect_the_loop_over_experts(c, at::kFloat);
                expect_the_loop_over_experts(c, at::kBFloat16);
            }
    EXPECT_EQ(test::HostKernels::calls.add_experts, 48);
    const ExpertBlocks many{std::vector<std::int64_t>(65, 1), std::vector<double>(65, 0.5)};
    expect_the_loop_over_experts({"", 3, 9, 7, many}, at::kFloat);
    EXPECT_EQ(test::HostKernels::calls.add_experts, 48) << "65 experts take the path through ATen";
}

TEST(MoeLora, GradientsEqualFiniteDifferences) {
    for (const Case& c : cases()) {
        SCOPED_TRACE(c.name);
        const Inputs i = make(c, at::kDouble, at::kDouble);
        const at::Tensor weights =
            at::randn({c.n, c.out}, at::make_generator<at::CPUGeneratorImpl>(3), at::kDouble);
        std::vector<test::GradcheckInput> inputs{
            {"base", i.base}, {"x", i.x}, {"a", i.a}, {"b", i.b}};
        if (i.w.defined()) inputs.push_back({"w", i.w});
        test::expect_gradients(inputs, [&] {
            return (moe_lora(i.base, i.x, i.a, i.b, i.w, c.blocks, i.rank_mask) * weights).sum();
        });
    }
}

TEST(MoeLora, ExpertWithoutTokensAddsNothingAndLearnsNothing) {
    const Case c{"", 4, 5, 3, {{2, 3}, {1.0, 1.0}}};
    Inputs i = make(c, at::kDouble, at::kDouble);
    i.w = at::tensor({1.0, 0.0}, at::kDouble).repeat({4, 1}).requires_grad_();
    const at::Tensor y = moe_lora(i.base, i.x, i.a, i.b, i.w, c.blocks);
    const at::Tensor first =
        moe_lora(i.base, i.x, i.a.narrow(0, 0, 2), i.b.narrow(1, 0, 2), {}, {{2}, {1.0}});
    EXPECT_TRUE(at::allclose(y, first, 0, 1e-14));
    const auto gradients = torch::autograd::grad({y.sum()}, {i.a, i.b, i.w});
    EXPECT_EQ(gradients[0].narrow(0, 2, 3).abs().max().item<double>(), 0.0);
    EXPECT_EQ(gradients[1].narrow(1, 2, 3).abs().max().item<double>(), 0.0);
    EXPECT_GT(gradients[2].abs().max().item<double>(), 0.0);
}

TEST(MoeLora, OneUnweightedExpertEqualsPlainLoraBitForBit) {
    const Case c{"", 6, 16, 8, {{4}, {2.0}}, false};
    const Inputs i = make(c, at::kFloat, at::kFloat);
    const at::Tensor y = moe_lora(i.base, i.x, i.a, i.b, {}, c.blocks);
    const at::Tensor plain = i.base + at::linear(at::linear(i.x, i.a), i.b) * 2.0;
    EXPECT_TRUE(at::allclose(y, plain, 0, 1e-5));
    // No weight of 1 takes part: the same call with w = 1 may round elsewhere, without w it may
    // not.
    EXPECT_TRUE(at::equal(y, at::addmm(i.base, at::mm(i.x, i.a.t()), i.b.t(), 1, 2.0)));
}

TEST(MoeLora, BaseInHalfPrecisionIsRoundedOnce) {
    const Case c{"", 6, 16, 8, {{4}, {2.0}}, false};
    const Inputs i = make(c, at::kBFloat16, at::kFloat);
    const at::Tensor y = moe_lora(i.base, i.x, i.a, i.b, {}, c.blocks);
    const at::Tensor sum =
        at::addmm(i.base.to(at::kFloat), at::mm(i.x.to(at::kFloat), i.a.t()), i.b.t(), 1, 2.0);
    EXPECT_TRUE(at::equal(y, sum.to(at::kBFloat16)));
}

TEST(MoeLora, InputsAndBaseAreLeftAlone) {
    const Case c{"", 6, 5, 8, {{2, 2}, {2.0, 2.0}}};
    const Inputs i = make(c, at::kFloat, at::kFloat);
    const at::Tensor before = i.base.clone();
    const at::Tensor y = moe_lora(i.base, i.x, i.a, i.b, i.w, c.blocks);
    EXPECT_TRUE(at::equal(before, i.base));
    EXPECT_NE(y.data_ptr(), i.base.data_ptr());
}

TEST(MoeLora, OnlyWantedGradientsAreMade) {
    const Case c{"", 6, 5, 8, {{2, 2}, {2.0, 2.0}}};
    Inputs i = make(c, at::kFloat, at::kFloat);
    i.x = i.x.detach();
    i.base = i.base.detach();
    moe_lora(i.base, i.x, i.a, i.b, i.w, c.blocks).sum().backward();
    EXPECT_FALSE(i.x.grad().defined());
    EXPECT_TRUE(i.a.grad().defined() && i.b.grad().defined() && i.w.grad().defined());
}

template <class F>
std::string sentence(F&& f) {
    try {
        f();
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "nothing was thrown";
}

TEST(MoeLora, WrongShapesAndTypesAreNamed) {
    using testing::HasSubstr;
    const Case c{"", 6, 5, 8, {{2, 2}, {2.0, 2.0}}};
    const Inputs i = make(c, at::kFloat, at::kFloat);
    const auto call = [&](const at::Tensor& base, const at::Tensor& x, const at::Tensor& a,
                          const at::Tensor& b, const at::Tensor& w, const ExpertBlocks& blocks) {
        return sentence([&] { (void)moe_lora(base, x, a, b, w, blocks); });
    };
    EXPECT_THAT(call(i.base, i.x, i.a.t(), i.b, i.w, c.blocks),
                HasSubstr("[moe_lora] expected a of shape [R, in] = [4, 5] but got [5, 4]"));
    EXPECT_THAT(call(i.base, i.x, i.a.narrow(0, 0, 2), i.b, i.w, {{2, 1, 1}, {2.0, 2.0, 2.0}}),
                HasSubstr("expected a of shape [R, in] = [4, 5] but got [2, 5]"))
        << "experts of other ranks cannot share it";
    EXPECT_THAT(call(i.base, i.x, i.a, i.b.t(), i.w, c.blocks),
                HasSubstr("expected b of shape [out, R] = [8, 4] but got [4, 8]"));
    EXPECT_THAT(call(i.base, i.x, i.a, i.b, i.w.narrow(1, 0, 1), c.blocks),
                HasSubstr("expected w of shape [N, E] = [6, 2] but got [6, 1]"));
    EXPECT_THAT(call(i.base.narrow(0, 0, 5), i.x, i.a, i.b, i.w, c.blocks),
                HasSubstr("expected base of shape [N, out] with N = 6 but got [5, 8]"));
    EXPECT_THAT(call(i.base, i.x.unsqueeze(0), i.a, i.b, i.w, c.blocks),
                HasSubstr("expected x of shape [N, in] but got [1, 6, 5]"));
    EXPECT_THAT(call(i.base, i.x, i.a.to(at::kBFloat16), i.b, i.w, c.blocks),
                HasSubstr("expected a of type f32 or f64"));
    EXPECT_THAT(call(i.base, i.x, i.a, i.b.to(at::kDouble), i.w, c.blocks),
                HasSubstr("expected b of the type of a"));
    EXPECT_THAT(call(i.base, i.x, i.a, i.b, i.w, {{2, 2}, {2.0}}),
                HasSubstr("one rank and one scale for each expert"));
    EXPECT_THAT(call(i.base, i.x, i.a, i.b, i.w, {{4, 0}, {2.0, 1.0}}), HasSubstr("ranks above 0"));
}

}  // namespace
}  // namespace moelora
