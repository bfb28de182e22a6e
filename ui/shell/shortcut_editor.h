// SPDX-License-Identifier: GPL-3.0-or-later
// Every action with its keys, to be changed: conflicts are refused with the name of the other
// action. What differs from the defaults is kept in the settings. GUI thread only.
#pragma once

#include <QDialog>

#include "ui/models/settings.h"
#include "ui/shell/actions.h"

class QKeySequenceEdit;
class QLabel;
class QPushButton;
class QTreeWidget;

namespace moelora::ui {

class ShortcutEditor : public QDialog {
    Q_OBJECT
  public:
    // Both outlive it.
    ShortcutEditor(Actions& actions, Settings& settings, QWidget* parent = nullptr);

  private:
    void retranslate();
    void fill();
    void fillPages();
    void showChosen();
    void take(const QKeySequence& keys);
    [[nodiscard]] QString chosen() const;

    Actions& m_actions;
    Settings& m_settings;
    QTreeWidget* m_list;
    QKeySequenceEdit* m_keys;
    QLabel *m_label, *m_why;
    QPushButton *m_none, *m_default, *m_allDefault, *m_close;
};

}  // namespace moelora::ui
