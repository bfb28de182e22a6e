// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace moelora {
namespace {

// Builds the value and refuses what is deep, doubled or too large, in one pass.
class Reader : public nlohmann::json_sax<Json> {
  public:
    explicit Reader(const JsonLimits& limits) : limits_(limits) {}
    Json value;
    std::string why;

    bool null() override { return add(Json()); }
    bool boolean(bool v) override { return add(Json(v)); }
    bool number_integer(number_integer_t v) override { return add(Json(v)); }
    bool number_unsigned(number_unsigned_t v) override { return add(Json(v)); }
    bool number_float(number_float_t v, const string_t& text) override {
        return std::isfinite(v) ? add(Json(v)) : refuse("the number " + text + " is too large");
    }
    bool string(string_t& v) override { return add(Json(std::move(v))); }
    bool binary(binary_t&) override { return refuse("it holds binary data"); }
    bool start_object(std::size_t) override { return enter(Json::object()); }
    bool start_array(std::size_t) override { return enter(Json::array()); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override {
        Json& object = *open_.back();
        const std::size_t before = object.size();
        place_ = &object[name];
        return object.size() > before || limits_.allow_duplicate_keys ||
               refuse("the key \"" + name + "\" stands twice in one object");
    }
    // Says the line only where there are several.
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        std::string text = error.what();
        text.erase(0, text.find("] ") + 2);  // "[json.exception.parse_error.101] "
        std::string place = "byte " + std::to_string(position);
        constexpr std::string_view start = "parse error at ";
        if (const std::size_t colon = text.find(": ");
            text.starts_with(start) && colon != std::string::npos) {
            const std::string at = text.substr(start.size(), colon - start.size());
            if (!at.starts_with("line 1,")) place += " (" + at + ")";
            text.erase(0, colon + 2);
        }
        return refuse(place + ": " + text);
    }

  private:
    Json* put(Json&& v) {
        if (open_.empty()) return &(value = std::move(v));
        Json& parent = *open_.back();
        if (parent.is_array()) return &parent.emplace_back(std::move(v));
        return &(*place_ = std::move(v));
    }
    bool add(Json&& v) {
        put(std::move(v));
        return true;
    }
    bool enter(Json&& v) {
        if (open_.size() >= static_cast<std::size_t>(std::max(limits_.max_depth, 0)))
            return refuse("it is nested deeper than " + std::to_string(limits_.max_depth) +
                          " levels");
        open_.push_back(put(std::move(v)));
        return true;
    }
    bool leave() {
        open_.pop_back();
        return true;
    }
    bool refuse(std::string reason) {
        if (why.empty()) why = std::move(reason);
        return false;
    }
    const JsonLimits& limits_;
    std::vector<Json*> open_;  // the containers that have not ended; only the last one grows
    Json* place_ = nullptr;    // of the value whose key was read last
};

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& path, const JsonLimits& limits) {
    const auto refuse = [&](std::string why) {
        return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", std::move(why)}});
    };
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        if (!limits.allow_bom) return refuse("it begins with a byte order mark");
        text.remove_prefix(3);
    }
    Reader reader(limits);
    try {
        if (!Json::sax_parse(text, &reader)) return refuse(std::move(reader.why));
        return std::move(reader.value);
    } catch (const nlohmann::json::exception& error) {
        return refuse(error.what());
    }
}

Result<Json> read_json(const std::string& path, const JsonLimits& limits) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        const std::error_code error(errno, std::generic_category());
        if (error == std::errc::no_such_file_or_directory)
            return fail(ErrorCode::FileMissing, {{"path", path}});
        return fail(ErrorCode::FileUnreadable, {{"path", path}, {"why", error.message()}});
    }
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad() || text.view().empty()) {
        // An empty file is no JSON; a folder opens, but cannot be read.
        std::error_code error;
        if (!std::filesystem::is_regular_file(path, error))
            return fail(ErrorCode::FileUnreadable,
                        {{"path", path}, {"why", "it is no plain file"}});
    }
    return parse_json(text.str(), path, limits);
}

std::optional<std::int64_t> as_int(const Json& value) {
    if (value.is_number_unsigned()) {
        const auto u = value.get<std::uint64_t>();
        if (u > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
        return static_cast<std::int64_t>(u);
    }
    if (!value.is_number_integer()) return {};
    return value.get<std::int64_t>();
}

std::optional<double> as_double(const Json& value) {
    if (!value.is_number()) return {};
    return value.get<double>();
}

std::optional<bool> as_bool(const Json& value) {
    if (!value.is_boolean()) return {};
    return value.get<bool>();
}

std::optional<std::string> as_string(const Json& value) {
    if (!value.is_string()) return {};
    return value.get<std::string>();
}

Json number_json(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

std::optional<double> number_from_json(const Json& value) {
    if (value.is_number()) return value.get<double>();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    return {};
}

}  // namespace moelora
