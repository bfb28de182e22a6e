// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/io/files.h"

namespace moelora::test {

// A PNG of a size that holds no pixels: the import takes it, decoding does not.
inline void spoil(const std::string& picture) {
    const std::string png(
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x80\0\0\0\x80\x08\x02\0\0\0\0\0\0\0"
        "\0\0\0\0IEND\0\0\0\0",
        45);
    EXPECT_TRUE(write_text_atomic(picture, png));
}

}  // namespace moelora::test
