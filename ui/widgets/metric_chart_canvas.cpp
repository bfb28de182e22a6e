// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart_canvas.h"

#include <QGraphicsLayout>
#include <QPainter>
#include <QtCharts/QChart>
#include <QtCharts/QLineSeries>
#include <QtCharts/QLogValueAxis>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>

#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
// The wider of the old and the new interval goes with the wider range, or the axis makes hundreds
// of labels in between.
void setTicks(QValueAxis* axis, const ChartCanvas::Scale& scale) {
    if (axis->min() == scale.from && axis->max() == scale.to &&
        axis->tickInterval() == scale.interval)
        return;
    if (scale.interval > axis->tickInterval()) axis->setTickInterval(scale.interval);
    axis->setRange(scale.from, scale.to);
    axis->setTickInterval(scale.interval);
}
}  // namespace

ChartCanvas::ChartCanvas() : m_chart(new QChart), m_x(new QValueAxis) {
    m_scene.addItem(m_chart);
    m_chart->legend()->hide();
    m_chart->setMargins(QMargins());
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_chart->setBackgroundVisible(false);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_x->setTickType(QValueAxis::TicksDynamic);
    m_x->setLabelsVisible(
        false);  // the chart writes them: the last one stays inside of the picture
    m_chart->addAxis(m_x, Qt::AlignBottom);
    auto* y = new QValueAxis;
    y->setTickType(QValueAxis::TicksDynamic);
    m_y = y;
    m_chart->addAxis(m_y, Qt::AlignLeft);
    y->setLabelFormat(QStringLiteral("%.4g"));
}

void ChartCanvas::setLogarithmic(bool on) {
    if (on == m_log) return;
    m_log = on;
    m_chart->removeAxis(m_y);
    delete m_y;
    if (on) {
        auto* axis = new QLogValueAxis;
        axis->setBase(10);
        axis->setMinorTickCount(8);
        axis->setLabelFormat(QStringLiteral("%.2g"));
        m_y = axis;
    } else {
        auto* axis = new QValueAxis;
        axis->setTickType(QValueAxis::TicksDynamic);
        axis->setLabelFormat(QStringLiteral("%.4g"));
        m_y = axis;
    }
    m_chart->addAxis(m_y, Qt::AlignLeft);
    for (const auto* all : {&m_lines, &m_dots})
        for (QXYSeries* series : *all) series->attachAxis(m_y);
}

void ChartCanvas::setScales(const Scale& x, const Scale& y) {
    setTicks(m_x, x);
    setLogarithmic(y.interval == 0);
    if (m_log)
        m_y->setRange(y.from, y.to);
    else
        setTicks(static_cast<QValueAxis*>(m_y), y);
}

void ChartCanvas::setStyle(const QFont& font, const Colors& c) {
    for (QAbstractAxis* axis : {static_cast<QAbstractAxis*>(m_x), m_y}) {
        axis->setLabelsColor(c.muted);
        axis->setLabelsFont(font);
        axis->setGridLineColor(c.grid);
        axis->setMinorGridLineVisible(false);
        axis->setLinePenColor(c.border);
    }
}

void ChartCanvas::add(QXYSeries* series) {
    m_chart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
}

QXYSeries* ChartCanvas::lineAt(std::size_t index) {
    while (m_lines.size() <= index) {
        m_lines.push_back(new QLineSeries);
        add(m_lines.back());
    }
    return m_lines[index];
}

QXYSeries* ChartCanvas::dotsAt(std::size_t index) {
    while (m_dots.size() <= index) {
        auto* dots = new QScatterSeries;
        dots->setMarkerSize(8);
        m_dots.push_back(dots);
        add(dots);
    }
    return m_dots[index];
}

void ChartCanvas::setCurves(const std::vector<Curve>& curves, const Colors& c) {
    std::size_t lines = 0, dots = 0;
    for (const Curve& curve : curves)
        for (const QVector<QPointF>& stretch : curve.stretches) {
            // A single value is a dot: a line needs two.
            const bool dot = curve.style == MetricSeries::Points || stretch.size() == 1;
            QXYSeries* series = dot ? dotsAt(dots++) : lineAt(lines++);
            if (dot) {
                series->setColor(curve.color);
                static_cast<QScatterSeries*>(series)->setBorderColor(c.surface);
                static_cast<QScatterSeries*>(series)->setMarkerSize(
                    curve.style == MetricSeries::Points ? 8 : 4);
            } else {
                series->setPen(
                    QPen(curve.color, curve.style == MetricSeries::Thin ? 1 : 2,
                         curve.style == MetricSeries::Dashed ? Qt::DashLine : Qt::SolidLine));
            }
            series->replace(stretch);
        }
    for (; lines < m_lines.size(); ++lines) m_lines[lines]->clear();
    for (; dots < m_dots.size(); ++dots) m_dots[dots]->clear();
}

void ChartCanvas::draw(QPainter& painter, const QRectF& all, const QRectF& plot, const Scale& x,
                       const Scale& y, const std::vector<Curve>& curves, const QFont& font,
                       const Colors& colors) {
    m_scene.setSceneRect(all);
    m_chart->setGeometry(all);
    m_chart->setPlotArea(plot);
    setScales(x, y);
    setStyle(font, colors);
    setCurves(curves, colors);
    m_chart->layout()->activate();
    m_scene.render(&painter, all, all);
}

}  // namespace moelora::ui
