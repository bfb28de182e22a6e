// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/findings_list.h"

#include <QHeaderView>
#include <QSaveFile>
#include <QTreeWidget>
#include <algorithm>
#include <unordered_set>

#include "ui/bridge/text.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr std::size_t listedOfAKind = 200;
constexpr int GroupRole = Qt::UserRole, IssueRole = Qt::UserRole + 1;  // -1: all of the group

QColor toneOf(Severity severity) {
    return severity == Severity::Error     ? colors().error
           : severity == Severity::Warning ? colors().warning
                                           : colors().text;
}
}  // namespace

FindingsList::FindingsList(QWidget* parent)
    : QWidget(parent),
      m_tree(new QTreeWidget),
      m_show(makeButton({}, false)),
      m_exclude(makeButton({}, false)),
      m_export(makeButton({}, false)) {
    m_tree->setObjectName(QStringLiteral("findings"));
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setTextElideMode(Qt::ElideMiddle);
    m_tree->header()->setStretchLastSection(true);
    m_show->setObjectName(QStringLiteral("showFinding"));
    m_exclude->setObjectName(QStringLiteral("excludeFinding"));
    m_export->setObjectName(QStringLiteral("exportFindings"));
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    for (QPushButton* button : {m_show, m_exclude, m_export}) line->addWidget(button);
    line->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_tree, 1);
    column->addLayout(line);
    connect(m_tree, &QTreeWidget::itemSelectionChanged, this, &FindingsList::showButtons);
    connect(m_tree, &QTreeWidget::itemActivated, m_show, &QPushButton::click);
    connect(m_show, &QPushButton::clicked, this, [this] {
        const std::vector<Issue> issues = chosen();
        if (!issues.empty())
            Q_EMIT samplesWanted(idsOf(issues), errorText(issues.front().error).what);
    });
    connect(m_exclude, &QPushButton::clicked, this, [this] {
        const std::vector<std::string> ids = idsOf(chosen());
        Q_EMIT exclusionWanted(ids, !allOut(ids));
    });
    connect(m_export, &QPushButton::clicked, this, &FindingsList::exportList);
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { fill(); });
}

void FindingsList::retranslate() {
    m_tree->setAccessibleName(tr("Findings of the data doctor"));
    m_show->setText(tr("Show"));
    m_show->setToolTip(tr("Only the samples of the chosen findings stand in the grid"));
    m_export->setText(tr("Export list..."));
    m_export->setToolTip(tr("All findings as a table (CSV)"));
    fill();
}

void FindingsList::setIssues(const std::vector<Issue>& issues) {
    m_issues = issues;
    m_groups = groupFindings(issues);
    fill();
}

void FindingsList::setSamples(const SampleIndex* index,
                              std::function<bool(const std::string&)> isOut) {
    m_index = index;
    m_isOut = std::move(isOut);
    refresh();
}

void FindingsList::fill() {
    const QSignalBlocker quiet(m_tree);
    m_tree->clear();
    for (std::size_t number = 0; number < m_groups.size(); ++number)
        addGroup(m_groups[number], number);
    setVisible(!m_groups.empty());
    refresh();
}

void FindingsList::addGroup(const FindingGroup& group, std::size_t number) {
    const auto tell = [&](QTreeWidgetItem* item, const Issue& issue, int at, const QString& text) {
        const ErrorText whole = errorText(issue.error);
        const QString place = placeText(issue.where);
        item->setText(0, text);
        item->setData(0, GroupRole, static_cast<int>(number));
        item->setData(0, IssueRole, at);
        item->setToolTip(0, QStringLiteral("%1 (%2)\n%3")
                                .arg(whole.what, place.isEmpty() ? whole.code : place, whole.hint));
    };
    const Issue& first = group.issues.front();
    const QString what = errorText(first.error).what;
    auto* head = new QTreeWidgetItem(m_tree);
    const QString times =
        group.count > 1 ? QStringLiteral(" ×%1").arg(countText(group.count)) : QString();
    tell(head, first, -1,
         QStringLiteral("%1%2: %3").arg(severityName(group.severity), times, what));
    head->setForeground(0, toneOf(group.severity));
    if (group.issues.size() < 2) return;
    for (std::size_t i = 0; i < std::min(listedOfAKind, group.issues.size()); ++i)
        tell(new QTreeWidgetItem(head), group.issues[i], static_cast<int>(i),
             errorText(group.issues[i].error).what);
    if (group.issues.size() <= listedOfAKind) return;
    auto* more = new QTreeWidgetItem(head);
    more->setText(0, tr("... and %1 more")
                         .arg(countText(static_cast<qint64>(group.issues.size() - listedOfAKind))));
    more->setFlags(Qt::NoItemFlags);
}

