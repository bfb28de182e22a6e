// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/number_edit.h"

#include <QLineEdit>
#include <algorithm>
#include <cmath>

namespace moelora::ui {

NumberEdit::NumberEdit(const OptionField& field, QWidget* parent)
    : QAbstractSpinBox(parent), m_field(field) {
    setLocale(QLocale::c());
    setFocusPolicy(Qt::StrongFocus);
    connect(lineEdit(), &QLineEdit::textEdited, this, &NumberEdit::textEdited);
}

void NumberEdit::setText(const QString& text) {
    lineEdit()->setText(text);
}

void NumberEdit::stepBy(int steps) {
    double value = 0;
    const bool integer = m_field.kind == FieldKind::Int;
    if (!detail::parseNumber(text().trimmed(), value)) value = m_field.min;
    // Whole numbers go by one; others by a tenth of their decade, so that 1e-4 steps to 1.1e-4.
    const double step = integer || value == 0
                            ? (integer ? 1 : 0.01)
                            : std::pow(10, std::floor(std::log10(std::abs(value))) - 1);
    value += steps * step;
    if (!integer) value = std::round(value / step) * step;
    if (m_field.min < m_field.max) value = std::clamp(value, m_field.min, m_field.max);
    const QString shown =
        integer ? QString::number(static_cast<qint64>(value)) : QString::number(value, 'g', 6);
    setText(shown);
    Q_EMIT textEdited(shown);
}

}  // namespace moelora::ui
