// SPDX-License-Identifier: GPL-3.0-or-later
#include <random>

#include "tests/core/image/fixture.h"

namespace moelora {
namespace {

using Resize = test::ImageFixture;

struct Variant {
    const char* name;
    Resampler resampler;
    bool height_first_rule;
};
constexpr Variant variants[] = {{"torchvision", Resampler::Torchvision, false},
                                {"pillow12", Resampler::Pillow, false},
                                {"pillow13", Resampler::Pillow, true}};

TEST_F(Resize, Resize_EqualsTorchvisionAndPillowBitForBit) {
    int cases = 0;
    for (; has("resize." + std::to_string(cases) + ".in"); ++cases) {
        const std::string name = "resize." + std::to_string(cases) + ".";
        const RgbImage source = image(name + "in");
        for (const Variant& variant : variants) {
            const RgbImage want = image(name + variant.name);
            const RgbImage got = resize_bicubic(source, {want.width, want.height},
                                                variant.resampler, variant.height_first_rule);
            EXPECT_EQ(got.width, want.width);
            EXPECT_EQ(got.height, want.height);
            EXPECT_EQ(got.pixels, want.pixels) << name << variant.name;
        }
    }
    EXPECT_EQ(cases, 45);
}

TEST_F(Resize, Resize_TheVariantsAreNotTheSame) {
    int differ = 0, order_matters = 0;
    for (int i = 0; i < 45; ++i) {
        const std::string name = "resize." + std::to_string(i) + ".";
        differ += image(name + "torchvision").pixels != image(name + "pillow12").pixels ? 1 : 0;
        order_matters += image(name + "pillow12").pixels != image(name + "pillow13").pixels ? 1 : 0;
    }
    EXPECT_GT(differ, 5);
    EXPECT_GT(order_matters, 5);
}

TEST_F(Resize, Resize_WidePicturesUseEveryLane) {
    // More lanes than one block of sums and a width that is no multiple of it: constant stays
    // constant.
    RgbImage flat{333, 77, std::vector<std::uint8_t>(333 * 77 * 3, 201)};
    for (const Variant& variant : variants) {
        const RgbImage out =
            resize_bicubic(flat, {500, 50}, variant.resampler, variant.height_first_rule);
        EXPECT_EQ(out.pixels, std::vector<std::uint8_t>(500 * 50 * 3, 201));
    }
}

}  // namespace
}  // namespace moelora
