// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing half of MetricChart: places, curves and marks, on screen and into files.
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/metric_chart_canvas.h"
#include "ui/widgets/picture_colors.h"

namespace moelora::ui {

namespace {
constexpr double xSpacing = 72, ySpacing = 26;  // least distance of ticks in pixels
constexpr double logRoom = 1.15, smallestLog = 1e-300;

// 1, 2 or 5 times a power of ten, at least `wanted`.
double niceStep(double wanted) {
    if (!(wanted > 0) || !std::isfinite(wanted)) return 1;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= wanted * 0.999) return factor * power;
    return 10 * power;
}

QString tickText(double value) {
    return realText(std::abs(value) < 1e-12 ? 0 : value, 4);
}
}  // namespace

void MetricChart::setRange(double low, double high) {
    if (m_log) {
        m_low = std::max(low, smallestLog) / logRoom;
        m_high = std::max(high, smallestLog) * logRoom;
        return;
    }
    m_low = std::min(0.0, low);
    m_high = high > m_low ? high + 0.06 * (high - m_low) : m_low + 1;
    if (m_low < 0) m_low -= 0.06 * (high - m_low);
}

MetricChart::Place MetricChart::placeIn(const QRectF& all, const QFontMetricsF& metrics) const {
    Place place;
    const double bottom = all.bottom() - metrics.height() - 4, top = all.top() + 5;
    place.yInterval =
        m_log ? 0
              : niceStep((m_high - m_low) / std::max(1.0, std::floor((bottom - top) / ySpacing)));
    // A low chart still says how high it is.
    if (place.yInterval > m_high && m_high > 0) place.yInterval = niceStep(m_high / 2.1);
    double wide =
        metrics.horizontalAdvance(QStringLiteral("0.000"));  // no jumping while it changes
    for (const double end : {m_low, m_high, m_high - place.yInterval})
        wide = std::max(wide, metrics.horizontalAdvance(tickText(
                                  m_log || place.yInterval == 0
                                      ? end
                                      : std::round(end / place.yInterval) * place.yInterval)));
    place.plot = QRectF(QPointF(all.left() + wide + 10, top), QPointF(all.right() - 1, bottom));
    const double columns = std::max(1.0, std::floor(place.plot.width() / xSpacing));
    place.xInterval = std::max(1.0, niceStep((m_axis->to() - m_axis->from()) / columns));
    return place;
}

QRectF MetricChart::plot() const {
    QFont small = font();
    small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.85));
    return placeIn(rect(), QFontMetricsF(small)).plot;
}

double MetricChart::xAt(double step, const QRectF& plot) const {
    return plot.left() + (step - m_axis->from()) / (m_axis->to() - m_axis->from()) * plot.width();
}

double MetricChart::stepAt(double x, const QRectF& plot) const {
    return m_axis->from() +
           (x - plot.left()) / std::max(1.0, plot.width()) * (m_axis->to() - m_axis->from());
}

double MetricChart::yAt(double value, const QRectF& plot) const {
    const double share =
        m_log ? std::log(std::max(value, smallestLog) / m_low) / std::log(m_high / m_low)
              : (value - m_low) / (m_high - m_low);
    return plot.bottom() - share * plot.height();
}

void MetricChart::draw(QPainter& painter, const QRectF& all, const Colors& c) const {
    QFont small = font();
    small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.85));
    painter.setFont(small);
    const Place place = placeIn(all, QFontMetricsF(small));
    drawCurves(painter, all, place, c);
    drawSteps(painter, all, place, c);
    drawEpochs(painter, place.plot, c);
    for (const Drawn& drawn : m_drawn) drawMarks(painter, place.plot, drawn, c);
    drawBest(painter, place.plot, c);
    painter.setFont(font());
}

void MetricChart::drawCurves(QPainter& painter, const QRectF& all, const Place& place,
                             const Colors& c) const {
    std::vector<ChartCanvas::Curve> curves;
    for (std::size_t i = 0; i < m_drawn.size(); ++i) {
        const MetricSeries& series = m_series[i];
        const Decimated& thin = m_drawn[i].thin;
        ChartCanvas::Curve curve;
        curve.style = series.style;
        curve.color = c.series[series.color % 4];
        if (series.style == MetricSeries::Thin) curve.color.setAlphaF(0.5F);
        qsizetype begin = 0;
        const auto flush = [&](qsizetype end) {
            if (end > begin) curve.stretches.append(thin.line.mid(begin, end - begin));
            begin = end;
        };
        for (const qsizetype at : thin.breaks) flush(at);
        flush(thin.line.size());
        curves.push_back(std::move(curve));
    }
    m_canvas->draw(painter, all, place.plot, {m_axis->from(), m_axis->to(), place.xInterval},
                   {m_low, m_high, place.yInterval}, curves, painter.font(), c);
}

