// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing half of MetricChart: places, ticks, lines and marks, on screen and into files.
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/metric_chart.h"
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

std::vector<double> ticksBetween(double low, double high, double step) {
    std::vector<double> ticks;
    constexpr double slack = 1e-6;
    const double first = std::ceil(low / step - slack);
    for (double i = first; i * step <= high + slack * step && ticks.size() < 100; ++i)
        ticks.push_back(i * step);
    return ticks;
}

// Powers of ten; their doubles and fivefolds when there are few.
std::vector<double> logTicks(double low, double high) {
    std::vector<double> ticks;
    if (!(low > 0)) return ticks;  // the range is still that of a linear axis
    const double decades = std::log10(high / low);
    for (double e = std::floor(std::log10(low)); e <= std::ceil(std::log10(high)); ++e)
        for (const double factor : {1.0, 2.0, 5.0}) {
            if (factor > 1 && decades > 2) continue;
            const double tick = factor * std::pow(10, e);
            if (tick >= low && tick <= high) ticks.push_back(tick);
        }
    return ticks;
}

QString tickText(double value) {
    return QString::number(std::abs(value) < 1e-12 ? 0 : value, 'g', 4);
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
    if (m_log)
        place.yTicks = logTicks(m_low, m_high);
    else
        place.yTicks = ticksBetween(
            m_low, m_high,
            niceStep((m_high - m_low) / std::max(1.0, std::floor((bottom - top) / ySpacing))));
    double wide =
        metrics.horizontalAdvance(QStringLiteral("0.000"));  // no jumping while it changes
    for (const double tick : place.yTicks)
        wide = std::max(wide, metrics.horizontalAdvance(tickText(tick)));
    place.plot = QRectF(QPointF(all.left() + wide + 8, top), QPointF(all.right() - 10, bottom));
    const double columns = std::max(1.0, std::floor(place.plot.width() / xSpacing));
    place.xTicks = ticksBetween(m_axis->from(), m_axis->to(),
                                std::max(1.0, niceStep((m_axis->to() - m_axis->from()) / columns)));
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
    drawGrid(painter, place, c);
    painter.save();
    painter.setClipRect(place.plot.adjusted(-1, -1, 1, 1));
    for (std::size_t i = 0; i < m_drawn.size(); ++i) drawSeries(painter, place.plot, i, c);
    painter.restore();
    for (const Drawn& drawn : m_drawn) drawMarks(painter, place.plot, drawn, c);
    drawBest(painter, place.plot, c);
    painter.setFont(font());
}

void MetricChart::drawGrid(QPainter& painter, const Place& place, const Colors& c) const {
    const QFontMetricsF metrics(painter.font());
    const QRectF& plot = place.plot;
    for (const double tick : place.yTicks) {
        const double y = std::round(yAt(tick, plot)) + 0.5;
        painter.setPen(QPen(c.grid, 1));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(c.muted);
        painter.drawText(QRectF(plot.left() - 80, y - 10, 74, 20),
                         Qt::AlignRight | Qt::AlignVCenter, tickText(tick));
    }
    for (const double tick : place.xTicks) {
        const double x = std::round(xAt(tick, plot)) + 0.5;
        painter.setPen(QPen(c.grid, 1));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        painter.setPen(c.muted);
        painter.drawText(QRectF(x - 50, plot.bottom() + 2, 100, metrics.height()), Qt::AlignCenter,
                         tickText(tick));
    }
    painter.setPen(QPen(c.muted, 1, Qt::DotLine));
    const double room = (m_axis->to() - m_axis->from()) / std::max(1.0, plot.width() / 4);
    double before = -room;
    for (const double epoch : m_epochs) {
        if (epoch < m_axis->from() || epoch > m_axis->to() || epoch - before < room) continue;
        before = epoch;
        const double x = std::round(xAt(epoch, plot)) + 0.5;
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    }
    painter.setPen(QPen(c.border, 1));
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
}

void MetricChart::drawSeries(QPainter& painter, const QRectF& plot, std::size_t index,
                             const Colors& c) const {
    const MetricSeries& series = m_series[index];
    const Decimated& thin = m_drawn[index].thin;
    QColor color = c.series[series.color % 4];
    if (series.style == MetricSeries::Points) {
        painter.setPen(QPen(c.surface, 1));
        painter.setBrush(color);
        for (const QPointF& p : thin.line)
            painter.drawEllipse(QPointF(xAt(p.x(), plot), yAt(p.y(), plot)), 4, 4);
        return;
    }
    if (series.style == MetricSeries::Thin) color.setAlphaF(0.5F);
    painter.setPen(QPen(color, series.style == MetricSeries::Thin ? 1 : 2,
                        series.style == MetricSeries::Dashed ? Qt::DashLine : Qt::SolidLine,
                        Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    QVector<QPointF> stretch;
    const auto flush = [&] {
        if (stretch.size() == 1)
            painter.drawPoint(stretch.front());
        else if (series.style == MetricSeries::Thick)
            // Piece by piece: outlining a thick zigzag as one path takes seconds.
            for (qsizetype i = 1; i < stretch.size(); ++i)
                painter.drawLine(stretch[i - 1], stretch[i]);
        else if (!stretch.isEmpty())
            painter.drawPolyline(stretch.constData(), static_cast<int>(stretch.size()));
        stretch.clear();
    };
    qsizetype nextBreak = 0;
    for (qsizetype i = 0; i < thin.line.size(); ++i) {
        if (nextBreak < thin.breaks.size() && thin.breaks[nextBreak] == i) {
            flush();
            ++nextBreak;
        }
        stretch.append({xAt(thin.line[i].x(), plot), yAt(thin.line[i].y(), plot)});
    }
    flush();
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
