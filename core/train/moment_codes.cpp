// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/moment_codes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

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

// start[leading 16 bits of y] is the code of the lowest y with those bits; middle[c] is where code
// c ends.
struct Codes {
    std::array<float, 256> middle{};
    std::vector<std::uint8_t> start;

    explicit Codes(const std::array<float, 256>& map) : start(65536) {
        for (std::size_t c = 0; c < 255; ++c) middle[c] = 0.5f * (map[c] + map[c + 1]);
        middle[255] = HUGE_VALF;
        for (std::uint32_t bits = 0; bits < 65536; ++bits) {
            const bool negative = bits >> 15 != 0;
            const auto lowest = std::bit_cast<float>(bits << 16 | (negative ? 0xffffU : 0U));
            if (std::isnan(lowest)) continue;
            const auto place = std::lower_bound(middle.begin(), middle.end() - 1, lowest);
            start[bits] = static_cast<std::uint8_t>(place - middle.begin());
        }
    }
    [[nodiscard]] std::uint8_t nearest(float y) const {
        std::uint8_t code = start[std::bit_cast<std::uint32_t>(y) >> 16];
        while (y > middle[code]) ++code;
        return code;
    }
};

const Codes& codes_of(Moment moment) {
    static const Codes first(moment_map(Moment::First)), second(moment_map(Moment::Second));
    return moment == Moment::First ? first : second;
}

}  // namespace

const std::array<float, 256>& moment_map(Moment moment) {
    static const std::array<float, 256> second = second_map();
    return moment == Moment::First ? dynamic_map() : second;
}

std::uint8_t moment_code(float y, Moment moment) {
    return codes_of(moment).nearest(y);
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
    const Codes& nearest = codes_of(moment);
    const float inverse = 1.0f / scale;
    for (std::int64_t i = 0; i < n; ++i)
        codes[i] = nearest.nearest(std::clamp(values[i] * inverse, -1.0f, 1.0f));
}

}  // namespace moelora
