// SPDX-License-Identifier: GPL-3.0-or-later
// Shows one side of a word diff: what was taken away struck through, what came new underlined, each
// on its ground, so that colour is never the only mark. Draws spans, computes nothing.
#pragma once

#include <QLabel>

#include "core/record/records.h"
#include "ui/widgets/words.h"

namespace moelora::ui {

class DiffText : public Words {
    Q_OBJECT
  public:
    enum Side { Before, After };
    explicit DiffText(QWidget* parent = nullptr);
    void setDiff(const WordDiff& diff, Side side);
    void setPlain(const QString& text);
    [[nodiscard]] QString plainText() const { return m_plain; }

  private:
    void render();

    WordDiff m_diff;
    Side m_side = After;
    QString m_plain;
};

// The same as HTML for item views and reports.
[[nodiscard]] QString diffHtml(const WordDiff& diff, DiffText::Side side);

}  // namespace moelora::ui
