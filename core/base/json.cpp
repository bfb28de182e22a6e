// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <system_error>
#include <vector>

namespace moelora {
namespace {

// Walks the text once without building anything: depth and duplicate keys.
class StructureCheck : public nlohmann::json_sax<Json> {
  public:
    explicit StructureCheck(const JsonLimits& limits) : limits_(limits) {}
    std::string why;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t value, const string_t& text) override {
        return std::isfinite(value) || refuse("the number " + text + " is too large");
    }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override {
        keys_.emplace_back();
        return enter();
    }
    bool key(string_t& name) override {
        const bool fresh = keys_.back().insert(name).second;
        return fresh || limits_.allow_duplicate_keys ||
               refuse("the key \"" + name + "\" stands twice in one object");
    }
    bool end_object() override {
        keys_.pop_back();
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override { return enter(); }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        const std::string text = error.what();
        const std::size_t colon = text.find("parse error");
        return refuse("byte " + std::to_string(position) + ": " +
                      (colon == std::string::npos ? text : text.substr(colon)));
    }

  private:
    bool enter() {
        return ++depth_ <= limits_.max_depth ||
               refuse("it is nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    bool refuse(std::string reason) {
        if (why.empty()) why = std::move(reason);
        return false;
    }
    const JsonLimits& limits_;
    std::vector<std::set<std::string>> keys_;
    int depth_ = 0;
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
    StructureCheck check(limits);
    try {
        if (!Json::sax_parse(text, &check)) return refuse(check.why);
        return Json::parse(text);
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
