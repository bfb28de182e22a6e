// SPDX-License-Identifier: GPL-3.0-or-later
// The guided start: one button from the sample project to a finished comparison, gone on with where
// it was left.
#include <QAction>
#include <QDir>
#include <QLabel>

#include "tests/support/window_fixture.h"

using namespace moelora;
using namespace moelora::ui;

class StartPageTest : public QObject {
    Q_OBJECT
    test::WindowFixture m_w;

    [[nodiscard]] Guide& guide() const { return m_w.workbench->guide; }
    // The folder of the recorded run, so that it is found again.
    static void makeRunFolder() { QDir().mkpath(QStringLiteral("runs/20261124-0912-soft")); }

  private Q_SLOTS:
    void init() {
        m_w.open();
        guide().startOver();
        m_w.go("start");
    }
    void cleanup() {
        if (m_w.workbench->train.running()) {
            m_w.workbench->train.stop();
            m_w.bridge->drainNow();
        }
        guide().startOver();
        m_w.close();
        QDir(QStringLiteral("runs/20261124-0912-soft")).removeRecursively();
    }

    void Guide_OneClickEndsInAFinishedComparisonOfTheDemo() {
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.workbench->train.running());
        QCOMPARE(guide().phase(), Guide::Training);
        QCOMPARE(m_w.window->currentPage(), QStringLiteral("monitor"));
        m_w.play();
        MOELORA_TRY_VERIFY(m_w.workbench->compare.running());
        QCOMPARE(guide().phase(), Guide::Comparing);
        QCOMPARE(m_w.window->currentPage(), QStringLiteral("compare"));
        QVERIFY(m_w.session->compared->data.ends_with("held_out/data.jsonl"));
        QVERIFY(m_w.session->compared->adapter.ends_with("20261124-0912-soft"));
        m_w.play();
        QCOMPARE(guide().phase(), Guide::Done);
        QVERIFY(!m_w.workbench->compare.model().empty());
        QVERIFY2(m_w.window->message().contains(QLatin1String("sample project is done")),
                 qPrintable(m_w.window->message()));
        m_w.go("start");
        QCOMPARE(m_w.find<QLabel>("sampleChip")->text(), QStringLiteral("done"));
    }
    void Guide_ClosedHalfWayItGoesOnWithTheSameRun() {
        makeRunFolder();
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.workbench->train.running());
        m_w.play(60);
        m_w.workbench->train.stop();
        m_w.bridge->drainNow();
        m_w.restart();
        QCOMPARE(guide().phase(), Guide::Training);
        QVERIFY(!guide().atWork());
        m_w.go("start");
        QCOMPARE(m_w.find<QPushButton>("runSample")->text(),
                 QStringLiteral("Go on with the sample project"));
        m_w.press("runSample");
        test::WindowFixture::settle();
        QVERIFY(m_w.session->resumed && QString::fromStdString(m_w.session->resumed->run)
                                            .endsWith(QLatin1String("20261124-0912-soft")));
        QVERIFY(guide().atWork());
    }
    void Guide_TrainedButNotComparedItGoesOnWithTheComparison() {
        makeRunFolder();
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.workbench->train.running());
        m_w.play();
        MOELORA_TRY_VERIFY(m_w.workbench->compare.running());
        m_w.workbench->compare.stop();
        m_w.bridge->drainNow();
        m_w.restart();
        QCOMPARE(guide().phase(), Guide::Comparing);
        m_w.session->compared.reset();
        m_w.go("start");
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.session->compared.has_value());
        m_w.play();
        QCOMPARE(guide().phase(), Guide::Done);
    }
    void Guide_ASampleThatFailsCanBeRunAgain() {
        m_w.session->recording.fails = true;
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.workbench->train.running());
        m_w.play();
        QVERIFY(!guide().atWork());
        QVERIFY(guide().canRun());
        QVERIFY(guide().phase() != Guide::Done);
    }
    void Guide_WhatKeepsTheSampleFromBeginningIsSaidAndLeadsThere() {
        m_w.session->dataError =
            Error{ErrorCode::DatasetEmpty, {{"path", "demo/data/data.jsonl"}}, {}, {}};
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(!guide().atWork());
        QVERIFY(!m_w.workbench->train.running());
        QVERIFY2(m_w.window->message().contains(QLatin1String("has no usable sample")),
                 qPrintable(m_w.window->message()));
        QCOMPARE(guide().phase(), Guide::NotBegun);
        test::WindowFixture::settle();
        QVERIFY(m_w.find<QPushButton>("runSample")->isEnabled());
        m_w.press("offer1");
        test::WindowFixture::settle();
        QCOMPARE(m_w.window->currentPage(), QStringLiteral("data"));
        m_w.session->dataError.reset();
        m_w.go("start");
        m_w.press("runSample");
        MOELORA_TRY_VERIFY(m_w.workbench->train.running());
    }
    void Guide_IsSkippedAndFoundAgainInTheHelp() {
        m_w.press("skipSample");
        QCOMPARE(guide().phase(), Guide::Skipped);
        m_w.restart();
        QCOMPARE(guide().phase(), Guide::Skipped);
        m_w.go("runs");
        m_w.find<QAction>("guide")->trigger();
        QCOMPARE(m_w.window->currentPage(), QStringLiteral("start"));
        test::WindowFixture::settle();
        QVERIFY(m_w.find<QPushButton>("runSample")->isEnabled());
    }
};

MOELORA_UI_TEST(StartPageTest)
#include "start_page_test.moc"
