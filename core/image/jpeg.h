// SPDX-License-Identifier: GPL-3.0-or-later
// JPEG by libjpeg itself. OpenCV decodes with the same library and does not tell of damage: a file
// whose coded data was spoilt gives a picture that is partly noise, and a line on stderr.
#pragma once

#include <string_view>

#include "core/image/image.h"

namespace moelora {

// `bytes`: a whole file; `size`: as its header says. RGB as OpenCV gives it, bit for bit; inks
// (CMYK) are taken as stored inverted. Nothing is printed. Errors: ImageUnreadable, also for a
// picture that libjpeg could only guess at in places. Stray bytes between the parts of a file are
// no damage. Cost: one decoding.
[[nodiscard]] Result<RgbImage> decode_jpeg(std::string_view bytes, ImageSize size,
                                           const std::string& path);

}  // namespace moelora
