// SPDX-License-Identifier: GPL-3.0-or-later
// Every instruction set that the machine has, against the twin.
#include "core/quant/kernels.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "core/quant/quant_view.h"

namespace moelora {
namespace {

struct Shape {
    std::int64_t out, in;
};

class QuantKernelsOn : public testing::TestWithParam<std::tuple<Isa, QuantFormat>> {
  protected:
    void SetUp() override {
        kernels_ = quant_kernels(std::get<0>(GetParam()));
        if (!kernels_) GTEST_SKIP() << "this machine lacks the instruction set";
    }
    // Widths: whole blocks, quarter blocks (4304 = 67.25 * 64), odd, below one vector, above one
    // unpacked piece.
    static constexpr Shape shapes[] = {{37, 128}, {11, 4304}, {33, 71},
                                       {5, 3},    {9, 1100},  {130, 320}};
    [[nodiscard]] QuantizedMatrix matrix(Shape shape, bool nested) const {
        const auto gen =
            at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(shape.in));
        return quantize(at::randn({shape.out, shape.in}, gen), {std::get<1>(GetParam()), nested});
    }
    const QuantKernels* kernels_ = nullptr;
};

TEST_P(QuantKernelsOn, UnpackBitForBit) {
    for (const Shape shape : shapes)
        for (const bool nested : {false, true}) {
            const QuantizedMatrix w = matrix(shape, nested);
            const HeldView held = hold_view(w);
            const at::Tensor value = dequantize_reference(w, at::kFloat);
            for (const auto& [first, last] :
                 {std::pair{std::int64_t{0}, shape.in}, std::pair{std::int64_t{1}, shape.in - 1}}) {
                at::Tensor got = at::empty({shape.out, last - first});
                for (std::int64_t n = 0; n < shape.out; ++n)
                    kernels_->decode(held.view, n, first, last,
                                     got.mutable_data_ptr<float>() + n * (last - first));
                EXPECT_TRUE(at::equal(got, value.narrow(1, first, last - first)))
                    << shape.in << ' ' << first;
            }
        }
}

TEST_P(QuantKernelsOn, UnpackToBf16AsF32Rounded) {
    if (!kernels_->decode_bf16) GTEST_SKIP() << "not a set of machines with a matrix unit";
    for (const Shape shape : {Shape{5, 32}, Shape{3, 96}, Shape{4, 544}}) {
        const QuantizedMatrix w = matrix(shape, true);
        const HeldView held = hold_view(w);
        const at::Tensor value = dequantize_reference(w, at::kFloat).to(at::kBFloat16);
        for (const std::int64_t first : {std::int64_t{0}, shape.in - 32}) {
            at::Tensor got = at::empty({shape.out, shape.in - first}, at::kBFloat16);
            auto* const to = static_cast<std::uint16_t*>(got.mutable_data_ptr());
            for (std::int64_t n = 0; n < shape.out; ++n)
                kernels_->decode_bf16(held.view, n, first, shape.in, to + n * (shape.in - first));
            EXPECT_TRUE(at::equal(got, value.narrow(1, first, shape.in - first)));
        }
    }
}

TEST_P(QuantKernelsOn, MultiplyForwardAndBackward) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(8);
    at::Tensor work = at::empty({quant_work_floats});
    for (const Shape shape : shapes)
        for (const std::int64_t rows : {1, 2, 3, 4, 7, 13, 64}) {
            const QuantizedMatrix w = matrix(shape, true);
            const HeldView held = hold_view(w);
            const at::Tensor value = dequantize_reference(w, at::kDouble);
            const at::Tensor x = at::randn({rows, shape.in}, gen),
                             dy = at::randn({rows, shape.out}, gen);
            const auto nan = std::numeric_limits<float>::quiet_NaN();
            at::Tensor y = at::full({rows, shape.out}, nan), dx = at::full({rows, shape.in}, nan);
            const auto run = [&](auto kernel, std::int64_t size) {
                kernel(0, size / 3);
                kernel(size / 3, size);
            };
            run(
                [&](std::int64_t first, std::int64_t last) {
                    kernels_->forward(held.view, x.const_data_ptr<float>(), rows, first, last,
                                      y.mutable_data_ptr<float>(), shape.out,
                                      work.mutable_data_ptr<float>());
                },
                shape.out);
            run(
                [&](std::int64_t first, std::int64_t last) {
                    kernels_->backward(held.view, dy.const_data_ptr<float>(), rows, shape.out,
                                       first, last, dx.mutable_data_ptr<float>(),
                                       work.mutable_data_ptr<float>());
                },
                shape.in);
            // Sums of n f32 products of normal values: the error stays far below one value.
            const auto near = [&](const at::Tensor& got, const at::Tensor& want, std::int64_t n) {
                const double error = (got.to(at::kDouble) - want).abs().max().item<double>();
                return error < 3e-5 * std::sqrt(static_cast<double>(n)) + 1e-6;
            };
            EXPECT_TRUE(near(y, at::mm(x.to(at::kDouble), value.t()), shape.in))
                << shape.in << ' ' << rows;
            EXPECT_TRUE(near(dx, at::mm(dy.to(at::kDouble), value), shape.out))
                << shape.in << ' ' << rows;
        }
}

INSTANTIATE_TEST_SUITE_P(Sets, QuantKernelsOn,
                         testing::Combine(testing::Values(Isa::Scalar, Isa::Avx2, Isa::Avx512),
                                          testing::Values(QuantFormat::Nf4, QuantFormat::Fp4,
                                                          QuantFormat::Int8)));

TEST(QuantKernels, TheBestOfTheMachineIsChosen) {
    const QuantKernels* best = quant_kernels(Isa::Avx512);
    if (!best) best = quant_kernels(Isa::Avx2);
    if (!best) best = quant_kernels(Isa::Scalar);
    EXPECT_EQ(&quant_kernels(), best);
}

}  // namespace
}  // namespace moelora
