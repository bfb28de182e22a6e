// SPDX-License-Identifier: GPL-3.0-or-later
// Moments of AdamW in 8 bits: blocks of 256 values, a code of a dynamic map and one fp32 scale a
// block (quantization.md 10; Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization").
// The maps are bitsandbytes', and so is the choice of the code: that of its CPU library, which
// looks a table of 65536 bins up. Its CUDA kernels take the nearest code instead, which makes a
// second moment below 1.6e-7 of its block's largest 0, and the next step as large as its gradients
// differ; a bin is never below 1.4e-5. Raw pointers, torch-free. Thread-safe.
#pragma once

#include <array>
#include <cstdint>

namespace moelora {

inline constexpr std::int64_t moment_block = 256;
inline constexpr std::int64_t least_in_8bit = 4096;  // values of a tensor; smaller ones stay fp32

enum class Moment { First, Second };  // signed, and never negative

// Ascending, in [-1, 1] and [0, 1].
[[nodiscard]] const std::array<float, 256>& moment_map(Moment moment);
// The code of y in [-1, 1] stands at ((y + 1) * 0.5 * 65535 + 0.5), cut off.
[[nodiscard]] const std::array<std::uint8_t, 65536>& moment_bins(Moment moment);

// One block of n <= 256 values. An all-zero one has scale 0 and codes 0.
void decode_moments(const std::uint8_t* codes, float scale, std::int64_t n, Moment moment,
                    float* values);
void encode_moments(const float* values, std::int64_t n, Moment moment, std::uint8_t* codes,
                    float& scale);

}  // namespace moelora
