// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/budget_pane.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QTreeWidget>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_histogram.h"

namespace moelora::ui {

namespace {
enum Column { All, Visual, Text, Sample };
constexpr int columnGap = 8;
constexpr int IdRole = Qt::UserRole, ImageRole = Qt::UserRole + 1;
}  // namespace

BudgetPane::BudgetPane(QWidget* parent)
    : QWidget(parent),
      m_summary(makeLabel("muted")),
      m_why(makeLabel("muted")),
      m_histogram(new TokenHistogram),
      m_longest(new QTreeWidget) {
    m_histogram->setObjectName(QStringLiteral("tokenHistogram"));
    m_longest->setObjectName(QStringLiteral("longestSamples"));
    m_longest->setRootIsDecorated(false);
    m_longest->setUniformRowHeights(true);
    m_longest->setAllColumnsShowFocus(true);
    m_longest->setColumnCount(Sample + 1);
    m_longest->header()->setStretchLastSection(true);
    for (QLabel* label : {m_summary, m_why}) label->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_why);
    column->addWidget(m_summary);
    column->addWidget(m_histogram);
    column->addWidget(m_longest, 1);
    connect(m_longest, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (item)
            Q_EMIT chosen(item->data(All, IdRole).toString(),
                          item->data(All, ImageRole).toString());
    });
    keepText(this, [this] { retranslate(); });
}

void BudgetPane::retranslate() {
    m_longest->setHeaderLabels({tr("Tokens"), tr("Visual"), tr("Text"), tr("Longest samples")});
    m_histogram->setAccessibleName(tr("Samples by tokens"));
    m_longest->setAccessibleName(tr("Longest samples"));
    fill();
}

void BudgetPane::show(const std::optional<TokenCounts>& counts, const QString& why) {
    const bool same = counts && m_counts && counts->worst == m_counts->worst &&
                      counts->histogram == m_counts->histogram && counts->limit == m_counts->limit;
    m_why->setText(why);
    if (same) return;  // the reader's place in the list stays
    m_counts = counts;
    fill();
}

void BudgetPane::fill() {
    const bool known = m_counts && !m_counts->worst.empty();
    for (QWidget* part : {static_cast<QWidget*>(m_summary), static_cast<QWidget*>(m_histogram),
                          static_cast<QWidget*>(m_longest)})
        part->setVisible(known);
    m_why->setVisible(!known);
    const QSignalBlocker quiet(m_longest);  // filling is no choice
    m_longest->clear();
    if (!known) return;
    const TokenCounts& t = *m_counts;
    m_summary->setText(tr("Median %1, 95 % below %2, longest %3; %4 above the limit of %5.")
                           .arg(countText(t.p50), countText(t.p95), countText(t.max),
                                countText(t.over_limit), countText(t.limit)));
    m_histogram->setCounts(t);
    for (const SampleTokens& sample : t.worst) {
        auto* row = new QTreeWidgetItem(m_longest);
        row->setText(All, countText(sample.all()));
        row->setText(Visual, countText(sample.visual));
        row->setText(Text, countText(sample.text));
        const QString name = QFileInfo(qs(sample.image)).fileName();
        row->setText(Sample, name.isEmpty() ? qs(sample.id) : name);
        row->setToolTip(Sample, tr("Sample %1").arg(qs(sample.id)));
        row->setData(All, IdRole, qs(sample.id));
        row->setData(All, ImageRole, qs(sample.image));
        for (const int number : {All, Visual, Text})
            row->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
        if (sample.all() > t.limit) row->setForeground(All, colors().error);
    }
    for (const int number : {All, Visual, Text}) {
        m_longest->resizeColumnToContents(number);
        m_longest->setColumnWidth(number, m_longest->columnWidth(number) + columnGap);
    }
}

}  // namespace moelora::ui
