// SPDX-License-Identifier: GPL-3.0-or-later
// The runs that wait: their order, what became of those before them, and whether the next one
// starts by itself. Hidden while there are none.
#pragma once

#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"

class QListView;

namespace moelora::ui {

class QueueCard : public Card {
    Q_OBJECT
  public:
    explicit QueueCard(Workbench& workbench, QWidget* parent = nullptr);

  private:
    void connectAll();
    void retranslate();
    void refresh();
    [[nodiscard]] int row() const;

    Workbench& m_workbench;
    Chip* m_state;
    QListView* m_list;
    QPushButton *m_go, *m_clear;
    QToolButton *m_up, *m_down, *m_remove;
};

}  // namespace moelora::ui
