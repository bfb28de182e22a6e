// SPDX-License-Identifier: GPL-3.0-or-later
// Few rows against a matrix in 4 bits, beside sums in f64. Skipped where the machine lacks the
// instructions.
#include "core/quant/gemv.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "core/quant/gemv_product.h"
#include "core/quant/quant_linear.h"

namespace moelora {
namespace {

struct Row {
    const char* what;
    QuantSpec spec;
    std::int64_t out, in;
};
QuantSpec spec_of(QuantFormat format, bool nested, std::int64_t blocksize) {
    QuantSpec spec;
    spec.format = format;
    spec.nested = nested;
    spec.blocksize = blocksize;
    return spec;
}

class Gemv : public testing::TestWithParam<Row> {
  protected:
    void SetUp() override {
        if (!gemv_kernels()) GTEST_SKIP() << "this machine has no AVX512-BF16";
        const auto gen = at::make_generator<at::CPUGeneratorImpl>(3);
        const Row& row = GetParam();
        // Blocks of unlike size: a scale that is taken for another shows.
        const at::Tensor sizes = at::exp(at::randn({row.out, row.in / 64, 1}, gen));
        const at::Tensor w = at::randn({row.out, row.in / 64, 64}, gen) * sizes;
        w_ = quantize(w.reshape({row.out, row.in}), row.spec);
        x_ = at::randn({gemv_max_rows, row.in}, gen).to(at::kBFloat16);
    }
    QuantizedMatrix w_;
    at::Tensor x_;
};

TEST_P(Gemv, EqualsTheSumOfItsOwnOperands) {
    ASSERT_TRUE(gemv_serves(x_, w_));
    QuantizedMatrix rounded = w_;  // what it multiplies: the table in bf16
    rounded.table = w_.table.to(at::kBFloat16).to(at::kFloat);
    const at::Tensor exact = dequantize_reference(rounded, at::kDouble).t();
    const at::Tensor x = x_.to(at::kDouble), want = x.mm(exact);
    const at::Tensor allowed = want.abs() / 256 + x.abs().mm(exact.abs()) * 1e-6;
    const at::Tensor got = gemv_forward(x_, w_).to(at::kDouble);
    EXPECT_TRUE(((got - want).abs() <= allowed).all().item<bool>()) << GetParam().what;
}

TEST_P(Gemv, DiffersFromTheSlowTwinByRoundingsOfBf16) {
    const at::Tensor want = quant_linear_reference(x_.to(at::kDouble), w_, {});
    const at::Tensor off = gemv_forward(x_, w_).to(at::kDouble) - want;
    EXPECT_LE((off.norm() / want.norm()).item<double>(), 1.0 / 256) << GetParam().what;
}

TEST_P(Gemv, ARowDoesNotDependOnTheRowsBesideIt) {
    const at::Tensor all = gemv_forward(x_, w_);
    for (std::int64_t rows = 1; rows < gemv_max_rows; ++rows)
        for (std::int64_t first = 0; first + rows <= gemv_max_rows; ++first)
            EXPECT_TRUE(
                at::equal(gemv_forward(x_.narrow(0, first, rows), w_), all.narrow(0, first, rows)));
    EXPECT_TRUE(at::equal(quant_linear(x_, std::make_shared<const QuantizedMatrix>(w_), {}), all));
}

INSTANTIATE_TEST_SUITE_P(
    Matrices, Gemv,
    testing::Values(
        Row{"one unit", spec_of(QuantFormat::Nf4, false, 64), 5, 64},
        Row{"nested groups that begin within rows", spec_of(QuantFormat::Nf4, true, 64), 70,
            64 * 39},
        Row{"more scales than are read at once", spec_of(QuantFormat::Nf4, true, 64), 9, 64 * 131},
        Row{"blocks of two units across rows", spec_of(QuantFormat::Nf4, true, 128), 34, 64 * 21},
        Row{"fp4", spec_of(QuantFormat::Fp4, false, 64), 33, 64 * 18}),
    [](const auto& row) { return "Case" + std::to_string(row.index); });

TEST(GemvServes, WhatItCannotMultiplyIsLeftToOthers) {
    const auto w = quantize(at::randn({4, 128}), spec_of(QuantFormat::Nf4, true, 64));
    const at::Tensor x = at::randn({1, 128});
    EXPECT_FALSE(gemv_serves(x, w)) << "f32";
    EXPECT_FALSE(gemv_serves(x.to(at::kBFloat16).expand({gemv_max_rows + 1, 128}), w));
    EXPECT_FALSE(gemv_serves(at::randn({1, 96}).to(at::kBFloat16),
                             quantize(at::randn({4, 96}), spec_of(QuantFormat::Nf4, true, 64))));
    EXPECT_FALSE(gemv_serves(x.to(at::kBFloat16),
                             quantize(at::randn({4, 128}), spec_of(QuantFormat::Int8, false, 64))));
}

}  // namespace
}  // namespace moelora
