// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/heatmap.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int rowMin = 17, rowMax = 34, numberWidth = 34, gap = 6, legendHeight = 10;
constexpr int leastWidth = 220, leastHeight = 120, rowsLeast = 2;
const QString widest = QStringLiteral("0.00 ");
}  // namespace

Heatmap::Heatmap(QWidget* parent) : QAbstractScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    keepLook(this, [this] {
        layoutCells();
        updateGeometry();
        viewport()->update();
    });
}

// Anchors of the cividis map (Nuñez, Anderton, Renslow 2018), interpolated linearly.
QColor Heatmap::colorAt(double share) {
    static constexpr int anchors[][3] = {{0, 34, 78},     {53, 69, 108},   {102, 105, 112},
                                         {148, 142, 119}, {200, 184, 102}, {254, 232, 56}};
    constexpr int parts = 5;
    const double at = std::clamp(share, 0.0, 1.0) * parts;
    const int i = std::min(parts - 1, static_cast<int>(at));
    const double t = at - i;
    const auto mix = [&](int c) {
        return static_cast<int>(std::lround(anchors[i][c] * (1 - t) + anchors[i + 1][c] * t));
    };
    return QColor(mix(0), mix(1), mix(2));
}

void Heatmap::setData(HeatmapData fresh) {
    if (fresh == m_data) return;
    m_data = std::move(fresh);
    m_currentRow = std::clamp<int>(m_currentRow, 0,
                                   std::max<int>(0, static_cast<int>(m_data.rows.size()) - 1));
    layoutCells();
    viewport()->update();
}

// Numbers stand in the rows, so none is lower than they are.
int Heatmap::leastRow() const {
    return std::max(rowMin, fontMetrics().height() - 1);
}

QSize Heatmap::minimumSizeHint() const {
    return {leastWidth, std::max(leastHeight, headHeight() + rowsLeast * leastRow())};
}

int Heatmap::headHeight() const {
    return 2 * fontMetrics().height() + legendHeight + 3 * gap;
}

void Heatmap::layoutCells() {
    m_labelWidth = 0;
    for (const QString& row : m_data.rows)
        m_labelWidth = std::max(m_labelWidth, fontMetrics().horizontalAdvance(row));
    m_labelWidth = std::min(m_labelWidth + 4, viewport()->width() / 2) + gap;
    const int rows = std::max<int>(1, static_cast<int>(m_data.rows.size()));
    const int space = viewport()->height() - headHeight();
    const int least = leastRow();
    m_rowHeight = std::clamp(space / rows, least, std::max(least, rowMax));
    verticalScrollBar()->setRange(0, std::max(0, rows * m_rowHeight - space));
    verticalScrollBar()->setPageStep(std::max(1, space));
    verticalScrollBar()->setSingleStep(m_rowHeight);
}

QRect Heatmap::cellRect(int row, int column) const {
    const int columns = std::max<int>(1, static_cast<int>(m_data.columns.size()));
    const double width = (viewport()->width() - m_labelWidth - 1) / static_cast<double>(columns);
    const int left = m_labelWidth + static_cast<int>(column * width);
    const int right = m_labelWidth + static_cast<int>((column + 1) * width);
    return {left, headHeight() + row * m_rowHeight - verticalScrollBar()->value(), right - left - 1,
            m_rowHeight - 1};
}

QPoint Heatmap::cellAt(const QPoint& place) const {
    if (place.y() < headHeight()) return {-1, -1};
    for (int column = 0; column < m_data.columns.size(); ++column)
        for (int row = 0; row < m_data.rows.size(); ++row)
            if (cellRect(row, column).adjusted(0, 0, 1, 1).contains(place)) return {column, row};
    return {-1, -1};
}

QString Heatmap::cellText(int row, int column) const {
    const auto& values = m_data.values[static_cast<std::size_t>(row)];
    const QString value = column < static_cast<int>(values.size())
                              ? realText(values[static_cast<std::size_t>(column)], 3)
                              : QStringLiteral("–");
    QString text =
        QStringLiteral("%1, %2: %3").arg(m_data.rows[row], m_data.columns[column], value);
    if (row < m_data.rowTips.size()) text += QStringLiteral("\n") + m_data.rowTips[row];
    return text;
}

