// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/image/image.h"
#include "tests/support/bad_files.h"

namespace moelora {
namespace {

using Bytes = std::vector<unsigned char>;

struct Colour {
    int r, g, b;
};
Colour pixel(const RgbImage& image, std::int64_t x, std::int64_t y) {
    const std::uint8_t* p = image.pixels.data() + (y * image.width + x) * 3;
    return {p[0], p[1], p[2]};
}
void expect_near(Colour got, Colour want, int tolerance, const std::string& where) {
    EXPECT_NEAR(got.r, want.r, tolerance) << where;
    EXPECT_NEAR(got.g, want.g, tolerance) << where;
    EXPECT_NEAR(got.b, want.b, tolerance) << where;
}

class Decode : public testing::Test {
  protected:
    // 20 x 10, the left half red, the right half blue; top row white.
    static cv::Mat picture(int type = CV_8UC3) {
        cv::Mat out(10, 20, type);
        const double full = CV_MAT_DEPTH(type) == CV_16U ? 65535 : 255;
        out.colRange(0, 10).setTo(cv::Scalar(0, 0, full, full / 5));
        out.colRange(10, 20).setTo(cv::Scalar(full, 0, 0, full));
        out.rowRange(0, 2).setTo(cv::Scalar(full, full, full, full));
        return out;
    }
    static Bytes encoded(const char* ending, const cv::Mat& image = picture()) {
        Bytes out;
        cv::imencode(ending, image, out);
        return out;
    }
    std::string save(const Bytes& bytes, const std::string& name = "a.bin") {
        std::ofstream file(dir_ / name, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        return dir_ / name;
    }
    // An APP1 block with the orientation, put after the start mark.
    static Bytes with_orientation(Bytes jpeg, unsigned char orientation) {
        const Bytes exif = {0xFF, 0xE1, 0, 34, 'E', 'x',         'i', 'f', 0, 0,  'M', 'M',
                            0,    42,   0, 0,  0,   8,           0,   1,   1, 18, 0,   3,
                            0,    0,    0, 1,  0,   orientation, 0,   0,   0, 0,  0,   0};
        jpeg.insert(jpeg.begin() + 2, exif.begin(), exif.end());
        return jpeg;
    }
    test::TempDir dir_;
};

TEST_F(Decode, Decode_FormatsAreKnownByContent) {
    for (const char* ending : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
        const std::string path = save(encoded(ending), "wrong name.txt");
        const auto image = load_image(path, AlphaRule::Drop);
        MOELORA_ASSERT_OK(image);
        EXPECT_EQ(image->width, 20);
        EXPECT_EQ(image->height, 10);
        expect_near(pixel(*image, 3, 7), {255, 0, 0}, 12, ending);
        expect_near(pixel(*image, 16, 7), {0, 0, 255}, 12, ending);
        const auto size = probe_image(path);
        MOELORA_ASSERT_OK(size);
        EXPECT_EQ(*size, (ImageSize{20, 10})) << ending;
    }
}

TEST_F(Decode, Decode_EveryOrientationComesOutUpright) {
    // The white rows of the stored picture end where the orientation says; colours tell the rest.
    struct Row {
        unsigned char orientation;
        bool turned;
        const char* white;  // which side is white
        const char* red;    // on which side red is
    };
    constexpr Row rows[] = {
        {1, false, "top", "left"},    {2, false, "top", "right"},  {3, false, "bottom", "right"},
        {4, false, "bottom", "left"}, {5, true, "left", "top"},    {6, true, "right", "top"},
        {7, true, "right", "bottom"}, {8, true, "left", "bottom"}, {99, false, "top", "left"}};
    const auto colour_at = [](const RgbImage& image, const std::string& side) {
        const std::int64_t w = image.width - 1, h = image.height - 1;
        if (side == "top") return pixel(image, w / 2 + 1, 0);
        if (side == "bottom") return pixel(image, w / 2 + 1, h);
        if (side == "left") return pixel(image, 0, h / 2 + 1);
        return pixel(image, w, h / 2 + 1);
    };
    for (const Row& row : rows) {
        const std::string path = save(with_orientation(encoded(".jpg"), row.orientation));
        const auto image = load_image(path, AlphaRule::Drop);
        MOELORA_ASSERT_OK(image);
        const std::string where = "orientation " + std::to_string(row.orientation);
        EXPECT_EQ(image->width, row.turned ? 10 : 20) << where;
        expect_near(colour_at(*image, row.white), {255, 255, 255}, 60, where);
        expect_near(colour_at(*image, row.red), {255, 0, 0}, 90, where);
        EXPECT_EQ(probe_image(path)->width, image->width) << where;
    }
}

TEST_F(Decode, Decode_AlphaFollowsTheRule) {
    const std::string path = save(encoded(".png", picture(CV_8UC4)));
    expect_near(pixel(*load_image(path, AlphaRule::Drop), 3, 7), {255, 0, 0}, 0, "drop");
    expect_near(pixel(*load_image(path, AlphaRule::White), 3, 7), {255, 204, 204}, 0, "white");
    expect_near(pixel(*load_image(path, AlphaRule::White), 16, 7), {0, 0, 255}, 0, "solid");
}

TEST_F(Decode, Decode_SixteenBitsKeepTheHighByte) {
    for (const AlphaRule rule : {AlphaRule::Drop, AlphaRule::White}) {
        cv::Mat deep(10, 20, CV_16UC3, cv::Scalar(0x1234, 0x80FF, 0xFE01));
        const auto image = load_image(save(encoded(".png", deep)), rule);
        MOELORA_ASSERT_OK(image);
        expect_near(pixel(*image, 5, 5), {0xFE, 0x80, 0x12}, 0, "16 bits");
    }
}

TEST_F(Decode, Decode_GreyIsRepeated) {
    cv::Mat grey(10, 20, CV_8UC1, cv::Scalar(97));
    for (const AlphaRule rule : {AlphaRule::Drop, AlphaRule::White})
        expect_near(pixel(*load_image(save(encoded(".png", grey)), rule), 5, 5), {97, 97, 97}, 0,
                    "");
}

TEST_F(Decode, Decode_CutFilesAreRefused) {
    for (const char* ending : {".png", ".jpg", ".webp", ".bmp"}) {
        const Bytes whole = encoded(ending);
        for (std::size_t length = 0; length + 2 < whole.size(); length += 1 + whole.size() / 40) {
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            const auto image = load_image(save(cut), AlphaRule::Drop);
            ASSERT_FALSE(image.has_value()) << ending << " cut to " << length;
            EXPECT_EQ(image.error().code, ErrorCode::ImageUnreadable);
        }
    }
}

TEST_F(Decode, Decode_AJpegThatIsCutAndFollowedByAnotherIsNoWholePicture) {
    cv::Mat noise(64, 64, CV_8UC3);  // most of the file is coded data
    cv::randu(noise, cv::Scalar::all(0), cv::Scalar::all(255));
    Bytes whole;
    cv::imencode(".jpg", noise, whole);
    Bytes joined(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * 6 / 10));
    joined.insert(joined.end(), whole.begin(), whole.end());
    const auto image = load_image(save(joined), AlphaRule::Drop);
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error().arg("why"), "the file ends before the picture does");
    EXPECT_FALSE(probe_image(save(joined)).has_value());
    Bytes behind = whole;  // two whole ones, as cameras write previews: the first counts
    behind.insert(behind.end(), whole.begin(), whole.end());
    EXPECT_TRUE(load_image(save(behind), AlphaRule::Drop).has_value());
}

TEST_F(Decode, Decode_AnEndMarkInsideAThumbnailDoesNotCount) {
    Bytes jpeg = encoded(".jpg");
    const Bytes thumbnail = {0xFF, 0xE2, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9};
    jpeg.insert(jpeg.begin() + 2, thumbnail.begin(), thumbnail.end());
    EXPECT_TRUE(load_image(save(jpeg), AlphaRule::Drop).has_value());
    jpeg.resize(jpeg.size() - 2);
    EXPECT_FALSE(load_image(save(jpeg), AlphaRule::Drop).has_value());
}

TEST_F(Decode, Decode_ClaimsAreCheckedBeforeAnyBufferIsMade) {
    Bytes png = encoded(".png");
    png[16] = png[20] = 0x7F;  // some 2 billion pixels each way
    for (const auto& error :
         {load_image(save(png), AlphaRule::Drop).error(), probe_image(save(png)).error()})
        EXPECT_EQ(error.code, ErrorCode::ImageTooLarge);
    png[16] = png[17] = png[18] = png[19] = 0;
    EXPECT_EQ(probe_image(save(png)).error().code, ErrorCode::ImageUnreadable);
}

// 169 million pixels, below the limit: decoders would make the buffer and fill it with grey.
TEST_F(Decode, Decode_AClaimThatTheDataCannotHoldIsRefusedBeforeAnyBufferIsMade) {
    constexpr unsigned char high = 13000 >> 8, low = 13000 & 0xFF;
    Bytes png = encoded(".png"), jpeg = encoded(".jpg");
    for (const std::size_t at : {16, 20}) {
        png[at + 2] = high;
        png[at + 3] = low;
    }
    const unsigned char frame[] = {0xFF, 0xC0};
    const auto start = std::search(jpeg.begin(), jpeg.end(), frame, frame + 2);
    ASSERT_NE(start, jpeg.end());
    for (const int at : {5, 7}) {
        start[at] = high;
        start[at + 1] = low;
    }
    for (const Bytes& bytes : {png, jpeg}) {
        const auto image = test::within_limits(
            {{"path", "a claim"}}, [&] { return load_image(save(bytes), AlphaRule::Drop); });
        ASSERT_FALSE(image.has_value());
        EXPECT_NE(message_of(image.error()).find("disagree about the size"), std::string::npos)
            << message_of(image.error());
    }
}

// libtiff takes the first height it finds, and would make a buffer of 75 million bytes here.
TEST_F(Decode, Decode_ATiffThatNamesItsSizeTwiceIsRefusedBeforeAnyBufferIsMade) {
    Bytes tiff = encoded(".tiff");
    const auto number = [&](std::size_t at, int bytes) {
        std::size_t value = 0;
        for (int i = bytes; i-- > 0;) value = value << 8 | tiff[at + static_cast<std::size_t>(i)];
        return value;
    };
    ASSERT_EQ(tiff[0], 'I');
    const std::size_t directory = number(4, 4);
    const std::size_t last = directory + 2 + 12 * (number(directory, 2) - 1);
    const Bytes height = {0x01, 0x01, 4, 0, 1, 0, 0, 0, 0x20, 0, 8, 0};
    std::copy(height.begin(), height.end(), tiff.begin() + static_cast<std::ptrdiff_t>(last));
    const auto image = test::within_limits({{"path", "two heights"}},
                                           [&] { return load_image(save(tiff), AlphaRule::Drop); });
    ASSERT_FALSE(image.has_value());
    EXPECT_EQ(image.error().arg("why"), "its header is damaged");
}

TEST_F(Decode, Decode_LargePicturesOfOneColourArePlausible) {
    for (const char* ending : {".png", ".jpg", ".webp"})
        for (const int type : {CV_8UC1, CV_8UC3}) {
            const cv::Mat plain(3000, 4000, type, cv::Scalar::all(0));
            const auto image = load_image(save(encoded(ending, plain)), AlphaRule::Drop);
            MOELORA_ASSERT_OK(image);
            EXPECT_EQ(image->width, 4000) << ending;
        }
}

TEST_F(Decode, Decode_ProbeFindsAHeaderBehindALargeBlock) {
    Bytes jpeg = encoded(".jpg");
    for (int i = 0; i < 3; ++i) {
        Bytes block(2 + 0xFFFF, 0);
        block[0] = 0xFF;
        block[1] = 0xE2;
        block[2] = block[3] = 0xFF;
        jpeg.insert(jpeg.begin() + 2, block.begin(), block.end());
    }
    const auto size = probe_image(save(jpeg));
    MOELORA_ASSERT_OK(size);
    EXPECT_EQ(*size, (ImageSize{20, 10}));
}

TEST_F(Decode, Decode_WhatIsNoPictureIsNamed) {
    EXPECT_EQ(load_image(dir_ / "absent.png", AlphaRule::Drop).error().code,
              ErrorCode::FileMissing);
    EXPECT_EQ(load_image(dir_.path(), AlphaRule::Drop).error().code, ErrorCode::ImageUnreadable);
    const std::string gif = save({'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0});
    EXPECT_NE(message_of(load_image(gif, AlphaRule::Drop).error()).find("GIF"), std::string::npos);
}

TEST_F(Decode, Decode_RandomDamageNeverEscapes) {
    unsigned state = 12345;
    const auto random = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
    for (const char* ending : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
        const Bytes whole = encoded(ending);
        for (int i = 0; i < 60; ++i) {
            Bytes bytes = whole;
            for (int k = 0; k < 3; ++k)
                bytes[random() % bytes.size()] = static_cast<unsigned char>(random());
            const auto image = load_image(save(bytes), AlphaRule::White);
            EXPECT_TRUE(image.has_value() || !message_of(image.error()).empty());
        }
    }
}

TEST(DecodeFiles, DecodeFiles_EveryRowOfTheManifestIsAnsweredAsItSays) {
    MOELORA_NEED_SHARED_DATA();
    const std::vector<Json> rows = test::bad_rows("images/");
    EXPECT_EQ(rows.size(), 46U);
    for (const Json& entry : rows) {
        const std::string path = test::bad_file(entry["path"]);
        const bool accept = entry["action"] == "accept";
        const bool either = entry["also_ok"].size() > 0;
        for (const AlphaRule rule : {AlphaRule::Drop, AlphaRule::White}) {
            const auto image = test::within_limits(entry, [&] { return load_image(path, rule); });
            const bool usable =
                image && smart_resize({image->width, image->height}, {}).has_value();
            if (!either) {
                EXPECT_EQ(usable, accept)
                    << path << (image ? "" : ": " + message_of(image.error()));
            }
            if (!usable || !accept) continue;
            const Json& expect = entry["expect"];
            EXPECT_EQ(image->width, expect["size"][0].get<int>()) << path;
            EXPECT_EQ(image->height, expect["size"][1].get<int>()) << path;
            EXPECT_EQ(*probe_image(path), (ImageSize{image->width, image->height})) << path;
            const bool white = rule == AlphaRule::White && expect.contains("points_on_white");
            for (const Json& point : expect[white ? "points_on_white" : "points"])
                expect_near(
                    pixel(*image, point[0].get<int>(), point[1].get<int>()),
                    {point[2][0].get<int>(), point[2][1].get<int>(), point[2][2].get<int>()},
                    expect["tolerance"].get<int>(), path);
        }
    }
}

// libpng tells stderr of profiles and texts that it does not like, and of damage.
TEST_F(Decode, Decode_APngIsReadOrRefusedWithoutAWordOnTheErrorStream) {
    const Bytes plain = encoded(".png");
    Bytes odd = plain;
    // No profile, and another check sum.
    const Bytes profile = {0, 0, 0,   12,  'i', 'C', 'C', 'P', 's', 'R', 'G', 'B',
                           0, 0, 'n', 'o', 'n', 'e', '.', '.', 1,   2,   3,   4};
    odd.insert(odd.begin() + 33, profile.begin(), profile.end());  // behind the header
    Bytes damaged = plain;
    const char mark[] = {'I', 'D', 'A', 'T'};
    const auto data = std::search(damaged.begin(), damaged.end(), std::begin(mark), std::end(mark));
    ASSERT_NE(data, damaged.end());
    *(data + 12) ^= 0x55;
    testing::internal::CaptureStderr();
    const auto expected = load_image(save(plain), AlphaRule::White);
    const auto read = load_image(save(odd, "odd.png"), AlphaRule::White);
    const auto refused = load_image(save(damaged, "damaged.png"), AlphaRule::White);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    MOELORA_ASSERT_OK(read);
    EXPECT_EQ(read->pixels, expected->pixels);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().arg("why"), "its data is damaged");
}

// Some pictures of each kind of JPEG: the same pixels as OpenCV, which is what training used so
// far.
TEST_F(Decode, Decode_AJpegIsWhatOpenCvMakesOfIt) {
    cv::Mat colours(37, 53, CV_8UC3), grey(37, 53, CV_8UC1);
    cv::randu(colours, cv::Scalar::all(0), cv::Scalar::all(255));
    cv::GaussianBlur(colours, colours, cv::Size(5, 5), 0);
    cv::cvtColor(colours, grey, cv::COLOR_BGR2GRAY);
    for (const cv::Mat& image : {colours, grey})
        for (const int progressive : {0, 1})
            for (const int quality : {40, 95}) {
                Bytes bytes;
                cv::imencode(
                    ".jpg", image, bytes,
                    {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
                cv::Mat expected = cv::imdecode(bytes, cv::IMREAD_COLOR);
                cv::cvtColor(expected, expected, cv::COLOR_BGR2RGB);
                for (const AlphaRule rule : {AlphaRule::Drop, AlphaRule::White}) {
                    const auto read = load_image(save(bytes), rule);
                    MOELORA_ASSERT_OK(read);
                    EXPECT_EQ(read->pixels,
                              std::vector<std::uint8_t>(expected.datastart, expected.dataend));
                }
            }
}

// With its end mark in place: libjpeg goes on with what it can guess and tells stderr.
TEST_F(Decode, Decode_ADamagedJpegIsRefusedWithoutAWordOnTheErrorStream) {
    cv::Mat noise(64, 64, CV_8UC3);
    cv::randu(noise, cv::Scalar::all(0), cv::Scalar::all(255));
    for (const int progressive : {0, 1}) {
        Bytes whole;
        cv::imencode(".jpg", noise, whole, {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
        // Half of the coded data is gone, so that no guess at the rest can fill the picture.
        Bytes damaged(whole.begin(),
                      whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * 4 / 10));
        damaged.insert(damaged.end(), whole.end() - 50, whole.end());
        Bytes stray = whole;  // padding in front of the end mark, as some cameras write
        stray.insert(stray.end() - 2, {1, 2, 3, 4, 5});
        testing::internal::CaptureStderr();
        const auto refused = load_image(save(damaged), AlphaRule::Drop);
        const auto read = load_image(save(stray), AlphaRule::Drop);
        EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
        ASSERT_FALSE(refused) << "progressive " << progressive;
        EXPECT_EQ(refused.error().arg("why"), "its data is damaged");
        EXPECT_NE(refused.error().detail, "");
        MOELORA_ASSERT_OK(read);
        EXPECT_EQ(read->pixels, load_image(save(whole), AlphaRule::Drop)->pixels);
    }
}

TEST_F(Decode, Decode_ADamagedTiffIsRefusedWithoutAWordOnTheErrorStream) {
    const Bytes whole = encoded(".tiff");
    testing::internal::CaptureStderr();
    int refused = 0;
    for (std::size_t at = 8; at < whole.size(); ++at) {
        Bytes damaged = whole;
        damaged[at] ^= 0xFF;
        refused += load_image(save(damaged), AlphaRule::Drop) ? 0 : 1;
    }
    std::cerr << "heard" << std::flush;  // what others say is not swallowed
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "heard");
    EXPECT_GT(refused, 10);
}

TEST(DecodeFiles, DecodeFiles_EveryPhotoOfTheSharedSetDecodes) {
    MOELORA_NEED_SHARED_DATA();
    int photos = 0;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(test::shared_data_dir() + "/coco108")) {
        if (file.path().extension() != ".jpg") continue;
        ++photos;
        const auto size = probe_image(file.path().string());
        MOELORA_ASSERT_OK(size);
        if (photos % 9 != 0) continue;  // probing is cheap, decoding is not
        const auto image = load_image(file.path().string(), AlphaRule::Drop);
        MOELORA_ASSERT_OK(image);
        EXPECT_EQ(*size, (ImageSize{image->width, image->height}));
    }
    EXPECT_EQ(photos, 108);
}

}  // namespace
}  // namespace moelora
