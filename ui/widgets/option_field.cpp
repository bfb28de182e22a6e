// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/option_field.h"

#include <QCoreApplication>
#include <cmath>

namespace moelora::ui {

namespace detail {

QString numberText(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    QString text = QString::fromLatin1(buffer, end - buffer);
    return text.replace(QLatin1String("e-0"), QLatin1String("e-"));  // 1e-4, as people write it
}

template <class T>
static bool parseWhole(const QString& text, T& value) {
    const QByteArray bytes = text.toLatin1();
    T read{};
    const auto [end, error] = std::from_chars(bytes.constBegin(), bytes.constEnd(), read);
    if (error != std::errc{} || end != bytes.constEnd()) return false;
    value = read;
    return true;
}

bool parseNumber(const QString& text, double& value) {
    double read = 0;
    if (!parseWhole(text, read) || !std::isfinite(read)) return false;
    value = read;
    return true;
}

bool parseInteger(const QString& text, std::int64_t& value) {
    return parseWhole(text, value);
}

}  // namespace detail

namespace {

QString rangeText(const OptionField& field) {
    return QStringLiteral("%1 … %2").arg(detail::numberText(field.min),
                                         detail::numberText(field.max));
}

QString rejectNumber(const OptionField& field, const QString& text, bool integer) {
    double value = 0;
    std::int64_t whole = 0;
    const bool ok = integer ? detail::parseInteger(text, whole) : detail::parseNumber(text, value);
    if (!ok)
        return integer
                   ? QCoreApplication::translate("OptionForm", "Write a whole number, such as 8.")
                   : QCoreApplication::translate("OptionForm",
                                                 "Write a number, such as 0.05 or 1e-4.");
    if (integer) value = static_cast<double>(whole);
    if (field.min < field.max && (value < field.min || value > field.max))
        return QCoreApplication::translate("OptionForm", "Allowed: %1.").arg(rangeText(field));
    return {};
}
}  // namespace

QString valueText(const OptionField& field) {
    const bool choice = field.kind == FieldKind::Enum || field.kind == FieldKind::Bool;
    return choice ? choiceText(field.value) : field.value;
}

QString rejection(const OptionField& field, const QString& text) {
    const QString trimmed = text.trimmed();
    switch (field.kind) {
        case FieldKind::Int:
            return rejectNumber(field, trimmed, true);
        case FieldKind::Double:
            return rejectNumber(field, trimmed, false);
        case FieldKind::IntList:
            for (const QString& part : trimmed.split(QLatin1Char(','), Qt::SkipEmptyParts))
                if (const QString why = rejectNumber(field, part.trimmed(), true); !why.isEmpty())
                    return why;
            return {};
        default:
            return {};
    }
}

}  // namespace moelora::ui
