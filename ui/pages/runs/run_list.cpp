// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/run_list.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QTableView>
#include <algorithm>

#include "ui/widgets/spark_line.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
constexpr int linesLeast = 3, headRoom = 40, tableHeight = 120, wordsWidth = 240,
              columnWidthMost = 320, headingRoom = 10;
}

RunList::RunList(RunsModel& runs, QWidget* parent)
    : Card(parent),
      m_shown(new RunsFilter(runs, this)),
      m_table(new QTableView),
      m_words(new QLineEdit),
      m_none(makeLabel("muted")) {
    m_words->setObjectName(QStringLiteral("runsFilter"));
    m_words->setClearButtonEnabled(true);
    m_words->setMaximumWidth(wordsWidth);
    m_none->setObjectName(QStringLiteral("noRunFits"));
    head()->addWidget(m_words);
    makeTable();
    body()->addWidget(m_none);
    body()->addWidget(m_table, 1);
    const auto count = [this] { m_none->setVisible(m_shown->rowCount() == 0); };
    connect(m_words, &QLineEdit::textChanged, m_shown, &RunsFilter::setWords);
    connect(m_words, &QLineEdit::textChanged, this, [this, count] {
        count();
        if (!current()) m_table->selectRow(0);
        Q_EMIT selected();
    });
    connect(&runs, &QAbstractItemModel::modelReset, this, count);
    connect(m_table, &QTableView::activated, this, &RunList::opened);
    const auto* chosenRows = m_table->selectionModel();
    connect(chosenRows, &QItemSelectionModel::currentRowChanged, this, &RunList::selected);
    connect(chosenRows, &QItemSelectionModel::selectionChanged, this, &RunList::selected);
    count();
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { fitCurve(); });
}

void RunList::makeTable() {
    m_table->setModel(m_shown);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    keepLines(m_table, linesLeast, headRoom, tableHeight);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    keepRows(m_table);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    // The curve takes what is left; a name wants to be read.
    m_table->horizontalHeader()->setSectionResizeMode(RunsModel::Curve, QHeaderView::Stretch);
    m_table->horizontalHeader()->setMaximumSectionSize(columnWidthMost);
    m_table->setColumnHidden(RunsModel::Note, true);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(RunsModel::Started, Qt::DescendingOrder);
    m_table->setItemDelegateForColumn(
        RunsModel::Curve, new SparkLineDelegate(
                              [this](const QModelIndex& index) -> std::span<const QPointF> {
                                  const RunDetails* details = m_shown->details(index);
                                  return details ? std::span<const QPointF>(details->curve)
                                                 : std::span<const QPointF>();
                              },
                              m_table));
}

void RunList::retranslate() {
    setTitle(tr("All runs"));
    m_table->setToolTip(tr("Choose several with Ctrl or Shift to lay them over one another"));
    m_table->setAccessibleName(tr("All runs"));
    m_words->setAccessibleName(tr("Find runs"));
    m_words->setPlaceholderText(tr("Find: name, tag:..., status:..."));
    m_words->setToolTip(tr(
        "Words in name, tags, note, method, model or data; tag:night and status:failed look there "
        "alone. All of them must fit."));
    m_none->setText(tr("No run holds all these words. Take one away to see more."));
    fitCurve();
}

// The column that gives way is never narrower than its heading.
void RunList::fitCurve() {
    const QString heading =
        m_shown->headerData(RunsModel::Curve, Qt::Horizontal, Qt::DisplayRole).toString();
    m_table->horizontalHeader()->setMinimumSectionSize(
        m_table->fontMetrics().horizontalAdvance(heading) + headingRoom);
}

const RunSummary* RunList::current() const {
    return m_shown->run(m_table->currentIndex());
}

const RunDetails* RunList::currentDetails() const {
    return m_shown->details(m_table->currentIndex());
}

void RunList::select(const QString& idOrPath) {
    m_table->selectRow(std::max(0, m_shown->indexOf(idOrPath).row()));
}

std::vector<RunSummary> RunList::chosen() const {
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(),
              [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
    std::vector<RunSummary> runs;
    for (const QModelIndex& row : rows)
        if (const RunSummary* run = m_shown->run(row)) runs.push_back(*run);
    return runs;
}

}  // namespace moelora::ui
