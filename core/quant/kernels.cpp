// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/kernels.h"

namespace moelora {

const QuantKernels* quant_kernels_avx2();
const QuantKernels* quant_kernels_avx512();

namespace {

void decode(const QuantView& w, std::int64_t row, std::int64_t first, std::int64_t last,
            float* out) {
    for (std::int64_t k = first; k < last; ++k) {
        const std::int64_t flat = row * w.in + k;
        if (!w.table) {
            *out++ = static_cast<float>(static_cast<std::int8_t>(w.codes[flat])) * w.scales[row];
            continue;
        }
        const std::uint8_t byte = w.codes[flat / 2];
        *out++ = w.table[flat % 2 == 0 ? byte >> 4 : byte & 15] * w.scales[flat / w.blocksize];
    }
}

void forward(const QuantView& w, const float* x, std::int64_t rows, std::int64_t first,
             std::int64_t last, float* y, std::int64_t ldy, float* work) {
    for (std::int64_t n = first; n < last; ++n) {
        for (std::int64_t m = 0; m < rows; ++m) y[m * ldy + n] = 0;
        for (std::int64_t k = 0; k < w.in; k += quant_work_floats) {
            const std::int64_t end = k + quant_work_floats < w.in ? k + quant_work_floats : w.in;
            decode(w, n, k, end, work);
            for (std::int64_t m = 0; m < rows; ++m) {
                float total = 0;
                for (std::int64_t i = k; i < end; ++i) total += x[m * w.in + i] * work[i - k];
                y[m * ldy + n] += total;
            }
        }
    }
}

void backward(const QuantView& w, const float* dy, std::int64_t rows, std::int64_t out,
              std::int64_t first, std::int64_t last, float* dx, float* work) {
    for (std::int64_t k = first; k < last; k += quant_work_floats) {
        const std::int64_t end = k + quant_work_floats < last ? k + quant_work_floats : last;
        for (std::int64_t m = 0; m < rows; ++m)
            for (std::int64_t i = k; i < end; ++i) dx[m * w.in + i] = 0;
        for (std::int64_t n = 0; n < out; ++n) {
            decode(w, n, k, end, work);
            for (std::int64_t m = 0; m < rows; ++m)
                for (std::int64_t i = k; i < end; ++i)
                    dx[m * w.in + i] += dy[m * out + n] * work[i - k];
        }
    }
}

const QuantKernels scalar = {Isa::Scalar, "scalar", decode, forward, backward};

}  // namespace

const QuantKernels* quant_kernels(Isa isa) {
    switch (isa) {
        case Isa::Avx512:
            return quant_kernels_avx512();
        case Isa::Avx2:
            return quant_kernels_avx2();
        case Isa::Scalar:
            break;
    }
    return &scalar;
}

const QuantKernels& quant_kernels() {
    static const QuantKernels* best = [] {
        const QuantKernels* widest = quant_kernels_avx512();
        if (!widest) widest = quant_kernels_avx2();
        return widest ? widest : &scalar;
    }();
    return *best;
}

}  // namespace moelora
