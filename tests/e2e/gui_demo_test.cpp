// SPDX-License-Identifier: GPL-3.0-or-later
// The window with the real engine on the bundled demo: from the first click through a short
// training to Compare, and to an adapter that is exported and opened again.
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QThreadPool>

#include "core/session/session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/export/export_page.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/heatmap.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/path_field.h"

using namespace moelora;
using namespace moelora::ui;

class GuiDemoTest : public QObject {
    Q_OBJECT
    static constexpr int questionMs = 60000, jobMs = 240000;
    static constexpr int updates = 4;

    QTemporaryDir m_folder;
    SessionBridge m_bridge;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<Workbench> m_workbench;
    std::unique_ptr<MainWindow> m_window;

    template <class T>
    T* find(const QString& page, const char* name) const {
        T* widget = m_window->page(page)->findChild<T*>(QLatin1String(name));
        if (!widget) qFatal("no widget %s", name);
        return widget;
    }
    void press(const QString& page, const char* name) const {
        QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>(page, name)->isEnabled(), questionMs);
        QTest::mouseClick(find<QPushButton>(page, name), Qt::LeftButton);
    }
    void type(const QString& page, const char* field, const QString& text) const {
        auto* edit = find<NumberEdit>(page, field);
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, text);
    }
    void show(const char* page) const {
        m_window->showPage(QLatin1String(page));
        QTest::qWait(2 * Page::refreshIntervalMs);
    }
    [[nodiscard]] std::vector<std::string> adaptedCaptions() const {
        std::vector<std::string> texts;
        for (const ComparedSample& s : m_workbench->compare.model().comparison().samples)
            texts.push_back(s.adapted.text);
        return texts;
    }

  private Q_SLOTS:
    void initTestCase() {
        m_session = std::make_unique<Session>(ss(m_folder.filePath(QStringLiteral("runs"))),
                                              m_bridge.wakeup());
        m_bridge.setSession(m_session.get());
        m_workbench = std::make_unique<Workbench>(m_bridge);
        m_window = std::make_unique<MainWindow>(*m_workbench, *static_cast<Application*>(qApp));
        m_window->show();
        if (!m_workbench->hasDemo()) QSKIP("the bundled demo is not there");
    }
    void cleanupTestCase() {
        m_window.reset();
        QThreadPool::globalInstance()->waitForDone();
        m_workbench.reset();
        m_bridge.setSession(nullptr);
        m_session.reset();
    }

    void Demo_OneClickMakesModelDataAndPlanReady() {
        press(QStringLiteral("start"), "openDemo");
        QTRY_VERIFY2_WITH_TIMEOUT(m_workbench->project.ready(),
                                  qPrintable(m_workbench->project.readiness().back().text),
                                  questionMs);
        press(QStringLiteral("start"), "toAdapter");
        QCOMPARE(m_window->currentPage(), QStringLiteral("adapter"));
    }
    void Demo_TheCountFollowsTheRank() {
        show("adapter");
        const auto before = (*m_workbench->project.plan())->total;
        type(QStringLiteral("adapter"), "rank", QStringLiteral("4"));
        QTRY_VERIFY_WITH_TIMEOUT(
            !m_workbench->project.planPending() && (*m_workbench->project.plan())->total < before,
            questionMs);
        QTRY_COMPARE(find<QLabel>(QStringLiteral("adapter"), "trainable")->text(),
                     countText((*m_workbench->project.plan())->total));
    }
    void Demo_TrainsAndShowsLossGatesAndCaptions() {
        show("train");
        type(QStringLiteral("train"), "max_steps", QString::number(updates));
        type(QStringLiteral("train"), "batch_size", QStringLiteral("4"));
        type(QStringLiteral("train"), "warmup_steps", QStringLiteral("0"));
        type(QStringLiteral("train"), "probe_every", QStringLiteral("2"));
        Watchdog::instance().reset();
        press(QStringLiteral("train"), "start");
        QVERIFY2(m_workbench->train.running(), qPrintable(m_window->message()));
        QTRY_VERIFY2_WITH_TIMEOUT(!m_workbench->train.running(), qPrintable(m_window->message()),
                                  jobMs);
        QCOMPARE(m_workbench->train.state(), JobState::Finished);
        const RunData& run = m_workbench->train.model().data();
        QCOMPARE(run.steps.size(), std::size_t{updates});
        QVERIFY(!run.router.empty());
        QVERIFY(run.probes.size() >= 2);
        QTest::qWait(3 * Page::refreshIntervalMs);
        QWidget* monitor = m_window->page(QStringLiteral("monitor"));
        QVERIFY(monitor->findChild<MetricChart*>()->pointsDrawn() >= updates);
        QCOMPARE(monitor->findChild<Heatmap*>()->heatmapData().columns.size(), 4);
        const Watchdog& dog = Watchdog::instance();
        qInfo(
            "longest event while training: %.1f ms, %.1f ms of them on the processor (%s), over %d "
            "ms: %d",
            dog.longestMs(), dog.longestCpuMs(), qPrintable(dog.longestWhat()), Watchdog::limitMs,
            dog.overLimit());
        QVERIFY2(!dog.tenfoldExcess(), qPrintable(dog.excessWhat()));
    }
    void Demo_ReplayOfTheRunEqualsWhatWasSeenLive() {
        RunModel live;
        const auto events = m_session->replay(m_workbench->train.model().data().path);
        QVERIFY(events.has_value());
        live.apply(*events);
        QVERIFY(live.sameRecords(m_workbench->train.model()));
    }
    void Demo_ComparesBaseAndAdaptedWithProof() {
        show("monitor");
        press(QStringLiteral("monitor"), "toCompare");
        QCOMPARE(m_window->currentPage(), QStringLiteral("compare"));
        m_window->page(QStringLiteral("compare"))->findChild<QSpinBox*>()->setValue(3);
        press(QStringLiteral("compare"), "compareStart");
        QTRY_VERIFY2_WITH_TIMEOUT(
            !m_workbench->compare.running() && !m_workbench->compare.model().empty(),
            qPrintable(m_window->message()), jobMs);
        QCOMPARE(m_workbench->compare.model().rowCount(), 3);
        QVERIFY(m_workbench->compare.model().comparison().self_test.passed());
    }
    void Demo_TheExportedAdapterOpensAgainAndSaysTheSame() {
        const auto before = adaptedCaptions();
        const QString out = m_folder.filePath(QStringLiteral("exported"));
        m_workbench->exportRun(qs(m_workbench->train.model().data().path));
        show("export");
        find<PathField>(QStringLiteral("export"), "exportFolder")->setPath(out);
        auto* page = static_cast<ExportPage*>(m_window->page(QStringLiteral("export")));
        page->markStale();
        press(QStringLiteral("export"), "exportStart");
        QTRY_VERIFY_WITH_TIMEOUT(!page->busy(), jobMs);
        QTest::qWait(2 * Page::refreshIntervalMs);
        const auto again = m_session->inspect_adapter(ss(out));
        QVERIFY2(again.has_value(), again ? "" : qPrintable(errorText(again.error()).oneLine()));
        QCOMPARE(again->parameters, (*m_workbench->project.plan())->total);
        m_workbench->compareRun(out);
        press(QStringLiteral("compare"), "compareStart");
        QTRY_VERIFY2_WITH_TIMEOUT(
            !m_workbench->compare.running() && !m_workbench->compare.model().empty(),
            qPrintable(m_window->message()), jobMs);
        QCOMPARE(adaptedCaptions() == before, true);
        QVERIFY(m_workbench->compare.model().comparison().self_test.passed());
    }
};

MOELORA_UI_TEST(GuiDemoTest)
#include "gui_demo_test.moc"
