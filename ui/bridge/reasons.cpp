// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/reasons.h"

#include <QRegularExpression>
#include <algorithm>
#include <optional>

#include "core/base/error.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {

struct Pattern {
    std::string_view source;
    QStringList marks;  // "{1}", "{path}" in the order in which they stand
    qsizetype fixed;    // letters that are no value: the more, the surer the match
    QRegularExpression form;
};

Pattern patternOf(std::string_view source) {
    static const QRegularExpression mark(QStringLiteral("\\{[a-z0-9_]+\\}"));
    const QString text = qs(source);
    Pattern out{source, {}, text.size(), {}};
    QString form;
    qsizetype at = 0;
    for (auto it = mark.globalMatch(text); it.hasNext();) {
        const QRegularExpressionMatch found = it.next();
        form += QRegularExpression::escape(text.mid(at, found.capturedStart() - at)) +
                QStringLiteral("(.+?)");
        out.marks << found.captured();
        out.fixed -= found.capturedLength();
        at = found.capturedEnd();
    }
    form += QRegularExpression::escape(text.mid(at));
    out.form = QRegularExpression(QRegularExpression::anchoredPattern(form),
                                  QRegularExpression::DotMatchesEverythingOption);
    return out;
}

// What `pattern` and the text make in the language of the window; none when they do not fit.
std::optional<QString> rendered(const Pattern& pattern, const QString& text, const char* context) {
    const QRegularExpressionMatch match = pattern.form.match(text);
    if (!match.hasMatch()) return {};
    std::vector<Arg> values;  // a value may be a reason again
    for (int i = 0; i < pattern.marks.size(); ++i)
        values.push_back({ss(pattern.marks[i].mid(1, pattern.marks[i].size() - 2)),
                          ss(reasonText(ss(match.captured(i + 1))))});
    return qs(fill(ss(translated(context, pattern.source)), values));
}

// What the engine remarks about data and devices: whole sentences, and parts between commas.
constexpr const char* sentences[] = {
    QT_TRANSLATE_NOOP("remarks", "CPU, {1} threads, {2} ({3})"),
    QT_TRANSLATE_NOOP("remarks", "CUDA, {1} device(s)"),
    QT_TRANSLATE_NOOP("remarks", "{1} is only emulated here, fp32 is used")};
constexpr const char* phrases[] = {
    QT_TRANSLATE_NOOP("remarks",
                      "not taken: {1} of {2} pictures have a .txt file of the same name"),
    QT_TRANSLATE_NOOP("remarks", "{1} of {2} pictures have a .txt file of the same name"),
    QT_TRANSLATE_NOOP("remarks", "{1} has conversations[] with picture paths between vision marks"),
    QT_TRANSLATE_NOOP("remarks", "{1} has a heading line"),
    QT_TRANSLATE_NOOP("remarks", "{1} has a picture and a caption in each record"),
    QT_TRANSLATE_NOOP("remarks", "{1} has {2} and {3}"),
    QT_TRANSLATE_NOOP("remarks", "pictures without captions"),
    QT_TRANSLATE_NOOP("remarks", "{1} files of this name in their folders"),
    QT_TRANSLATE_NOOP("remarks", "{1} of {2} files of the set"),
    QT_TRANSLATE_NOOP("remarks", "{1} of {2} pictures found"),
    QT_TRANSLATE_NOOP("remarks", "task numbers from {1}"),
    QT_TRANSLATE_NOOP("remarks", "not taken: {1} more"),
    QT_TRANSLATE_NOOP("remarks", "not taken: {1}")};

template <std::size_t N>
std::optional<QString> renderedBy(const char* const (&table)[N], const QString& text) {
    for (const char* source : table)
        if (const auto found = rendered(patternOf(source), text, "remarks")) return found;
    return {};
}

const std::vector<Pattern>& patterns() {
    static const std::vector<Pattern> all = [] {
        std::vector<Pattern> list;
        for (const std::string_view reason : reasonTemplates()) list.push_back(patternOf(reason));
        for (const ErrorEntry& entry : error_catalogue()) list.push_back(patternOf(entry.what));
        std::erase_if(list, [](const Pattern& p) { return p.fixed < 4; });  // "{why}" fits all
        std::stable_sort(list.begin(), list.end(),
                         [](const Pattern& a, const Pattern& b) { return a.fixed > b.fixed; });
        return list;
    }();
    return all;
}

}  // namespace

const std::vector<std::string_view>& reasonTemplates() {
    static const std::vector<std::string_view> all = {
#define MOELORA_REASON(text) text,
#include "core/base/error_reasons.inc"
#undef MOELORA_REASON
    };
    return all;
}

QString reasonText(std::string_view english) {
    const QString text = qs(english);
    for (const Pattern& pattern : patterns())
        if (const auto found = rendered(pattern, text, "errors")) return *found;
    return text;
}

QString remarkText(std::string_view english) {
    QStringList parts;
    for (const QString& part : qs(english).split(QStringLiteral("; "))) {
        if (const auto whole = renderedBy(sentences, part)) {
            parts << *whole;
            continue;
        }
        QStringList pieces;
        for (const QString& piece : part.split(QStringLiteral(", ")))
            pieces << renderedBy(phrases, piece).value_or(piece);
        parts << pieces.join(translated("remarks", ", "));
    }
    return parts.join(translated("remarks", "; "));
}

}  // namespace moelora::ui
