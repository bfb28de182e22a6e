// SPDX-License-Identifier: GPL-3.0-or-later
// How the model is held and computed with: every choice, those that make no sense here disabled
// with the reason, and beside each format what a run with it would need.
#pragma once

#include <QButtonGroup>

#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"

class QRadioButton;

namespace moelora::ui {

class OptionForm;

class PrecisionCard : public Card {
    Q_OBJECT
  public:
    explicit PrecisionCard(Workbench& workbench, QWidget* parent = nullptr);
    void refresh();
    void focusField(const QString& path);  // "model.quantization"

  private:
    struct Format {
        QRadioButton* button;
        QLabel* bytes;
        Chip* badge;
    };
    [[nodiscard]] QWidget* makeFormats();
    [[nodiscard]] QWidget* makeTypes();
    void connectAll();
    void retranslate();
    void showFormats();
    void showTypes();
    void showTotal();
    template <class Value>
    void choose(Value ModelOptions::*field, Value value);

    Workbench& m_workbench;
    QLabel *m_formatsTitle, *m_typesTitle, *m_total, *m_parts;
    QButtonGroup m_formatGroup, m_typeGroup;
    std::vector<Format> m_formats;       // in the order of Quantization
    std::vector<QRadioButton*> m_types;  // in the order of ComputeDtype
    OptionForm* m_vision;
};

}  // namespace moelora::ui
