// SPDX-License-Identifier: GPL-3.0-or-later
// Thinning a series to what a screen can show, without losing an extreme. Pure.
#pragma once

#include <QPointF>
#include <QVector>
#include <span>
#include <vector>

namespace moelora::ui {

struct Decimated {
    QVector<QPointF> line;  // finite points, x rising; at most 2 a column and stretch
    QVector<int> breaks;    // points of `line` before which something is missing
    QVector<double> marks;  // x of values that are NaN or infinite
};

// Smallest and largest y of each of `columns` equal parts of [first x, last x], in the order in
// which they stand. `points` are sorted by x; a NaN or infinity becomes a mark, never a point. The
// line breaks at a mark, and where two points are further apart than `gap` (0 = never).
[[nodiscard]] Decimated decimate(std::span<const QPointF> points, int columns, double gap = 0);

// How far neighbours of the series usually are apart: the median of a sample; 0 = unknown.
[[nodiscard]] double usualStride(std::span<const QPointF> points);

// The points from the last one before `from` to the first one after `to`.
[[nodiscard]] std::span<const QPointF> visiblePart(std::span<const QPointF> points, double from,
                                                   double to);

// The finite value below which `share` of the finite values lie; NaN when there is none.
[[nodiscard]] double quantile(std::span<const QPointF> points, double share);

// Exponential mean with bias correction: m = w m + (1-w) y, y' = m / (1 - w^n). Values that are not
// finite are passed over (no point). 0 <= weight < 1.
class Smoother {
  public:
    explicit Smoother(double weight) : m_weight(weight) {}
    [[nodiscard]] std::vector<QPointF> add(std::span<const QPointF> points);  // of these alone

  private:
    double m_weight, m_mean = 0, m_power = 1;
};
[[nodiscard]] std::vector<QPointF> smoothed(const std::vector<QPointF>& points, double weight);

}  // namespace moelora::ui
