// SPDX-License-Identifier: GPL-3.0-or-later
// y = x Wᵀ for the few rows of a decoding step, W in 4 bits: raw pointers, no torch. W is read once
// for all rows and never unpacked to memory, nested scales included. The code table is rounded to
// bf16 and dotted with x in bf16 (AVX512-BF16: products of bf16, sums in f32); a block's sum is
// multiplied by its scale in f32. The result differs from that of rounded products of table and
// scale (tile_matmul.h) within the rounding of bf16, so the two are compared by tolerance.
//
// Two forms: vectors, whose time grows with the rows because each wants its own dot products; and
// tiles (AMX), which unpack 16 rows of W into a buffer in the first cache and multiply them with up
// to 16 rows of x at once, so that further rows cost next to nothing.
//
// bf16 values are std::uint16_t. Every sum has a fixed order, whatever the sharing and the other
// rows. Threads: pure but for the caller's buffers. Checked in tests/core/quant/gemv_test.cpp.
#pragma once

#include <cstdint>

namespace moelora {

inline constexpr std::int64_t gemv_unit = 64;  // `in` and `blocksize` are multiples of it

// Borrowed. Scales of blocks over the flattened matrix: `scales`, or where that is nullptr
// nested_table[absmax[b]] * nested_absmax[b / 256] + nested_offset.
struct GemvWeight {
    const std::uint8_t* codes = nullptr;
    const float* table = nullptr;  // [16]
    std::int64_t in = 0, blocksize = 64;
    const float* scales = nullptr;
    const std::uint8_t* absmax = nullptr;
    const float *nested_table = nullptr, *nested_absmax = nullptr;
    float nested_offset = 0;
};

struct GemvKernels {
    std::int64_t step;      // `out` is a multiple of it, first and last are
    std::int64_t max_rows;  // of x in one call
    // x [rows, in] as forward reads it; `packed` has room for gemv_packed_rows(rows) * in values.
    void (*pack)(const std::uint16_t* x, std::int64_t rows, std::int64_t in, std::uint16_t* packed);
    // y[m, n] for n in [first, last); y rows ldy apart.
    void (*forward)(const GemvWeight& w, const std::uint16_t* packed, std::int64_t rows,
                    std::int64_t first, std::int64_t last, float* y, std::int64_t ldy);
};
// The next power of two.
[[nodiscard]] constexpr std::int64_t gemv_packed_rows(std::int64_t rows) {
    std::int64_t out = 1;
    while (out < rows) out *= 2;
    return out;
}

// Each nullptr where the machine or the compiler lacks the instructions; tiles also where the
// environment says MOELORA_AMX=0.
[[nodiscard]] const GemvKernels* gemv_vector_kernels();
[[nodiscard]] const GemvKernels* gemv_tile_kernels();

}  // namespace moelora