// Below their ticks, and never beyond the picture: the plot ends where everything around it ends.
void MetricChart::drawSteps(QPainter& painter, const QRectF& all, const Place& place,
                            const Colors& c) const {
    const QFontMetricsF metrics(painter.font());
    painter.setPen(c.muted);
    double free = all.left();  // behind the label before
    const double first = std::ceil(m_axis->from() / place.xInterval - 1e-9) * place.xInterval;
    for (double step = first; step <= m_axis->to() * (1 + 1e-9); step += place.xInterval) {
        const QString text = countText(std::llround(step));
        const double width = metrics.horizontalAdvance(text);
        const double left = std::min(xAt(step, place.plot) - width / 2, all.right() - width);
        if (left < free) continue;
        free = left + width + 6;
        painter.drawText(QRectF(left, place.plot.bottom() + 4, width + 1, metrics.height()),
                         Qt::AlignLeft | Qt::AlignTop, text);
    }
}

void MetricChart::drawEpochs(QPainter& painter, const QRectF& plot, const Colors& c) const {
    painter.setPen(QPen(c.muted, 1, Qt::DotLine));
    const double room = (m_axis->to() - m_axis->from()) / std::max(1.0, plot.width() / 4);
    double before = -room;
    for (const double epoch : m_epochs) {
        if (epoch < m_axis->from() || epoch > m_axis->to() || epoch - before < room) continue;
        before = epoch;
        const double x = std::round(xAt(epoch, plot)) + 0.5;
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    }
}

// A filled triangle at the top: no number. A ring at the bottom: exactly zero. A triangle at the
// bottom: too small for a logarithmic axis.
void MetricChart::drawMarks(QPainter& painter, const QRectF& plot, const Drawn& drawn,
                            const Colors& c) const {
    const auto inside = [&](double step) { return step >= m_axis->from() && step <= m_axis->to(); };
    constexpr double side = 5;
    painter.setPen(QPen(c.surface, 1));
    painter.setBrush(c.error);
    const auto triangle = [&](double x, double tip, double base) {
        painter.drawPolygon(QPolygonF({{x - side, base}, {x + side, base}, {x, tip}}));
    };
    for (const double step : drawn.thin.marks)
        if (inside(step)) triangle(xAt(step, plot), plot.top() + 2 * side, plot.top());
    for (const double step : drawn.below)
        if (inside(step)) triangle(xAt(step, plot), plot.bottom(), plot.bottom() - 2 * side);
    painter.setPen(QPen(c.error, 2));
    painter.setBrush(c.surface);
    for (const double step : drawn.zeros)
        if (inside(step)) painter.drawEllipse(QPointF(xAt(step, plot), yAt(0, plot)), 4, 4);
}

void MetricChart::drawBest(QPainter& painter, const QRectF& plot, const Colors& c) const {
    if (!m_best || m_best->x() < m_axis->from() || m_best->x() > m_axis->to()) return;
    const QPointF at(xAt(m_best->x(), plot),
                     std::clamp(yAt(m_best->y(), plot), plot.top(), plot.bottom()));
    painter.setPen(QPen(c.good, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(at, 7, 7);
    const QFontMetricsF metrics(painter.font());
    const QString text = tr("best %1").arg(realText(m_best->y(), 3));
    const double width = metrics.horizontalAdvance(text) + 4;
    QRectF box(at.x() - width / 2, at.y() - 12 - metrics.height(), width, metrics.height());
    box.moveLeft(std::clamp(box.left(), plot.left(), plot.right() - width));
    if (box.top() < plot.top()) box.moveTop(at.y() + 10);
    painter.drawText(box, Qt::AlignCenter, text);
}

bool MetricChart::savePicture(const QString& path) const {
    const Colors& c = pictureColors();
    const QSize size = this->size().expandedTo(QSize(640, 280));
    const auto paint = [&](QPaintDevice* device) {
        QPainter painter(device);
        if (!painter.isActive()) return false;
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(QRectF(QPointF(), size), c.surface);
        draw(painter, QRectF(QPointF(), size), c);
        return painter.end();
    };
    if (QFileInfo(path).suffix().compare(QLatin1String("svg"), Qt::CaseInsensitive) == 0) {
        QSvgGenerator svg;
        svg.setFileName(path);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(), size));
        svg.setTitle(accessibleName());
        return paint(&svg);
    }
    constexpr double ratio = 2;
    QImage image(size * ratio, QImage::Format_RGB32);
    image.setDevicePixelRatio(ratio);
    return paint(&image) && image.save(path);
}

}  // namespace moelora::ui
