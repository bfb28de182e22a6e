// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quant_format.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace moelora {
namespace {

constexpr std::array<float, 16> nf4_table = {-1.0f,
                                             -0.6961928009986877f,
                                             -0.5250730514526367f,
                                             -0.39491748809814453f,
                                             -0.28444138169288635f,
                                             -0.18477343022823334f,
                                             -0.09105003625154495f,
                                             0.0f,
                                             0.07958029955625534f,
                                             0.16093020141124725f,
                                             0.24611230194568634f,
                                             0.33791524171829224f,
                                             0.44070982933044434f,
                                             0.5626170039176941f,
                                             0.7229568362236023f,
                                             1.0f};

// The package divides a list of fp32 magnitudes by its largest, 12.
constexpr std::array<float, 16> fp4_table = {
    0.0f, 0.0625f / 12,  8.0f / 12,  12.0f / 12,  4.0f / 12,  6.0f / 12,  2.0f / 12,  3.0f / 12,
    0.0f, -0.0625f / 12, -8.0f / 12, -12.0f / 12, -4.0f / 12, -6.0f / 12, -2.0f / 12, -3.0f / 12};

// Codes of FP4 by rising value, as the package's CPU code sorts them (both zeros in the middle).
constexpr std::array<std::uint8_t, 16> fp4_sorted = {11, 10, 13, 12, 15, 14, 9, 0,
                                                     8,  1,  6,  7,  4,  5,  2, 3};
// The tree of its CUDA kernel: magnitudes above threshold i have code i + 1 of the second row.
constexpr std::array<float, 7> fp4_cuda_above = {0.00260417f, 0.0859375f, 0.20833333f, 0.29166667f,
                                                 0.4166667f,  0.583333f,  0.8333333f};
constexpr std::array<std::uint8_t, 8> fp4_cuda_code = {0, 1, 6, 7, 4, 5, 2, 3};

struct Thresholds {
    std::array<float, 15> above{};        // a value belongs behind every threshold it exceeds
    std::array<std::uint8_t, 16> code{};  // of each place
};

Thresholds thresholds_between(const std::array<float, 16>& table,
                              const std::array<std::uint8_t, 16>& order) {
    Thresholds out;
    out.code = order;
    for (std::size_t i = 0; i < 15; ++i) out.above[i] = (table[order[i]] + table[order[i + 1]]) / 2;
    return out;
}

const Thresholds& thresholds_of(QuantFormat format) {
    static const Thresholds nf4 =
        thresholds_between(nf4_table, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    static const Thresholds fp4 = thresholds_between(fp4_table, fp4_sorted);
    return format == QuantFormat::Nf4 ? nf4 : fp4;
}

// Counts of exceeded thresholds, value by value; plain loops that the compiler vectorises. A NaN
// exceeds none.
template <std::size_t N>
void count_above(const float* x, std::int64_t n, const std::array<float, N>& above,
                 std::int32_t* count) {
    std::fill(count, count + n, 0);
    for (const float t : above)
        for (std::int64_t i = 0; i < n; ++i) count[i] += x[i] > t ? 1 : 0;
}

void codes_of(const float* y, std::int64_t n, const QuantSpec& spec, std::int32_t* out) {
    if (spec.format == QuantFormat::Fp4 && spec.rule == QuantRule::Cuda) {
        std::array<float, 4096> magnitude;
        for (std::int64_t i = 0; i < n; ++i)
            magnitude[static_cast<std::size_t>(i)] = std::abs(y[i]);
        count_above(magnitude.data(), n, fp4_cuda_above, out);
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = fp4_cuda_code[static_cast<std::size_t>(out[i])] + (y[i] < 0 ? 8 : 0);
        return;
    }
    const Thresholds& by = thresholds_of(spec.format);
    count_above(y, n, by.above, out);
    if (spec.format == QuantFormat::Nf4) return;
    for (std::int64_t i = 0; i < n; ++i) out[i] = by.code[static_cast<std::size_t>(out[i])];
}

float largest_magnitude(const float* x, std::int64_t n) {
    float largest = 0;
    for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(x[i]));
    return largest;
}

bool all_finite(const float* x, std::int64_t n) {
    float sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += x[i] * 0.0f;  // NaN as soon as one is not finite
    return sum == 0.0f;
}

// Values of a block as multiples of its scale. The generic code divides in the last, partial block
// and never lets a scale be 0 in a division; CUDA lets 0 * inf become NaN, which takes code 0.
void normalise(const float* x, std::int64_t n, bool partial, QuantRule rule, float& scale,
               float* out) {
    constexpr float least = 1e-38f;
    if (rule == QuantRule::Cpu && partial) {
        scale = std::max(scale, least);
        for (std::int64_t i = 0; i < n; ++i) out[i] = std::clamp(x[i] / scale, -1.0f, 1.0f);
        return;
    }
    const float inverse = 1.0f / (rule == QuantRule::Cpu ? std::max(scale, least) : scale);
    for (std::int64_t i = 0; i < n; ++i) out[i] = x[i] * inverse;
}

// bins[i]: number of midpoints of the map below -1 + 2 i / 65535.
const std::vector<std::uint8_t>& scale_bins() {
    static const std::vector<std::uint8_t> bins = [] {
        std::vector<std::uint8_t> out(65536);
        const auto& map = dynamic_map();
        std::size_t code = 0;
        for (int i = 0; i < 65536; ++i) {
            const float place = -1.0f + (2.0f * static_cast<float>(i)) / 65535.0f;
            while (code < 255 && 0.5f * (map[code] + map[code + 1]) < place) ++code;
            out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(code);
        }
        return out;
    }();
    return bins;
}

std::uint8_t nearest_code(float y) {
    const auto& map = dynamic_map();
    const auto above = std::lower_bound(map.begin(), map.end(), y);
    if (above == map.begin()) return 0;
    if (above == map.end()) return 255;
    const bool lower = y <= 0.5f * (*(above - 1) + *above);
    return static_cast<std::uint8_t>(above - map.begin() - (lower ? 1 : 0));
}

std::uint8_t scale_code(float y, QuantRule rule) {
    const float inside = std::clamp(y, -1.0f, 1.0f);
    if (rule == QuantRule::Cuda) return nearest_code(inside);
    return scale_bins()[static_cast<std::uint16_t>((inside + 1.0f) * 0.5f * 65535.0f + 0.5f)];
}

}  // namespace

