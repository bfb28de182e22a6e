// SPDX-License-Identifier: GPL-3.0-or-later
// A number field with arrows that lets any text be typed, so that the form can say why a text is
// refused. C locale.
#pragma once

#include <QAbstractSpinBox>

#include "ui/widgets/option_field.h"

namespace moelora::ui {

class NumberEdit : public QAbstractSpinBox {
    Q_OBJECT
  public:
    explicit NumberEdit(const OptionField& field, QWidget* parent = nullptr);
    void setText(const QString& text);
    void stepBy(int steps) override;

  Q_SIGNALS:
    void textEdited(const QString& text);

  protected:
    [[nodiscard]] StepEnabled stepEnabled() const override {
        return StepUpEnabled | StepDownEnabled;
    }

  private:
    OptionField m_field;
};

}  // namespace moelora::ui
