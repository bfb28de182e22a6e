// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart.h"

#include <QEvent>
#include <QResizeEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/bridge/text.h"
#include "ui/widgets/decimate.h"
#include "ui/widgets/metric_chart_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

MetricChart::MetricChart(QWidget* parent) : QWidget(parent), m_view(std::make_unique<View>(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_view.get());
    m_view->readout = [this](double step) { return readout(step); };
    m_view->unzoom = [this] { zoomOut(); };
    keepLook(this, [this] { m_view->restyle(m_series); });
}

MetricChart::~MetricChart() = default;

void MetricChart::setSeries(std::vector<MetricSeries> series) {
    const auto sameLook = [](const MetricSeries& a, const MetricSeries& b) {
        return a.name == b.name && a.style == b.style && a.color == b.color;
    };
    const bool restyle =
        !std::equal(series.begin(), series.end(), m_series.begin(), m_series.end(), sameLook);
    m_series = std::move(series);
    m_view->setCount(m_series.size(), m_series);
    if (restyle) m_view->restyle(m_series);
    redraw();
}

void MetricChart::setStepRange(double last) {
    m_lastStep = last;
}

void MetricChart::setLogarithmic(bool on) {
    m_log = on;
    m_view->setYAxis(on);
    m_view->restyle(m_series);
    redraw();
}

void MetricChart::zoomOut() {
    m_view->zoomed = false;
    m_view->chart()->zoomReset();
    redraw();
}

void MetricChart::redraw() {
    double low = std::numeric_limits<double>::infinity(), high = -low, last = m_lastStep;
    std::vector<Decimated> drawn;
    for (const MetricSeries& series : m_series) {
        std::vector<QPointF> points = series.points;
        if (m_log)
            for (QPointF& p : points)
                if (p.y() <= 0) p.setY(std::nan(""));
        drawn.push_back(decimate(points, m_view->columns()));
        for (const QPointF& p : drawn.back().line) {
            low = std::min(low, p.y());
            high = std::max(high, p.y());
        }
        if (!points.empty()) last = std::max(last, points.back().x());
    }
    if (!(low <= high)) low = 0, high = 1;
    if (!m_view->zoomed) m_view->setRanges(last, m_log ? std::max(low, 1e-12) : low, high);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        QList<QPointF> marks;
        for (const double at : drawn[i].marks) marks.append({at, m_log ? low : high});
        m_view->drawn[i].line->replace(drawn[i].line);
        m_view->drawn[i].marks->replace(marks);
    }
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

int MetricChart::pointsDrawn() const {
    int count = 0;
    for (const DrawnSeries& d : m_view->drawn) count += static_cast<int>(d.line->count());
    return count;
}

int MetricChart::marksDrawn() const {
    int count = 0;
    for (const DrawnSeries& d : m_view->drawn) count += static_cast<int>(d.marks->count());
    return count;
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

void MetricChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) m_view->restyle(m_series);
}

void MetricChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (!m_series.empty()) redraw();
}

}  // namespace moelora::ui
