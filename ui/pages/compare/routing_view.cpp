// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/routing_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
// Okabe and Ito's colours.
constexpr QRgb scale[] = {0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7,
                          0x56B4E9, 0xD55E00, 0xF0E442, 0x7F7F7F};
constexpr int numberedFrom = 16;  // pixels of a cell
constexpr double fillShare = 0.35;
constexpr int alphaLeast = 40, alphaMost = 190;
}  // namespace

QColor expertColor(std::int64_t expert) {
    return QColor::fromRgb(scale[static_cast<std::size_t>(expert) % std::size(scale)]);
}

QColor expertFill(std::int64_t expert) {
    const QColor a = expertColor(expert), b = colors().surface;
    const auto mixed = [](int x, int y) {
        return static_cast<int>(x * fillShare + y * (1 - fillShare));
    };
    return {mixed(a.red(), b.red()), mixed(a.green(), b.green()), mixed(a.blue(), b.blue())};
}

RoutingView::RoutingView(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    keepLook(this, [this] { update(); });
}

void RoutingView::setImage(const QImage& image) {
    m_image = image;
    update();
}

void RoutingView::setCells(int rows, int columns, std::vector<RoutingCell> cells) {
    m_rows = rows;
    m_columns = columns;
    m_cells = std::move(cells);
    update();
}

// The picture as it was resized for the model: as many cells as it has, so its form is theirs.
QRectF RoutingView::area() const {
    const QSizeF form = m_rows > 0 ? QSizeF(m_columns, m_rows) : QSizeF(m_image.size());
    if (form.isEmpty()) return rect();
    const QSizeF size = form.scaled(QSizeF(rect().size()), Qt::KeepAspectRatio);
    return {QRectF(rect()).center() - QPointF(size.width() / 2, size.height() / 2), size};
}

QRectF RoutingView::cellRect(int row, int column) const {
    const QRectF all = area();
    const qreal width = all.width() / m_columns, height = all.height() / m_rows;
    return {all.left() + column * width, all.top() + row * height, width, height};
}

void RoutingView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const QRectF all = area();
    painter.fillRect(all, colors().sunken);
    if (!m_image.isNull()) painter.drawImage(all, m_image);
    for (int row = 0; row < m_rows; ++row)
        for (int column = 0; column < m_columns; ++column) {
            const auto at = static_cast<std::size_t>(row * m_columns + column);
            if (at >= m_cells.size()) break;
            const RoutingCell& cell = m_cells[at];
            QColor fill = expertColor(cell.expert);
            fill.setAlpha(alphaLeast + static_cast<int>((alphaMost - alphaLeast) * cell.weight));
            const QRectF place = cellRect(row, column);
            painter.fillRect(place, fill);
            if (place.height() < numberedFrom || place.width() < numberedFrom) continue;
            const QString number = countText(cell.expert + 1);
            // A dark rim keeps the number readable on any picture.
            painter.setPen(Qt::black);
            painter.drawText(place.translated(1, 1), Qt::AlignCenter, number);
            painter.setPen(Qt::white);
            painter.drawText(place, Qt::AlignCenter, number);
        }
    painter.setPen(QPen(colors().border, 1));
    painter.drawRect(all.adjusted(0.5, 0.5, -0.5, -0.5));
}

bool RoutingView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip || m_rows == 0 || m_cells.empty())
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QRectF all = area();
    const int row = static_cast<int>((help->pos().y() - all.top()) / all.height() * m_rows);
    const int column = static_cast<int>((help->pos().x() - all.left()) / all.width() * m_columns);
    const auto at = static_cast<std::size_t>(row * m_columns + column);
    if (!all.contains(help->pos()) || at >= m_cells.size()) {
        QToolTip::hideText();
        return true;
    }
    QToolTip::showText(
        help->globalPos(),
        tr("Row %1, column %2: expert %3, weight %4")
            .arg(countText(row + 1), countText(column + 1), countText(m_cells[at].expert + 1),
                 fixedText(static_cast<double>(m_cells[at].weight), 2)),
        this);
    return true;
}

}  // namespace moelora::ui