// What is left out already is struck through.
void FindingsList::mark(QTreeWidgetItem* item) {
    const QVariant group = item->data(0, GroupRole);
    if (!group.isValid()) return;
    const FindingGroup& of = m_groups[group.toUInt()];
    const int at = item->data(0, IssueRole).toInt();
    QFont font = item->font(0);
    font.setStrikeOut(allOut(
        idsOf(at < 0 ? of.issues : std::vector<Issue>{of.issues[static_cast<std::size_t>(at)]})));
    item->setFont(0, font);
    for (int i = 0; i < item->childCount(); ++i) mark(item->child(i));
}

void FindingsList::refresh() {
    {
        const QSignalBlocker quiet(m_tree);
        for (int i = 0; i < m_tree->topLevelItemCount(); ++i) mark(m_tree->topLevelItem(i));
    }
    showButtons();
}

void FindingsList::showButtons() {
    const std::vector<Issue> issues = chosen();
    const std::vector<std::string> ids = idsOf(issues);
    m_show->setEnabled(!ids.empty());
    m_exclude->setEnabled(!ids.empty());
    const bool back = allOut(ids);
    m_exclude->setText(back ? tr("Take back in") : tr("Exclude"));
    m_exclude->setToolTip(
        issues.empty() ? tr("Choose findings first")
        : ids.empty()  ? tr("No sample that is in use belongs to these findings")
        : back         ? tr("Takes these samples back into the data: %1")
                     .arg(countText(static_cast<qint64>(ids.size())))
               : tr("Leaves these samples out of the next run: %1. No file is changed.")
                     .arg(countText(static_cast<qint64>(ids.size()))));
    m_export->setEnabled(!m_issues.empty());
}

std::vector<Issue> FindingsList::chosen() const {
    std::vector<Issue> out;
    for (const QTreeWidgetItem* item : m_tree->selectedItems()) {
        const QVariant number = item->data(0, GroupRole);
        if (!number.isValid()) continue;
        const FindingGroup& group = m_groups[number.toUInt()];
        const int at = item->data(0, IssueRole).toInt();
        if (at < 0)
            out.insert(out.end(), group.issues.begin(), group.issues.end());
        else
            out.push_back(group.issues[static_cast<std::size_t>(at)]);
    }
    return out;
}

std::vector<std::string> FindingsList::idsOf(const std::vector<Issue>& issues) const {
    std::vector<std::string> out;
    if (!m_index) return out;
    std::unordered_set<std::string> seen;
    for (const Issue& issue : issues)
        for (const std::string& id : m_index->idsOf(issue))
            if (seen.insert(id).second) out.push_back(id);
    return out;
}

bool FindingsList::allOut(const std::vector<std::string>& ids) const {
    return m_isOut && !ids.empty() && std::all_of(ids.begin(), ids.end(), m_isOut);
}

bool FindingsList::writeTo(const QString& path) const {
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(findingsTable(m_issues).toUtf8()) >= 0 &&
           file.commit();
}

void FindingsList::exportList() {
    askPath(this,
            {PathQuestion::NewFile, QStringLiteral("findingsFile"), tr("Export the findings"),
             tr("Tables (*.csv)"), QStringLiteral("findings.csv")},
            [this](const QString& path) {
                if (writeTo(path))
                    Q_EMIT written(path);
                else
                    Q_EMIT notWritten(path);
            });
}

}  // namespace moelora::ui
