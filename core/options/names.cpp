// SPDX-License-Identifier: GPL-3.0-or-later
// Names, sentences and nearness of options: what the visitors say.
#include <charconv>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/options/visit.h"

namespace moelora {
namespace {

std::string normalised(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '-')
            out += '_';
        else
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

// 1000000000 rather than 1e+09; never through the C locale.
std::string number_text(double number) {
    if (number == std::floor(number) && std::abs(number) < 1e15)
        return std::to_string(static_cast<std::int64_t>(number));
    char buffer[32];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), number).ptr;
    return {buffer, end};
}

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('.') + 1);  // npos + 1 == 0
}

}  // namespace

// Inputs are names, so quadratic time is nothing.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    constexpr std::size_t most = 256;
    a = a.substr(0, most);
    b = b.substr(0, most);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

namespace {

// The right name in the wrong group, or without its group, is as near as one wrong letter.
std::size_t distance(std::string_view wanted, std::string_view known) {
    const std::size_t whole = edit_distance(wanted, known);
    if (known.find('.') == std::string_view::npos) return whole;
    const bool grouped = wanted.find('.') != std::string_view::npos;
    const std::size_t part = edit_distance(last_part(wanted), last_part(known));
    if (!grouped) return std::min(whole, part + 1);
    return part == 0 ? std::min<std::size_t>(whole, 1) : whole;
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& known, std::size_t count) {
    const std::string name = normalised(wanted);
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const std::string& candidate : known)
        ranked.emplace_back(distance(name, normalised(candidate)), candidate);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> out;
    for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i)
        out.push_back(std::move(ranked[i].second));
    return out;
}

Error option_error(std::string path, std::string value, std::string why) {
    return Error{
        ErrorCode::OptionInvalid,
        {{"option", std::move(path)}, {"value", std::move(value)}, {"why", std::move(why)}},
        {},
        {}};
}

Issue option_issue(Error error, const std::string& file, Severity severity) {
    Place where{file, 0, std::string(error.arg("option"))};
    return Issue{severity, std::move(error), std::move(where), 1};
}

Issue doubtful_option(std::string path, std::string value, std::string why, Severity severity) {
    Error error = option_error(std::move(path), std::move(value), std::move(why));
    error.code = ErrorCode::OptionDoubtful;
    return option_issue(std::move(error), {}, severity);
}

Issue unknown_option(const std::string& path, const std::vector<std::string>& known,
                     const std::string& file) {
    const std::vector<std::string> nearest = nearest_names(path, known, 1);
    Error error{ErrorCode::OptionUnknown,
                {{"option", path}, {"nearest", nearest.empty() ? std::string{} : nearest.front()}},
                {},
                {}};
    return option_issue(std::move(error), file, Severity::Error);
}

std::string shown_value(const Json& value) {
    constexpr std::size_t most = 120;
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= most) return text;
    std::size_t cut = most;  // not within a character
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0u) == 0x80u) --cut;
    return text.substr(0, cut) + "...";
}

std::string range_text(const Meta& meta) {
    std::string out = "it must be from ";
    out += number_text(meta.min);
    out += " to ";
    out += number_text(meta.max);
    return out;
}

std::string join_option(std::string_view group, std::string_view name) {
    if (group.empty()) return std::string(name);
    std::string out(group);
    out += '.';
    out += name;
    return out;
}

}  // namespace moelora
