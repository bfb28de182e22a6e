// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/decimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace moelora::ui {

namespace {
// The points of one column: only the lowest and the highest are drawn.
struct Column {
    int at = -1;  // -1 = empty
    QPointF low, high;

    void flush(QVector<QPointF>& line) {
        if (at < 0) return;
        at = -1;
        if (low.x() == high.x()) {
            line.push_back(low);
            return;
        }
        line.push_back(low.x() < high.x() ? low : high);
        line.push_back(low.x() < high.x() ? high : low);
    }
    void add(int column, const QPointF& p, QVector<QPointF>& line) {
        if (at != column) {
            flush(line);
            at = column;
            low = high = p;
            return;
        }
        if (p.y() < low.y()) low = p;
        if (p.y() > high.y()) high = p;
    }
};
}  // namespace

Decimated decimate(std::span<const QPointF> points, int columns, double gap) {
    Decimated out;
    if (points.empty() || columns < 1) return out;
    const double first = points.front().x(), span = points.back().x() - first;
    Column column;
    const QPointF* before = nullptr;
    bool broken = false;
    for (const QPointF& p : points) {
        if (!std::isfinite(p.y())) {
            out.marks.push_back(p.x());
            broken = true;
            continue;
        }
        const int at =
            span > 0 ? std::min(columns - 1, static_cast<int>((p.x() - first) / span * columns))
                     : 0;
        if (before && (broken || (gap > 0 && p.x() - before->x() > gap))) {
            column.flush(out.line);
            out.breaks.push_back(static_cast<int>(out.line.size()));
        }
        broken = false;
        before = &p;
        column.add(at, p, out.line);
    }
    column.flush(out.line);
    return out;
}

double usualStride(std::span<const QPointF> points) {
    constexpr std::size_t samples = 257;
    if (points.size() < 3) return 0;
    const std::size_t every = std::max<std::size_t>(1, points.size() / samples);
    std::vector<double> strides;
    for (std::size_t i = 1; i < points.size(); i += every)
        strides.push_back(points[i].x() - points[i - 1].x());
    const auto middle = strides.begin() + static_cast<std::ptrdiff_t>(strides.size() / 2);
    std::nth_element(strides.begin(), middle, strides.end());
    return *middle;
}

std::span<const QPointF> visiblePart(std::span<const QPointF> points, double from, double to) {
    const auto byX = [](const QPointF& p, double x) { return p.x() < x; };
    auto first = std::lower_bound(points.begin(), points.end(), from, byX);
    auto last = std::lower_bound(first, points.end(), to, byX);
    if (first != points.begin() && (first == points.end() || first->x() > from)) --first;
    if (last != points.end()) ++last;
    return {first, last};
}

double quantile(std::span<const QPointF> points, double share) {
    std::vector<double> values;
    values.reserve(points.size());
    for (const QPointF& p : points)
        if (std::isfinite(p.y())) values.push_back(p.y());
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(std::clamp(share, 0.0, 1.0) *
                                                     static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

std::vector<QPointF> Smoother::add(std::span<const QPointF> points) {
    std::vector<QPointF> out;
    out.reserve(points.size());
    for (const QPointF& p : points) {
        if (!std::isfinite(p.y())) continue;
        m_mean = m_weight * m_mean + (1 - m_weight) * p.y();
        m_power *= m_weight;
        out.emplace_back(p.x(), m_mean / (1 - m_power));
    }
    return out;
}

std::vector<QPointF> smoothed(const std::vector<QPointF>& points, double weight) {
    return Smoother(weight).add(points);
}

}  // namespace moelora::ui
