// SPDX-License-Identifier: GPL-3.0-or-later
// Presets by goal, as the menu of a button: what each is for and, once model and data are there,
// how many updates, how much memory and about how long it would take. GUI thread only.
#pragma once

#include <QObject>

#include "ui/models/workbench.h"

class QAction;
class QMenu;
class QPushButton;

namespace moelora::ui {

class GoalMenu : public QObject {
    Q_OBJECT
  public:
    GoalMenu(Workbench& workbench, QPushButton* button);  // which owns it

  private:
    void choose(int number);
    void ask();
    void write();
    [[nodiscard]] QString costOf(int number) const;
    [[nodiscard]] QString unknown() const;
    [[nodiscard]] double secondsPerSample() const;  // of the newest run of this model; 0 = none

    Workbench& m_workbench;
    QMenu* m_menu;
    QAction* m_note;  // what is not known yet
    std::optional<RunOptions> m_asked;
    std::vector<std::int64_t> m_peaks;  // of each goal; 0 = not known
    Latest<std::vector<std::int64_t>> m_ask;
};

}  // namespace moelora::ui
