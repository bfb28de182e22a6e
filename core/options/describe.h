// SPDX-License-Identifier: GPL-3.0-or-later
// Options declared once. A struct has one static `describe(self, visitor)`; file, command line,
// form, help, validation and diff are visitors (pattern: google/gemma.cpp `ForEach`). ADR 0004.
//
//   struct AdapterOptions {
//       std::int64_t rank = 8;                        // the default lives here and nowhere else
//       template <class Self, class V> static void describe(Self& o, V&& v) {
//           v("rank", o.rank, Meta{.label = MOELORA_TEXT("options", "Rank r"), .help = ..., .min =
//           1, .max = 1024});
//       }
//   };
//
// Field types: bool, std::int64_t, double, std::string, enums with EnumNames,
// std::vector<std::int64_t>, std::vector<std::string>. An empty vector or string means "not given";
// the field's help says what follows from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace moelora {

struct Meta {
    std::string_view label{}, help{}, unit{};
    double min = 0, max = 0;  // inclusive; checked when min < max
    bool enabled = true;      // may look at other fields: describe() has the object
    bool advanced = false;    // folded away in the form
    bool preset = true;       // a preset may set it
    std::string_view was{};   // the field's name in older files
};

// Specialise with `static constexpr std::pair<E, std::string_view> table[]`; the text is what files
// and users write.
template <class E>
struct EnumNames;

template <class E>
[[nodiscard]] constexpr std::string_view name_of_enum(E value) {
    for (const auto& [e, text] : EnumNames<E>::table)
        if (e == value) return text;
    return {};
}

enum class FieldKind { Bool, Int, Double, String, Enum, IntList, StringList };

template <class T>
[[nodiscard]] constexpr FieldKind kind_of() {
    using U = std::decay_t<T>;
    if constexpr (std::is_same_v<U, bool>)
        return FieldKind::Bool;
    else if constexpr (std::is_enum_v<U>)
        return FieldKind::Enum;
    else if constexpr (std::is_integral_v<U>)
        return FieldKind::Int;
    else if constexpr (std::is_floating_point_v<U>)
        return FieldKind::Double;
    else if constexpr (std::is_same_v<U, std::string>)
        return FieldKind::String;
    else if constexpr (std::is_same_v<U, std::vector<std::int64_t>>)
        return FieldKind::IntList;
    else
        return FieldKind::StringList;
}

// Calls f(group name, group struct) for each group of a configuration. Specialised in options.h.
}  // namespace moelora
