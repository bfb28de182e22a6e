// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers behind a chart as a table: one row a step, one column a series. GUI thread only.
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "ui/widgets/metric_chart.h"

namespace moelora::ui {

class SeriesTable : public QAbstractTableModel {
    Q_OBJECT
  public:
    using QAbstractTableModel::QAbstractTableModel;
    void setSeries(const std::vector<MetricSeries>& series);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  private:
    std::vector<MetricSeries> m_series;
    std::vector<double> m_steps;  // of any series, rising
};

}  // namespace moelora::ui
