// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chart_card.h"

#include <QHeaderView>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>

#include "ui/widgets/export_button.h"
#include "ui/widgets/series_table.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

ChartCard::ChartCard(const QString& name, QWidget* parent)
    : Card(parent),
      m_chart(new MetricChart),
      m_model(new SeriesTable(this)),
      m_table(new QTableView),
      m_stack(new QStackedWidget),
      m_legend(makeLabel("muted")),
      m_numbers(makeLabel("muted")),
      m_asTable(makeIconButton(QStringLiteral("table"))),
      m_export(new ExportButton(name, [this](const QString& path) { return save(path); })) {
    setObjectName(name);
    m_legend->setTextFormat(Qt::RichText);
    for (QLabel* label : {m_legend, m_numbers}) label->setWordWrap(false);
    head()->insertWidget(1, m_legend);
    for (QWidget* part : {static_cast<QWidget*>(m_numbers), static_cast<QWidget*>(m_asTable),
                          static_cast<QWidget*>(m_export)})
        head()->addWidget(part);
    m_table->setModel(m_model);
    m_table->verticalHeader()->hide();
    keepRows(m_table);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_stack->addWidget(m_chart);
    m_stack->addWidget(m_table);
    body()->addWidget(m_stack, 1);
    m_asTable->setCheckable(true);
    connect(m_export, &ExportButton::unwritable, this, &ChartCard::unwritable);
    connect(m_asTable, &QToolButton::toggled, this, &ChartCard::showTable);
    auto* key = new QShortcut(Qt::Key_T, this);
    key->setContext(Qt::WidgetWithChildrenShortcut);
    connect(key, &QShortcut::activated, m_asTable, &QToolButton::toggle);
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { showLegend(); });
}

void ChartCard::retranslate() {
    m_asTable->setToolTip(tr("Show the numbers as a table (T)"));
}

void ChartCard::setHeading(const QString& title) {
    setTitle(title);
    m_chart->setAccessibleName(tr("Chart: %1").arg(title));
    m_table->setAccessibleName(tr("Table: %1").arg(title));
    m_asTable->setAccessibleName(tr("Table: %1").arg(title));
    m_export->setAccessibleName(tr("Write as a file: %1").arg(title));
}

void ChartCard::setSeries(std::vector<MetricSeries> series) {
    m_chart->setSeries(std::move(series));
    showLegend();
    if (m_stack->currentIndex() == 1) m_model->setSeries(m_chart->series());
}

// One curve alone is named by the heading.
void ChartCard::showLegend() {
    m_legend->setText(m_chart->series().size() > 1 ? m_chart->legendHtml() : QString());
}

void ChartCard::append(const std::vector<std::vector<QPointF>>& fresh) {
    m_chart->append(fresh);
    if (m_stack->currentIndex() == 1) m_model->setSeries(m_chart->series());
}

void ChartCard::setNumbers(const QString& text) {
    m_numbers->setText(text);
    m_chart->setAccessibleDescription(text);
}

void ChartCard::showTable(bool on) {
    if (on) m_model->setSeries(m_chart->series());
    m_asTable->setChecked(on);
    m_stack->setCurrentIndex(on ? 1 : 0);
}

bool ChartCard::save(const QString& path) const {
    return isTablePath(path) ? saveBytes(csvOf(m_chart->series()), path)
                             : m_chart->savePicture(path);
}

}  // namespace moelora::ui
