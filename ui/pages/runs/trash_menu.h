// SPDX-License-Identifier: GPL-3.0-or-later
// The trash of the run library: the menu of a button that lists what lies there, gives a run back
// or deletes all of them.
#pragma once

#include <QObject>

#include "ui/bridge/latest.h"
#include "ui/models/workbench.h"

class QMenu;
class QPushButton;

namespace moelora::ui {

class TrashMenu : public QObject {
    Q_OBJECT
  public:
    TrashMenu(Workbench& workbench, QPushButton* button);  // which owns it

  Q_SIGNALS:
    void restoreWanted(const QString& id);
    void emptyWanted();

  private:
    void open();
    void fill(const std::vector<RunSummary>& runs);
    void askToEmpty(qint64 count, qint64 bytes);

    Workbench& m_workbench;
    QPushButton* m_button;
    QMenu* m_menu;
    Latest<std::vector<RunSummary>> m_work;
};

}  // namespace moelora::ui
