// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <streambuf>

#include "core/image/header.h"
#include "core/image/image.h"
#include "core/image/jpeg.h"

namespace moelora {
namespace {

tl::unexpected<Error> unreadable(const std::string& path, std::string why,
                                 std::string detail = {}) {
    return fail(ErrorCode::ImageUnreadable, {{"path", path}, {"why", std::move(why)}},
                std::move(detail));
}

// The first `limit` bytes of a plain file.
Result<std::string> read_bytes(const std::string& path, std::size_t limit) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) return fail(ErrorCode::FileMissing, {{"path", path}});
    if (!std::filesystem::is_regular_file(status)) return unreadable(path, "it is not a file");
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) return unreadable(path, "it may not be read");
    std::string bytes(static_cast<std::size_t>(std::min<std::uintmax_t>(size, limit)), '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

constexpr std::size_t any_size = std::size_t{1} << 31;
constexpr std::size_t probe_size = std::size_t{1} << 14;

// Whether the last bytes hold the format's end mark: then the file need not be read for it.
bool ends_in_mark(const std::string& path, ImageFormat format) {
    const std::string mark = format == ImageFormat::Jpeg  ? "\xFF\xD9"
                             : format == ImageFormat::Png ? "IEND"
                                                          : "";
    std::ifstream file(path, std::ios::binary);
    std::string tail(64, '\0');
    file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
    file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    return file && !mark.empty() && tail.find(mark) != std::string::npos;
}

// OpenCV writes to std::cerr what it catches of libtiff. What it writes while a decoder is at work
// on its thread is dropped; everything else passes.
class QuietDecoder {
  public:
    QuietDecoder() {
        static Gate* const gate = new Gate(std::cerr.rdbuf());  // std::cerr outlives everything
        static std::streambuf* const before = std::cerr.rdbuf(gate);
        static_cast<void>(before);
        at_work_ = true;
    }
    ~QuietDecoder() { at_work_ = false; }
    QuietDecoder(const QuietDecoder&) = delete;
    QuietDecoder& operator=(const QuietDecoder&) = delete;

  private:
    class Gate : public std::streambuf {
      public:
        explicit Gate(std::streambuf* to) : to_(to) {}

      private:
        int_type overflow(int_type c) override {
            return at_work_ ? traits_type::not_eof(c) : to_->sputc(traits_type::to_char_type(c));
        }
        std::streamsize xsputn(const char* text, std::streamsize count) override {
            return at_work_ ? count : to_->sputn(text, count);
        }
        int sync() override { return at_work_ ? 0 : to_->pubsync(); }
        std::streambuf* to_;
    };
    static thread_local bool at_work_;
};
thread_local bool QuietDecoder::at_work_ = false;

Result<cv::Mat> decode(const std::string& bytes, const std::string& path, int flags) {
    using namespace cv::utils::logging;  // what is wrong is told by us, not on stderr
    [[maybe_unused]] static const LogLevel before = setLogLevel(LOG_LEVEL_SILENT);
    const QuietDecoder quiet;
    try {
        const cv::Mat data(1, static_cast<int>(bytes.size()), CV_8U,
                           const_cast<char*>(bytes.data()));
        cv::Mat image = cv::imdecode(data, flags);
        if (image.empty()) return unreadable(path, "its data is damaged");
        return image;
    } catch (const cv::Exception& error) {
        if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();  // no fault of the picture
        return unreadable(path, "its data is damaged", error.what());
    }
}

std::uint8_t on_white(std::uint8_t value, std::uint8_t alpha) {
    return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// Grey, colour or colour with alpha of 8 or 16 bits (the high byte counts), BGR order, to RGB.
template <class Sample>
void copy_rows(const cv::Mat& image, RgbImage& out, bool white) {
    constexpr int shift = sizeof(Sample) == 2 ? 8 : 0;
    const int channels = image.channels();
    std::uint8_t* to = out.pixels.data();
    for (int y = 0; y < image.rows; ++y) {
        const auto* from = image.ptr<Sample>(y);
        for (int x = 0; x < image.cols; ++x, from += channels, to += 3) {
            const auto value = [&](int c) { return static_cast<std::uint8_t>(from[c] >> shift); };
            for (int c = 0; c < 3; ++c) to[c] = value(channels < 3 ? 0 : 2 - c);
            if (channels % 2 == 1 || !white) continue;
            const std::uint8_t alpha = value(channels - 1);
            for (int c = 0; c < 3; ++c) to[c] = on_white(to[c], alpha);
        }
    }
}

// EXIF: 2 mirrored, 3 half turn, 4 flipped, 5 transposed, 6 quarter turn right, 7 transversed,
// 8 quarter turn left.
RgbImage upright(RgbImage image, int orientation) {
    if (orientation == 1) return image;
    const bool swap = orientation >= 5;
    const bool mirror_x =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirror_y =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    RgbImage out;
    out.width = swap ? image.height : image.width;
    out.height = swap ? image.width : image.height;
    out.pixels.resize(image.pixels.size());
    auto to = out.pixels.begin();
    for (std::int64_t y = 0; y < out.height; ++y) {
        for (std::int64_t x = 0; x < out.width; ++x, to += 3) {
            std::int64_t from_x = swap ? y : x, from_y = swap ? x : y;
            if (mirror_x) from_x = image.width - 1 - from_x;
            if (mirror_y) from_y = image.height - 1 - from_y;
            std::copy_n(image.pixels.begin() + (from_y * image.width + from_x) * 3, 3, to);
        }
    }
    return out;
}

}  // namespace

Result<RgbImage> load_image(const std::string& path, AlphaRule alpha) {
    MOELORA_TRY(std::string bytes, read_bytes(path, any_size));
    MOELORA_TRY(const ImageHeader header, read_image_header(bytes, path));
    MOELORA_TRY_STATUS(check_complete(bytes, header.format, path));
    MOELORA_TRY_STATUS(check_claim(bytes, header, path));
    if (header.format == ImageFormat::Jpeg) {
        MOELORA_TRY(RgbImage stored, decode_jpeg(bytes, header.stored, path));
        return upright(std::move(stored), header.orientation);
    }
    if (header.format == ImageFormat::Png) MOELORA_TRY_STATUS(keep_png_picture(bytes, path));
    const bool white = alpha == AlphaRule::White;
    MOELORA_TRY(const cv::Mat image,
                decode(bytes, path,
                       white ? static_cast<int>(cv::IMREAD_UNCHANGED)
                             : cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION));
    if (image.cols != header.stored.width || image.rows != header.stored.height)
        return unreadable(path, "its data and its header disagree about the size");
    RgbImage out{image.cols, image.rows, {}};
    out.pixels.resize(static_cast<std::size_t>(out.width * out.height * 3));
    if (image.depth() == CV_8U)
        copy_rows<std::uint8_t>(image, out, white);
    else if (image.depth() == CV_16U)
        copy_rows<std::uint16_t>(image, out, white);
    else
        return unreadable(path, "its samples are not 8 or 16 bits wide");
    return upright(std::move(out), header.orientation);
}

Result<ImageSize> probe_image(const std::string& path) {
    MOELORA_TRY(std::string bytes, read_bytes(path, probe_size));
    bool whole = bytes.size() < probe_size;
    auto header = read_image_header(bytes, path);
    if (!header && header.error().detail == "incomplete" && !whole) {
        MOELORA_TRY(bytes, read_bytes(path, any_size));  // a large profile or thumbnail comes first
        whole = true;
        header = read_image_header(bytes, path);
    }
    if (!header) return pass(std::move(header).error());
    if (!whole && !ends_in_mark(path, header->format)) {
        MOELORA_TRY(bytes, read_bytes(path, any_size));
        whole = true;
    }
    if (whole) MOELORA_TRY_STATUS(check_complete(bytes, header->format, path));
    return header->shown();
}

}  // namespace moelora
