// SPDX-License-Identifier: GPL-3.0-or-later
// The systems as cards in a row, each with a small drawing of what it does: how many experts, of
// what kind, who chooses them, and how many a token uses. GUI thread only.
#pragma once

#include <QListView>

#include "core/options/presets.h"

class QStandardItemModel;

namespace moelora::ui {

class PresetStrip : public QListView {
    Q_OBJECT
  public:
    explicit PresetStrip(QWidget* parent = nullptr);
    void setCurrent(const Preset* preset);  // without telling anybody; nullptr = none
    [[nodiscard]] int count() const;

  Q_SIGNALS:
    void chosen(int preset);  // place in presets()

  protected:
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void retranslate();
    void fitLetters();

    QStandardItemModel* m_items;
    int m_current = -1;
};

// The axes as this preset sets them.
[[nodiscard]] AdapterOptions axesOf(const Preset& preset);
// The drawing of these axes.
void drawSystem(QPainter& painter, const QRectF& area, const AdapterOptions& axes);

}  // namespace moelora::ui
