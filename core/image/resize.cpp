// SPDX-License-Identifier: GPL-3.0-or-later
// Two-pass antialiased bicubic in integers, bit for bit that of torchvision or Pillow. Both passes
// run the same kernel over contiguous lanes; rows are transposed in blocks for the pass along the
// width.
#include <algorithm>
#include <cmath>

#include "core/base/assert.h"
#include "core/image/image.h"

// One program for all x86-64 CPUs, with the wider registers where they exist. Sanitizers start too
// late for the dispatcher that this needs.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MOELORA_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define MOELORA_WIDE
#endif

namespace moelora {
namespace {

double cubic(double x) {  // a = -0.5
    x = std::abs(x);
    if (x < 1) return ((1.5 * x) - 2.5) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
    return 0;
}

// The fixed-point weights of one axis.
struct Axis {
    std::int64_t in = 0, out = 0, widest = 0;
    std::vector<std::int64_t> first, count;  // [out] window
    std::vector<std::int32_t> weights;       // [out, widest]
    int shift = 0;                           // result = sum >> shift
};

std::vector<double> exact_weights(Axis& axis) {
    const double scale = static_cast<double>(axis.in) / static_cast<double>(axis.out);
    const double stretch = std::max(scale, 1.0), support = 2 * stretch, inverse = 1 / stretch;
    axis.widest = static_cast<std::int64_t>(std::ceil(support)) * 2 + 1;
    std::vector<double> all(static_cast<std::size_t>(axis.out * axis.widest));
    for (std::int64_t o = 0; o < axis.out; ++o) {
        const double center = (static_cast<double>(o) + 0.5) * scale;
        const std::int64_t first =
            std::max<std::int64_t>(static_cast<std::int64_t>(center - support + 0.5), 0);
        const std::int64_t last =
            std::min(static_cast<std::int64_t>(center + support + 0.5), axis.in);
        double* row = all.data() + o * axis.widest;
        double sum = 0;
        for (std::int64_t k = 0; k < last - first; ++k) {
            row[k] = cubic((static_cast<double>(k + first) - center + 0.5) * inverse);
            sum += row[k];
        }
        for (std::int64_t k = 0; k < last - first; ++k)
            if (sum != 0) row[k] /= sum;
        axis.first.push_back(first);
        axis.count.push_back(last - first);
    }
    return all;
}

constexpr int pillow_precision = 22;

// torchvision: the largest precision with which every weight fits into 16 bits.
int torchvision_precision(const std::vector<double>& weights) {
    const double largest = *std::max_element(weights.begin(), weights.end());
    int precision = 0;
    while (precision < pillow_precision &&
           static_cast<int>(0.5 + largest * (1 << (precision + 1))) < (1 << 15))
        ++precision;
    return precision;
}

Axis make_axis(std::int64_t in, std::int64_t out, Resampler resampler) {
    Axis axis;
    axis.in = in;
    axis.out = out;
    const std::vector<double> exact = exact_weights(axis);
    axis.shift = resampler == Resampler::Pillow ? pillow_precision : torchvision_precision(exact);
    axis.weights.reserve(exact.size());
    for (const double w : exact)
        axis.weights.push_back(
            static_cast<std::int32_t>(w * (1 << axis.shift) + (w < 0 ? -0.5 : 0.5)));
    return axis;
}

constexpr std::size_t lane_block = 256;  // sums stay in the nearest cache

// to[lane] = clip(sum over k of weights[k] * from[k * stride + lane]) for up to lane_block lanes.
// `Weight` is 16 bits wide where the weights are: half the work for the multiplier.
template <class Weight>
[[gnu::always_inline]] inline void filter_lanes(const std::uint8_t* from, std::size_t stride,
                                                const std::int32_t* weights, std::int64_t count,
                                                int shift, std::uint8_t* to, std::size_t lanes) {
    std::int32_t sums[lane_block];
    std::fill_n(sums, lanes, 1 << (shift - 1));
    for (std::int64_t k = 0; k < count; ++k, from += stride) {
        const auto weight = static_cast<Weight>(weights[k]);
        for (std::size_t i = 0; i < lanes; ++i)
            sums[i] += static_cast<std::int32_t>(weight) * static_cast<Weight>(from[i]);
    }
    for (std::size_t i = 0; i < lanes; ++i)
        to[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> shift, 0, 255));
}

MOELORA_WIDE void filter16(const std::uint8_t* from, std::size_t stride,
                           const std::int32_t* weights, std::int64_t count, int shift,
                           std::uint8_t* to, std::size_t lanes) {
    filter_lanes<std::int16_t>(from, stride, weights, count, shift, to, lanes);
}
MOELORA_WIDE void filter32(const std::uint8_t* from, std::size_t stride,
                           const std::int32_t* weights, std::int64_t count, int shift,
                           std::uint8_t* to, std::size_t lanes) {
    filter_lanes<std::int32_t>(from, stride, weights, count, shift, to, lanes);
}

// from: [in, lanes], to: [out, lanes].
void filter(const Axis& axis, Resampler resampler, const std::uint8_t* from, std::size_t lanes,
            std::uint8_t* to) {
    const auto kernel = resampler == Resampler::Pillow ? &filter32 : &filter16;
    for (std::int64_t o = 0; o < axis.out; ++o) {
        const auto at = static_cast<std::size_t>(o);
        const std::uint8_t* window = from + static_cast<std::size_t>(axis.first[at]) * lanes;
        const std::int32_t* weights = axis.weights.data() + o * axis.widest;
        for (std::size_t lane = 0; lane < lanes; lane += lane_block)
            kernel(window + lane, lanes, weights, axis.count[at], axis.shift,
                   to + at * lanes + lane, std::min(lane_block, lanes - lane));
    }
}

RgbImage resize_height(const RgbImage& image, std::int64_t height, Resampler resampler) {
    if (height == image.height) return image;
    RgbImage out{image.width, height, {}};
    out.pixels.resize(static_cast<std::size_t>(out.width * height * 3));
    filter(make_axis(image.height, height, resampler), resampler, image.pixels.data(),
           static_cast<std::size_t>(image.width * 3), out.pixels.data());
    return out;
}

RgbImage resize_width(const RgbImage& image, std::int64_t width, Resampler resampler) {
    if (width == image.width) return image;
    constexpr std::int64_t block = 32;  // rows at a time
    const Axis axis = make_axis(image.width, width, resampler);
    RgbImage out{width, image.height, {}};
    out.pixels.resize(static_cast<std::size_t>(width * image.height * 3));
    std::vector<std::uint8_t> from(static_cast<std::size_t>(image.width * block * 3)),
        to(static_cast<std::size_t>(width * block * 3));
    for (std::int64_t top = 0; top < image.height; top += block) {
        const std::int64_t rows = std::min(block, image.height - top);
        for (std::int64_t y = 0; y < rows; ++y) {
            const std::uint8_t* row = image.pixels.data() + (top + y) * image.width * 3;
            for (std::int64_t x = 0; x < image.width; ++x)
                std::copy_n(row + x * 3, 3, from.data() + (x * rows + y) * 3);
        }
        filter(axis, resampler, from.data(), static_cast<std::size_t>(rows * 3), to.data());
        for (std::int64_t y = 0; y < rows; ++y) {
            std::uint8_t* row = out.pixels.data() + (top + y) * width * 3;
            for (std::int64_t x = 0; x < width; ++x)
                std::copy_n(to.data() + (x * rows + y) * 3, 3, row + x * 3);
        }
    }
    return out;
}

}  // namespace

RgbImage resize_bicubic(const RgbImage& image, ImageSize size, Resampler resampler,
                        bool height_first_rule) {
    MOELORA_ASSERT(image.width > 0 && image.height > 0 && size.width > 0 && size.height > 0,
                   "resize_bicubic of an empty picture");
    const std::int64_t fewer_rows = image.height - size.height;
    const bool height_first = height_first_rule && resampler == Resampler::Pillow &&
                              fewer_rows > 0 && fewer_rows > 2 * (image.width - size.width);
    if (height_first)
        return resize_width(resize_height(image, size.height, resampler), size.width, resampler);
    return resize_height(resize_width(image, size.width, resampler), size.height, resampler);
}

}  // namespace moelora
