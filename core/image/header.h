// SPDX-License-Identifier: GPL-3.0-or-later
// What the first bytes of a picture say, read with our own bounds before any decoder sees them:
// format, size, orientation, and whether the file reaches its end mark. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/image/image.h"

namespace moelora {

enum class ImageFormat { Png, Jpeg, WebP, Bmp, Tiff };

// By the first bytes (12 are enough); nothing for other files.
[[nodiscard]] std::optional<ImageFormat> format_of(std::string_view bytes);

struct ImageHeader {
    ImageFormat format = ImageFormat::Png;
    ImageSize stored;     // as stored, before the orientation is applied
    int orientation = 1;  // EXIF 1..8; anything else counts as 1
    [[nodiscard]] ImageSize shown() const {
        return orientation >= 5 ? ImageSize{stored.height, stored.width} : stored;
    }
};

// `bytes`: the start of the file, or all of it. Errors: ImageUnreadable, ImageTooLarge. A header
// that may go on after `bytes` is ImageUnreadable too, with Error::detail == "incomplete".
[[nodiscard]] Result<ImageHeader> read_image_header(std::string_view bytes,
                                                    const std::string& path);

// The whole file: no end mark, no picture. Decoders fill what is missing with grey and report
// success. Errors: ImageUnreadable.
[[nodiscard]] Status check_complete(std::string_view bytes, ImageFormat format,
                                    const std::string& path);

// The whole file: whether its PNG or Huffman-coded JPEG data can hold as many pixels as its header
// claims, so that a short file costs no long buffer. Of other formats only max_image_pixels is a
// bound: they can code any number of equal pixels in a few bytes. Errors: ImageUnreadable.
[[nodiscard]] Status check_claim(std::string_view bytes, const ImageHeader& header,
                                 const std::string& path);

// Leaves of a whole PNG file what a decoder needs: the chunks of the picture itself, whose check
// sums are right. About profiles, texts and damage libpng writes lines to stderr, which nothing in
// a program with threads can keep from there. In place. Errors: ImageUnreadable.
[[nodiscard]] Status keep_png_picture(std::string& bytes, const std::string& path);

// Orientation of an EXIF block (a TIFF structure); 1 when there is none or it is damaged.
[[nodiscard]] int exif_orientation(std::string_view tiff);

}  // namespace moelora
