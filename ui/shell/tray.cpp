// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/tray.h"

#include <QApplication>
#include <QMenu>
#include <QSystemTrayIcon>
#include <utility>

#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

Tray::Tray(Workbench& workbench, QWidget* window)
    : QObject(window),
      m_workbench(workbench),
      m_window(window),
      m_icon(new QSystemTrayIcon(QApplication::windowIcon(), this)),
      m_menu(new QMenu(window)),
      m_available(&QSystemTrayIcon::isSystemTrayAvailable) {
    m_show = m_menu->addAction(QString(), this, &Tray::bringBack);
    m_quit = m_menu->addAction(QString(), this, [this] {
        bringBack();  // what is at work asks first
        m_window->close();
    });
    m_icon->setContextMenu(m_menu);
    connect(m_icon, &QSystemTrayIcon::messageClicked, this, &Tray::bringBack);
    connect(m_icon, &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason reason) {
                if (reason != QSystemTrayIcon::Context) bringBack();
            });
    connect(&workbench.train, &TrainJob::stateChanged, this, &Tray::follow);
    keepText(window, [this] { retranslate(); });
}

void Tray::retranslate() {
    m_icon->setToolTip(tr("MoE-LoRA Workbench"));
    m_show->setText(tr("Show the window"));
    m_quit->setText(tr("Quit"));
}

void Tray::showIcon() {
    if (available()) m_icon->show();
}

void Tray::putAside() {
    if (!available()) {
        m_window->showMinimized();
        return;
    }
    // The window is hidden, not closed: a dialog that ends must not end the program.
    QApplication::setQuitOnLastWindowClosed(false);
    m_held = true;
    showIcon();
    m_window->hide();
}

void Tray::release() {
    QApplication::setQuitOnLastWindowClosed(true);
    m_held = false;
    m_icon->hide();
}

void Tray::bringBack() {
    QApplication::setQuitOnLastWindowClosed(true);
    m_held = false;
    m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
}

// The icon stands there from the first run on: a message needs it.
void Tray::follow() {
    TrainJob& train = m_workbench.train;
    const JobState now = train.state(), before = std::exchange(m_before, now);
    if (train.running()) showIcon();
    if (now == before || !train.showsLive()) return;
    const RunData& data = train.model().data();
    const QString run = qs(data.run);
    if (now == JobState::Finished)
        say(Tone::Good, tr("The training is done"), run);
    else if (now == JobState::Failed)
        say(Tone::Bad, tr("The training failed"), data.error ? errorText(*data.error).what : run);
    else if (now == JobState::Paused && !train.pauseAsked())
        say(Tone::Warning, tr("The training waits for you"), run);
}

// Who looks at the window sees it there.
void Tray::say(Tone tone, const QString& title, const QString& text) {
    if (m_window->isVisible() && !m_window->isMinimized() && m_window->isActiveWindow()) return;
    Q_EMIT said(tone, title, text);
    if (!available()) {
        QApplication::alert(m_window);
        return;
    }
    m_icon->showMessage(title, text,
                        tone == Tone::Good  ? QSystemTrayIcon::Information
                        : tone == Tone::Bad ? QSystemTrayIcon::Critical
                                            : QSystemTrayIcon::Warning);
}

}  // namespace moelora::ui
