// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image/header.h"

#include <zlib.h>

#include <cstring>
#include <optional>

namespace moelora {
namespace {

tl::unexpected<Error> unreadable(const std::string& path, std::string why,
                                 std::string detail = {}) {
    return fail(ErrorCode::ImageUnreadable, {{"path", path}, {"why", std::move(why)}},
                std::move(detail));
}

// Bounds-checked numbers of either byte order; reading past the end gives nothing.
class Bytes {
  public:
    Bytes(std::string_view data, bool big_endian) : data_(data), big_(big_endian) {}
    [[nodiscard]] std::optional<std::uint32_t> number(std::size_t at, std::size_t count) const {
        if (at > data_.size() || count > data_.size() - at) return {};
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t place = big_ ? at + i : at + count - 1 - i;
            value = (value << 8) | static_cast<unsigned char>(data_[place]);
        }
        return value;
    }
    [[nodiscard]] std::int64_t operator()(std::size_t at, std::size_t count) const {
        return number(at, count).value_or(0);
    }
    [[nodiscard]] bool has(std::size_t bytes) const { return data_.size() >= bytes; }

  private:
    std::string_view data_;
    bool big_;
};

constexpr std::size_t npos = std::string_view::npos;

// ---- JPEG: segments FF xx length, until the frame header

bool is_frame_header(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}
bool stands_alone(int marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

struct JpegSegment {
    int marker = 0;
    std::size_t body = 0, size = 0;  // of the body
    std::size_t next = 0;
};

// The segment at `at` (fill bytes allowed); nothing when the file ends.
std::optional<JpegSegment> jpeg_segment(std::string_view data, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(data[i]); };
    at = data.find('\xFF', at);  // stray bytes between segments are common and harmless
    if (at == npos) return {};
    while (at < data.size() && byte(at) == 0xFF) ++at;
    if (at >= data.size()) return {};
    JpegSegment out{byte(at), at + 1, 0, at + 1};
    if (stands_alone(out.marker) || out.marker == 0xD9) return out;
    const auto length = Bytes(data, true).number(at + 1, 2);
    if (!length || *length < 2) return {};
    out.body = at + 3;
    out.size = *length - 2;
    out.next = out.body + out.size;
    return out;
}

Result<ImageHeader> jpeg_header(std::string_view data, const std::string& path) {
    ImageHeader out{ImageFormat::Jpeg, {}, 1};
    const Bytes number(data, true);
    std::size_t at = 2;
    while (const auto segment = jpeg_segment(data, at)) {
        if (segment->marker == 0xE1 && segment->size >= 6 &&
            data.substr(segment->body, 6) == std::string_view("Exif\0\0", 6)) {
            if (segment->next > data.size()) break;
            out.orientation = exif_orientation(data.substr(segment->body + 6, segment->size - 6));
        }
        if (is_frame_header(segment->marker)) {
            if (segment->size < 6 || !number.number(segment->body + 3, 2)) break;
            out.stored = {number(segment->body + 3, 2), number(segment->body + 1, 2)};
            return out;
        }
        if (segment->marker == 0xDA || segment->marker == 0xD9) break;
        at = segment->next;
    }
    return unreadable(path, "its header is damaged or cut off", "incomplete");
}

// A Huffman-coded block of 8 x 8 takes a bit or more, and one component has a block for each four
// of them or more (its factors may be 4 x 1 where another's are 1 x 4). Arithmetic coding has no
// such bound.
bool jpeg_can_hold(std::string_view data, std::int64_t pixels) {
    constexpr std::int64_t most_of_a_byte = 8 * 64 * 4;
    std::size_t at = 2;
    while (const auto segment = jpeg_segment(data, at)) {
        if (is_frame_header(segment->marker))
            return segment->marker > 0xC2 ||
                   pixels <= static_cast<std::int64_t>(data.size()) * most_of_a_byte;
        at = segment->next;
    }
    return true;
}

// A second start of a picture before the end of the first: what follows is another file.
bool jpeg_complete(std::string_view data) {
    std::size_t at = 2;
    while (const auto segment = jpeg_segment(data, at)) {
        if (segment->marker == 0xD9) return true;
        if (segment->marker == 0xD8) return false;
        at = segment->next;
        if (segment->marker != 0xDA) continue;
        // Coded data: FF 00 is a plain FF, D0..D7 restart marks; anything else is the next segment.
        for (at = data.find('\xFF', at); at != npos; at = data.find('\xFF', at + 1)) {
            const int next = at + 1 < data.size() ? static_cast<unsigned char>(data[at + 1]) : 0;
            if (next != 0 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) break;
        }
        if (at == npos) return false;
    }
    return false;
}

// ---- PNG: chunks length type body crc

constexpr std::string_view png_mark("\x89PNG\r\n\x1a\n", 8);

Result<ImageHeader> png_header(std::string_view data, const std::string& path) {
    const Bytes number(data, true);
    if (!number.has(33) || data.substr(12, 4) != "IHDR")
        return unreadable(path, "its header is damaged or cut off");
    ImageHeader out{ImageFormat::Png, {number(16, 4), number(20, 4)}, 1};
    for (std::size_t at = 8; number.has(at + 8);) {
        const auto length = static_cast<std::size_t>(number(at, 4));
        const std::string_view type = data.substr(at + 4, 4);
        if (type == "eXIf" && number.has(at + 8 + length))
            out.orientation = exif_orientation(data.substr(at + 8, length));
        if (type == "IDAT" || type == "IEND") break;
        at += 12 + length;
    }
    return out;
}

// f(type, length of the body) for each chunk until it returns false; whether one did.
template <class F>
bool until_chunk(std::string_view data, F&& f) {
    const Bytes number(data, true);
    for (std::size_t at = 8; number.has(at + 12);) {
        const std::int64_t length = number(at, 4);
        if (!f(data.substr(at + 4, 4), length)) return true;
        at += 12 + static_cast<std::size_t>(length);
    }
    return false;
}

bool png_complete(std::string_view data) {
    return until_chunk(data, [](std::string_view type, std::int64_t) { return type != "IEND"; });
}

// Deflate makes 1032 bytes of one at most; a pixel has one sample or more, of one bit or more.
bool png_can_hold(std::string_view data, std::int64_t pixels) {
    constexpr std::int64_t most_of_a_byte = 1032;
    const Bytes number(data, true);
    const std::int64_t kind = number(25, 1);
    const std::int64_t samples = kind == 2 ? 3 : kind == 4 ? 2 : kind == 6 ? 4 : 1;
    const std::int64_t bits = number(24, 1) * samples;
    std::int64_t packed = 0;
    (void)until_chunk(data, [&](std::string_view type, std::int64_t length) {
        if (type == "IDAT") packed += length;
        return type != "IEND";
    });
    return pixels * bits / 8 <= packed * most_of_a_byte;
}

std::uint32_t check_sum(std::string_view data) {
    return static_cast<std::uint32_t>(
        crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

// ---- WebP: RIFF chunks

Result<ImageHeader> webp_header(std::string_view data, const std::string& path) {
    const Bytes number(data, false);
    ImageHeader out{ImageFormat::WebP, {}, 1};
    if (!number.has(30)) return unreadable(path, "its header is damaged or cut off");
    const std::string_view kind = data.substr(12, 4);
    if (kind == "VP8 ") {
        out.stored = {number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF};
    } else if (kind == "VP8L") {
        const std::int64_t bits = number(21, 4);
        out.stored = {(bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1};
    } else if (kind == "VP8X") {
        if ((number(20, 1) & 0x02) != 0) return unreadable(path, "it is an animation");
        out.stored = {number(24, 3) + 1, number(27, 3) + 1};
        for (std::size_t at = 12; number.has(at + 8);) {
            const auto length = static_cast<std::size_t>(number(at + 4, 4));
            if (data.substr(at, 4) == "EXIF" && number.has(at + 8 + length)) {
                std::string_view block = data.substr(at + 8, length);
                if (block.starts_with(std::string_view("Exif\0\0", 6))) block.remove_prefix(6);
                out.orientation = exif_orientation(block);
            }
            at += 8 + length + (length & 1);
        }
    } else {
        return unreadable(path, "its header is damaged");
    }
    return out;
}

// ---- BMP, TIFF

Result<ImageHeader> bmp_header(std::string_view data, const std::string& path) {
    const Bytes number(data, false);
    if (!number.has(30)) return unreadable(path, "its header is damaged or cut off");
    ImageHeader out{ImageFormat::Bmp, {}, 1};
    if (number(14, 4) == 12) {  // the old header with 16-bit sizes
        out.stored = {number(18, 2), number(20, 2)};
        return out;
    }
    const auto height = static_cast<std::int32_t>(number(22, 4));  // negative: rows from the top
    out.stored = {static_cast<std::int32_t>(number(18, 4)),
                  height < 0 ? -static_cast<std::int64_t>(height) : height};
    return out;
}

bool bmp_complete(std::string_view data) {
    const Bytes number(data, false);
    if (number(14, 4) < 40 || (number(30, 4) != 0 && number(30, 4) != 3)) return true;
    const auto height = static_cast<std::int32_t>(number(22, 4));
    const std::int64_t row = (number(18, 4) * number(28, 2) + 31) / 32 * 4;
    const std::int64_t rows = height < 0 ? -static_cast<std::int64_t>(height) : height;
    return number(10, 4) + row * rows <= static_cast<std::int64_t>(data.size());
}

constexpr std::int64_t tiff_short = 3, tiff_long = 4;

// Calls f(tag, type, value) for each entry of the first directory; the value of a type other than
// SHORT and LONG is 0.
template <class F>
void for_each_entry(std::string_view tiff, F&& f) {
    const bool big = tiff.starts_with("MM");
    const Bytes number(tiff, big);
    const auto start = static_cast<std::size_t>(number(4, 4));
    const std::int64_t entries = number(start, 2);
    for (std::int64_t i = 0; i < entries; ++i) {
        const std::size_t at = start + 2 + static_cast<std::size_t>(i) * 12;
        const auto type = number.number(at + 2, 2);
        if (!type) return;
        f(number(at, 2), std::int64_t{*type},
          *type == tiff_short  ? number(at + 8, 2)
          : *type == tiff_long ? number(at + 8, 4)
                               : 0);
    }
}

bool is_tiff(std::string_view data) {
    return data.starts_with(std::string_view("II*\0", 4)) ||
           data.starts_with(std::string_view("MM\0*", 4));
}

// A size that stands there twice, or as no whole number, is refused: libtiff takes the first one,
// whatever it is, and would make a buffer for it.
Result<ImageHeader> tiff_header(std::string_view data, const std::string& path) {
    ImageHeader out{ImageFormat::Tiff, {}, 1};
    int widths = 0, heights = 0;
    bool plain = true, turned = false;
    for_each_entry(data, [&](std::int64_t tag, std::int64_t type, std::int64_t value) {
        turned = turned || (tag == 274 && value >= 2 && value <= 8);
        if (tag != 256 && tag != 257) return;
        plain = plain && (type == tiff_short || type == tiff_long);
        (tag == 256 ? out.stored.width : out.stored.height) = value;
        ++(tag == 256 ? widths : heights);
    });
    // Decoders disagree about turned TIFF files, so there is no right answer to give.
    if (turned) return unreadable(path, "it is a TIFF file with an orientation mark");
    if (widths == 0 || heights == 0)
        return unreadable(path, "its header is damaged or cut off", "incomplete");
    if (widths > 1 || heights > 1 || !plain) return unreadable(path, "its header is damaged");
    return out;
}

Result<ImageHeader> header_of(std::string_view data, const std::string& path) {
    if (data.empty()) return unreadable(path, "the file is empty");
    const auto format = format_of(data);
    if (format == ImageFormat::Png) return png_header(data, path);
    if (format == ImageFormat::Jpeg) return jpeg_header(data, path);
    if (format == ImageFormat::WebP) return webp_header(data, path);
    if (format == ImageFormat::Bmp) return bmp_header(data, path);
    if (format == ImageFormat::Tiff) return tiff_header(data, path);
    if (data.starts_with("GIF8")) return unreadable(path, "GIF is not supported; save it as PNG");
    if (data.starts_with("<"))
        return unreadable(path, "it is a web page or a drawing, not a photo format");
    return unreadable(path, "it is not a PNG, JPEG, WebP, BMP or TIFF file");
}

}  // namespace

std::optional<ImageFormat> format_of(std::string_view bytes) {
    if (bytes.starts_with(png_mark)) return ImageFormat::Png;
    if (bytes.starts_with("\xFF\xD8")) return ImageFormat::Jpeg;
    if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP")
        return ImageFormat::WebP;
    if (bytes.starts_with("BM")) return ImageFormat::Bmp;
    if (is_tiff(bytes)) return ImageFormat::Tiff;
    return {};
}

int exif_orientation(std::string_view tiff) {
    int orientation = 1;
    if (!is_tiff(tiff)) return orientation;
    for_each_entry(tiff, [&](std::int64_t tag, std::int64_t, std::int64_t value) {
        if (tag == 0x0112 && value >= 1 && value <= 8) orientation = static_cast<int>(value);
    });
    return orientation;
}

Result<ImageHeader> read_image_header(std::string_view bytes, const std::string& path) {
    MOELORA_TRY(const ImageHeader header, header_of(bytes, path));
    const auto [width, height] = header.stored;
    if (width <= 0 || height <= 0) return unreadable(path, "its header says that it has no pixels");
    if (width > max_image_pixels / height)
        return fail(ErrorCode::ImageTooLarge,
                    {{"path", path},
                     {"width", std::to_string(width)},
                     {"height", std::to_string(height)},
                     {"limit", std::to_string(max_image_pixels / 1'000'000)}});
    return header;
}

Status check_complete(std::string_view bytes, ImageFormat format, const std::string& path) {
    bool complete = true;
    if (format == ImageFormat::Jpeg) complete = jpeg_complete(bytes);
    if (format == ImageFormat::Png) complete = png_complete(bytes);
    if (format == ImageFormat::Bmp) complete = bmp_complete(bytes);
    if (format == ImageFormat::WebP)
        complete = Bytes(bytes, false)(4, 4) <= static_cast<std::int64_t>(bytes.size()) - 8;
    if (!complete) return unreadable(path, "the file ends before the picture does");
    return {};
}

Status keep_png_picture(std::string& bytes, const std::string& path) {
    std::size_t end = png_mark.size();  // of what is kept
    for (std::size_t at = end;;) {
        const std::string_view data = bytes;
        const Bytes number(data, true);
        const auto length = number.number(at, 4);
        if (!length || !number.number(at + 8 + *length, 4))
            return unreadable(path, "the file ends before the picture does");
        const std::size_t size = std::size_t{12} + *length;
        const std::string type(data.substr(at + 4, 4));
        const bool ancillary = type[0] >= 'a' && type != "tRNS";
        if (!ancillary) {
            if (check_sum(data.substr(at + 4, size - 8)) != *number.number(at + size - 4, 4))
                return unreadable(path, "its data is damaged");
            std::memmove(bytes.data() + end, bytes.data() + at, size);
            end += size;
        }
        at += size;
        if (type == "IEND") break;
    }
    bytes.resize(end);
    return {};
}

Status check_claim(std::string_view bytes, const ImageHeader& header, const std::string& path) {
    const std::int64_t pixels = header.stored.width * header.stored.height;
    bool possible = true;
    if (header.format == ImageFormat::Png) possible = png_can_hold(bytes, pixels);
    if (header.format == ImageFormat::Jpeg) possible = jpeg_can_hold(bytes, pixels);
    if (!possible) return unreadable(path, "its data and its header disagree about the size");
    return {};
}

}  // namespace moelora
