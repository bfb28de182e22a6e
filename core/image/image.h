// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures as the model sees them: decode (OpenCV), EXIF upright, RGB, smart_resize, exact integer
// bicubic, normalise, patches in merge-block order. Rules: qwen3vl.md section 8. Thread-safe, no
// state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/options/options.h"

namespace moelora {

struct RgbImage {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint8_t> pixels;  // [height, width, 3]
};

inline constexpr std::int64_t max_image_pixels =
    178'000'000;  // as Pillow's bomb limit; checked before decoding

// Upright RGB. Format by content, not by name; 16 bit keeps the high byte; alpha by rule; a JPEG
// without its end mark and a PNG without IEND are refused although OpenCV decodes them. Errors:
// FileMissing, ImageUnreadable, ImageTooLarge.
[[nodiscard]] Result<RgbImage> load_image(const std::string& path, AlphaRule alpha);

struct ImageSize {
    std::int64_t width = 0, height = 0;
    bool operator==(const ImageSize&) const = default;
};
// Size as shown (EXIF applied) from the header, without decoding; the end mark of the file is
// looked for, too. Errors as load_image. Reads some 16 kB of an ordinary file.
[[nodiscard]] Result<ImageSize> probe_image(const std::string& path);

// preprocessor_config.json of the model folder (or the file itself), or the part image_processor of
// its processor_config.json. The sizes, mean and deviation must stand there: the defaults of the
// class belong to another model family. Errors: ModelFileMissing, JsonInvalid, ModelConfigInvalid
// (names the field).
struct ProcessorConfig {
    std::int64_t patch_size = 16, temporal_patch_size = 2, merge_size = 2;
    std::int64_t min_pixels = 65536, max_pixels = 16777216;
    double mean[3] = {0.5, 0.5, 0.5}, std[3] = {0.5, 0.5, 0.5};
    double rescale_factor = 1.0 / 255.0;
    bool operator==(const ProcessorConfig&) const = default;
};
[[nodiscard]] Result<ProcessorConfig> load_processor_config(const std::string& path);
// Whether the file belongs to a model with these sizes. Errors: ModelConfigInvalid naming the
// field.
[[nodiscard]] Status check_processor(const ProcessorConfig& config, std::int64_t patch_size,
                                     std::int64_t temporal_patch_size, std::int64_t merge_size,
                                     const std::string& path);

// Target size (multiples of patch * merge). Errors: ImageAspect above 200 : 1 (`path` names the
// picture).
[[nodiscard]] Result<ImageSize> smart_resize(ImageSize size, const ProcessorConfig& config,
                                             const std::string& path = {});

// torchvision: int16 weights, width first (bit-equal to aten::_upsample_bicubic2d_aa on uint8).
// pillow: 22-bit weights; `height_first_rule` = Pillow 13's order of passes, false = Pillow <= 12
// (width first).
[[nodiscard]] RgbImage resize_bicubic(const RgbImage& image, ImageSize size, Resampler resampler,
                                      bool height_first_rule = false);

struct Patches {
    std::vector<float> values;  // [rows, channels * temporal * patch * patch]
    std::int64_t rows = 0, columns = 0;
    std::int64_t t = 1, h = 0, w = 0;  // grid in patches
    std::int64_t tokens = 0;           // after merging
};
// All steps from RGB to patches: optional first resize ([height, width], Pillow-style),
// smart_resize, normalise.
[[nodiscard]] Result<Patches> make_patches(const RgbImage& image, const ProcessorConfig& config,
                                           const DataOptions& data, const std::string& path = {});
// Grid and token count without decoding: from the size alone.
[[nodiscard]] Result<Patches> plan_patches(ImageSize size, const ProcessorConfig& config,
                                           const DataOptions& data, const std::string& path = {});

}  // namespace moelora
