// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/step_axis.h"

#include <algorithm>

namespace moelora::ui {

namespace {
constexpr double fewestSteps = 2;
}

void StepAxis::setLast(double last) {
    last = std::max(1.0, last);
    if (last == m_last) return;
    m_last = last;
    if (!m_zoomed) {
        m_from = 0;
        m_to = last;
    }
    Q_EMIT changed();
}

void StepAxis::setRange(double from, double to) {
    const double width = std::clamp(to - from, std::min(fewestSteps, m_last), m_last);
    from = std::clamp((from + to - width) / 2, 0.0, m_last - width);
    to = from + width;
    if (from == m_from && to == m_to) return;
    m_from = from;
    m_to = to;
    m_zoomed = width < m_last;
    Q_EMIT changed();
}

void StepAxis::zoom(double factor, double around) {
    setRange(around - (around - m_from) * factor, around + (m_to - around) * factor);
}

void StepAxis::pan(double steps) {
    const double moved = std::clamp(steps, -m_from, m_last - m_to);
    setRange(m_from + moved, m_to + moved);
}

void StepAxis::fit() {
    m_zoomed = false;
    m_from = 0;
    m_to = m_last;
    Q_EMIT changed();
}

void StepAxis::setCursor(std::optional<double> step) {
    if (step == m_cursor) return;
    m_cursor = step;
    Q_EMIT cursorChanged();
}

}  // namespace moelora::ui
