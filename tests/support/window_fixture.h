// SPDX-License-Identifier: GPL-3.0-or-later
// The window on a FakeSession, made anew for each test of a page.
#pragma once

#include <QPushButton>
#include <QThreadPool>
#include <memory>

#include "tests/support/fake_session.h"
#include "tests/support/recorded_events.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"

namespace moelora::test {

class WindowFixture {
  public:
    std::unique_ptr<ui::SessionBridge> bridge;
    std::unique_ptr<FakeSession> session;
    std::unique_ptr<ui::Workbench> workbench;
    std::unique_ptr<ui::MainWindow> window;

    void open() {
        bridge = std::make_unique<ui::SessionBridge>();
        session = std::make_unique<FakeSession>(bridge->wakeup());
        bridge->setSession(session.get());
        openWindow();
    }
    // Another start of the program on the same settings and session.
    void restart() {
        closeWindow();
        openWindow();
    }
    void close() {
        closeWindow();
        bridge->setSession(nullptr);
        session.reset();
    }
    static void settle() {
        for (int i = 0; i < 4; ++i) {
            QThreadPool::globalInstance()->waitForDone();
            QTest::qWait(ui::Page::refreshIntervalMs / 2);
        }
    }
    template <class T>
    T* find(const char* name) const {
        T* widget = window->findChild<T*>(QLatin1String(name));
        if (!widget) qFatal("no widget %s", name);
        return widget;
    }
    void press(const char* name) const {
        QTest::mouseClick(find<QAbstractButton>(name), Qt::LeftButton);
    }
    void go(const char* page) const {
        window->showPage(QLatin1String(page));
        settle();
    }
    void prepare() const {
        workbench->chooseModel(QStringLiteral("/models/demo"));
        workbench->chooseData(QStringLiteral("/data/demo"));
        settle();
    }
    void play(int events = -1) const {
        session->play(events);
        bridge->drainNow();
        settle();
    }

  private:
    void openWindow() {
        workbench = std::make_unique<ui::Workbench>(*bridge);
        window = std::make_unique<ui::MainWindow>(*workbench, *static_cast<ui::Application*>(qApp));
        window->resize(1280, 720);
        window->show();
        settle();
    }
    void closeWindow() {
        window.reset();
        QThreadPool::globalInstance()->waitForDone();
        workbench.reset();
    }
};

}  // namespace moelora::test
