// SPDX-License-Identifier: GPL-3.0-or-later
// Icons: SVG line drawings of resources/icons, drawn in a colour of the theme.
#include <QFile>
#include <QIcon>
#include <QPainter>
#include <QPixmap>
#include <QSvgRenderer>

#include "ui/widgets/theme.h"

namespace moelora::ui {

QPixmap iconPixmap(const QString& name, const QColor& color, int side, qreal ratio) {
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color.name().toLatin1());
    QSvgRenderer renderer(svg);
    QPixmap pixmap(QSize(side, side) * ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    painter.end();
    pixmap.setDevicePixelRatio(ratio);
    return pixmap;
}

QIcon icon(const QString& name, const QColor& color) {
    QIcon icon;
    for (const int side : {16, 24, 32})
        for (const qreal ratio : {1.0, 2.0}) {
            icon.addPixmap(iconPixmap(name, color, side, ratio), QIcon::Normal);
            icon.addPixmap(iconPixmap(name, colors().border, side, ratio), QIcon::Disabled);
        }
    return icon;
}

QIcon icon(const QString& name) {
    return icon(name, colors().text);
}

}  // namespace moelora::ui
