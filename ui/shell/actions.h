// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the window as one table: id, text, keys, icon, menu. Menus and shortcuts are made
// from it.
#pragma once

#include <QAction>
#include <QString>
#include <QStringList>
#include <map>
#include <vector>

class QMenuBar;
class QWidget;

namespace moelora::ui {

struct ActionRow {
    const char *id, *text, *keys, *icon,
        *menu;  // text: English source of context "actions"; keys: portable text, "F5; Ctrl+R"
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

    // ---- keys that the user changed, as "id=keys" lines: only what differs from the table
    void setChangedKeys(const QStringList& lines);
    [[nodiscard]] QStringList changedKeys() const;
    // Why the action cannot have these keys, as a sentence; "" and they are taken where it can.
    [[nodiscard]] QString changeKeys(const QString& id, const QKeySequence& keys);
    [[nodiscard]] static QList<QKeySequence> defaultKeys(const QString& id);
    // What they do, and the keys that single pages keep for themselves.
    [[nodiscard]] static std::vector<std::pair<QString, QString>> keysOfPages();
    [[nodiscard]] static QString name(const ActionRow& row);  // without the mark of its letter
    [[nodiscard]] static QString menuName(const char* id);

  private:
    std::map<QString, QAction*> m_actions;
    std::map<QString, class QMenu*> m_menus;
};

}  // namespace moelora::ui
