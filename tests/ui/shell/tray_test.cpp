// SPDX-License-Identifier: GPL-3.0-or-later
// The window put aside while a run is at work, on desktops with and without a tray; and the word
// that comes when it ends, fails or waits.
#include <QMessageBox>
#include <QSignalSpy>

#include "tests/support/window_fixture.h"
#include "ui/shell/tray.h"

using namespace moelora;
using namespace moelora::ui;

class TrayTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    void trainTo(int events) const {
        prepare();
        window->findChild<QAction*>(QStringLiteral("start"))->trigger();
        play(events);
    }
    [[nodiscard]] QMessageBox* question() const {
        window->close();
        QMessageBox* newest = nullptr;
        for (auto* box : window->findChildren<QMessageBox*>(QStringLiteral("askToStop")))
            if (box->isVisible()) newest = box;
        if (!newest) qFatal("nobody asks");
        return newest;
    }
    static QPushButton* answer(const QMessageBox* box, QMessageBox::ButtonRole role) {
        for (QAbstractButton* button : box->buttons())
            if (box->buttonRole(button) == role) return static_cast<QPushButton*>(button);
        return nullptr;
    }
    static void click(QPushButton* button) { QTest::mouseClick(button, Qt::LeftButton); }

  private Q_SLOTS:
    void init() { open(); }
    void cleanup() {
        if (workbench->train.running()) workbench->train.stop();
        bridge->drainNow();
        close();
        session.reset();
    }

    void Tray_WithOneTheWindowGoesThereAndComesBack() {
        window->tray().setAvailable([] { return true; });
        trainTo(60);
        const QMessageBox* box = question();
        QCOMPARE(answer(box, QMessageBox::ActionRole)->text(),
                 QStringLiteral("Keep running in the tray"));
        click(answer(box, QMessageBox::ActionRole));
        QVERIFY(!window->isVisible());
        QVERIFY(window->tray().holdsWindow());
        QVERIFY(!QApplication::quitOnLastWindowClosed());  // a dialog's end is not the program's
        QVERIFY(workbench->train.running());
        window->tray().bringBack();
        QVERIFY(window->isVisible());
        QVERIFY(QApplication::quitOnLastWindowClosed());
    }
    void Tray_WithoutOneTheWindowIsMinimised() {
        window->tray().setAvailable([] { return false; });
        trainTo(60);
        const QMessageBox* box = question();
        QCOMPARE(answer(box, QMessageBox::ActionRole)->text(),
                 QStringLiteral("Keep running, minimise"));
        click(answer(box, QMessageBox::ActionRole));
        QVERIFY(window->isMinimized());
        QVERIFY(!window->tray().holdsWindow());
        QVERIFY(workbench->train.running());
    }
    void Tray_StopSavesAndClosesWithAndWithoutOne() {
        for (const bool there : {true, false}) {
            window->tray().setAvailable([there] { return there; });
            trainTo(60);
            click(answer(question(), QMessageBox::AcceptRole));
            bridge->drainNow();
            settle();
            QVERIFY(!workbench->train.running());
            QVERIFY(!window->isVisible());
            close();
            open();
        }
    }
    void Tray_StayingChangesNothingWithAndWithoutOne() {
        for (const bool there : {true, false}) {
            window->tray().setAvailable([there] { return there; });
            trainTo(60);
            click(answer(question(), QMessageBox::RejectRole));
            QVERIFY(window->isVisible() && !window->isMinimized());
            QVERIFY(workbench->train.running());
            workbench->train.stop();
            bridge->drainNow();
        }
    }
    void Tray_TellsTheEndToWhoLooksElsewhere() {
        window->tray().setAvailable([] { return true; });
        QSignalSpy said(&window->tray(), &Tray::said);
        trainTo(60);
        window->tray().putAside();
        play();
        QCOMPARE(said.size(), 1);
        QCOMPARE(said[0][1].toString(), QStringLiteral("The training is done"));
        QCOMPARE(said[0][2].toString(), QStringLiteral("20261124-0912-soft"));
        QVERIFY(window->tray().holdsWindow());  // nobody is disturbed by a window
    }
    void Tray_TellsAFailureWithItsReason() {
        window->tray().setAvailable([] { return true; });
        session->recording.fails = true;
        QSignalSpy said(&window->tray(), &Tray::said);
        trainTo(60);
        window->tray().putAside();
        play();
        QCOMPARE(said.size(), 1);
        QCOMPARE(said[0][1].toString(), QStringLiteral("The training failed"));
        QVERIFY(said[0][2].toString().contains(QLatin1String("nan")));
    }
    void Tray_TellsAPauseThatNobodyAskedFor() {
        window->tray().setAvailable([] { return true; });
        QSignalSpy said(&window->tray(), &Tray::said);
        trainTo(60);
        window->tray().putAside();
        workbench->train.togglePause();
        bridge->drainNow();
        QCOMPARE(said.size(), 0);
        workbench->train.togglePause();
        bridge->drainNow();
        session->publish(
            {JobStateChanged{.job = 1, .from = JobState::Running, .to = JobState::Paused}});
        bridge->drainNow();
        QCOMPARE(said.size(), 1);
        QCOMPARE(said[0][1].toString(), QStringLiteral("The training waits for you"));
    }
    void Tray_IsSilentToWhoLooksAtTheWindow() {
        window->tray().setAvailable([] { return true; });
        window->activateWindow();
        MOELORA_TRY_VERIFY(window->isActiveWindow());
        QSignalSpy said(&window->tray(), &Tray::said);
        trainTo(-1);
        QCOMPARE(said.size(), 0);
    }
};

MOELORA_UI_TEST(TrayTest)
#include "tray_test.moc"
