// SPDX-License-Identifier: GPL-3.0-or-later
// What Qt Charts draws of a MetricChart: axes, grid and curves, from a scene that is in no window.
// GUI thread only. Owned by its chart.
#pragma once

#include <QFont>
#include <QGraphicsScene>
#include <QRectF>
#include <QVector>
#include <vector>

#include "ui/widgets/metric_chart.h"

class QAbstractAxis;
class QChart;
class QPainter;
class QValueAxis;
class QXYSeries;

namespace moelora::ui {

class ChartCanvas {
  public:
    struct Curve {
        MetricSeries::Style style = MetricSeries::Thick;
        QColor color;
        QVector<QVector<QPointF>> stretches;  // apart where values are missing
    };
    struct Scale {
        double from = 0, to = 1, interval = 1;  // interval 0: a logarithmic axis to base 10
    };
    ChartCanvas();

    // Paints into `all`; the axes stand around `plot`. The numbers below the x axis are not drawn.
    void draw(QPainter& painter, const QRectF& all, const QRectF& plot, const Scale& x,
              const Scale& y, const std::vector<Curve>& curves, const QFont& font,
              const Colors& colors);

  private:
    void setScales(const Scale& x, const Scale& y);
    void setLogarithmic(bool on);
    void setStyle(const QFont& font, const Colors& colors);
    void setCurves(const std::vector<Curve>& curves, const Colors& colors);
    [[nodiscard]] QXYSeries* lineAt(std::size_t index);
    [[nodiscard]] QXYSeries* dotsAt(std::size_t index);
    void add(QXYSeries* series);

    QGraphicsScene m_scene;
    QChart* m_chart;
    QValueAxis* m_x;
    QAbstractAxis* m_y = nullptr;
    bool m_log = false;
    std::vector<QXYSeries*> m_lines, m_dots;  // reused; what is too many is empty
};

}  // namespace moelora::ui
