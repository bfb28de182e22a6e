// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/reasons.h"

#include <QRegularExpression>
#include <algorithm>

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
    for (const Pattern& pattern : patterns()) {
        const QRegularExpressionMatch match = pattern.form.match(text);
        if (!match.hasMatch()) continue;
        std::vector<Arg> values;  // a value may be a reason again
        for (int i = 0; i < pattern.marks.size(); ++i)
            values.push_back({ss(pattern.marks[i].mid(1, pattern.marks[i].size() - 2)),
                              ss(reasonText(ss(match.captured(i + 1))))});
        return qs(fill(ss(translated("errors", pattern.source)), values));
    }
    return text;
}

}  // namespace moelora::ui
