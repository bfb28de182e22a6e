// SPDX-License-Identifier: GPL-3.0-or-later
// What the window looks like and where it keeps things, in one place; every choice acts at once and
// is kept. GUI thread only.
#pragma once

#include <QDialog>

class QComboBox;
class QLabel;
class QPushButton;

namespace moelora::ui {

class Application;
class MainWindow;
class Workbench;

class Preferences : public QDialog {
    Q_OBJECT
  public:
    // All outlive it; it deletes itself when it is closed.
    Preferences(MainWindow& window, Workbench& workbench, Application& application);

  private:
    void retranslate();
    void addFolder(QLabel*& name, const QString& folder, class QGridLayout* grid);

    MainWindow& m_window;
    Application& m_application;
    QComboBox *m_language, *m_theme, *m_text;
    QLabel *m_languageName, *m_themeName, *m_textName, *m_runsName, *m_settingsName, *m_runsHow;
    std::vector<QPushButton*> m_opens;  // the folders
    QPushButton *m_keys, *m_close;
};

}  // namespace moelora::ui
