// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/issue_list.h"

#include <QLabel>
#include <QVBoxLayout>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

IssueList::IssueList(QWidget* parent) : QWidget(parent), m_rows(new QVBoxLayout(this)) {
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(4);
    keepText(this, [this] { rebuild(); });
    keepLook(this, [this] { rebuild(); });
}

void IssueList::setIssues(const std::vector<Issue>& issues) {
    m_issues = issues;
    rebuild();
}

void IssueList::setError(const Error& error) {
    setIssues({Issue{Severity::Error, error, {}, 1}});
}

void IssueList::rebuild() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (std::size_t i = 0; i < std::min(shownAtMost, m_issues.size()); ++i) {
        const Issue& issue = m_issues[i];
        const ErrorText text = errorText(issue.error);
        const QString times =
            issue.count > 1 ? QStringLiteral(" ×%1").arg(countText(issue.count)) : QString();
        auto* label = makeLabel("issue");
        const QString place = placeText(issue.where);
        label->setText(QStringLiteral("%1 %2%3%4\n%5")
                           .arg(severityName(issue.severity) + QStringLiteral(":"), text.what,
                                times,
                                place.isEmpty() ? QStringLiteral(" (%1)").arg(text.code)
                                                : QStringLiteral(" (%1, %2)").arg(text.code, place),
                                text.hint));
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        setTone(label, issue.severity == Severity::Error     ? Tone::Bad
                       : issue.severity == Severity::Warning ? Tone::Warning
                                                             : Tone::Neutral);
        m_rows->addWidget(label);
    }
    if (m_issues.size() > shownAtMost) {
        auto* more = makeLabel("muted");
        more->setText(tr("... and %1 more")
                          .arg(countText(static_cast<qint64>(m_issues.size() - shownAtMost))));
        m_rows->addWidget(more);
    }
    setVisible(!m_issues.empty());
}

}  // namespace moelora::ui
