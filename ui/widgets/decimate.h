// SPDX-License-Identifier: GPL-3.0-or-later
// Thinning a series to what a screen can show, without losing an extreme. Pure.
#pragma once

#include <QPointF>
#include <QVector>
#include <vector>

namespace moelora::ui {

struct Decimated {
    QVector<QPointF> line;  // finite points, x rising; at most 2 a column
    QVector<double> marks;  // x of values that are NaN or infinite
};

// Smallest and largest y of each of `columns` equal parts of [first x, last x], in the order in
// which they stand. `points` are sorted by x; a NaN or infinity becomes a mark, never a point.
[[nodiscard]] Decimated decimate(const std::vector<QPointF>& points, int columns);

// Exponential mean with bias correction: m = w m + (1-w) y, y' = m / (1 - w^n). Values that are not
// finite are passed over (no point). 0 <= weight < 1.
[[nodiscard]] std::vector<QPointF> smoothed(const std::vector<QPointF>& points, double weight);

}  // namespace moelora::ui
