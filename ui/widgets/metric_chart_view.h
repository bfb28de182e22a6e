// SPDX-License-Identifier: GPL-3.0-or-later
// The Qt Charts half of MetricChart; included by metric_chart*.cpp only.
#pragma once

#include <QLabel>
#include <QtCharts/QAbstractAxis>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>
#include <QtCharts/QLineSeries>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>
#include <functional>

#include "ui/widgets/metric_chart.h"

namespace moelora::ui {

struct DrawnSeries {
    QXYSeries* line = nullptr;
    QScatterSeries* marks = nullptr;
};

class MetricChart::View : public QChartView {
  public:
    explicit View(QWidget* parent);

    void setCount(std::size_t count, const std::vector<MetricSeries>& series);
    void setYAxis(bool logarithmic);
    void restyle(const std::vector<MetricSeries>& series);
    [[nodiscard]] int columns() const;
    void setRanges(double lastStep, double low, double high);

    std::vector<DrawnSeries> drawn;
    QValueAxis* x;
    QAbstractAxis* y;
    bool logarithmic = false, zoomed = false;
    std::function<QString(double)> readout;
    std::function<void()> unzoom;

  protected:
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;

  private:
    void attach(QAbstractSeries* series);
    double m_cursor = -1;  // x in the scene; < 0 = none
};

}  // namespace moelora::ui
