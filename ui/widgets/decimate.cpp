// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/decimate.h"

#include <algorithm>
#include <cmath>

namespace moelora::ui {

namespace {
void flush(QVector<QPointF>& line, const QPointF& low, const QPointF& high) {
    if (low.x() == high.x()) {
        line.push_back(low);
        return;
    }
    line.push_back(low.x() < high.x() ? low : high);
    line.push_back(low.x() < high.x() ? high : low);
}
}  // namespace

Decimated decimate(const std::vector<QPointF>& points, int columns) {
    Decimated out;
    if (points.empty() || columns < 1) return out;
    const double first = points.front().x(), span = points.back().x() - first;
    bool open = false;
    int column = 0;
    QPointF low, high;
    for (const QPointF& p : points) {
        if (!std::isfinite(p.y())) {
            out.marks.push_back(p.x());
            continue;
        }
        const int at =
            span > 0 ? std::min(columns - 1, static_cast<int>((p.x() - first) / span * columns))
                     : 0;
        if (open && at != column) {
            flush(out.line, low, high);
            open = false;
        }
        if (!open) {
            low = high = p;
            column = at;
            open = true;
        }
        if (p.y() < low.y()) low = p;
        if (p.y() > high.y()) high = p;
    }
    if (open) flush(out.line, low, high);
    return out;
}

std::vector<QPointF> smoothed(const std::vector<QPointF>& points, double weight) {
    std::vector<QPointF> out;
    out.reserve(points.size());
    double mean = 0, power = 1;
    for (const QPointF& p : points) {
        if (!std::isfinite(p.y())) continue;
        mean = weight * mean + (1 - weight) * p.y();
        power *= weight;
        out.emplace_back(p.x(), mean / (1 - power));
    }
    return out;
}

}  // namespace moelora::ui
