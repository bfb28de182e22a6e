// SPDX-License-Identifier: GPL-3.0-or-later
// The form's visitor over describe(): a group of options as a list of plain fields, and one field
// written back. A value is its text in the C locale, as files and the command line write it.
#pragma once

#include <QString>
#include <QStringList>
#include <charconv>
#include <type_traits>
#include <vector>

#include "core/options/describe.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

struct OptionField {
    QString name, value;
    FieldKind kind = FieldKind::String;
    QStringList choices;                 // of an enum
    std::string_view label, help, unit;  // English source texts, context "options"
    double min = 0, max = 0;
    bool enabled = true, advanced = false;
};

namespace detail {

[[nodiscard]] QString numberText(double value);
[[nodiscard]] bool parseNumber(const QString& text, double& value);
[[nodiscard]] bool parseInteger(const QString& text, std::int64_t& value);

template <class T>
QString textOf(const T& value) {
    if constexpr (std::is_same_v<T, bool>)
        return value ? QStringLiteral("true") : QStringLiteral("false");
    else if constexpr (std::is_enum_v<T>)
        return qs(name_of_enum(value));
    else if constexpr (std::is_integral_v<T>)
        return QString::number(value);
    else if constexpr (std::is_floating_point_v<T>)
        return numberText(value);
    else if constexpr (std::is_same_v<T, std::string>)
        return qs(value);
    else {
        QStringList items;
        for (const auto& item : value) items << textOf(item);
        return items.join(QStringLiteral(", "));
    }
}

template <class T>
bool parseInto(const QString& text, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
        value = text == QLatin1String("true");
        return value || text == QLatin1String("false");
    } else if constexpr (std::is_enum_v<T>) {
        for (const auto& [e, name] : EnumNames<T>::table)
            if (qs(name) == text) return value = e, true;
        return false;
    } else if constexpr (std::is_integral_v<T>)
        return parseInteger(text, value);
    else if constexpr (std::is_floating_point_v<T>)
        return parseNumber(text, value);
    else if constexpr (std::is_same_v<T, std::string>)
        return value = ss(text), true;
    else {
        T items;
        for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
            typename T::value_type item{};
            if (!parseInto(part.trimmed(), item)) return false;
            items.push_back(std::move(item));
        }
        value = std::move(items);
        return true;
    }
}

template <class T>
QStringList choicesOf() {
    QStringList choices;
    if constexpr (std::is_enum_v<T>)
        for (const auto& [e, name] : EnumNames<T>::table) choices << qs(name);
    return choices;
}

}  // namespace detail

template <class Group>
[[nodiscard]] std::vector<OptionField> readFields(const Group& group) {
    std::vector<OptionField> fields;
    Group::describe(group, [&](std::string_view name, const auto& value, const Meta& meta) {
        using T = std::decay_t<decltype(value)>;
        fields.push_back({qs(name), detail::textOf(value), kind_of<T>(), detail::choicesOf<T>(),
                          meta.label, meta.help, meta.unit, meta.min, meta.max, meta.enabled,
                          meta.advanced});
    });
    return fields;
}

// False: the text is no value of this field's type; the group is unchanged then.
template <class Group>
bool writeField(Group& group, const QString& field, const QString& text) {
    bool written = false;
    Group::describe(group, [&](std::string_view name, auto& value, const Meta&) {
        if (qs(name) == field) written = detail::parseInto(text.trimmed(), value);
    });
    return written;
}

// The value as people read it: choices with their meaning.
[[nodiscard]] QString valueText(const OptionField& field);

// Why the text cannot be this field's value, translated; "" when it can.
[[nodiscard]] QString rejection(const OptionField& field, const QString& text);

}  // namespace moelora::ui
