// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/issue_list.h"

#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

IssueList::IssueList(QWidget* parent) : QWidget(parent), m_rows(new QVBoxLayout(this)) {
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(4);
    keepText(this, [this] { show(); });
}

void IssueList::setIssues(const std::vector<Issue>& issues) {
    m_issues = issues;
    show();
}

void IssueList::setError(const Error& error) {
    setIssues({Issue{Severity::Error, error, {}, 1}});
}

void IssueList::offerWays(const QString& page) {
    m_page = page;
    show();
}

IssueList::Row IssueList::rowOf(const Issue& issue) const {
    const ErrorText text = errorText(issue.error);
    const QString times =
        issue.count > 1 ? QStringLiteral(" ×%1").arg(countText(issue.count)) : QString();
    const QString place = placeText(issue.where);
    Row row;
    row.severity = issue.severity;
    row.text = QStringLiteral("%1 %2%3%4\n%5")
                   .arg(severityName(issue.severity) + QStringLiteral(":"), text.what, times,
                        place.isEmpty() ? QStringLiteral(" (%1)").arg(text.code)
                                        : QStringLiteral(" (%1, %2)").arg(text.code, place),
                        text.hint);
    QStringList details;
    for (const std::string& line : issue.error.context) details << qs(line);
    row.details = details.join(QLatin1Char('\n'));
    if (m_page.isEmpty()) return row;
    row.offers = offersOf(issue.error);
    std::erase_if(row.offers, [this](const Offer& offer) {
        return offer.target == QStringLiteral("page/") + m_page;
    });
    return row;
}

// What says the same stays, so that a button is not taken away from under the mouse.
void IssueList::show() {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < std::min(shownAtMost, m_issues.size()); ++i)
        rows.push_back(rowOf(m_issues[i]));
    if (m_issues.size() > shownAtMost)
        rows.push_back({tr("... and %1 more")
                            .arg(countText(static_cast<qint64>(m_issues.size() - shownAtMost))),
                        {},
                        Severity::Info,
                        {}});
    setVisible(!rows.empty());
    if (rows == m_shown) return;
    m_shown = std::move(rows);
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (QWidget* row = item->widget()) {  // the last item is the room below
            row->hide();
            row->deleteLater();  // perhaps it is its button that was pressed
        }
        delete item;
    }
    for (const Row& row : m_shown) addRow(row);
    m_rows->addStretch();
}

void IssueList::addRow(const Row& row) {
    auto* label = makeLabel("issue");
    label->setText(row.text);
    label->setToolTip(row.details);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    setTone(label, row.severity == Severity::Error     ? Tone::Bad
                   : row.severity == Severity::Warning ? Tone::Warning
                                                       : Tone::Neutral);
    m_rows->addWidget(label);
    if (row.offers.empty()) return;
    auto* buttons = new QWidget;
    auto* line = new QHBoxLayout(buttons);
    line->setContentsMargins(0, 0, 0, 4);
    line->setSpacing(8);
    for (const Offer& offer : row.offers) {
        QPushButton* button = makeButton({}, false);
        button->setObjectName(QStringLiteral("issueOffer"));
        button->setText(offer.text);
        button->setAccessibleDescription(row.text);
        connect(button, &QPushButton::clicked, this,
                [this, target = offer.target] { Q_EMIT followed(target); });
        line->addWidget(button);
    }
    line->addStretch();
    m_rows->addWidget(buttons);
}

}  // namespace moelora::ui
