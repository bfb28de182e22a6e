// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/bar_edit.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double head = 16, numberWidth = 15;  // room for the numbers above the bars
}

BarEdit::BarEdit(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    keepLook(this, [this] { update(); });
}

void BarEdit::setBars(const std::vector<std::int64_t>& values, std::int64_t least,
                      std::int64_t most) {
    m_values = values;
    m_least = least;
    m_most = std::max(least + 1, most);
    choose(std::clamp<int>(m_current, 0, std::max<int>(0, static_cast<int>(values.size()) - 1)));
    update();
}

QRectF BarEdit::barRect(int bar) const {
    const double width =
        (rect().width() - 2.0) / static_cast<double>(std::max<std::size_t>(1, m_values.size()));
    return {1 + bar * width, head, width, rect().height() - head - 3};
}

int BarEdit::barAt(double x) const {
    const double width = barRect(0).width();
    return std::clamp<int>(static_cast<int>(std::floor((x - 1) / width)), 0,
                           std::max<int>(0, static_cast<int>(m_values.size()) - 1));
}

void BarEdit::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.8));
    painter.setFont(small);
    const Colors& c = colors();
    for (int i = 0; i < static_cast<int>(m_values.size()); ++i) {
        const QRectF column = barRect(i).adjusted(1, 0, -1, 0);
        const std::int64_t value = m_values[static_cast<std::size_t>(i)];
        const double share =
            std::clamp(static_cast<double>(value) / static_cast<double>(m_most), 0.0, 1.0);
        QRectF bar = column;
        bar.setTop(column.bottom() - share * column.height());
        painter.setPen(Qt::NoPen);
        painter.setBrush(c.sunken);
        painter.drawRect(column);
        painter.setBrush(i == m_current && hasFocus() ? c.accent : c.series[0].lighter(110));
        painter.drawRect(bar);
        if (column.width() < numberWidth) continue;
        painter.setPen(i == m_current && hasFocus() ? c.accent : c.muted);
        painter.drawText(QRectF(column.left() - 4, 0, column.width() + 8, head), Qt::AlignCenter,
                         countText(value));
    }
    if (!hasFocus()) return;
    painter.setPen(c.accent);
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

QString BarEdit::barText(int bar) const {
    return tr("Bar %1 of %2: %3")
        .arg(countText(bar + 1), countText(static_cast<qint64>(m_values.size())),
             countText(m_values[static_cast<std::size_t>(bar)]));
}

void BarEdit::choose(int bar) {
    m_current = bar;
    if (!m_values.empty()) setAccessibleDescription(barText(bar));
    update();
    Q_EMIT currentChanged(bar);
}

void BarEdit::set(int bar, std::int64_t value) {
    std::int64_t& now = m_values[static_cast<std::size_t>(bar)];
    value = std::clamp(value, m_least, m_most);
    if (value == now) return;
    now = value;
    choose(bar);
    Q_EMIT edited(m_values);
}

void BarEdit::drag(const QPointF& place) {
    if (m_values.empty()) return;
    const int bar = barAt(place.x());
    const QRectF column = barRect(bar);
    const double share = (column.bottom() - place.y()) / column.height();
    choose(bar);
    set(bar, std::llround(share * static_cast<double>(m_most)));
}

void BarEdit::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) drag(event->position());
}

void BarEdit::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) drag(event->position());
}

void BarEdit::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_values.size()) - 1;
    if (last < 0) return QWidget::keyPressEvent(event);
    const std::int64_t now = m_values[static_cast<std::size_t>(m_current)];
    switch (event->key()) {
        case Qt::Key_Left:
            return choose(std::max(0, m_current - 1));
        case Qt::Key_Right:
            return choose(std::min(last, m_current + 1));
        case Qt::Key_Home:
            return choose(0);
        case Qt::Key_End:
            return choose(last);
        case Qt::Key_Up:
            return set(m_current, now + 1);
        case Qt::Key_Down:
            return set(m_current, now - 1);
        default:
            QWidget::keyPressEvent(event);
    }
}

bool BarEdit::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && !m_values.empty()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int bar = barAt(help->pos().x());
        QToolTip::showText(help->globalPos(), barText(bar), this);
        return true;
    }
    return QWidget::event(event);
}

}  // namespace moelora::ui
