// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/moment_codes.h"

#include <algorithm>
#include <cmath>

#include "core/quant/quant_format.h"

namespace moelora {
namespace {

// As dynamic_map() of core/quant, the positive side alone with twice as many fractions.
std::array<float, 256> second_map() {
    std::array<float, 256> out{};
    std::size_t filled = 0;
    for (int i = 0; i < 7; ++i) {
        const int n = (1 << (i + 1)) + 1;
        const float step = (1.0f - 0.1f) / static_cast<float>(n - 1);
        const auto bound = [&](int k) {
            return k < n / 2 ? std::fma(step, static_cast<float>(k), 0.1f)
                             : std::fma(-step, static_cast<float>(n - 1 - k), 1.0f);
        };
        const auto power = static_cast<float>(std::pow(10.0, i - 6));
        for (int k = 0; k + 1 < n; ++k) out[filled++] = power * ((bound(k) + bound(k + 1)) / 2.0f);
    }
    out[filled++] = 0.0f;
    out[filled++] = 1.0f;
    std::sort(out.begin(), out.end());
    return out;
}

// bins[i]: number of midpoints of the map below -1 + 2 i / 65535.
std::array<std::uint8_t, 65536> bins_of(const std::array<float, 256>& map) {
    std::array<std::uint8_t, 65536> out{};
    std::size_t code = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float place = -1.0f + (2.0f * static_cast<float>(i)) / 65535.0f;
        while (code < 255 && 0.5f * (map[code] + map[code + 1]) < place) ++code;
        out[i] = static_cast<std::uint8_t>(code);
    }
    return out;
}

}  // namespace

const std::array<float, 256>& moment_map(Moment moment) {
    static const std::array<float, 256> second = second_map();
    return moment == Moment::First ? dynamic_map() : second;
}

const std::array<std::uint8_t, 65536>& moment_bins(Moment moment) {
    static const auto first = bins_of(moment_map(Moment::First)),
                      second = bins_of(moment_map(Moment::Second));
    return moment == Moment::First ? first : second;
}

void decode_moments(const std::uint8_t* codes, float scale, std::int64_t n, Moment moment,
                    float* values) {
    const auto& map = moment_map(moment);
    for (std::int64_t i = 0; i < n; ++i) values[i] = map[codes[i]] * scale;
}

void encode_moments(const float* values, std::int64_t n, Moment moment, std::uint8_t* codes,
                    float& scale) {
    scale = 0;
    for (std::int64_t i = 0; i < n; ++i) scale = std::max(scale, std::abs(values[i]));
    if (scale == 0) {
        std::fill_n(codes, n, std::uint8_t{0});
        return;
    }
    const auto& bins = moment_bins(moment);
    const float inverse = 1.0f / scale;
    for (std::int64_t i = 0; i < n; ++i) {
        const float y = std::clamp(values[i] * inverse, -1.0f, 1.0f);
        codes[i] = bins[static_cast<std::uint16_t>((y + 1.0f) * 0.5f * 65535.0f + 0.5f)];
    }
}

}  // namespace moelora
