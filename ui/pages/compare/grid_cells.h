// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of the grid of checkpoints: a small picture with what was asked, and captions with what
// came new. GUI thread only.
#pragma once

#include <QStyledItemDelegate>

#include "ui/bridge/picture_loader.h"

namespace moelora::ui {

class CheckpointGrid;

class GridCells : public QStyledItemDelegate {
    Q_OBJECT
  public:
    // Both outlive it.
    GridCells(PictureLoader& pictures, const CheckpointGrid& grid, QObject* parent);
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    // Of a row in which this cell is `width` wide; no higher than `highest`.
    [[nodiscard]] int heightOf(const QModelIndex& index, int width,
                               const QFontMetrics& metrics) const;
    [[nodiscard]] static int lowest(const QFontMetrics& metrics);

  private:
    void paintSample(QPainter* painter, const QRect& area, const QStyleOptionViewItem& option,
                     const QModelIndex& index) const;
    void paintCaption(QPainter* painter, const QRect& area, const QStyleOptionViewItem& option,
                      const QModelIndex& index) const;

    PictureLoader& m_pictures;
    const CheckpointGrid& m_grid;
};

}  // namespace moelora::ui
