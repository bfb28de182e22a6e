// SPDX-License-Identifier: GPL-3.0-or-later
// The formats of frozen weights in few bits, their code tables, and how values become codes. Raw
// pointers, torch-free. Rules: quantization.md sections 2 to 4 and 9 (bitsandbytes).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace moelora {

enum class QuantFormat { Nf4, Fp4, Int8 };
[[nodiscard]] constexpr std::string_view name_of(QuantFormat format) {
    constexpr std::string_view names[] = {"nf4", "fp4", "int8"};
    return names[static_cast<int>(format)];
}

// bitsandbytes' back ends agree in NF4 but for blocks of zeros; they differ in FP4 (ties, zeros,
// last bits of thresholds) and in the codes of nested scales (nearest, or by a table of bins).
// Files made on a GPU follow Cuda; Cpu equals what the package computes without one.
enum class QuantRule { Cuda, Cpu };

struct QuantSpec {
    QuantFormat format = QuantFormat::Nf4;
    bool nested = false;          // 4 bit: the scales themselves in 8 bits ("double quantisation")
    std::int64_t blocksize = 64;  // 4 bit: power of two, 32 .. 4096
    QuantRule rule = QuantRule::Cuda;
};

inline constexpr std::int64_t nested_blocksize = 256;  // the only one the package supports

// Value of each code times the block's scale; FP4 stands in the order of its bits.
[[nodiscard]] const std::array<float, 16>& code_table(QuantFormat format);
// The signed dynamic map of nested scales, ascending.
[[nodiscard]] const std::array<float, 256>& dynamic_map();

// n values to (n+1)/2 bytes (even element in the high nibble; an odd end is padded as a value of
// 0) and one scale a block. `x` starts at a block's first element. False when a value is not
// finite; the output is then useless.
[[nodiscard]] bool quantize_blocks(const float* x, std::int64_t n, const QuantSpec& spec,
                                   std::uint8_t* codes, float* scales);

// n scales to bytes and one second-level scale for each nested_blocksize of them.
void quantize_scales(const float* scales, std::int64_t n, float offset, QuantRule rule,
                     std::uint8_t* codes, float* nested_scales);

// INT8 by rows: values are rounded to f16 first, scale = largest magnitude of the row, code =
// round(x * 127 / scale). False when a value is not finite as f16.
[[nodiscard]] bool quantize_rows(const float* x, std::int64_t rows, std::int64_t columns,
                                 std::int8_t* codes, float* scales);

}  // namespace moelora
