// SPDX-License-Identifier: GPL-3.0-or-later
// A chart with its heading, legend, newest numbers, the table behind it (key T) and its export as
// PNG, SVG or CSV. GUI thread only.
#pragma once

#include "ui/widgets/basics.h"
#include "ui/widgets/metric_chart.h"

class QStackedWidget;
class QTableView;

namespace moelora::ui {

class ExportButton;
class SeriesTable;

class ChartCard : public Card {
    Q_OBJECT
  public:
    // `name` stands in file names and as object name: "loss".
    explicit ChartCard(const QString& name, QWidget* parent = nullptr);

    void setHeading(const QString& title);  // also the accessible name of chart and table
    void setSeries(std::vector<MetricSeries> series);
    void append(const std::vector<std::vector<QPointF>>& fresh);  // as MetricChart
    void setNumbers(const QString& text);
    [[nodiscard]] MetricChart* chart() const { return m_chart; }
    [[nodiscard]] QTableView* table() const { return m_table; }
    void showTable(bool on);
    // By the ending: .csv, .svg, or a picture. False: the file cannot be written.
    [[nodiscard]] bool save(const QString& path) const;

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);

  private:
    void retranslate();
    void showLegend();

    MetricChart* m_chart;
    SeriesTable* m_model;
    QTableView* m_table;
    QStackedWidget* m_stack;
    QLabel *m_legend, *m_numbers;
    QToolButton* m_asTable;
    ExportButton* m_export;
};

}  // namespace moelora::ui
