// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/varlen_attention.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "tests/support/gradcheck.h"
#include "tests/support/varlen_kernels.h"

namespace moelora {
namespace {

const std::vector<std::int64_t> lengths = {5, 1, 9};
const std::vector<std::int32_t> bounds = {0, 5, 6, 15};

TEST(VarlenKernel, IsChosenByTypeCapabilityAndWidth) {
    struct Case {
        at::ScalarType type;
        int capability;
        std::int64_t head_dim;
        VarlenKernel kernel;
    };
    using enum VarlenKernel;
    for (const Case& one : {
             Case{at::kBFloat16, 89, 128, Flash},
             {at::kBFloat16, 80, 64, Flash},
             {at::kHalf, 90, 192, Flash},
             {at::kHalf, 120, 72, Flash},
             {at::kBFloat16, 90, 256, Efficient},  // wider than its backward pass takes
             {at::kHalf, 75, 128, Efficient},
             {at::kBFloat16, 75, 128, None},  // only emulated there
             {at::kFloat, 89, 128, Efficient},
             {at::kFloat, 50, 64, Efficient},
             {at::kFloat, 37, 64, None},
             {at::kDouble, 90, 128, None},
             {at::kBFloat16, 89, 100, None},  // not a multiple of 8
         })
        EXPECT_EQ(varlen_kernel(one.type, one.capability, one.head_dim), one.kernel)
            << c10::toString(one.type) << " " << one.capability << " " << one.head_dim;
}

TEST(VarlenKernel, ServesTheDevicesThatWereNamedAlone) {
    const at::Device cpu(at::kCPU), card(at::kCUDA, 1);
    EXPECT_EQ(varlen_kernel_for(cpu, at::kFloat, 64), VarlenKernel::None);
    EXPECT_EQ(varlen_kernel_for(card, at::kFloat, 64), VarlenKernel::None);
    const test::HostVarlen host(75);
    EXPECT_EQ(varlen_kernel_for(cpu, at::kFloat, 64), VarlenKernel::Efficient);
    EXPECT_EQ(varlen_kernel_for(cpu, at::kBFloat16, 64), VarlenKernel::None);
    EXPECT_EQ(varlen_kernel_for(card, at::kFloat, 64), VarlenKernel::None);
    use_varlen_kernels({80}, at::kCUDA);
    EXPECT_EQ(varlen_kernel_for(card, at::kFloat, 64), VarlenKernel::None) << "one card only";
}

TEST(VarlenKernel, IsTriedOnceAndLeftOutWhereItFails) {
    const at::Device cpu(at::kCPU);
    {
        const test::HostVarlen host(80);
        EXPECT_EQ(varlen_kernel_for(cpu, at::kBFloat16, 64), VarlenKernel::Flash);
        EXPECT_EQ(test::varlen_calls.size(), 3u) << "all, causal, window";
        EXPECT_EQ(test::varlen_backwards, 3);
        EXPECT_EQ(varlen_kernel_for(cpu, at::kBFloat16, 128), VarlenKernel::Flash);
        EXPECT_EQ(test::varlen_calls.size(), 3u) << "once";
    }
    {
        const test::HostVarlen host(80);
        test::varlen_refusal = "no kernel image\nis available";
        EXPECT_EQ(varlen_kernel_for(cpu, at::kHalf, 64), VarlenKernel::None);
        EXPECT_EQ(why_no_varlen(VarlenKernel::Flash, cpu, at::kHalf), "no kernel image");
    }
    const test::HostVarlen host(80);
    test::varlen_error = 0.3;
    EXPECT_EQ(varlen_kernel_for(cpu, at::kFloat, 64), VarlenKernel::None);
    EXPECT_THAT(why_no_varlen(VarlenKernel::Efficient, cpu, at::kFloat),
                testing::HasSubstr("differ"));
}

class Varlen : public ::testing::TestWithParam<VarlenKernel> {
  protected:
    void SetUp() override { at::manual_seed(3); }
    static at::Tensor leaf(std::int64_t heads) {
        return at::randn({15, heads, 8}, at::kDouble).requires_grad_(true);
    }
};

TEST_P(Varlen, OutputsAndGradientsAreThoseOfTheLoop) {
    const Segments segments = segments_of(lengths, at::kCPU);
    EXPECT_EQ(segments.longest, 9);
    for (const std::int64_t kv_heads : {4, 2, 1})
        for (const auto& [causal, window] : {std::pair<bool, std::int64_t>{false, 0},
                                             {true, 0},
                                             {true, 1},
                                             {true, 3},
                                             {true, 9}}) {
            const test::HostVarlen host(80);
            const at::Tensor q = leaf(4), k = leaf(kv_heads), v = leaf(kv_heads);
            const at::Tensor seed = at::randn({15, 4, 8}, at::kDouble);
            const auto all = [&](const at::Tensor& y) {
                auto grads = torch::autograd::grad({(y * seed).sum()}, {q, k, v});
                grads.push_back(y.detach());
                return grads;
            };
            const auto once = all(varlen_attention(GetParam(), q, k, v, segments, causal, window));
            const auto loop = all(varlen_attention_reference(q, k, v, lengths, causal, window));
            for (std::size_t i = 0; i < loop.size(); ++i)
                EXPECT_LE((once[i] - loop[i]).abs().max().item<double>(), 1e-12)
                    << i << ", " << kv_heads << " heads, window " << window;
            const bool flash = GetParam() == VarlenKernel::Flash;
            const auto places =
                window > 0 ? std::optional(flash ? window - 1 : window) : std::nullopt;
            EXPECT_THAT(test::varlen_calls, testing::ElementsAre(test::VarlenCall{
                                                flash ? "flash" : "efficient", bounds, 9, 4,
                                                flash ? kv_heads : 4, causal, places}));
            EXPECT_EQ(test::varlen_backwards, 1);
        }
}

TEST_P(Varlen, WhatDoesNotFitIsRefused) {
    const Segments segments = segments_of(lengths, at::kCPU);
    EXPECT_THROW((void)varlen_attention(GetParam(), leaf(4), leaf(3), leaf(3), segments, true),
                 std::invalid_argument);
    EXPECT_THROW((void)varlen_attention(GetParam(), leaf(4), leaf(2), leaf(2), segments, false, 3),
                 std::invalid_argument);
    EXPECT_THROW(
        (void)varlen_attention(VarlenKernel::None, leaf(4), leaf(2), leaf(2), segments, true),
        std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Varlen,
                         ::testing::Values(VarlenKernel::Flash, VarlenKernel::Efficient),
                         [](const auto& kernel) {
                             return kernel.param == VarlenKernel::Flash ? "flash" : "efficient";
                         });

// The twin that the kernels are held against: ATen's own attention, segment by segment.
TEST(VarlenReference, IsScaledDotProductAttentionOfEachSegment) {
    at::manual_seed(5);
    const at::Tensor q = at::randn({15, 4, 8}, at::kDouble), k = at::randn({15, 2, 8}, at::kDouble),
                     v = at::randn({15, 2, 8}, at::kDouble);
    for (const bool causal : {false, true}) {
        std::vector<at::Tensor> parts;
        std::int64_t begin = 0;
        for (const std::int64_t n : lengths) {
            const auto part = [&](const at::Tensor& t) {
                return t.narrow(0, begin, n).transpose(0, 1).unsqueeze(0);
            };
            parts.push_back(at::scaled_dot_product_attention(part(q), part(k), part(v), {}, 0.0,
                                                             causal, std::nullopt, true)
                                .squeeze(0)
                                .transpose(0, 1));
            begin += n;
        }
        const at::Tensor y = varlen_attention_reference(q, k, v, lengths, causal);
        EXPECT_LE((y - at::cat(parts)).abs().max().item<double>(), 1e-13);
    }
}

}  // namespace
}  // namespace moelora
