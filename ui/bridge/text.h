// SPDX-License-Identifier: GPL-3.0-or-later
// Between the engine's plain text and the window's: conversion, translation of the marked texts of
// core, numbers for people. GUI thread only (translations); the two converters are free of state.
#pragma once

#include <QString>
#include <string>
#include <string_view>

#include "core/base/issue.h"
#include "core/base/result.h"
#include "core/record/events.h"

namespace moelora::ui {

[[nodiscard]] inline QString qs(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}
[[nodiscard]] inline std::string ss(const QString& text) {
    return text.toStdString();
}

// The translation of a text marked with MOELORA_TEXT(context, ...) in core; the source text when
// there is none.
[[nodiscard]] QString translated(const char* context, std::string_view source);

// What the window shows of an error: the catalogue's sentences, translated and filled.
struct ErrorText {
    QString code, what, hint;
    [[nodiscard]] QString oneLine() const;  // "IO-001  /a does not exist. Check the path ..."
};
[[nodiscard]] ErrorText errorText(const Error& error);
[[nodiscard]] QString placeText(const Place& place);  // "captions.json, line 7"

[[nodiscard]] QString stateName(JobState state);
[[nodiscard]] QString statusName(RunStatus status);
[[nodiscard]] QString stageName(std::string_view stage);
[[nodiscard]] QString severityName(Severity severity);
// A value of an option as files write it, with its meaning in the language of the window before it.
[[nodiscard]] QString choiceText(const QString& value);

// For display only; files and typed values use the C locale.
[[nodiscard]] QString countText(qint64 value);                      // 25,288,704
[[nodiscard]] QString bytesText(qint64 bytes);                      // 101.2 MB
[[nodiscard]] QString realText(double value, int digits = 4);       // 0.0123, NaN, inf
[[nodiscard]] QString fixedText(double value, int decimals);        // 0.10: keeps its width
[[nodiscard]] QString percentText(double share, int decimals = 1);  // 0.123 -> 12.3 %
[[nodiscard]] QString durationText(double seconds);                 // 0:02:41

}  // namespace moelora::ui
