// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_source.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF", little_mark = "\xFF\xFE",
                           big_mark = "\xFE\xFF";

tl::unexpected<Error> not_text(const std::string& path, std::string why) {
    return fail(ErrorCode::TextNotUtf8, {{"path", path}, {"why", std::move(why)}});
}

std::int64_t line_of(std::string_view text, std::size_t at) {
    return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
}

// An open converter of the C library.
class Converter {
  public:
    explicit Converter(const char* from) : handle_(iconv_open("UTF-8", from)) {}
    ~Converter() {
        if (usable()) iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    [[nodiscard]] bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    // Appends what can be converted; returns the number of bytes used. `cut`: the text may end
    // inside a character.
    std::size_t convert(std::string_view bytes, std::string& out) {
        char* from = const_cast<char*>(bytes.data());
        std::size_t left = bytes.size();
        std::string block(std::size_t{1} << 16, '\0');
        while (left > 0) {
            char* to = block.data();
            std::size_t room = block.size();
            const std::size_t done = iconv(handle_, &from, &left, &to, &room);
            out.append(block.data(), block.size() - room);
            if (done == static_cast<std::size_t>(-1) && errno != E2BIG) break;
        }
        return bytes.size() - left;
    }

  private:
    iconv_t handle_;
};

Result<std::string> converted(std::string_view bytes, const char* encoding, bool cut,
                              const std::string& path) {
    Converter converter(encoding);
    if (!converter.usable())
        return not_text(path, std::string("this system cannot read ") + encoding);
    std::string out;
    const std::size_t used = converter.convert(bytes, out);
    if (used < bytes.size() && !(cut && bytes.size() - used < 4))
        return not_text(path, "its byte " + std::to_string(used + 1) + " (line " +
                                  std::to_string(line_of(out, out.size())) + ") is not " +
                                  encoding);
    return out;
}

Result<std::string> read_bytes(const std::string& path, std::size_t limit) {
    if (limit == 0) return read_text(path);
    std::ifstream file(path, std::ios::binary);
    if (!file) return read_text(path);  // has the reason
    std::string head(limit, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return head;
}

}  // namespace

Result<std::string> read_as_utf8(const std::string& path, TextEncoding encoding,
                                 std::size_t limit) {
    MOELORA_TRY(std::string bytes, read_bytes(path, limit));
    const std::string_view all = bytes;
    const bool cut = limit > 0 && bytes.size() == limit;
    if (all.starts_with(utf8_mark)) return std::string(all.substr(utf8_mark.size()));
    if (all.starts_with(little_mark)) return converted(all.substr(2), "UTF-16LE", cut, path);
    if (all.starts_with(big_mark)) return converted(all.substr(2), "UTF-16BE", cut, path);
    if (encoding == TextEncoding::Gb18030) return converted(all, "GB18030", cut, path);
    if (encoding == TextEncoding::Latin1) return converted(all, "ISO-8859-1", cut, path);
    return bytes;
}

Status check_utf8(std::string_view text, const std::string& path) {
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.state != Utf8State::Valid) {
            char hex[8] = {};
            std::snprintf(hex, sizeof hex, "%02X", static_cast<unsigned char>(text[at]));
            return not_text(path, "line " + std::to_string(line_of(text, at)) + " has the byte " +
                                      hex + " where none like it can stand");
        }
        at += step.length;
    }
    return {};
}

std::string encoding_of(std::string_view bytes) {
    if (bytes.starts_with(utf8_mark)) return "UTF-8 with mark";
    if (bytes.starts_with(little_mark) || bytes.starts_with(big_mark)) return "UTF-16";
    return is_valid_utf8(bytes) ? "UTF-8" : "not UTF-8";
}

}  // namespace moelora
