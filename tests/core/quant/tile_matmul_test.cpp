// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix unit against sums in f64. Skipped where the machine has none.
#include "core/quant/tile_matmul.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace moelora {
namespace {

struct Shape {
    std::int64_t rows, out, in;
};

const std::uint16_t* values_of(const at::Tensor& t) {
    return static_cast<const std::uint16_t*>(t.const_data_ptr());
}

class TileMatmul : public testing::TestWithParam<Shape> {
  protected:
    void SetUp() override {
        if (!tile_kernels()) GTEST_SKIP() << "this machine has no matrix unit";
        const auto gen = at::make_generator<at::CPUGeneratorImpl>(3);
        w_ = at::randn({shape_.out, shape_.in}, gen).to(at::kBFloat16);
        x_ = at::randn({shape_.rows, shape_.in}, gen).to(at::kBFloat16);
        dy_ = at::randn({shape_.rows, shape_.out}, gen).to(at::kBFloat16);
    }
    [[nodiscard]] TileWeight weight() {
        TileWeight w;
        w.in = shape_.in;
        w.source = this;
        w.read = [](const void* from, std::int64_t row, std::int64_t first, std::int64_t count,
                    std::uint16_t* to) {
            const auto& test = *static_cast<const TileMatmul*>(from);
            std::copy_n(values_of(test.w_) + row * test.shape_.in + first, count, to);
        };
        return w;
    }
    // The columns of the result are shared out in pieces of `share`.
    at::Tensor product(decltype(TileKernels::pack_x) pack, decltype(TileKernels::forward) multiply,
                       const at::Tensor& left, std::int64_t columns, std::int64_t share) {
        const std::int64_t rows = left.size(0), pairs = (rows + 31) / 32;
        at::Tensor packed = at::empty({pairs * 32 * left.size(1)}, at::kBFloat16);
        at::Tensor work = at::empty({tile_kernels()->work_floats});
        at::Tensor result = at::full({rows, columns}, 7.0F, at::kBFloat16);
        auto* const to = static_cast<std::uint16_t*>(packed.mutable_data_ptr());
        pack(values_of(left), rows, left.size(1), 0, pairs, to);
        for (std::int64_t first = 0; first < columns; first += share)
            multiply(weight(), to, rows, shape_.out, first, std::min(first + share, columns),
                     static_cast<std::uint16_t*>(result.mutable_data_ptr()),
                     work.mutable_data_ptr<float>());
        return result;
    }
    at::Tensor forward(const at::Tensor& x, std::int64_t share) {
        return product(tile_kernels()->pack_x, tile_kernels()->forward, x, shape_.out, share);
    }
    at::Tensor backward(std::int64_t share) {
        return product(tile_kernels()->pack_dy, tile_kernels()->backward, dy_, shape_.in, share);
    }
    // One rounding of the result; f32's error of the sum, relative to its terms' magnitudes.
    static void expect_rounded_sum(const at::Tensor& got, const at::Tensor& a,
                                   const at::Tensor& b) {
        const at::Tensor left = a.to(at::kDouble), want = left.mm(b);
        const at::Tensor allowed = want.abs() / 256 + left.abs().mm(b.abs()) * 1e-6;
        EXPECT_TRUE(((got.to(at::kDouble) - want).abs() <= allowed).all().item<bool>());
    }

    Shape shape_ = GetParam();
    at::Tensor w_, x_, dy_;
};

TEST_P(TileMatmul, ProductsAreThoseOfBf16OperandsRoundedOnce) {
    expect_rounded_sum(forward(x_, shape_.out), x_, w_.to(at::kDouble).t());
    expect_rounded_sum(backward(shape_.in), dy_, w_.to(at::kDouble));
}

TEST_P(TileMatmul, SharingAndOtherRowsChangeNoBit) {
    const at::Tensor y = forward(x_, shape_.out);
    EXPECT_TRUE(at::equal(forward(x_, 32), y));
    EXPECT_TRUE(at::equal(backward(32), backward(shape_.in)));
    const at::Tensor last = x_.narrow(0, shape_.rows - 1, 1).contiguous();
    EXPECT_TRUE(at::equal(forward(last, shape_.out)[0], y[shape_.rows - 1]));
}

TEST_P(TileMatmul, WhatIsNotFiniteStaysSoAndStaysInItsRow) {
    x_[0][1] = std::numeric_limits<float>::infinity();
    const at::Tensor y = forward(x_, shape_.out);
    EXPECT_FALSE(at::isfinite(y[0]).any().item<bool>());
    EXPECT_TRUE(at::isfinite(y.narrow(0, 1, shape_.rows - 1)).all().item<bool>());
}

// One tile and less; an odd number of tiles; several blocks and slabs, the last ones not whole.
INSTANTIATE_TEST_SUITE_P(Cpu, TileMatmul,
                         testing::Values(Shape{1, 32, 32}, Shape{16, 64, 160}, Shape{17, 96, 32},
                                         Shape{45, 160, 288}, Shape{512, 64, 96},
                                         Shape{345, 544, 608}, Shape{513, 544, 288},
                                         Shape{1024, 64, 160}));

}  // namespace
}  // namespace moelora