void Heatmap::paintCell(QPainter& painter, int row, int column) const {
    const auto& values = m_data.values[static_cast<std::size_t>(row)];
    if (column >= static_cast<int>(values.size())) return;
    const double value = values[static_cast<std::size_t>(column)];
    const QRect rect = cellRect(row, column);
    if (!std::isfinite(value)) {
        painter.setPen(colors().error);
        painter.drawLine(rect.topLeft(), rect.bottomRight());
        painter.drawLine(rect.topRight(), rect.bottomLeft());
        return;
    }
    const double share = (value - m_data.low) / std::max(1e-12, m_data.high - m_data.low);
    const QColor fill = colorAt(share);
    painter.fillRect(rect, fill);
    if (rect.width() < std::max(numberWidth, fontMetrics().horizontalAdvance(widest))) return;
    painter.setPen(qGray(fill.rgb()) > 120 ? Qt::black : Qt::white);
    painter.drawText(rect, Qt::AlignCenter, fixedText(value, 2));
}

void Heatmap::paintLegend(QPainter& painter) const {
    const int line = fontMetrics().height();
    const QString low = realText(m_data.low, 3), high = realText(m_data.high, 3);
    painter.setPen(colors().muted);
    painter.drawText(QRect(0, 0, viewport()->width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                     m_data.legend);
    const int left = fontMetrics().horizontalAdvance(low) + gap;
    const int right = viewport()->width() - fontMetrics().horizontalAdvance(high) - gap;
    const int top = line + gap / 2;
    for (int x = left; x < right; ++x) {
        painter.setPen(colorAt((x - left) / static_cast<double>(std::max(1, right - left))));
        painter.drawLine(x, top, x, top + legendHeight - 1);
    }
    painter.setPen(colors().muted);
    const int middle = top + legendHeight / 2 - line / 2;
    painter.drawText(QRect(0, middle, left, line), Qt::AlignLeft | Qt::AlignVCenter, low);
    painter.drawText(QRect(right + gap, middle, viewport()->width() - right - gap, line),
                     Qt::AlignRight | Qt::AlignVCenter, high);
}

void Heatmap::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), colors().surface);
    if (m_data.rows.isEmpty()) return;
    paintLegend(painter);
    const int head = headHeight(), line = fontMetrics().height();
    painter.setPen(colors().text);
    for (int column = 0; column < m_data.columns.size(); ++column) {
        const QRect cell = cellRect(0, column);
        painter.drawText(QRect(cell.left(), head - line - 2, cell.width(), line), Qt::AlignCenter,
                         m_data.columns[column]);
    }
    painter.setClipRect(0, head, viewport()->width(), viewport()->height() - head);
    for (int row = 0; row < m_data.rows.size(); ++row) {
        const QRect first = cellRect(row, 0);
        if (first.bottom() < head || first.top() > viewport()->height()) continue;
        painter.setPen(hasFocus() && row == m_currentRow ? colors().accent : colors().text);
        const QString label =
            fontMetrics().elidedText(m_data.rows[row], Qt::ElideLeft, m_labelWidth - gap);
        painter.drawText(QRect(0, first.top(), m_labelWidth - gap, first.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, label);
        for (int column = 0; column < m_data.columns.size(); ++column)
            paintCell(painter, row, column);
    }
}

void Heatmap::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    layoutCells();
}

bool Heatmap::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QPoint cell = cellAt(help->pos());
        if (cell.y() < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), cellText(cell.y(), cell.x()), viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

// Up and down walk the rows, and the screen reader hears their numbers.
void Heatmap::keyPressEvent(QKeyEvent* event) {
    const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    if (!step || m_data.rows.isEmpty()) {
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    m_currentRow =
        std::clamp<int>(m_currentRow + step, 0, static_cast<int>(m_data.rows.size()) - 1);
    const QRect rect = cellRect(m_currentRow, 0);
    if (rect.top() < headHeight() || rect.bottom() > viewport()->height())
        verticalScrollBar()->setValue(verticalScrollBar()->value() + step * m_rowHeight);
    QStringList parts;
    for (int column = 0; column < m_data.columns.size(); ++column)
        parts << cellText(m_currentRow, column).section(QLatin1Char('\n'), 0, 0);
    setAccessibleDescription(parts.join(QStringLiteral("; ")));
    viewport()->update();
}

}  // namespace moelora::ui
