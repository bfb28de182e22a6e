// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the window as one table: id, text, keys, icon, menu. Menus and shortcuts are made
// from it.
#pragma once

#include <QAction>
#include <QString>
#include <map>
#include <vector>

class QMenuBar;
class QWidget;

namespace moelora::ui {

struct ActionRow {
    const char *id, *text, *keys, *icon,
        *menu;          // text: English source of context "actions"; keys: portable text
    const char* group;  // exclusive choice group, "" = none; such actions are checkable
};
[[nodiscard]] const std::vector<ActionRow>& actionTable();

class Actions {
  public:
    // Makes all actions, owned by `window`, and the menus of its menu bar.
    Actions(QWidget* window, QMenuBar* bar);
    [[nodiscard]] QAction* operator[](const char* id) const;
    void retranslate();
    void retheme();

  private:
    std::map<QString, QAction*> m_actions;
    std::map<QString, class QMenu*> m_menus;
};

}  // namespace moelora::ui
