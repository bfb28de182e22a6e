// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/options/config.h"

#include <charconv>
#include <cmath>

#include "core/options/presets.h"
#include "core/options/visit.h"

namespace moelora {
namespace {

std::vector<std::string> option_paths() {
    std::vector<std::string> paths;
    const RunOptions defaults;
    for_each_option(defaults, [&](std::string path, const auto&, const Meta&) {
        paths.push_back(std::move(path));
    });
    return paths;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// A number of a kind, whole text only, without the C locale.
template <class T>
Json number_from_text(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return nullptr;
    if constexpr (std::is_floating_point_v<T>)
        if (!std::isfinite(value)) return nullptr;
    return value;
}

Json bool_from_text(std::string_view text) {
    for (const char* yes : {"true", "yes", "on", "1"})
        if (text == yes) return true;
    for (const char* no : {"false", "no", "off", "0"})
        if (text == no) return false;
    return nullptr;
}

// "a,b,c" or a JSON array; null when it is neither.
template <class Item>
Json list_from_text(std::string_view text, Item&& item) {
    if (text.starts_with('[')) {
        auto json = parse_json(text, "");
        return json ? std::move(*json) : Json();
    }
    Json list = Json::array();
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        list.push_back(item(trimmed(text.substr(0, comma))));
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return list;
}

// The JSON value that a text stands for in a field of type T; null when there is none.
template <class T>
Json json_from_text(std::string_view text) {
    constexpr FieldKind kind = kind_of<T>();
    if constexpr (kind == FieldKind::String) return std::string(text);
    text = trimmed(text);
    if constexpr (kind == FieldKind::Bool) return bool_from_text(text);
    if constexpr (kind == FieldKind::Int) return number_from_text<std::int64_t>(text);
    if constexpr (kind == FieldKind::Double) return number_from_text<double>(text);
    if constexpr (kind == FieldKind::IntList)
        return list_from_text(text, number_from_text<std::int64_t>);
    if constexpr (kind == FieldKind::StringList)
        return list_from_text(text, [](std::string_view item) { return Json(std::string(item)); });
    return std::string(text);
}

constexpr std::string_view type_name(FieldKind kind) {
    constexpr std::string_view names[] = {"bool",   "int",  "float",  "string",
                                          "choice", "ints", "strings"};
    return names[static_cast<int>(kind)];
}

template <class T>
Json field_schema(std::string_view name, const T& value, const Meta& meta) {
    constexpr FieldKind kind = kind_of<T>();
    Json field = {{"name", name},
                  {"type", type_name(kind)},
                  {"default", value_to_json(value)},
                  {"label", meta.label},
                  {"help", meta.help},
                  {"unit", meta.unit},
                  {"advanced", meta.advanced}};
    if (meta.min < meta.max) {
        const bool whole = kind == FieldKind::Int || kind == FieldKind::IntList;
        field["min"] = whole ? Json(static_cast<std::int64_t>(meta.min)) : Json(meta.min);
        field["max"] = whole ? Json(static_cast<std::int64_t>(meta.max)) : Json(meta.max);
    }
    if constexpr (kind == FieldKind::Enum)
        for (const auto& [item, text] : EnumNames<T>::table) field["choices"].push_back(text);
    return field;
}

void check_version(const Json& in, const std::string& file, std::vector<Issue>& issues) {
    const auto at = in.find("version");
    if (at == in.end() || as_int(*at) == config_version) return;
    issues.push_back(option_issue(
        Error{ErrorCode::ConfigVersion, {{"path", file}, {"version", shown_value(*at)}}, {}, {}},
        file, Severity::Error));
    issues.back().where.item = "version";
}

}  // namespace

Json to_json(const RunOptions& options) {
    Json out = {{"version", config_version}};
    RunOptions::describe(options, [&](std::string_view group, const auto& fields) {
        out[std::string(group)] = group_to_json(fields);
    });
    return out;
}

std::vector<Issue> from_json(const Json& in, RunOptions& options, const std::string& file) {
    std::vector<Issue> issues;
    if (!in.is_object()) {
        const std::string why = "the top level must be an object";
        issues.push_back(
            option_issue(Error{ErrorCode::JsonInvalid, {{"path", file}, {"why", why}}, {}, {}},
                         file, Severity::Error));
        return issues;
    }
    check_version(in, file, issues);
    std::vector<std::string> known = {"version"};
    RunOptions::describe(options, [&](std::string_view group, auto& fields) {
        known.emplace_back(group);
        const auto at = in.find(std::string(group));
        if (at != in.end()) group_from_json(*at, fields, group, file, issues);
    });
    for (const auto& [key, value] : in.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::vector<std::string> candidates = known;
        for (std::string& path : option_paths()) candidates.push_back(std::move(path));
        issues.push_back(unknown_option(key, candidates, file));
    }
    return issues;
}

Status set_option(RunOptions& options, std::string_view path, std::string_view value) {
    bool found = false;
    std::string why;
    for_each_option(options, [&](const std::string& name, auto& field, const Meta& meta) {
        const std::string was = meta.was.empty()
                                    ? std::string{}
                                    : join_option(name.substr(0, name.find('.')), meta.was);
        if (name != path && (was.empty() || was != path)) return;
        found = true;
        using T = std::decay_t<decltype(field)>;
        if (!assign(json_from_text<T>(value), field)) why = wanted<T>();
    });
    if (!found)
        return tl::make_unexpected(unknown_option(std::string(path), option_paths(), {}).error);
    if (why.empty()) return {};
    return tl::make_unexpected(option_error(std::string(path), std::string(value), why));
}

std::vector<OptionDifference> diff(const RunOptions& before, const RunOptions& after) {
    std::vector<OptionDifference> out;
    const Json new_values = to_json(after);
    for_each_option(before, [&](const std::string& path, const auto& value, const Meta&) {
        const std::size_t dot = path.find('.');
        const Json old_value = value_to_json(value);
        const Json& new_value = new_values.at(path.substr(0, dot)).at(path.substr(dot + 1));
        if (old_value != new_value) out.push_back({path, old_value.dump(), new_value.dump()});
    });
    return out;
}

std::vector<std::string> changed_settings(const RunOptions& options) {
    std::vector<std::string> out;
    for (const OptionDifference& option : diff(RunOptions(), options)) {
        const auto value = parse_json(option.after, "");
        const auto text = value ? as_string(*value) : std::nullopt;
        out.push_back(option.path + "=" + text.value_or(option.after));
    }
    return out;
}

std::vector<std::string> reading_settings(const DataOptions& data) {
    RunOptions read;
    read.data.image_root = data.image_root;
    read.data.encoding = data.encoding;
    read.data.columns = data.columns;
    read.data.allow_outside_root = data.allow_outside_root;
    read.data.exclude = data.exclude;
    read.data.edits = data.edits;
    read.data.task = data.task;
    read.data.task_from_folder = data.task_from_folder;
    read.data.inline_in_place = data.inline_in_place;
    return changed_settings(read);
}

Json options_schema() {
    Json groups = Json::array();
    const RunOptions defaults;
    RunOptions::describe(defaults, [&](std::string_view group, const auto& fields) {
        Json list = Json::array();
        std::decay_t<decltype(fields)>::describe(
            fields, [&](std::string_view name, const auto& value, const Meta& meta) {
                list.push_back(field_schema(name, value, meta));
                if (join_option(group, name) != "adapter.preset") return;
                for (const std::string& preset : preset_names())
                    list.back()["choices"].push_back(preset);
            });
        groups.push_back({{"name", group}, {"fields", std::move(list)}});
    });
    return {{"version", config_version}, {"groups", std::move(groups)}};
}

}  // namespace moelora
