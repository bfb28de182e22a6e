// SPDX-License-Identifier: GPL-3.0-or-later
// Products with a frozen matrix W [out, in] on the matrix unit of newer x86 CPUs (AMX: tiles of
// bf16, sums in f32): y = x Wᵀ and dx = dy W. Raw pointers, no torch. W is read as rows of bf16, a
// piece at a time, and never copied as a whole. Operands are packed once for all threads (pack_x,
// pack_dy).
//
// bf16 values are std::uint16_t. Results are rounded once (nearest, ties to even); every one is
// summed in a fixed order, whatever the sharing and the other rows. Threads: pure but for the
// caller's buffers. Checked against sums in f64 in tests/core/quant/tile_matmul_test.cpp.
//
// There is no form for f32: three bf16 parts of each operand give f32's error with six products
// (Henry, Tang, Heinecke, arXiv 1904.06376), but on a machine that shares the unit among its
// threads this was no faster than f32 vector products (measured; tests/bench/README.md).
#pragma once

#include <cstdint>

namespace moelora {

// Borrowed: buffer[i] = W[row, first + i] for i < count; first and count multiples of tile_unit.
struct TileWeight {
    std::int64_t in = 0;
    const void* source = nullptr;
    void (*read)(const void* source, std::int64_t row, std::int64_t first, std::int64_t count,
                 std::uint16_t* buffer) = nullptr;
};

inline constexpr std::int64_t tile_unit = 32;        // `in` and `out` are multiples of it
inline constexpr std::int64_t tile_max_rows = 1024;  // rows of x or dy in one call

struct TileKernels {
    std::int64_t work_floats;  // of a thread
    // Packs the pairs of tiles [first, last) of the ceil(rows / 32) of x [rows, in] (dy [rows,
    // out]) into `packed`, ceil(rows / 32) * 32 * in (out) values; zeros fill it up.
    void (*pack_x)(const std::uint16_t* x, std::int64_t rows, std::int64_t in, std::int64_t first,
                   std::int64_t last, std::uint16_t* packed);
    void (*pack_dy)(const std::uint16_t* dy, std::int64_t rows, std::int64_t out,
                    std::int64_t first, std::int64_t last, std::uint16_t* packed);
    // y[m, n] for n in [first, last), both multiples of tile_unit; y [rows, out].
    void (*forward)(const TileWeight& w, const std::uint16_t* packed, std::int64_t rows,
                    std::int64_t out, std::int64_t first, std::int64_t last, std::uint16_t* y,
                    float* work);
    // dx[m, k] for k in [first, last), both multiples of tile_unit; dx [rows, in].
    void (*backward)(const TileWeight& w, const std::uint16_t* packed, std::int64_t rows,
                     std::int64_t out, std::int64_t first, std::int64_t last, std::uint16_t* dx,
                     float* work);
};

// nullptr where the machine, the system or the compiler has no such unit, or where the environment
// says MOELORA_AMX=0 (to compare, or to get the numbers of other machines).
[[nodiscard]] const TileKernels* tile_kernels();

}  // namespace moelora
