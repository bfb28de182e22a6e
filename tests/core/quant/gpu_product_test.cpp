// SPDX-License-Identifier: GPL-3.0-or-later
// Matrices in few bits on a device with kernels, run through the kernels' host twin: their
// arithmetic over every element, and what core hands to them.
#include "core/quant/gpu_product.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/quant/quant_linear.h"
#include "tests/support/host_kernels.h"

namespace moelora {
namespace {

using test::HostKernels;

struct Case {
    QuantSpec spec;
    std::int64_t out, in;
};

// Odd widths, blocks over the ends of rows, a ragged last block, more than 256 blocks (nested
// scales in two groups), whole items with and without a ragged end of a warp.
std::vector<Case> cases() {
    std::vector<Case> all;
    for (const auto& [out, in] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {33, 71}, {7, 8}, {1, 1}, {300, 72}, {40, 1096}, {5, 512}})
        for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Fp4, QuantFormat::Int8})
            for (const bool nested : {false, true})
                for (const std::int64_t blocksize : {32, 64, 4096})
                    if (format != QuantFormat::Int8 || (!nested && blocksize == 64))
                        all.push_back({{format, nested, blocksize}, out, in});
    return all;
}

QuantizedMatrix make(const Case& c) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(3);
    return quantize(at::randn({c.out, c.in}, gen), c.spec);
}

std::string name_of(const Case& c) {
    return std::string(name_of(c.spec.format)) + (c.spec.nested ? " nested " : " ") +
           std::to_string(c.spec.blocksize) + ", " + std::to_string(c.out) + " x " +
           std::to_string(c.in);
}

constexpr at::ScalarType types[] = {at::kFloat, at::kBFloat16, at::kHalf};

TEST(GpuProduct, UnpackedValuesEqualTheCpusBitForBit) {
    for (const Case& c : cases()) {
        SCOPED_TRACE(name_of(c));
        const QuantizedMatrix w = make(c);
        for (const at::ScalarType type : types) {
            const at::Tensor want = dequantize(w, type);
            const HostKernels kernels;
            EXPECT_TRUE(at::equal(dequantize(w, type), want));
            for (std::int64_t first = 0; first < c.out; first += 3)  // odd beginnings
                EXPECT_TRUE(at::equal(gpu_unpack(w, first, c.out, type),
                                      want.narrow(0, first, c.out - first)));
            EXPECT_EQ(gpu_unpack(w, 0, 0, type).sizes(), (std::vector<std::int64_t>{0, c.in}));
            EXPECT_GT(HostKernels::calls.dequantize, 0);
        }
    }
}

// f32 sums of `in` products: error below in * u * sum of magnitudes, then one rounding.
TEST(GpuProduct, FewRowsEqualTheProductWithUnpackedValues) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(5);
    for (const Case& c : cases()) {
        SCOPED_TRACE(name_of(c));
        const QuantizedMatrix w = make(c);
        const at::Tensor values = dequantize(w, at::kDouble);
        for (const at::ScalarType type : types) {
            const at::Tensor x = at::randn({4, c.in}, gen).to(type);
            const at::Tensor want = at::mm(x.to(at::kDouble), values.t());
            const at::Tensor size = at::mm(x.to(at::kDouble).abs(), values.abs().t());
            const double rounding = type == at::kFloat ? 6e-8 : type == at::kHalf ? 4.9e-4 : 3.9e-3;
            const at::Tensor bound =
                size * (6e-8 * static_cast<double>(c.in + 8)) + want.abs() * rounding + 1e-7;
            const HostKernels kernels;
            const at::Tensor all = gpu_forward(x, w);
            EXPECT_EQ(all.scalar_type(), type);
            EXPECT_TRUE(((all.to(at::kDouble) - want).abs() <= bound).all().item<bool>());
            for (const std::int64_t rows : {1, 2, 3})
                EXPECT_TRUE(at::equal(gpu_forward(x.narrow(0, 0, rows), w), all.narrow(0, 0, rows)))
                    << "a row depends on how many there are";
            EXPECT_EQ(HostKernels::calls.few_rows, 4);
        }
    }
}

