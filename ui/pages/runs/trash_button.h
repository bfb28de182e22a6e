// SPDX-License-Identifier: GPL-3.0-or-later
// The trash of the run library: a button whose menu lists what lies there, gives a run back or
// deletes all of them.
#pragma once

#include <QToolButton>

#include "ui/bridge/latest.h"
#include "ui/models/workbench.h"

class QMenu;

namespace moelora::ui {

class TrashButton : public QToolButton {
    Q_OBJECT
  public:
    explicit TrashButton(Workbench& workbench, QWidget* parent = nullptr);

  Q_SIGNALS:
    void restoreWanted(const QString& id);
    void emptyWanted();

  private:
    void open();
    void fill(const std::vector<RunSummary>& runs);

    Workbench& m_workbench;
    QMenu* m_menu;
    Latest<std::vector<RunSummary>> m_work;
};

}  // namespace moelora::ui
