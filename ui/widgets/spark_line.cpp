// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/spark_line.h"

#include <QPainter>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace moelora::ui {

void drawSparkLine(QPainter& painter, const QRectF& area, std::span<const QPointF> points,
                   const QColor& color) {
    if (points.size() < 2) return;
    const auto [low, high] =
        std::minmax_element(points.begin(), points.end(),
                            [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); });
    const double height = std::max(high->y() - low->y(), 1e-12),
                 width = std::max(points.back().x() - points.front().x(), 1e-12);
    QPolygonF line;
    for (const QPointF& p : points)
        line << QPointF(area.left() + (p.x() - points.front().x()) / width * area.width(),
                        area.bottom() - (p.y() - low->y()) / height * area.height());
    painter.setPen(QPen(color, 1.5));
    painter.drawPolyline(line);
}

void SparkLineDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);  // ground and selection
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    drawSparkLine(*painter, QRectF(option.rect).adjusted(8, 7, -8, -7), m_points(index),
                  colors().series[0]);
    painter->restore();
}

}  // namespace moelora::ui
