// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quant_linear.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "core/quant/tile_product.h"
#include "tests/support/shared_data.h"
#include "tests/support/tensors.h"

namespace moelora {
namespace {

QuantizedPtr share(QuantizedMatrix w) {
    return std::make_shared<const QuantizedMatrix>(std::move(w));
}

class QuantLinearOp
    : public testing::TestWithParam<
          std::tuple<at::ScalarType, QuantFormat, std::int64_t, bool, std::pair<int, int>>> {};

TEST_P(QuantLinearOp, EqualsDequantiseAndLinear) {
    const auto [type, format, rows, with_bias, widths] = GetParam();
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(11);
    const auto [in, out] = widths;
    const QuantizedPtr w = share(quantize(at::randn({out, in}, gen), {format, true}));
    const at::Tensor bias = with_bias ? at::randn({out}, gen).to(type) : at::Tensor();
    const at::Tensor x = at::randn({2, rows, in}, gen, at::kDouble).to(type).requires_grad_();
    const at::Tensor y = quant_linear(x, w, bias), want = quant_linear_reference(x, *w, bias);
    EXPECT_EQ(y.scalar_type(), type);
    EXPECT_EQ(y.sizes(), want.sizes());
    const at::Tensor dy = at::randn(y.sizes(), gen, at::kDouble).to(type);
    const at::Tensor dx = torch::autograd::grad({y}, {x}, {dy})[0];
    const at::Tensor want_dx = torch::autograd::grad({want}, {x}, {dy})[0];
    // f32 sums of 200 products; half types: one rounding of values up to about 60.
    const double tolerance = type == at::kDouble ? 1e-12 : type == at::kFloat ? 1e-4 : 0.5;
    EXPECT_LE((y - want).abs().max().item<double>(), tolerance);
    EXPECT_LE((dx - want_dx).abs().max().item<double>(), tolerance);
    EXPECT_LE((y - want).abs().mean().item<double>(), tolerance / 20);
    EXPECT_EQ(dx.scalar_type(), type);
}

INSTANTIATE_TEST_SUITE_P(
    Cpu, QuantLinearOp,
    testing::Combine(testing::Values(at::kFloat, at::kBFloat16, at::kHalf, at::kDouble),
                     testing::Values(QuantFormat::Nf4, QuantFormat::Fp4, QuantFormat::Int8),
                     testing::Values(1, 21), testing::Bool(),
                     // The matrix unit takes the second pair where the rows are enough.
                     testing::Values(std::pair{200, 70}, std::pair{192, 96})));

// The vector kernels sum in another order, so that equal bits show who did it.
TEST(QuantLinear, RowsOfBf16TakeTheMatrixUnitWhereThereIsOne) {
    if (!tile_kernels()) GTEST_SKIP() << "this machine has no matrix unit";
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(5);
    const QuantizedPtr w = share(quantize(at::randn({96, 320}, gen), {QuantFormat::Nf4, true}));
    const at::Tensor values = dequantize(*w, at::kBFloat16);
    TileWeight unpacked;
    unpacked.in = w->in;
    unpacked.source = values.const_data_ptr();
    unpacked.read = [](const void* from, std::int64_t row, std::int64_t first, std::int64_t count,
                       std::uint16_t* to) {
        std::copy_n(static_cast<const std::uint16_t*>(from) + row * 320 + first, count, to);
    };
    const at::Tensor x = at::randn({48, 320}, gen).to(at::kBFloat16).requires_grad_();
    const at::Tensor dy = at::randn({48, 96}, gen).to(at::kBFloat16);
    const at::Tensor y = quant_linear(x, w, {});
    EXPECT_TRUE(at::equal(y, tile_forward(unpacked, w->out, x.detach())));
    EXPECT_TRUE(
        at::equal(torch::autograd::grad({y}, {x}, {dy})[0], tile_backward(unpacked, w->out, dy)));
    // More rows than one call takes; whose result does not depend on the others'.
    const at::Tensor many = x.detach().repeat({tile_max_rows / 48 + 2, 1});
    EXPECT_TRUE(at::equal(quant_linear(many, w, {}).narrow(0, many.size(0) - 48, 48), y));
    const at::Tensor few = x.detach().narrow(0, 0, 4);
    EXPECT_FALSE(at::equal(quant_linear(few, w, {}), tile_forward(unpacked, w->out, few)));
}

TEST(QuantLinear, GradientIsThatOfTheFunction) {
    const QuantizedPtr w = share(quantize(at::randn({6, 70}), {QuantFormat::Nf4, false}));
    const at::Tensor x = at::randn({3, 70}, at::kDouble).requires_grad_();
    const at::Tensor dy = at::randn({3, 6}, at::kDouble);
    const at::Tensor dx = torch::autograd::grad({quant_linear(x, w, {})}, {x}, {dy})[0];
    for (const std::int64_t k : {0, 33, 69}) {
        at::Tensor step = at::zeros({3, 70}, at::kDouble);
        step[1][k] = 1e-4;
        const at::NoGradGuard frozen;
        const double slope = ((quant_linear(x + step, w, {}) - quant_linear(x - step, w, {})) * dy)
                                 .sum()
                                 .item<double>() /
                             2e-4;
        EXPECT_NEAR(dx[1][k].item<double>(), slope, 1e-7);
    }
}

TEST(QuantLinear, NothingIsKeptForFrozenInputs) {
    const QuantizedPtr w = share(quantize(at::randn({6, 64}), {QuantFormat::Int8}));
    EXPECT_FALSE(quant_linear(at::randn({2, 64}), w, {}).requires_grad());
    EXPECT_THROW((void)quant_linear(at::randn({2, 63}), w, {}), std::invalid_argument);
    EXPECT_EQ(quant_linear(at::randn({0, 64}), w, {}).sizes(), (std::vector<std::int64_t>{0, 6}));
}

TEST(QuantLinear, Bitsandbytes_LayersAreEqual) {
    const auto golden =
        test::read_tensors(test::source_path("tests/golden/quant/layers.safetensors"));
    for (const std::string name : {"a", "b"}) {
        const auto at = [&](const char* part) { return golden.at(name + "." + part); };
        QuantizedMatrix w;
        w.format = name == "a" ? QuantFormat::Nf4 : QuantFormat::Fp4;
        w.out = 10;
        w.in = 96;
        w.codes = at("weight");
        w.absmax = at("weight.absmax");
        w.table = at("weight.quant_map");
        if (name == "a") {
            w.nested_absmax = at("weight.nested_absmax");
            w.nested_table = at("weight.nested_quant_map");
            w.nested_offset = 2.4781250953674316f;
        }
        const at::Tensor x = at("x").requires_grad_();
        const at::Tensor y = quant_linear(x, share(w), at("bias"));
        EXPECT_TRUE(at::allclose(y, at("y"), 1e-5, 1e-5));
        EXPECT_TRUE(
            at::allclose(torch::autograd::grad({y}, {x}, {at("dy")})[0], at("dx"), 1e-5, 1e-5));
    }
}

}  // namespace
}  // namespace moelora
