// SPDX-License-Identifier: GPL-3.0-or-later
// A small curve without axes, for cells of tables.
#pragma once

#include <QPointF>
#include <QStyledItemDelegate>
#include <functional>
#include <span>

namespace moelora::ui {

// Into `area`, from its lowest to its highest value; nothing for fewer than two points.
void drawSparkLine(QPainter& painter, const QRectF& area, std::span<const QPointF> points,
                   const QColor& color);

class SparkLineDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    using Points = std::function<std::span<const QPointF>(const QModelIndex&)>;
    SparkLineDelegate(Points points, QObject* parent = nullptr)
        : QStyledItemDelegate(parent), m_points(std::move(points)) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
        return {96, 24};
    }

  private:
    Points m_points;
};

}  // namespace moelora::ui
