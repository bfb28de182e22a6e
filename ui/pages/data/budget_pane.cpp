// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/budget_pane.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QTreeWidget>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_histogram.h"
#include "ui/widgets/with_table.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

namespace {
enum Column { All, Visual, Text, Sample };
constexpr int columnGap = 8, pictureSide = 28, rowsLeast = 3, headRoom = 20;
constexpr int IdRole = Qt::UserRole, ImageRole = Qt::UserRole + 1;
}  // namespace

BudgetPane::BudgetPane(PictureLoader& pictures, QWidget* parent)
    : QWidget(parent),
      m_pictures(pictures),
      m_summary(makeLabel("muted")),
      m_why(makeLabel("muted")),
      m_histogram(new TokenHistogram),
      m_histogramBox(new WithTable(
          m_histogram,
          [this] {
              WithTable::Table table{{tr("Tokens"), tr("Samples")}, {}};
              if (!m_counts) return table;
              for (const TokenBin& bin : m_counts->histogram)
                  table.rows.push_back(
                      {QStringLiteral("%1 … %2").arg(countText(bin.from), countText(bin.to - 1)),
                       countText(bin.samples)});
              return table;
          })),
      m_longest(new QTreeWidget) {
    m_histogram->setObjectName(QStringLiteral("tokenHistogram"));
    m_histogramBox->setExport(QStringLiteral("tokens"), [this] {
        QByteArray csv("from,to,samples\n");
        if (!m_counts) return csv;
        for (const TokenBin& bin : m_counts->histogram)
            csv += QByteArray::number(qint64{bin.from}) + ',' +
                   QByteArray::number(qint64{bin.to - 1}) + ',' +
                   QByteArray::number(qint64{bin.samples}) + '\n';
        return csv;
    });
    connect(m_histogramBox, &WithTable::unwritable, this, &BudgetPane::unwritable);
    m_longest->setObjectName(QStringLiteral("longestSamples"));
    m_longest->setRootIsDecorated(false);
    m_longest->setUniformRowHeights(true);
    m_longest->setAllColumnsShowFocus(true);
    m_longest->setColumnCount(Sample + 1);
    m_longest->header()->setStretchLastSection(true);
    for (QLabel* label : {m_summary, m_why}) label->setWordWrap(true);
    m_longest->setIconSize({pictureSide, pictureSide});
    keepLines(m_longest, rowsLeast, headRoom);
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->addWidget(m_why);
    m_column->addWidget(m_summary);
    m_column->addWidget(m_histogramBox);
    m_column->addWidget(m_longest, 1);
    m_column->addStretch();
    connect(&pictures, &PictureLoader::loaded, this, [this] {
        if (isVisible()) showPictures();
    });
    connect(m_longest, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (item)
            Q_EMIT chosen(item->data(All, IdRole).toString(),
                          item->data(All, ImageRole).toString());
    });
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { fitColumns(); });
}

void BudgetPane::setAbove(QWidget* widget) {
    m_column->insertWidget(0, widget);
}

// Asked for when they can be seen: the first time starts their loading.
void BudgetPane::showPictures() {
    for (int i = 0; i < m_longest->topLevelItemCount(); ++i) {
        QTreeWidgetItem* row = m_longest->topLevelItem(i);
        const QString path = row->data(All, ImageRole).toString();
        if (path.isEmpty() || !row->icon(Sample).isNull()) continue;
        const QImage image = m_pictures.picture(path, 2 * pictureSide);
        if (!image.isNull()) row->setIcon(Sample, QIcon(QPixmap::fromImage(image)));
    }
}

void BudgetPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    showPictures();
}

void BudgetPane::retranslate() {
    m_longest->setHeaderLabels({tr("Tokens"), tr("Visual"), tr("Text"), tr("Longest samples")});
    for (const int number : {All, Visual, Text})  // over its numbers
        m_longest->headerItem()->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
    m_histogramBox->setName(tr("Samples by tokens"));
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
    for (QWidget* part : {static_cast<QWidget*>(m_summary), static_cast<QWidget*>(m_histogramBox),
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
    m_histogramBox->refresh();
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
    fitColumns();
    if (isVisible()) showPictures();
}

void BudgetPane::fitColumns() {
    for (const int number : {All, Visual, Text}) {
        m_longest->resizeColumnToContents(number);
        m_longest->setColumnWidth(number, m_longest->columnWidth(number) + columnGap);
    }
}

}  // namespace moelora::ui
