// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart.h"

#include "ui/widgets/metric_chart_canvas.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QStyleOption>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double zoomStep = 0.8, panShare = 0.2;
constexpr int shortestDrag = 6;
}  // namespace

MetricChart::MetricChart(QWidget* parent)
    : QWidget(parent), m_canvas(std::make_unique<ChartCanvas>()) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    shareAxis(&m_own);
    keepLook(this, [this] { update(); });
}

MetricChart::~MetricChart() = default;

void MetricChart::shareAxis(StepAxis* axis) {
    m_axis->disconnect(this);
    m_axis = axis;
    connect(axis, &StepAxis::changed, this, [this] {
        thin(static_cast<int>(plot().width()));
        update();
    });
    connect(axis, &StepAxis::cursorChanged, this, [this] { update(); });
}

void MetricChart::setSeries(std::vector<MetricSeries> series) {
    m_series = std::move(series);
    showSeries();
}

void MetricChart::append(const std::vector<std::vector<QPointF>>& fresh) {
    bool any = false;
    for (std::size_t i = 0; i < std::min(fresh.size(), m_series.size()); ++i) {
        std::vector<QPointF>& points = m_series[i].points;
        points.insert(points.end(), fresh[i].begin(), fresh[i].end());
        any = any || !fresh[i].empty();
    }
    if (any) showSeries();
}

void MetricChart::showSeries() {
    double last = m_axis->last();
    for (const MetricSeries& s : m_series)
        if (!s.points.empty()) last = std::max(last, s.points.back().x());
    m_axis->setLast(last);
    thin(static_cast<int>(plot().width()));
    update();
}

void MetricChart::setLogarithmic(bool on) {
    m_log = on;
    thin(static_cast<int>(plot().width()));
    update();
}

void MetricChart::setClip(double share) {
    m_clip = share;
    thin(static_cast<int>(plot().width()));
    update();
}

void MetricChart::setEpochs(std::vector<double> steps) {
    m_epochs = std::move(steps);
    update();
}

void MetricChart::setBest(std::optional<QPointF> best) {
    m_best = best;
    update();
}

// What is visible, thinned to the columns of the screen; the value axis follows it.
void MetricChart::thin(int columns) {
    constexpr double gapFactor = 1.5;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    m_drawn.clear();
    for (const MetricSeries& series : m_series) {
        const auto part = visiblePart(series.points, m_axis->from(), m_axis->to());
        const double gap =
            series.style == MetricSeries::Points ? 0 : gapFactor * usualStride(series.points);
        Drawn drawn;
        if (m_log) {
            std::vector<QPointF> shown(part.begin(), part.end());
            for (QPointF& p : shown)
                if (p.y() <= 0) {
                    drawn.below.push_back(p.x());
                    p.setY(std::numeric_limits<double>::quiet_NaN());
                }
            drawn.thin = decimate(shown, std::max(16, columns), gap);
            const auto isBelow = [&](double x) {
                return std::binary_search(drawn.below.begin(), drawn.below.end(), x);
            };
            drawn.thin.marks.removeIf(isBelow);
        } else {
            drawn.thin = decimate(part, std::max(16, columns), gap);
            if (series.markZeros)
                for (const QPointF& p : part)
                    if (p.y() == 0) drawn.zeros.push_back(p.x());
        }
        for (const QPointF& p : drawn.thin.line) {
            low = std::min(low, p.y());
            high = std::max(high, p.y());
        }
        if (m_clip < 1)
            if (const double end = quantile(part, m_clip); std::isfinite(end))
                high = std::min(high, std::max(low, end));
        m_drawn.push_back(std::move(drawn));
    }
    if (!(low <= high)) low = 0, high = 1;
    setRange(low, high);
}

int MetricChart::pointsDrawn() const {
    int count = 0;
    for (const Drawn& d : m_drawn) count += static_cast<int>(d.thin.line.size());
    return count;
}

int MetricChart::marksDrawn() const {
    int count = 0;
    for (const Drawn& d : m_drawn)
        count += static_cast<int>(d.thin.marks.size() + d.zeros.size() + d.below.size());
    return count;
}

int MetricChart::gapsDrawn() const {
    int count = 0;
    for (const Drawn& d : m_drawn) count += static_cast<int>(d.thin.breaks.size());
    return count;
}

QString MetricChart::legendHtml() const {
    static const QString strokes[] = {QStringLiteral("─"), QStringLiteral("━"), QStringLiteral("╌"),
                                      QStringLiteral("●")};
    QStringList parts;
    for (const MetricSeries& series : m_series)
        parts << QStringLiteral("<span style=\"color:%1\">%2</span>&nbsp;%3")
                     .arg(colors().series[series.color % 4].name(), strokes[series.style],
                          series.name.toHtmlEscaped());
    return parts.join(QStringLiteral("&nbsp;&nbsp; "));
}

QString MetricChart::readout(double step) const {
    QStringList parts;
    for (const MetricSeries& series : m_series) {
        if (series.points.empty()) continue;
        const auto at = std::lower_bound(series.points.begin(), series.points.end(), step,
                                         [](const QPointF& p, double s) { return p.x() < s; });
        const QPointF& nearest = at == series.points.end() ? series.points.back() : *at;
        if (parts.isEmpty())
            parts << tr("update %1").arg(countText(static_cast<qint64>(nearest.x())));
        parts << QStringLiteral("%1 %2").arg(series.name, realText(nearest.y()));
    }
    return parts.join(QStringLiteral("   "));
}

void MetricChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    draw(painter, rect(), colors());
    const QRectF area = plot();
    if (m_drag == Drag::Zoom) {
        QColor shade = colors().accent;
        shade.setAlphaF(0.15F);
        painter.fillRect(QRectF(QPointF(std::min(m_dragFrom, m_dragTo), area.top()),
                                QPointF(std::max(m_dragFrom, m_dragTo), area.bottom())),
                         shade);
    }
    drawCursor(painter, area);
    if (hasFocus()) {
        painter.setPen(colors().accent);
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }
}

void MetricChart::drawCursor(QPainter& painter, const QRectF& area) const {
    if (!m_axis->cursor() || *m_axis->cursor() < m_axis->from() || *m_axis->cursor() > m_axis->to())
        return;
    const double x = xAt(*m_axis->cursor(), area);
    painter.setPen(QPen(colors().muted, 0, Qt::DashLine));
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    const QString text = readout(*m_axis->cursor());
    if (text.isEmpty()) return;
    const QFontMetricsF metrics(font());
    QRectF box(0, area.top() + 4, metrics.horizontalAdvance(text) + 14, metrics.height() + 6);
    box.moveLeft(x + box.width() + 8 < area.right() ? x + 8
                                                    : std::max(area.left(), x - box.width() - 8));
    painter.setPen(colors().border);
    painter.setBrush(colors().window);
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(colors().text);
    painter.drawText(box, Qt::AlignCenter, text);
}

void MetricChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    thin(static_cast<int>(plot().width()));
}

void MetricChart::mousePressEvent(QMouseEvent* event) {
    const bool pan = event->button() == Qt::MiddleButton ||
                     (event->button() == Qt::LeftButton && event->modifiers() & Qt::ShiftModifier);
    if (!pan && event->button() != Qt::LeftButton) return;
    m_drag = pan ? Drag::Pan : Drag::Zoom;
    m_dragFrom = m_dragTo = event->position().x();
}

void MetricChart::mouseMoveEvent(QMouseEvent* event) {
    const QRectF area = plot();
    const double x = std::clamp(event->position().x(), area.left(), area.right());
    if (m_drag == Drag::Pan) {
        m_axis->pan(stepAt(m_dragTo, area) - stepAt(x, area));
        m_dragTo = x;
    } else if (m_drag == Drag::Zoom) {
        m_dragTo = x;
        update();
    }
    m_axis->setCursor(stepAt(x, area));
}

void MetricChart::mouseReleaseEvent(QMouseEvent*) {
    const QRectF area = plot();
    const bool clicked = m_drag == Drag::Zoom && std::abs(m_dragTo - m_dragFrom) < shortestDrag &&
                         area.contains(QPointF(m_dragTo, area.center().y()));
    const bool zoom = m_drag == Drag::Zoom && !clicked;
    m_drag = Drag::None;
    if (clicked) Q_EMIT chosen(stepAt(m_dragTo, area));
    if (zoom)
        m_axis->setRange(stepAt(std::min(m_dragFrom, m_dragTo), area),
                         stepAt(std::max(m_dragFrom, m_dragTo), area));
    update();
}

void MetricChart::mouseDoubleClickEvent(QMouseEvent*) {
    m_axis->fit();
}

void MetricChart::leaveEvent(QEvent*) {
    m_axis->setCursor({});
}

// The wheel alone belongs to the page.
void MetricChart::wheelEvent(QWheelEvent* event) {
    if (!(event->modifiers() & Qt::ControlModifier)) {
        event->ignore();
        return;
    }
    m_axis->zoom(event->angleDelta().y() > 0 ? zoomStep : 1 / zoomStep,
                 stepAt(event->position().x(), plot()));
    event->accept();
}

void MetricChart::keyPressEvent(QKeyEvent* event) {
    const double middle = (m_axis->from() + m_axis->to()) / 2,
                 width = m_axis->to() - m_axis->from();
    switch (event->key()) {
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            return m_axis->zoom(zoomStep, middle);
        case Qt::Key_Minus:
            return m_axis->zoom(1 / zoomStep, middle);
        case Qt::Key_Left:
            return m_axis->pan(-panShare * width);
        case Qt::Key_Right:
            return m_axis->pan(panShare * width);
        case Qt::Key_Home:
            return m_axis->fit();
        case Qt::Key_Return:
        case Qt::Key_Enter:
            Q_EMIT chosen(m_axis->cursor().value_or(m_axis->to()));
            return;
        default:
            QWidget::keyPressEvent(event);
    }
}

QByteArray csvOf(const std::vector<MetricSeries>& series) {
    QByteArray out("update");
    std::set<double> steps;
    for (const MetricSeries& s : series) {
        QString name = s.name;
        name.replace(QLatin1Char('"'), QStringLiteral("\"\""));
        out += ",\"" + name.toUtf8() + '"';
        for (const QPointF& p : s.points) steps.insert(p.x());
    }
    out += '\n';
    std::vector<std::size_t> at(series.size(), 0);
    for (const double step : steps) {
        out += QByteArray::number(step, 'g', 17);
        for (std::size_t i = 0; i < series.size(); ++i) {
            out += ',';
            const auto& points = series[i].points;
            while (at[i] < points.size() && points[at[i]].x() < step) ++at[i];
            if (at[i] < points.size() && points[at[i]].x() == step)
                out += QByteArray::number(points[at[i]].y(), 'g', QLocale::FloatingPointShortest);
        }
        out += '\n';
    }
    return out;
}

}  // namespace moelora::ui