const std::array<float, 16>& code_table(QuantFormat format) {
    return format == QuantFormat::Nf4 ? nf4_table : fp4_table;
}

// torch's linspace rounds with fused multiply-adds on any CPU with AVX2; the last bits depend on
// it.
const std::array<float, 256>& dynamic_map() {
    static const std::array<float, 256> map = [] {
        std::array<float, 256> out{};
        std::size_t filled = 0;
        for (int i = 0; i < 7; ++i) {
            const int n = (1 << i) + 1;
            const float step = (1.0f - 0.1f) / static_cast<float>(n - 1);
            const auto bound = [&](int k) {
                return k < n / 2 ? std::fma(step, static_cast<float>(k), 0.1f)
                                 : std::fma(-step, static_cast<float>(n - 1 - k), 1.0f);
            };
            const auto power = static_cast<float>(std::pow(10.0, i - 6));
            for (int k = 0; k + 1 < n; ++k) {
                const float value = power * ((bound(k) + bound(k + 1)) / 2.0f);
                out[filled++] = value;
                out[filled++] = -value;
            }
        }
        out[filled++] = 0.0f;
        out[filled++] = 1.0f;
        std::sort(out.begin(), out.end());
        return out;
    }();
    return map;
}

bool quantize_blocks(const float* x, std::int64_t n, const QuantSpec& spec, std::uint8_t* codes,
                     float* scales) {
    if (!all_finite(x, n)) return false;
    std::array<float, 4096> y;
    std::array<std::int32_t, 4096 + 1> q;
    for (std::int64_t at = 0; at < n; at += spec.blocksize) {
        const std::int64_t count = std::min(spec.blocksize, n - at);
        float scale = largest_magnitude(x + at, count);
        normalise(x + at, count, count < spec.blocksize, spec.rule, scale, y.data());
        scales[at / spec.blocksize] = scale;
        codes_of(y.data(), count, spec, q.data());
        const float zero = 0;
        if (count % 2 != 0) codes_of(&zero, 1, spec, q.data() + count);
        std::uint8_t* out = codes + at / 2;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); i += 2)
            out[i / 2] = static_cast<std::uint8_t>(q[i] << 4 | q[i + 1]);
    }
    return true;
}

void quantize_scales(const float* scales, std::int64_t n, float offset, QuantRule rule,
                     std::uint8_t* codes, float* nested_scales) {
    std::array<float, nested_blocksize> centred;
    for (std::int64_t at = 0; at < n; at += nested_blocksize) {
        const std::int64_t count = std::min(nested_blocksize, n - at);
        for (std::int64_t i = 0; i < count; ++i)
            centred[static_cast<std::size_t>(i)] = scales[at + i] - offset;
        const float largest = largest_magnitude(centred.data(), count);
        nested_scales[at / nested_blocksize] = largest;
        const float inverse = 1.0f / largest;
        for (std::int64_t i = 0; i < count; ++i)
            codes[at + i] = largest == 0
                                ? std::uint8_t{0}
                                : scale_code(centred[static_cast<std::size_t>(i)] * inverse, rule);
    }
}

bool quantize_rows(const float* x, std::int64_t rows, std::int64_t columns, std::int8_t* codes,
                   float* scales) {
    std::vector<float> row(static_cast<std::size_t>(columns));
    for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c)
            row[static_cast<std::size_t>(c)] = static_cast<float>(c10::Half(x[r * columns + c]));
        if (!all_finite(row.data(), columns)) return false;
        const float scale = largest_magnitude(row.data(), columns);
        scales[r] = scale;
        const float factor = scale == 0 ? 0.0f : 127.0f / scale;
        for (std::int64_t c = 0; c < columns; ++c)
            codes[r * columns + c] =
                static_cast<std::int8_t>(std::nearbyint(row[static_cast<std::size_t>(c)] * factor));
    }
    return true;
}

}  // namespace moelora
