// SPDX-License-Identifier: GPL-3.0-or-later
// CPU kernels on frozen weights in few bits: raw pointers, f32, one thread's share of the work. The
// same code is compiled for each instruction set (kernels_x86.inc), chosen at run time; the scalar
// one runs anywhere. Whole weights are never unpacked: at most quant_work_floats of them are.
// Twin: core/quant/reference; checked in tests/core/quant/kernels_test.cpp for every set the
// machine has.
#pragma once

#include <cstdint>

namespace moelora {

// Borrowed. 4 bit: `codes` packed over the flattened [out, in] matrix, `scales` one a block (they
// may straddle rows), `table` 16 values. INT8 (table == nullptr): codes int8, scales one a row,
// already divided by 127.
struct QuantView {
    const std::uint8_t* codes = nullptr;
    const float* scales = nullptr;
    const float* table = nullptr;
    std::int64_t in = 0, blocksize = 64;
};

enum class Isa { Scalar, Avx2, Avx512 };

inline constexpr std::int64_t quant_work_floats = 34 * 1024;

struct QuantKernels {
    Isa isa = Isa::Scalar;
    const char* name = "scalar";
    // out[i] = W[row, first + i] for first + i < last.
    void (*decode)(const QuantView& w, std::int64_t row, std::int64_t first, std::int64_t last,
                   float* out);
    // y[m, n] = Σ_k x[m, k] W[n, k] for n in [first, last); x [rows, in], y rows ldy apart.
    void (*forward)(const QuantView& w, const float* x, std::int64_t rows, std::int64_t first,
                    std::int64_t last, float* y, std::int64_t ldy, float* work);
    // dx[m, k] = Σ_n dy[m, n] W[n, k] for k in [first, last); dy [rows, out], dx [rows, in].
    void (*backward)(const QuantView& w, const float* dy, std::int64_t rows, std::int64_t out,
                     std::int64_t first, std::int64_t last, float* dx, float* work);
    // `decode` rounded to bf16 (nearest, ties to even), for tile_matmul.h; nullptr in sets that its
    // machines go beyond. first, last, w.in and w.blocksize are multiples of 32.
    void (*decode_bf16)(const QuantView& w, std::int64_t row, std::int64_t first, std::int64_t last,
                        std::uint16_t* out) = nullptr;
};

// nullptr when the program or the machine lacks the set.
[[nodiscard]] const QuantKernels* quant_kernels(Isa isa);
// The best of the machine.
[[nodiscard]] const QuantKernels& quant_kernels();

}  // namespace moelora
