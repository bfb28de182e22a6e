// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/grid_cells.h"

#include <QPainter>
#include <QTextDocument>
#include <algorithm>

#include "ui/models/checkpoint_grid.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int side = 48, pad = 7, lowestRow = 62, highestRow = 170, linesLeast = 2, linesMost = 8;
}

GridCells::GridCells(PictureLoader& pictures, const CheckpointGrid& grid, QObject* parent)
    : QStyledItemDelegate(parent), m_pictures(pictures), m_grid(grid) {}

void GridCells::paint(QPainter* painter, const QStyleOptionViewItem& option,
                      const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setClipRect(option.rect);
    if (option.state & QStyle::State_Selected) {
        painter->setPen(QPen(colors().accent, 1));
        painter->setBrush(colors().hover);
        painter->drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -2.5, -2.5), 5, 5);
    }
    const QRect area = option.rect.adjusted(pad, pad, -pad, -pad);
    if (index.column() == CheckpointGrid::SampleColumn)
        paintSample(painter, area, option, index);
    else
        paintCaption(painter, area, option, index);
    painter->restore();
}

void GridCells::paintSample(QPainter* painter, const QRect& area,
                            const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QString image = index.data(CheckpointGrid::ImageRole).toString();
    int left = area.left();
    if (!image.isEmpty()) {
        painter->drawPixmap(area.topLeft(), thumbnail(m_pictures.picture(image, 2 * side), side,
                                                      painter->device()->devicePixelRatioF()));
        left += side + pad;
    }
    QRect text(left, area.top(), area.right() - left + 1, area.height());
    painter->setPen(colors().muted);
    if (const QString task = index.data(CheckpointGrid::TaskRole).toString(); !task.isEmpty()) {
        painter->drawText(text, Qt::AlignLeft | Qt::AlignTop,
                          option.fontMetrics.elidedText(task, Qt::ElideRight, text.width()));
        text.setTop(text.top() + option.fontMetrics.lineSpacing());
    }
    painter->setPen(colors().text);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                      index.data().toString());
}

void GridCells::paintCaption(QPainter* painter, const QRect& area,
                             const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const bool muted = index.data(CheckpointGrid::MutedRole).toBool();
    QTextDocument text;
    text.setDocumentMargin(0);
    text.setDefaultFont(option.font);
    text.setHtml(QStringLiteral("<span style=\"color:%1\">%2</span>")
                     .arg((muted ? colors().muted : colors().text).name(),
                          diffHtml(m_grid.diff(index.row(), index.column()), DiffText::After)));
    text.setTextWidth(area.width());
    painter->translate(area.topLeft());
    text.drawContents(painter, QRectF(0, 0, area.width(), area.height()));
}

int GridCells::lowest(const QFontMetrics& metrics) {
    return std::max(lowestRow, linesLeast * metrics.lineSpacing() + 2 * pad + 4);
}

int GridCells::heightOf(const QModelIndex& index, int width, const QFontMetrics& metrics) const {
    const bool sample = index.column() == CheckpointGrid::SampleColumn;
    const int beside =
        sample && !index.data(CheckpointGrid::ImageRole).toString().isEmpty() ? side + pad : 0;
    const int room = std::max(20, width - 2 * pad - beside);
    const int highest = std::max(highestRow, linesMost * metrics.lineSpacing());
    int height =
        metrics.boundingRect(QRect(0, 0, room, highest), Qt::TextWordWrap, index.data().toString())
            .height();
    if (sample && !index.data(CheckpointGrid::TaskRole).toString().isEmpty())
        height += metrics.lineSpacing();
    return std::clamp(height + 2 * pad + 4, lowest(metrics), highest);
}

}  // namespace moelora::ui
