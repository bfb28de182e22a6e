// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "ui/bridge/reasons.h"

namespace moelora::ui {

namespace {
constexpr const char* names = "names";

template <std::size_t N>
QString nameAt(const char* const (&table)[N], int index) {
    return QCoreApplication::translate(names, table[index]);
}
}  // namespace

QString translated(const char* context, std::string_view source) {
    if (source.empty()) return {};
    return QCoreApplication::translate(context, std::string(source).c_str());
}

QString ErrorText::oneLine() const {
    return hint.isEmpty() ? QStringLiteral("%1  %2").arg(code, what)
                          : QStringLiteral("%1  %2 %3").arg(code, what, hint);
}

namespace {
QString filled(std::string_view source, const std::vector<Arg>& args) {
    std::vector<Arg> translatedArgs = args;
    for (Arg& arg : translatedArgs)
        if (arg.name == "why" || arg.name == "stage") arg.value = ss(reasonText(arg.value));
    return qs(fill(ss(translated("errors", source)), translatedArgs));
}
}  // namespace

ErrorText errorText(const Error& error) {
    const ErrorEntry& entry = entry_of(error.code);
    return {qs(entry.id), filled(entry.what, error.args), filled(entry.hint, error.args)};
}

QString placeText(const Place& place) {
    QString text = qs(place.file);
    if (place.line > 0)
        text = QCoreApplication::translate("names", "%1, line %2").arg(text).arg(place.line);
    if (!place.item.empty())
        text = text.isEmpty() ? qs(place.item) : QStringLiteral("%1: %2").arg(text, qs(place.item));
    return text;
}

QString stateName(JobState state) {
    static constexpr const char* table[] = {
        QT_TRANSLATE_NOOP("names", "queued"),   QT_TRANSLATE_NOOP("names", "loading"),
        QT_TRANSLATE_NOOP("names", "running"),  QT_TRANSLATE_NOOP("names", "paused"),
        QT_TRANSLATE_NOOP("names", "stopping"), QT_TRANSLATE_NOOP("names", "finished"),
        QT_TRANSLATE_NOOP("names", "stopped"),  QT_TRANSLATE_NOOP("names", "failed")};
    return nameAt(table, static_cast<int>(state));
}

QString statusName(RunStatus status) {
    static constexpr const char* table[] = {
        QT_TRANSLATE_NOOP("names", "running"),  QT_TRANSLATE_NOOP("names", "paused"),
        QT_TRANSLATE_NOOP("names", "finished"), QT_TRANSLATE_NOOP("names", "stopped"),
        QT_TRANSLATE_NOOP("names", "failed"),   QT_TRANSLATE_NOOP("names", "interrupted")};
    return nameAt(table, static_cast<int>(status));
}

QString stageName(std::string_view stage) {
    static constexpr const char* known[] = {
        QT_TRANSLATE_NOOP("names", "reading data"), QT_TRANSLATE_NOOP("names", "loading model"),
        QT_TRANSLATE_NOOP("names", "training"),     QT_TRANSLATE_NOOP("names", "captioning"),
        QT_TRANSLATE_NOOP("names", "evaluating"),   QT_TRANSLATE_NOOP("names", "saving")};
    for (const char* name : known)
        if (stage == name) return QCoreApplication::translate(names, name);
    return qs(stage);
}

QString severityName(Severity severity) {
    static constexpr const char* table[] = {QT_TRANSLATE_NOOP("names", "note"),
                                            QT_TRANSLATE_NOOP("names", "warning"),
                                            QT_TRANSLATE_NOOP("names", "error")};
    return nameAt(table, static_cast<int>(severity));
}

QString countText(qint64 value) {
    return QLocale().toString(value);
}

QString bytesText(qint64 bytes) {
    return QLocale().formattedDataSize(bytes, bytes < 1000000 ? 0 : 1, QLocale::DataSizeSIFormat);
}

QString realText(double value, int digits) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    return QLocale().toString(value, 'g', digits);
}

QString durationText(double seconds) {
    const auto total = static_cast<qint64>(std::llround(std::max(0.0, seconds)));
    return QStringLiteral("%1:%2:%3")
        .arg(total / 3600)
        .arg(total / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(total % 60, 2, 10, QLatin1Char('0'));
}

}  // namespace moelora::ui
