// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace moelora {
namespace {

std::string mapped(std::string_view text, unsigned option) {
    utf8proc_uint8_t* out = nullptr;
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &out,
                                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | option));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
    if (length < 0) return std::string(text);
    return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(length)};
}

struct Lead {
    std::size_t length;                // of the whole sequence, 0 = no lead byte
    unsigned char second_low = 0x80;   // range of the second byte: shuts out overlong forms,
    unsigned char second_high = 0xBF;  // surrogates and codes above U+10FFFF
};

Lead lead_of(unsigned char b) {
    if (b < 0x80) return {1};
    if (b < 0xC2) return {0};
    if (b < 0xE0) return {2};
    if (b == 0xE0) return {3, 0xA0, 0xBF};
    if (b == 0xED) return {3, 0x80, 0x9F};
    if (b < 0xF0) return {3};
    if (b == 0xF0) return {4, 0x90, 0xBF};
    if (b < 0xF4) return {4};
    if (b == 0xF4) return {4, 0x80, 0x8F};
    return {0};
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const Lead lead = lead_of(byte(0));
    if (lead.length == 0) return {Utf8State::Invalid, 1};
    if (lead.length == 1) return {Utf8State::Valid, 1, byte(0)};
    char32_t code = byte(0) & (0x7Fu >> lead.length);
    for (std::size_t i = 1; i < lead.length; ++i) {
        if (i >= text.size()) return {Utf8State::Incomplete, i};
        const unsigned char low = i == 1 ? lead.second_low : 0x80;
        const unsigned char high = i == 1 ? lead.second_high : 0xBF;
        if (byte(i) < low || byte(i) > high) return {Utf8State::Invalid, i};
        code = (code << 6) | (byte(i) & 0x3Fu);
    }
    return {Utf8State::Valid, lead.length, code};
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        if (step.state != Utf8State::Valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::size_t append_lossy(std::string& out, std::string_view text, bool hold_incomplete) {
    std::size_t at = 0;
    while (at < text.size()) {
        const Utf8Step step = utf8_step(text.substr(at));
        if (step.state == Utf8State::Incomplete && hold_incomplete) break;
        if (step.state == Utf8State::Valid)
            out += text.substr(at, step.length);
        else
            out += "\xEF\xBF\xBD";
        at += step.length;
    }
    return at;
}

void append_utf8(std::string& out, char32_t code) {
    const auto put = [&](char32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

std::string composed(std::string_view text) {
    return mapped(text, UTF8PROC_COMPOSE);
}

std::string decomposed(std::string_view text) {
    return mapped(text, UTF8PROC_DECOMPOSE);
}

}  // namespace moelora
