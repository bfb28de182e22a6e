// SPDX-License-Identifier: GPL-3.0-or-later
// A cell of the grid of samples: a thumbnail with the beginning of the caption, and a bar across
// where it is left out. Asks for a picture only when it is painted. GUI thread only.
#pragma once

#include <QStyledItemDelegate>

#include "ui/bridge/picture_loader.h"

namespace moelora::ui {

class SampleDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    // `pictures` outlives it.
    SampleDelegate(PictureLoader& pictures, QObject* parent);
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

  private:
    PictureLoader& m_pictures;
};

}  // namespace moelora::ui
