// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/image_view.h"

#include <QPainter>
#include <QPainterPath>

#include "ui/widgets/theme.h"

namespace moelora::ui {

ImageView::ImageView(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    keepLook(this, [this] { update(); });
}

void ImageView::setImage(const QImage& image) {
    m_image = image;
    update();
}

void ImageView::setSide(int side) {
    setFixedSize(side, side);
}

void ImageView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    QRectF area = rect();
    if (!m_image.isNull()) {
        const QSizeF size = QSizeF(m_image.size()).scaled(area.size(), Qt::KeepAspectRatio);
        area = QRectF(area.center() - QPointF(size.width() / 2, size.height() / 2), size);
    }
    QPainterPath path;
    path.addRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    painter.setClipPath(path);
    painter.fillPath(path, colors().sunken);
    if (!m_image.isNull()) painter.drawImage(area, m_image);
    painter.setClipping(false);
    painter.setPen(QPen(colors().border, 1));
    painter.drawPath(path);
}

QPixmap thumbnail(const QImage& image, int side, qreal ratio) {
    QPixmap pixmap(QSize(side, side) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    QPainterPath path;
    path.addRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 5, 5);
    painter.setClipPath(path);
    painter.fillPath(path, colors().sunken);
    if (!image.isNull()) {
        const QSizeF size = QSizeF(image.size()).scaled(side, side, Qt::KeepAspectRatioByExpanding);
        painter.drawImage(
            QRectF(QPointF((side - size.width()) / 2, (side - size.height()) / 2), size), image);
    }
    return pixmap;
}

}  // namespace moelora::ui
