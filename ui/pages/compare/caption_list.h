// SPDX-License-Identifier: GPL-3.0-or-later
// The list of compared samples: its rows (picture, caption, verdict) and its filter.
#pragma once

#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>

#include "ui/bridge/picture_loader.h"
#include "ui/models/comparison_model.h"

namespace moelora::ui {

class CaptionDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    CaptionDelegate(PictureLoader& pictures, QObject* parent);
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override;

  private:
    PictureLoader& m_pictures;
};

class ComparisonFilter : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    enum Show { All, Differing, Better, Worse };
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setShow(Show show);

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    Show m_show = All;
};

}  // namespace moelora::ui
