// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/diff_text.h"

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

QString diffHtml(const WordDiff& diff, DiffText::Side side) {
    QString html;
    for (const DiffSpan& span : diff) {
        if (span.kind == (side == DiffText::After ? DiffKind::Deleted : DiffKind::Inserted))
            continue;
        const QString text =
            qs(span.text).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
        if (span.kind == DiffKind::Equal) {
            html += text;
            continue;
        }
        const bool added = span.kind == DiffKind::Inserted;
        html +=
            QStringLiteral(
                "<span style=\"color:%1;background-color:%2;text-decoration:%3\">%4</span>")
                .arg((added ? colors().inserted : colors().deleted).name(),
                     (added ? colors().insertedFill : colors().deletedFill).name(),
                     added ? QStringLiteral("underline") : QStringLiteral("line-through"), text);
    }
    return html;
}

DiffText::DiffText(QWidget* parent) : Words(parent) {
    setWordWrap(true);
    setTextFormat(Qt::RichText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setAlignment(Qt::AlignLeft | Qt::AlignTop);
    setProperty("role", QStringLiteral("caption"));
    keepLook(this, [this] { render(); });
}

void DiffText::setDiff(const WordDiff& diff, Side side) {
    m_diff = diff;
    m_side = side;
    m_plain.clear();
    for (const DiffSpan& span : diff)
        if (span.kind != (side == After ? DiffKind::Deleted : DiffKind::Inserted))
            m_plain += qs(span.text);
    render();
}

void DiffText::setPlain(const QString& text) {
    m_diff = {DiffSpan{DiffKind::Equal, ss(text)}};
    m_plain = text;
    render();
}

void DiffText::render() {
    setText(diffHtml(m_diff, m_side));
}

}  // namespace moelora::ui