TEST(GpuProduct, ForwardAndGradientEqualDequantiseAndLinear) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(11);
    for (const QuantFormat format : {QuantFormat::Nf4, QuantFormat::Fp4, QuantFormat::Int8})
        for (const at::ScalarType type : types)
            for (const std::int64_t rows : {0, 1, 4, 5, 21}) {
                const auto w = std::make_shared<const QuantizedMatrix>(
                    quantize(at::randn({70, 200}, gen), {format, true}));
                const at::Tensor x = at::randn({rows, 200}, gen).to(type).requires_grad_();
                const at::Tensor dy = at::randn({rows, 70}, gen).to(type);
                const at::Tensor bias = at::randn({70}, gen);
                const at::Tensor want = quant_linear_reference(x, *w, bias);
                const at::Tensor want_dx = torch::autograd::grad({want}, {x}, {dy})[0];
                const HostKernels kernels;
                const at::Tensor y = quant_linear(x, w, bias);
                const at::Tensor dx = torch::autograd::grad({y}, {x}, {dy})[0];
                const double tolerance = type == at::kFloat ? 1e-4 : 0.5;  // values up to about 60
                EXPECT_TRUE(at::allclose(y, want, 0, tolerance));
                EXPECT_TRUE(at::allclose(dx, want_dx, 0, tolerance));
                EXPECT_EQ(HostKernels::calls.few_rows, rows > 0 && rows <= 4 ? 1 : 0);
                EXPECT_EQ(HostKernels::calls.dequantize, rows > 4 ? 2 : 1);
            }
}

TEST(GpuProduct, PiecesGiveWhatTheWholeGives) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(2);
    const QuantizedMatrix w = quantize(at::randn({71, 96}, gen), {QuantFormat::Nf4, true});
    const at::Tensor x = at::randn({6, 96}, gen), dy = at::randn({6, 71}, gen);
    const HostKernels kernels;
    for (const std::int64_t elements : {1, 96 * 10, 96 * 71 - 1}) {
        EXPECT_TRUE(at::allclose(gpu_forward(x, w, elements), gpu_forward(x, w), 0, 1e-4));
        EXPECT_TRUE(at::allclose(gpu_backward(dy, w, elements), gpu_backward(dy, w), 0, 1e-4));
    }
}

TEST(GpuProduct, WhatKernelsDoNotServeTakesThePathThroughATen) {
    const HostKernels kernels;
    const auto w =
        std::make_shared<QuantizedMatrix>(quantize(at::randn({6, 96}), {QuantFormat::Nf4, false}));
    EXPECT_FALSE(gpu_product_serves(*w, at::kDouble));
    (void)quant_linear(at::randn({2, 96}, at::kDouble), w, {});
    QuantizedMatrix odd = *w;
    odd.blocksize = 96;
    EXPECT_FALSE(gpu_product_serves(odd, at::kFloat));
    EXPECT_EQ(HostKernels::calls.few_rows + HostKernels::calls.dequantize, 0);
    (void)cuda::use_kernels(&cuda::host_twin(), at::kCUDA);
    EXPECT_FALSE(gpu_product_serves(*w, at::kFloat)) << "kernels of another device";
}

TEST(GpuProduct, ARefusedLaunchSaysWhoRefused) {
    const HostKernels kernels;
    const QuantizedMatrix w = quantize(at::randn({6, 96}), {QuantFormat::Nf4, false});
    try {
        (void)gpu_unpack(w, 2, 7, at::kFloat);
        FAIL() << "7 rows of 6";
    } catch (const std::runtime_error& refused) {
        EXPECT_STREQ(refused.what(), "[dequantize] invalid argument");
    }
}

}  // namespace
}  // namespace moelora
