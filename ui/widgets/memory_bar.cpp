// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory_bar.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr qreal inset = 3, mark = 2;
constexpr int takenAlpha = 110;

// The four of the charts, then the same paler.
QColor partColor(std::size_t part) {
    const Colors& c = colors();
    QColor color = c.series[part % std::size(c.series)];
    if (part >= std::size(c.series)) color.setAlpha(130);
    return color;
}
}  // namespace

MemoryBar::MemoryBar(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    keepLook(this, [this] { update(); });
}

qint64 MemoryBar::total() const {
    qint64 sum = 0;
    for (const Part& part : m_parts) sum += part.bytes;
    return sum;
}

void MemoryBar::setParts(std::vector<Part> parts, qint64 room, Part taken) {
    if (parts == m_parts && room == m_room && taken == m_taken) return;
    m_parts = std::move(parts);
    m_room = room;
    m_taken = std::move(taken);
    QStringList texts;
    for (const Part& part : m_parts)
        texts << QStringLiteral("%1 %2").arg(part.name, bytesText(part.bytes));
    if (m_taken.bytes > 0)
        texts << QStringLiteral("%1 %2").arg(m_taken.name, bytesText(m_taken.bytes));
    setAccessibleDescription(texts.join(QStringLiteral(", ")));
    update();
}

// The bar ends where the larger of both ends: the run, or what there is of memory.
qreal MemoryBar::xOf(qint64 bytes) const {
    const qint64 whole = std::max<qint64>({1, total(), m_room + m_taken.bytes});
    return inset + (width() - 2 * inset) * static_cast<qreal>(bytes) / static_cast<qreal>(whole);
}

QRectF MemoryBar::partRect(std::size_t part) const {
    qint64 before = 0;
    for (std::size_t i = 0; i < part; ++i) before += m_parts[i].bytes;
    return {QPointF(xOf(before), inset),
            QPointF(xOf(before + m_parts[part].bytes), height() - inset)};
}

QRectF MemoryBar::takenRect() const {
    if (m_room <= 0 || m_taken.bytes <= 0) return {};
    return {QPointF(xOf(m_room), inset), QPointF(xOf(m_room + m_taken.bytes), height() - inset)};
}

void MemoryBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF all = QRectF(rect()).adjusted(inset, inset, -inset, -inset);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors().sunken);
    painter.drawRoundedRect(all, 4, 4);
    QColor grey = colors().muted;
    grey.setAlpha(takenAlpha);
    painter.fillRect(takenRect(), grey);
    for (std::size_t i = 0; i < m_parts.size(); ++i) painter.fillRect(partRect(i), partColor(i));
    if (m_room > 0) {
        painter.setPen(QPen(total() > m_room ? colors().error : colors().text, mark));
        const qreal x = std::min(xOf(m_room), width() - inset);
        painter.drawLine(QPointF(x, 0), QPointF(x, height()));
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors().border, 1));
    painter.drawRoundedRect(all, 4, 4);
}

bool MemoryBar::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    QString text = accessibleDescription();
    if (takenRect().contains(help->pos()))
        text = QStringLiteral("%1: %2").arg(m_taken.name, bytesText(m_taken.bytes));
    for (std::size_t i = 0; i < m_parts.size(); ++i)
        if (partRect(i).contains(help->pos()))
            text = QStringLiteral("%1: %2").arg(m_parts[i].name, bytesText(m_parts[i].bytes));
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

}  // namespace moelora::ui
