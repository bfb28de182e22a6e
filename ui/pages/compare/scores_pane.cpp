// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/scores_pane.h"

#include <QHeaderView>
#include <QTreeWidget>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
enum Column { Name, Samples, Exact, Bleu, Rouge, Cider, ColumnCount };

QString change(double before, double after, int decimals) {
    return QStringLiteral("%1 → %2").arg(fixedText(before, decimals), fixedText(after, decimals));
}

CaptionScores scoresOf(const CaptionMetrics& metrics, const std::string& task) {
    const auto found = metrics.scores_by_task.find(task);
    return found == metrics.scores_by_task.end() ? CaptionScores{} : found->second;
}
}  // namespace

ScoresPane::ScoresPane(QWidget* parent)
    : QWidget(parent),
      m_table(new QTreeWidget),
      m_note(makeLabel("muted")),
      m_remarks(new IssueList) {
    m_table->setObjectName(QStringLiteral("scoreTable"));
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setColumnCount(ColumnCount);
    m_table->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    auto* remarks = new QWidget;
    auto* list = new QVBoxLayout(remarks);
    list->setContentsMargins(0, 0, 6, 0);
    list->addWidget(m_remarks);
    list->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_table, 2);
    column->addWidget(m_note);
    m_remarksArea = scrolled(remarks, "scoreRemarks");
    column->addWidget(m_remarksArea, 1);
    keepText(this, [this] { retranslate(); });
}

void ScoresPane::retranslate() {
    m_table->setHeaderLabels({tr("Task"), tr("Samples"), tr("Exact"), QStringLiteral("BLEU-4"),
                              QStringLiteral("ROUGE-L"), QStringLiteral("CIDEr-D")});
    for (const int number : {Samples, Exact, Bleu, Rouge, Cider})  // over its numbers
        m_table->headerItem()->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
    m_table->setAccessibleName(tr("Scores of base and adapted captions"));
    fill();
}

void ScoresPane::setComparison(const Comparison& comparison) {
    m_base = comparison.base;
    m_adapted = comparison.adapted;
    m_issues = comparison.issues;
    fill();
}

void ScoresPane::fill() {
    m_table->clear();
    for (const auto& [task, before] : m_base.by_task) {
        const auto after = m_adapted.by_task.find(task);
        if (after == m_adapted.by_task.end()) continue;
        addRow(qs(task), before, after->second, scoresOf(m_base, task), scoresOf(m_adapted, task));
    }
    addRow(tr("all"), {m_base.exact, m_base.samples}, {m_adapted.exact, m_adapted.samples},
           m_base.scores, m_adapted.scores);
    m_note->setText(
        m_base.samples > 0
            ? tr("Each cell: base → adapted, over the samples with references. Each task is "
                 "a corpus of its own.")
            : tr("No sample has a reference, so nothing is judged."));
    m_remarks->setIssues(m_issues);
    m_remarksArea->setVisible(!m_issues.empty());
}

void ScoresPane::addRow(const QString& name, std::pair<std::int64_t, std::int64_t> base,
                        std::pair<std::int64_t, std::int64_t> adapted, const CaptionScores& before,
                        const CaptionScores& after) {
    auto* row = new QTreeWidgetItem(m_table);
    row->setText(Name, name);
    row->setText(Samples, countText(base.second));
    row->setText(Exact,
                 QStringLiteral("%1 → %2").arg(countText(base.first), countText(adapted.first)));
    row->setText(Bleu, change(before.bleu4, after.bleu4, 3));
    row->setText(Rouge, change(before.rouge_l, after.rouge_l, 3));
    row->setText(Cider, change(before.cider_d, after.cider_d, 2));
    for (const int number : {Samples, Exact, Bleu, Rouge, Cider})
        row->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
}

}  // namespace moelora::ui
