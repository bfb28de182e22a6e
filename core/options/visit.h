// SPDX-License-Identifier: GPL-3.0-or-later
// The visitors over one describe(): templates for any options struct. config.h offers them for
// RunOptions; take these only for a struct of your own. Thread-safe; no state.
#pragma once

#include <algorithm>
#include <utility>

#include "core/base/issue.h"
#include "core/base/json.h"
#include "core/options/config.h"

namespace moelora {

// ---- one value

template <class T>
[[nodiscard]] Json value_to_json(const T& value) {
    if constexpr (std::is_enum_v<T>)
        return std::string(name_of_enum(value));
    else
        return value;
}

// "a, b, c"
template <class E>
[[nodiscard]] std::string enum_choices() {
    std::string out;
    for (const auto& [value, text] : EnumNames<E>::table) {
        if (!out.empty()) out += ", ";
        out += text;
    }
    return out;
}

template <class T>
[[nodiscard]] bool assign_checked(const std::optional<T>& from, T& to) {
    if (from) to = *from;
    return from.has_value();
}

template <class T, class Convert>
[[nodiscard]] bool assign_list(const Json& from, std::vector<T>& to, Convert convert) {
    if (!from.is_array()) return false;
    std::vector<T> list;
    for (const Json& item : from) {
        const auto value = convert(item);
        if (!value) return false;
        list.push_back(*value);
    }
    to = std::move(list);
    return true;
}

// Takes the value when it is of the field's kind; else `to` stays and false is returned.
template <class T>
[[nodiscard]] bool assign(const Json& from, T& to) {
    constexpr FieldKind kind = kind_of<T>();
    if constexpr (kind == FieldKind::Enum) {
        for (const auto& [value, text] : EnumNames<T>::table)
            if (from.is_string() && from.get_ref<const std::string&>() == text) {
                to = value;
                return true;
            }
        return false;
    } else if constexpr (kind == FieldKind::Bool) {
        return assign_checked(as_bool(from), to);
    } else if constexpr (kind == FieldKind::Int) {
        return assign_checked(as_int(from), to);
    } else if constexpr (kind == FieldKind::Double) {
        return assign_checked(as_double(from), to);
    } else if constexpr (kind == FieldKind::String) {
        return assign_checked(as_string(from), to);
    } else if constexpr (kind == FieldKind::IntList) {
        return assign_list(from, to, as_int);
    } else {
        return assign_list(from, to, as_string);
    }
}

// Why a value was not taken, as the end of "{option} cannot be {value}: ...".
template <class T>
[[nodiscard]] std::string wanted() {
    constexpr FieldKind kind = kind_of<T>();
    if constexpr (kind == FieldKind::Enum) return "choose one of: " + enum_choices<T>();
    if (kind == FieldKind::Bool) return "it must be true or false";
    if (kind == FieldKind::Int) return "it must be a whole number";
    if (kind == FieldKind::Double) return "it must be a number";
    if (kind == FieldKind::String) return "it must be a text";
    if (kind == FieldKind::IntList) return "it must be a list of whole numbers";
    return "it must be a list of texts";
}

// ---- issues

[[nodiscard]] Error option_error(std::string path, std::string value, std::string why);
[[nodiscard]] Issue option_issue(Error error, const std::string& file, Severity severity);
[[nodiscard]] Issue unknown_option(const std::string& path, const std::vector<std::string>& known,
                                   const std::string& file);
[[nodiscard]] std::string shown_value(const Json& value);  // JSON text, cut when it is long
[[nodiscard]] std::string range_text(const Meta& meta);    // "it must be from 1 to 1024"
[[nodiscard]] std::string join_option(std::string_view group, std::string_view name);
// Levenshtein's, in bytes; of long texts the first 256.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// ---- one group; `group` is "" or the name that stands before the dot

template <class O>
[[nodiscard]] Json group_to_json(const O& options) {
    Json out = Json::object();
    O::describe(options, [&](std::string_view name, const auto& value, const Meta&) {
        out[std::string(name)] = value_to_json(value);
    });
    return out;
}

template <class O>
void group_from_json(const Json& in, O& options, std::string_view group, const std::string& file,
                     std::vector<Issue>& issues) {
    if (!in.is_object()) {
        issues.push_back(option_issue(
            option_error(std::string(group), shown_value(in), "it must be an object with options"),
            file, Severity::Error));
        return;
    }
    std::vector<std::string> known, known_paths;
    O::describe(options, [&](std::string_view name, auto& value, const Meta& meta) {
        known.emplace_back(name);
        known_paths.push_back(join_option(group, name));
        auto at = in.find(std::string(name));
        if (!meta.was.empty()) {
            if (at == in.end()) at = in.find(std::string(meta.was));
            known.emplace_back(meta.was);
        }
        if (at == in.end() || assign(*at, value)) return;
        issues.push_back(option_issue(option_error(join_option(group, name), shown_value(*at),
                                                   wanted<std::decay_t<decltype(value)>>()),
                                      file, Severity::Error));
    });
    for (const auto& [key, value] : in.items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            issues.push_back(unknown_option(join_option(group, key), known_paths, file));
}

// The range of every number, and of every entry of a list of numbers.
template <class O>
void group_check_ranges(const O& options, std::string_view group, std::vector<Issue>& issues) {
    O::describe(options, [&](std::string_view name, const auto& value, const Meta& meta) {
        using T = std::decay_t<decltype(value)>;
        if (!(meta.min < meta.max)) return;
        const auto outside = [&](auto x) {
            const auto number = static_cast<double>(x);
            return !(number >= meta.min && number <= meta.max);  // also NaN
        };
        bool bad = false;
        if constexpr (kind_of<T>() == FieldKind::Int || kind_of<T>() == FieldKind::Double)
            bad = outside(value);
        else if constexpr (kind_of<T>() == FieldKind::IntList)
            bad = std::any_of(value.begin(), value.end(), outside);
        if (!bad) return;
        const char* each = kind_of<T>() == FieldKind::IntList ? "for each entry, " : "";
        issues.push_back(
            option_issue(option_error(join_option(group, name), shown_value(value_to_json(value)),
                                      each + range_text(meta)),
                         {}, Severity::Error));
    });
}

// Calls f("adapter.rank", field, meta) for every field of a configuration.
template <class Options, class F>
void for_each_option(Options& options, F&& f) {
    RunOptions::describe(options, [&](std::string_view group, auto& fields) {
        std::decay_t<decltype(fields)>::describe(
            fields, [&](std::string_view name, auto& value, const Meta& meta) {
                f(join_option(group, name), value, meta);
            });
    });
}

}  // namespace moelora
