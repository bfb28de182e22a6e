// SPDX-License-Identifier: GPL-3.0-or-later
// Moments of AdamW in 8 bits: blocks of 256 values, a code of a dynamic map and one fp32 scale a
// block (quantization.md 10; Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization").
// The maps are bitsandbytes'. A value takes the nearest code, as its CUDA kernels do (a tie the
// lower one); its CPU library looks a 65536-bin table up, which knows nothing below 1.5e-5 of a
// block's scale. Raw pointers, torch-free. Thread-safe.
#pragma once

#include <array>
#include <cstdint>

namespace moelora {

inline constexpr std::int64_t moment_block = 256;
inline constexpr std::int64_t least_in_8bit = 4096;  // values of a tensor; smaller ones stay fp32

enum class Moment { First, Second };  // signed, and never negative

// Ascending, in [-1, 1] and [0, 1].
[[nodiscard]] const std::array<float, 256>& moment_map(Moment moment);
// The code whose value is nearest to y. 4 ns: a table by the leading bits, then few comparisons.
[[nodiscard]] std::uint8_t moment_code(float y, Moment moment);

// One block of n <= 256 values. An all-zero one has scale 0 and codes 0.
void decode_moments(const std::uint8_t* codes, float scale, std::int64_t n, Moment moment,
                    float* values);
void encode_moments(const float* values, std::int64_t n, Moment moment, std::uint8_t* codes,
                    float& scale);

}  // namespace moelora
