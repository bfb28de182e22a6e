// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/assert.h"
#include "core/image/image.h"

namespace moelora {
namespace {

ProcessorConfig with_limits(ProcessorConfig config, const DataOptions& data) {
    if (data.min_pixels > 0) config.min_pixels = data.min_pixels;
    if (data.max_pixels > 0) config.max_pixels = data.max_pixels;
    return config;
}

Status check_options(const ProcessorConfig& config, const DataOptions& data) {
    const auto& first = data.resize;
    if (!first.empty() && (first.size() != 2 || first[0] < 1 || first[1] < 1))
        return fail(ErrorCode::OptionInvalid,
                    {{"option", "data.resize"},
                     {"value", std::to_string(first.size()) + " numbers"},
                     {"why", "it takes a height and a width of at least 1, or nothing"}});
    if (config.min_pixels <= config.max_pixels) return {};
    return fail(ErrorCode::OptionInvalid,
                {{"option", "data.min_pixels"},
                 {"value", std::to_string(config.min_pixels)},
                 {"why", "it is above the most pixels, " + std::to_string(config.max_pixels)}});
}

// Sample value to network input. The two processors of the family differ by one rounding:
// torchvision folds the rescaling into mean and deviation, Pillow's rescales first.
std::array<float, 256> normalisation(const ProcessorConfig& config, int channel,
                                     Resampler resampler) {
    std::array<float, 256> table{};
    const auto mean = static_cast<float>(config.mean[channel]);
    const auto deviation = static_cast<float>(config.std[channel]);
    const auto back = static_cast<float>(1.0 / config.rescale_factor);
    for (std::size_t level = 0; level < table.size(); ++level) {
        if (resampler == Resampler::Pillow) {
            const double scaled = static_cast<double>(level) * config.rescale_factor;
            table[level] = (static_cast<float>(scaled) - mean) / deviation;
        } else {
            table[level] = (static_cast<float>(level) - mean * back) / (deviation * back);
        }
    }
    return table;
}

// Rows in the order (h/merge, w/merge, merge, merge), columns (channel, frame, y, x).
void fill_patches(const RgbImage& image, const ProcessorConfig& config, Resampler resampler,
                  Patches& out) {
    const std::int64_t patch = config.patch_size, merge = config.merge_size;
    const std::array<float, 256> tables[3] = {normalisation(config, 0, resampler),
                                              normalisation(config, 1, resampler),
                                              normalisation(config, 2, resampler)};
    out.values.resize(static_cast<std::size_t>(out.rows * out.columns));
    float* to = out.values.data();
    const auto one_patch = [&](std::int64_t top, std::int64_t left) {
        for (int c = 0; c < 3; ++c) {
            const float* start = to;
            for (std::int64_t y = 0; y < patch; ++y) {
                const std::uint8_t* from =
                    image.pixels.data() + ((top + y) * image.width + left) * 3 + c;
                for (std::int64_t x = 0; x < patch; ++x) *to++ = tables[c][from[x * 3]];
            }
            for (std::int64_t t = 1; t < config.temporal_patch_size; ++t)
                to = std::copy_n(start, patch * patch, to);  // a still picture repeats its frame
        }
    };
    for (std::int64_t h = 0; h < out.h; h += merge)
        for (std::int64_t w = 0; w < out.w; w += merge)
            for (std::int64_t y = h; y < h + merge; ++y)
                for (std::int64_t x = w; x < w + merge; ++x) one_patch(y * patch, x * patch);
}

bool resizes_first(const DataOptions& data) {
    return !data.resize.empty();
}

}  // namespace

Result<ImageSize> smart_resize(ImageSize size, const ProcessorConfig& config,
                               const std::string& path) {
    MOELORA_ASSERT(size.width > 0 && size.height > 0, "smart_resize of an empty picture");
    if (std::max(size.width, size.height) > 200 * std::min(size.width, size.height))
        return fail(ErrorCode::ImageAspect, {{"path", path},
                                             {"width", std::to_string(size.width)},
                                             {"height", std::to_string(size.height)}});
    const std::int64_t step = config.patch_size * config.merge_size;
    const auto factor = static_cast<double>(step);
    const auto height = static_cast<double>(size.height), width = static_cast<double>(size.width);
    // Half to even, as Python rounds (the default rounding mode of the processor).
    const auto nearest = [&](double v) {
        return static_cast<std::int64_t>(std::nearbyint(v / factor)) * step;
    };
    ImageSize out{nearest(width), nearest(height)};
    if (out.width * out.height > config.max_pixels) {
        const double beta = std::sqrt(height * width / static_cast<double>(config.max_pixels));
        const auto shrink = [&](double v) {
            return std::max(step, static_cast<std::int64_t>(std::floor(v / beta / factor)) * step);
        };
        out = {shrink(width), shrink(height)};
    } else if (out.width * out.height < config.min_pixels) {
        const double beta = std::sqrt(static_cast<double>(config.min_pixels) / (height * width));
        const auto grow = [&](double v) {
            return static_cast<std::int64_t>(std::ceil(v * beta / factor)) * step;
        };
        out = {grow(width), grow(height)};
    }
    return out;
}

Result<Patches> plan_patches(ImageSize size, const ProcessorConfig& config, const DataOptions& data,
                             const std::string& path) {
    const ProcessorConfig limited = with_limits(config, data);
    MOELORA_TRY_STATUS(check_options(limited, data));
    if (resizes_first(data)) size = {data.resize[1], data.resize[0]};
    MOELORA_TRY(const ImageSize target, smart_resize(size, limited, path));
    Patches out;
    out.h = target.height / config.patch_size;
    out.w = target.width / config.patch_size;
    out.rows = out.h * out.w;
    out.columns = 3 * config.temporal_patch_size * config.patch_size * config.patch_size;
    out.tokens = out.rows / (config.merge_size * config.merge_size);
    return out;
}

Result<Patches> make_patches(const RgbImage& image, const ProcessorConfig& config,
                             const DataOptions& data, const std::string& path) {
    MOELORA_TRY(Patches out, plan_patches({image.width, image.height}, config, data, path));
    const ImageSize target{out.w * config.patch_size, out.h * config.patch_size};
    if (!resizes_first(data)) {
        fill_patches(resize_bicubic(image, target, data.resampler), config, data.resampler, out);
        return out;
    }
    const RgbImage first =
        resize_bicubic(image, {data.resize[1], data.resize[0]}, Resampler::Pillow);
    fill_patches(resize_bicubic(first, target, data.resampler), config, data.resampler, out);
    return out;
}

}  // namespace moelora
