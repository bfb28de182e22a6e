// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/sample_delegate.h"

#include <QPainter>
#include <QTextLayout>

#include "ui/models/samples_model.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int side = 108, gap = 8, textLines = 2;

// Room for Chinese letters and descenders, whatever font stands in for them.
int lineHeight(const QFontMetrics& metrics) {
    return metrics.height() + 3;
}

// The first lines of `text`; the last one ends with an ellipsis where more would follow.
void drawLines(QPainter* painter, const QPoint& topLeft, const QString& text, int width) {
    const QFontMetrics metrics = painter->fontMetrics();
    QTextLayout layout(text, painter->font());
    layout.beginLayout();
    for (int line = 0; line < textLines; ++line) {
        QTextLine part = layout.createLine();
        if (!part.isValid()) break;
        part.setLineWidth(width);
        const QString rest = text.mid(part.textStart());
        const QString shown = line + 1 < textLines
                                  ? rest.left(part.textLength()).trimmed()
                                  : metrics.elidedText(rest.simplified(), Qt::ElideRight, width);
        painter->drawText(topLeft.x(), topLeft.y() + line * lineHeight(metrics) + metrics.ascent(),
                          shown);
    }
    layout.endLayout();
}

// A veil and a bar across: seen without colours, too.
void drawLeftOut(QPainter* painter, const QRect& picture) {
    QColor veil = colors().surface;
    veil.setAlpha(170);
    painter->fillRect(picture, veil);
    painter->setPen(QPen(colors().error, 3));
    painter->drawLine(picture.bottomLeft() + QPoint(gap, -gap),
                      picture.topRight() + QPoint(-gap, gap));
}
}  // namespace

SampleDelegate::SampleDelegate(PictureLoader& pictures, QObject* parent)
    : QStyledItemDelegate(parent), m_pictures(pictures) {}

QSize SampleDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return {side + 2 * gap, side + textLines * lineHeight(option.fontMetrics) + 3 * gap};
}

void SampleDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
    const Colors& c = colors();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF cell = QRectF(option.rect).adjusted(2, 2, -2, -2);
    if (option.state & (QStyle::State_Selected | QStyle::State_MouseOver)) {
        painter->setPen(option.state & QStyle::State_Selected ? QPen(c.accent, 1.5)
                                                              : QPen(Qt::NoPen));
        painter->setBrush(c.hover);
        painter->drawRoundedRect(cell, 6, 6);
    }
    const QRect picture(option.rect.left() + gap, option.rect.top() + gap, side, side);
    const QImage image =
        m_pictures.picture(index.data(SamplesModel::ImageRole).toString(), 2 * side);
    if (image.isNull()) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(c.sunken);
        painter->drawRoundedRect(picture, 5, 5);
    } else {
        painter->drawPixmap(picture.topLeft(),
                            thumbnail(image, side, painter->device()->devicePixelRatioF()));
    }
    const bool out = index.data(SamplesModel::ExcludedRole).toBool();
    if (out) drawLeftOut(painter, picture);
    painter->setPen(out ? c.muted : c.text);
    drawLines(painter, {picture.left(), picture.bottom() + gap / 2}, index.data().toString(), side);
    painter->restore();
}

}  // namespace moelora::ui
