// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart_view.h"

#include <QMouseEvent>
#include <QtCharts/QLogValueAxis>
#include <algorithm>
#include <cmath>

#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double xTicks = 6, yTicks = 4;

// 1, 2 or 5 times a power of ten, at least `wanted`.
double niceStep(double wanted) {
    if (!(wanted > 0)) return 1;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= wanted * 0.999) return factor * power;
    return 10 * power;
}

// The wider of the old and the new interval goes with the wider range, or the axis makes hundreds
// of labels in between.
void setTicks(QValueAxis* axis, double from, double to, double step) {
    if (axis->min() == from && axis->max() == to && axis->tickInterval() == step) return;
    if (step > axis->tickInterval()) axis->setTickInterval(step);
    axis->setRange(from, to);
    axis->setTickInterval(step);
}
}  // namespace

MetricChart::View::View(QWidget* parent)
    : QChartView(new QChart, parent), x(new QValueAxis), y(nullptr) {
    chart()->legend()->hide();  // the owner shows legendHtml() where it has room
    chart()->setMargins(QMargins(2, 0, 6, 2));
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundRoundness(0);
    chart()->setAnimationOptions(QChart::NoAnimation);
    chart()->addAxis(x, Qt::AlignBottom);
    x->setLabelFormat(QStringLiteral("%.0f"));
    x->setTickType(QValueAxis::TicksDynamic);
    setYAxis(false);
    setRenderHint(QPainter::Antialiasing);
    setRubberBand(QChartView::HorizontalRubberBand);
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setFocusPolicy(Qt::NoFocus);
    setMinimumSize(180, 90);
}

void MetricChart::View::setYAxis(bool log) {
    if (y && logarithmic == log) return;
    logarithmic = log;
    if (y) {
        chart()->removeAxis(y);
        delete y;
    }
    if (log) {
        auto* axis = new QLogValueAxis;
        axis->setBase(10);
        axis->setMinorTickCount(-1);
        axis->setLabelFormat(QStringLiteral("%.2g"));
        y = axis;
    } else {
        auto* axis = new QValueAxis;
        axis->setTickType(QValueAxis::TicksDynamic);
        axis->setLabelFormat(QStringLiteral("%.3g"));
        y = axis;
    }
    chart()->addAxis(y, Qt::AlignLeft);
    for (const DrawnSeries& d : drawn) {
        d.line->attachAxis(y);
        d.marks->attachAxis(y);
    }
}

void MetricChart::View::attach(QAbstractSeries* series) {
    chart()->addSeries(series);
    series->attachAxis(x);
    series->attachAxis(y);
}

void MetricChart::View::setCount(std::size_t count, const std::vector<MetricSeries>& series) {
    if (drawn.size() == count) return;
    chart()->removeAllSeries();
    drawn.clear();
    for (const MetricSeries& s : series) {
        DrawnSeries d;
        d.line = s.style == MetricSeries::Points ? static_cast<QXYSeries*>(new QScatterSeries)
                                                 : new QLineSeries;
        d.marks = new QScatterSeries;
        attach(d.line);
        attach(d.marks);
        drawn.push_back(d);
    }
}

void MetricChart::View::restyle(const std::vector<MetricSeries>& series) {
    const Colors& c = colors();
    chart()->setBackgroundBrush(c.surface);
    setBackgroundBrush(c.surface);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, font().pointSizeF() * 0.85));
    for (QAbstractAxis* axis : {static_cast<QAbstractAxis*>(x), y}) {
        axis->setLabelsColor(c.muted);
        axis->setLabelsFont(small);
        axis->setGridLineColor(c.grid);
        axis->setLinePenColor(c.border);
    }
    for (std::size_t i = 0; i < drawn.size() && i < series.size(); ++i) {
        QColor color = c.series[series[i].color % 4];
        if (series[i].style == MetricSeries::Thin) color.setAlphaF(0.45F);
        const Qt::PenStyle style =
            series[i].style == MetricSeries::Dashed ? Qt::DashLine : Qt::SolidLine;
        drawn[i].line->setPen(QPen(color, series[i].style == MetricSeries::Thin ? 1 : 2, style));
        drawn[i].line->setName(series[i].name);
        if (auto* points = qobject_cast<QScatterSeries*>(drawn[i].line)) {
            points->setMarkerSize(8);
            points->setColor(color);
            points->setBorderColor(c.surface);
        }
        drawn[i].marks->setMarkerShape(QScatterSeries::MarkerShapeTriangle);
        drawn[i].marks->setMarkerSize(10);
        drawn[i].marks->setColor(c.error);
        drawn[i].marks->setBorderColor(c.surface);
    }
}

int MetricChart::View::columns() const {
    return std::max(16, static_cast<int>(chart()->plotArea().width()));
}

void MetricChart::View::setRanges(double lastStep, double low, double high) {
    setTicks(x, 0, std::max(1.0, lastStep), std::max(1.0, niceStep(lastStep / xTicks)));
    if (logarithmic) {
        y->setRange(low / 1.2, high * 1.2);
        return;
    }
    const double bottom = std::min(0.0, low), step = niceStep((high - bottom) / yTicks);
    setTicks(static_cast<QValueAxis*>(y), std::floor(bottom / step) * step,
             std::max(1.0, std::ceil(high / step)) * step, step);
}

void MetricChart::View::mouseMoveEvent(QMouseEvent* event) {
    QChartView::mouseMoveEvent(event);
    const QPointF at = mapToScene(event->pos());
    m_cursor = chart()->plotArea().contains(at) ? at.x() : -1;
    viewport()->update();
}

void MetricChart::View::mouseReleaseEvent(QMouseEvent* event) {
    QChartView::mouseReleaseEvent(event);
    if (event->button() == Qt::LeftButton) zoomed = zoomed || chart()->isZoomed();
}

void MetricChart::View::mouseDoubleClickEvent(QMouseEvent*) {
    if (unzoom) unzoom();
}

void MetricChart::View::leaveEvent(QEvent* event) {
    QChartView::leaveEvent(event);
    m_cursor = -1;
    viewport()->update();
}

void MetricChart::View::drawForeground(QPainter* painter, const QRectF& rect) {
    QChartView::drawForeground(painter, rect);
    const QRectF area = chart()->plotArea();
    if (m_cursor < 0 || !readout) return;
    const double step = x->min() + (m_cursor - area.left()) / area.width() * (x->max() - x->min());
    const QString text = readout(step);
    if (text.isEmpty()) return;
    painter->setPen(QPen(colors().muted, 0, Qt::DashLine));
    painter->drawLine(QPointF(m_cursor, area.top()), QPointF(m_cursor, area.bottom()));
    const QFontMetrics metrics(font());
    QRectF box(0, area.top() + 4, metrics.horizontalAdvance(text) + 14, metrics.height() + 6);
    box.moveLeft(m_cursor + box.width() + 8 < area.right()
                     ? m_cursor + 8
                     : std::max(area.left(), m_cursor - box.width() - 8));
    painter->setPen(colors().border);
    painter->setBrush(colors().window);
    painter->drawRoundedRect(box, 4, 4);
    painter->setPen(colors().text);
    painter->drawText(box, Qt::AlignCenter, text);
}

}  // namespace moelora::ui
