// SPDX-License-Identifier: GPL-3.0-or-later
// The window aside: its icon in the tray of the desktop, and the word to who looks elsewhere when a
// run ends, fails or waits for them. Where a desktop has no tray the window is minimised and its
// entry in the task bar asks for attention. GUI thread only.
#pragma once

#include <QObject>
#include <functional>

#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"

class QAction;
class QMenu;
class QSystemTrayIcon;

namespace moelora::ui {

class Tray : public QObject {
    Q_OBJECT
  public:
    // Lives as long as `window`, which owns it.
    Tray(Workbench& workbench, QWidget* window);

    [[nodiscard]] bool available() const { return m_available(); }
    // The window goes into the tray, or is minimised; what is at work goes on.
    void putAside();
    void bringBack();
    void release();  // the program may end with the window again
    [[nodiscard]] bool holdsWindow() const { return m_held; }
    void setAvailable(std::function<bool()> available) { m_available = std::move(available); }

  Q_SIGNALS:
    // What the desktop was asked to show.
    void said(moelora::ui::Tone tone, const QString& title, const QString& text);

  private:
    void follow();
    void say(Tone tone, const QString& title, const QString& text);
    void retranslate();
    void showIcon();

    Workbench& m_workbench;
    QWidget* m_window;
    QSystemTrayIcon* m_icon;
    QMenu* m_menu;
    QAction *m_show, *m_quit;
    std::function<bool()> m_available;
    JobState m_before = JobState::Finished;
    bool m_held = false;
};

}  // namespace moelora::ui
