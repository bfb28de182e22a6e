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
struct Form {
    const char* name;
    const GemvKernels* (*kernels)();
};
QuantSpec spec_of(QuantFormat format, bool nested, std::int64_t blocksize) {
    QuantSpec spec;
    spec.format = format;
    spec.nested = nested;
    spec.blocksize = blocksize;
    return spec;
}

class Gemv : public testing::TestWithParam<std::tuple<Row, Form>> {
  protected:
    void SetUp() override {
        kernels_ = std::get<Form>(GetParam()).kernels();
        if (!kernels_) GTEST_SKIP() << "this machine has no such instructions";
        const auto gen = at::make_generator<at::CPUGeneratorImpl>(3);
        Row row = std::get<Row>(GetParam());
        row.out = (row.out + kernels_->step - 1) / kernels_->step * kernels_->step;
        what_ = row.what;
        // Blocks of unlike size: a scale that is taken for another shows.
        const at::Tensor sizes = at::exp(at::randn({row.out, row.in / 64, 1}, gen));
        const at::Tensor w = at::randn({row.out, row.in / 64, 64}, gen) * sizes;
        w_ = quantize(w.reshape({row.out, row.in}), row.spec);
        x_ = at::randn({kernels_->max_rows, row.in}, gen).to(at::kBFloat16);
    }
    const GemvKernels* kernels_ = nullptr;
    std::string what_;
    QuantizedMatrix w_;
    at::Tensor x_;
};

TEST_P(Gemv, EqualsTheSumOfItsOwnOperands) {
    QuantizedMatrix rounded = w_;  // what it multiplies: the table in bf16
    rounded.table = w_.table.to(at::kBFloat16).to(at::kFloat);
    const at::Tensor exact = dequantize_reference(rounded, at::kDouble).t();
    const at::Tensor x = x_.to(at::kDouble), want = x.mm(exact);
    const at::Tensor allowed = want.abs() / 256 + x.abs().mm(exact.abs()) * 1e-6;
    const at::Tensor got = gemv_forward(x_, w_, *kernels_).to(at::kDouble);
    EXPECT_TRUE(((got - want).abs() <= allowed).all().item<bool>()) << what_;
}

TEST_P(Gemv, DiffersFromTheSlowTwinByRoundingsOfBf16) {
    const at::Tensor want = quant_linear_reference(x_.to(at::kDouble), w_, {});
    const at::Tensor off = gemv_forward(x_, w_, *kernels_).to(at::kDouble) - want;
    EXPECT_LE((off.norm() / want.norm()).item<double>(), 1.0 / 256) << what_;
}

TEST_P(Gemv, ARowDoesNotDependOnTheRowsBesideIt) {
    const at::Tensor all = gemv_forward(x_, w_, *kernels_);
    for (std::int64_t rows = 1; rows < kernels_->max_rows; ++rows)
        for (std::int64_t first = 0; first + rows <= kernels_->max_rows; ++first)
            EXPECT_TRUE(at::equal(gemv_forward(x_.narrow(0, first, rows), w_, *kernels_),
                                  all.narrow(0, first, rows)));
    // Threads share it, with tiles where there are some.
    const bool chosen = kernels_ == gemv_tile_kernels() || !gemv_tile_kernels() ||
                        w_.out % gemv_tile_kernels()->step != 0;
    const at::Tensor shared = quant_linear(x_, std::make_shared<const QuantizedMatrix>(w_), {});
    EXPECT_EQ(at::equal(shared, all), chosen);
}

INSTANTIATE_TEST_SUITE_P(
    Matrices, Gemv,
    testing::Combine(testing::Values(Row{"one unit", spec_of(QuantFormat::Nf4, false, 64), 5, 64},
                                     Row{"nested groups that begin within rows",
                                         spec_of(QuantFormat::Nf4, true, 64), 70, 64 * 39},
                                     Row{"more scales than are read at once",
                                         spec_of(QuantFormat::Nf4, true, 64), 9, 64 * 131},
                                     Row{"blocks of two units across rows",
                                         spec_of(QuantFormat::Nf4, true, 128), 34, 64 * 21},
                                     Row{"fp4", spec_of(QuantFormat::Fp4, false, 64), 33, 64 * 18}),
                     testing::Values(Form{"Vectors", gemv_vector_kernels},
                                     Form{"Tiles", gemv_tile_kernels})),
    [](const auto& row) {
        return std::get<Form>(row.param).name + std::string("Case") + std::to_string(row.index);
    });

TEST(GemvServes, WhatItCannotMultiplyIsLeftToOthers) {
    const auto w = quantize(at::randn({4, 128}), spec_of(QuantFormat::Nf4, true, 64));
    const at::Tensor x = at::randn({1, 128});
    EXPECT_FALSE(gemv_serves(x, w)) << "f32";
    EXPECT_FALSE(gemv_serves(x.to(at::kBFloat16).expand({17, 128}), w));
    EXPECT_FALSE(gemv_serves(at::randn({1, 96}).to(at::kBFloat16),
                             quantize(at::randn({4, 96}), spec_of(QuantFormat::Nf4, true, 64))));
    EXPECT_FALSE(gemv_serves(x.to(at::kBFloat16),
                             quantize(at::randn({4, 128}), spec_of(QuantFormat::Int8, false, 64))));
    if (!gemv_tile_kernels()) return;
    const auto tall = quantize(at::randn({48, 128}), spec_of(QuantFormat::Nf4, true, 64));
    EXPECT_TRUE(gemv_serves(x.to(at::kBFloat16).expand({16, 128}), tall));
    EXPECT_FALSE(gemv_serves(x.to(at::kBFloat16).expand({5, 128}), w)) << "4 rows are no tile";
}

}  // namespace
}  // namespace moelora
