// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/caption_list.h"

#include <QPainter>
#include <algorithm>

#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int side = 44, pad = 6;
const QString marks[] = {QStringLiteral("▲"), QStringLiteral("▼"), QStringLiteral("≠"),
                         QStringLiteral("=")};
}  // namespace

CaptionDelegate::CaptionDelegate(PictureLoader& pictures, QObject* parent)
    : QStyledItemDelegate(parent), m_pictures(pictures) {}

QSize CaptionDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return {option.rect.width(), std::max(side, 2 * option.fontMetrics.height()) + 2 * pad};
}

void CaptionDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect area = option.rect.adjusted(2, 1, -2, -1);
    const bool selected = option.state & QStyle::State_Selected;
    if (selected || option.state & QStyle::State_MouseOver) {
        painter->setPen(selected ? QPen(colors().accent, 1) : QPen(Qt::NoPen));
        painter->setBrush(colors().hover);
        painter->drawRoundedRect(area.adjusted(0, 0, -1, -1), 5, 5);
    }
    const qreal ratio = painter->device()->devicePixelRatioF();
    const QImage image =
        m_pictures.picture(index.data(ComparisonModel::ImageRole).toString(), 2 * side);
    painter->drawPixmap(area.left() + pad, area.top() + (area.height() - side) / 2,
                        thumbnail(image, side, ratio));
    const auto verdict = static_cast<Verdict>(index.data(ComparisonModel::VerdictRole).toInt());
    const QColor tone = verdict == Verdict::Better  ? colors().good
                        : verdict == Verdict::Worse ? colors().error
                                                    : colors().muted;
    const QRect mark(area.right() - 20, area.top(), 16, area.height());
    painter->setPen(tone);
    painter->drawText(mark, Qt::AlignCenter, marks[static_cast<int>(verdict)]);
    QRect text = area.adjusted(side + 2 * pad + 4, 4, -24, -4);
    const QString task = index.data(ComparisonModel::TaskRole).toString();
    if (!task.isEmpty()) {
        painter->setPen(colors().muted);
        painter->drawText(text, Qt::AlignLeft | Qt::AlignTop, task);
        text.setTop(text.top() + option.fontMetrics.height());
    }
    painter->setPen(colors().text);
    const QString caption =
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, text.width());
    painter->drawText(text, Qt::AlignLeft | (task.isEmpty() ? Qt::AlignVCenter : Qt::AlignTop),
                      caption);
    painter->restore();
}

void ComparisonFilter::setShow(Show show) {
    m_show = show;
    invalidateFilter();
}

bool ComparisonFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const auto verdict = static_cast<Verdict>(
        sourceModel()->index(row, 0, parent).data(ComparisonModel::VerdictRole).toInt());
    switch (m_show) {
        case Differing:
            return verdict != Verdict::Same;
        case Better:
            return verdict == Verdict::Better;
        case Worse:
            return verdict == Verdict::Worse;
        default:
            return true;
    }
}

}  // namespace moelora::ui
