// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>
#include <utility>

#include "core/options/config.h"

namespace moelora {
namespace {

constexpr std::pair<std::string_view, double> units[] = {
    {"B", 1},      {"KB", 1e3},      {"MB", 1e6},        {"GB", 1e9},
    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};

}  // namespace

std::optional<std::int64_t> bytes_of_text(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number > 0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    for (const auto& [name, size] : units)
        if (text == name && number * size < 9e18) return static_cast<std::int64_t>(number * size);
    return std::nullopt;
}

std::string text_of_bytes(std::int64_t bytes) {
    const auto& [name, size] = bytes >= 1000000000 ? units[3] : units[2];
    char text[32];
    const auto [end, error] = std::to_chars(
        text, text + sizeof text, static_cast<double>(bytes) / size, std::chars_format::general, 3);
    return std::string(text, error == std::errc() ? end : text) + " " + std::string(name);
}

}  // namespace moelora
