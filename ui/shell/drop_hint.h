// SPDX-License-Identifier: GPL-3.0-or-later
// A line over the foot of the window that says what a drop will do, while something is dragged.
// It lies over the page: nothing moves under the hand.
#pragma once

#include <QLabel>

#include "ui/bridge/latest.h"
#include "ui/models/dropped.h"

namespace moelora::ui {

class DropHint : public QLabel {
    Q_OBJECT
  public:
    explicit DropHint(QWidget* parent);
    // The paths are looked at beside the GUI thread; the line comes when that is done.
    void showFor(const QStringList& paths);
    void leave();

  private:
    Latest<Dropped> m_ask;
};

}  // namespace moelora::ui
