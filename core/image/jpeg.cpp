// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image/jpeg.h"

#include <csetjmp>
#include <cstdio>
// Below cstdio, which they need.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace moelora {
namespace {

// What libjpeg has to say, without a word on stderr.
struct Report {
    jpeg_error_mgr base{};  // first: libjpeg knows the report by its address
    std::jmp_buf back{};
    bool damaged = false, memory_used_up = false;
    std::array<char, JMSG_LENGTH_MAX> text{};
};

Report& report_of(j_common_ptr common) {
    return *reinterpret_cast<Report*>(common->err);
}

void keep_text(j_common_ptr common) {
    Report& report = report_of(common);
    if (report.text[0] == '\0') report.base.format_message(common, report.text.data());
}

[[noreturn]] void give_up(j_common_ptr common) {
    keep_text(common);
    report_of(common).memory_used_up = common->err->msg_code == JERR_OUT_OF_MEMORY;
    std::longjmp(report_of(common).back, 1);
}

// After a warning pixels are guessed, but for those about versions and about bytes that are passed
// over.
void take_message(j_common_ptr common, int level) {
    constexpr std::array harmless = {JWRN_EXTRANEOUS_DATA, JWRN_ADOBE_XFORM, JWRN_JFIF_MAJOR,
                                     JWRN_NOT_SEQUENTIAL};
    const int code = common->err->msg_code;
    if (level >= 0 || std::find(harmless.begin(), harmless.end(), code) != harmless.end()) return;
    report_of(common).damaged = true;
    keep_text(common);
}

void say_nothing(j_common_ptr) {}

// As OpenCV mixes inks.
void inks_to_rgb(const std::uint8_t* from, std::uint8_t* to, std::int64_t pixels) {
    for (std::int64_t i = 0; i < pixels; ++i, from += 4, to += 3) {
        const int black = from[3];
        for (int c = 0; c < 3; ++c)
            to[c] = static_cast<std::uint8_t>(black - ((255 - from[c]) * black >> 8));
    }
}

enum class Outcome { Done, Refused, OtherSize };

// Nothing with a destructor lives here, for libjpeg leaves by longjmp. `row`: room for one of inks.
Outcome decode(jpeg_decompress_struct& jpeg, Report& report, std::string_view bytes, RgbImage& out,
               std::uint8_t* row) {
    if (setjmp(report.back) != 0) return Outcome::Refused;
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&jpeg, TRUE);
    const bool inks = jpeg.num_components == 4;
    jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    if (jpeg.image_width != out.width || jpeg.image_height != out.height) return Outcome::OtherSize;
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
        std::uint8_t* const to =
            out.pixels.data() + std::int64_t{jpeg.output_scanline} * out.width * 3;
        JSAMPROW line = inks ? row : to;
        jpeg_read_scanlines(&jpeg, &line, 1);
        if (inks) inks_to_rgb(row, to, out.width);
    }
    jpeg_finish_decompress(&jpeg);
    return Outcome::Done;
}

}  // namespace

Result<RgbImage> decode_jpeg(std::string_view bytes, ImageSize size, const std::string& path) {
    RgbImage out{size.width, size.height, {}};
    out.pixels.resize(static_cast<std::size_t>(size.width * size.height * 3));
    std::vector<std::uint8_t> row(static_cast<std::size_t>(size.width) * 4);
    Report report;
    jpeg_decompress_struct jpeg{};
    jpeg.err = jpeg_std_error(&report.base);
    report.base.error_exit = give_up;
    report.base.emit_message = take_message;
    report.base.output_message = say_nothing;
    const Outcome outcome = decode(jpeg, report, bytes, out, row.data());
    jpeg_destroy_decompress(&jpeg);
    if (report.memory_used_up) throw std::bad_alloc();  // no fault of the picture
    if (outcome == Outcome::Done && !report.damaged) return out;
    return fail(
        ErrorCode::ImageUnreadable,
        {{"path", path},
         {"why", outcome == Outcome::OtherSize ? "its data and its header disagree about the size"
                                               : "its data is damaged"}},
        report.text.data());
}

}  // namespace moelora
