// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/record/records_json.h"

namespace moelora {
namespace {

void append_text(std::string& out, double number) {
    char buffer[32];
    const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // stays a float
}

void append_text(std::string& out, const Json& json) {
    if (json.is_number_float()) {
        const double number = json.get<double>();
        if (std::isfinite(number))
            append_text(out, number);
        else
            append_text(out, number_json(number));
    } else if (json.is_array() || json.is_object()) {
        out += json.is_array() ? '[' : '{';
        bool first = true;
        const auto next = [&] {
            if (!std::exchange(first, false)) out += ',';
        };
        // "type" leads in every object that has one, so that a line tells at once what it is.
        const bool typed = json.is_object() && json.contains("type");
        if (typed) {
            next();
            out += "\"type\":";
            append_text(out, json["type"]);
        }
        for (const auto& [name, item] : json.items()) {
            if (typed && name == "type") continue;
            next();
            if (json.is_object()) {
                append_text(out, Json(name));
                out += ':';
            }
            append_text(out, item);
        }
        out += json.is_array() ? ']' : '}';
    } else {
        out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
}

}  // namespace

std::string dump_line(const Json& record) {
    std::string out;
    append_text(out, record);
    return out;
}

}  // namespace moelora
