// SPDX-License-Identifier: GPL-3.0-or-later
// y = x Wᵀ for the few rows of a decoding step, W in 4 bits: raw pointers, no torch. W is read once
// for all rows and never unpacked to memory, nested scales included. The code table is rounded to
// bf16 and dotted with x in bf16 (AVX512-BF16: products of bf16, sums in f32); a block's sum is
// multiplied by its scale in f32. The result differs from that of rounded products of table and
// scale (tile_matmul.h) within the rounding of bf16, so the two are compared by tolerance.
//
// bf16 values are std::uint16_t. Every sum has a fixed order, whatever the sharing and the other
// rows. Threads: pure but for the caller's buffers. Checked in tests/core/quant/gemv_test.cpp.
#pragma once

#include <cstdint>

namespace moelora {

inline constexpr std::int64_t gemv_unit = 64;     // `in` and `blocksize` are multiples of it
inline constexpr std::int64_t gemv_max_rows = 4;  // of x in one call

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
    // Of every 64 values those at even places, then those at odd ones, as codes are packed.
    void (*split)(const std::uint16_t* x, std::int64_t count, std::uint16_t* out);
    // y[m, n] for n in [first, last) of the split x [rows, in]; y rows ldy apart.
    void (*forward)(const GemvWeight& w, const std::uint16_t* x, std::int64_t rows,
                    std::int64_t first, std::int64_t last, float* y, std::int64_t ldy);
};

// nullptr where the machine or the compiler lacks the instructions.
[[nodiscard]] const GemvKernels* gemv_kernels();

}  // namespace moelora
