// SPDX-License-Identifier: GPL-3.0-or-later
// The page Runs: stars, runs over one another, the queue; and the samples behind an update on the
// page Monitor.
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>

#include "core/options/config.h"
#include "tests/support/window_fixture.h"
#include "ui/bridge/watchdog.h"
#include "ui/pages/monitor/metric_stack.h"
#include "ui/pages/monitor/update_pane.h"
#include "ui/pages/runs/overlay_pane.h"
#include "ui/widgets/chart_card.h"

using namespace moelora;
using namespace moelora::ui;

class RunsPageTest : public QObject {
    Q_OBJECT
    test::WindowFixture m_w;

    void listRuns(std::vector<RunSummary> runs) const {
        m_w.session->runs = std::move(runs);
        m_w.workbench->refreshRuns();
        m_w.go("runs");
        test::WindowFixture::settle();
    }
    [[nodiscard]] QTableView* table() const {
        return m_w.window->page(QStringLiteral("runs"))->findChild<QTableView*>();
    }
    // A run folder with these options.
    static std::string folderOf(const QTemporaryDir& root, const char* name,
                                const RunOptions& options) {
        const QString folder = root.filePath(QLatin1String(name));
        QDir().mkpath(folder);
        QFile file(folder + QStringLiteral("/run.json"));
        if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
        file.write(QByteArray::fromStdString(Json{{"config", to_json(options)}}.dump()));
        return ss(folder);
    }
    [[nodiscard]] QString add(const char* name) const {
        return m_w.workbench->queue.add(QLatin1String(name), m_w.workbench->project.options());
    }
    [[nodiscard]] std::vector<int> states() const {
        std::vector<int> out;
        for (const RunQueue::Item& item : m_w.workbench->queue.items()) out.push_back(item.state);
        return out;
    }

  private Q_SLOTS:
    void Runs_AFilterLeavesTheRunsThatHoldEveryWord() {
        m_w.session->runs = test::recordedRuns();
        m_w.session->runs[1].tags = {"night"};
        m_w.workbench->refreshRuns();
        m_w.go("runs");
        auto* filter = m_w.find<QLineEdit>("runsFilter");
        auto* table = m_w.window->page(QStringLiteral("runs"))->findChild<QTableView*>();
        const auto shown = [&] {
            QStringList names;
            for (int row = 0; row < table->model()->rowCount(); ++row)
                names << table->model()->index(row, 0).data().toString().section(QLatin1Char(' '),
                                                                                 0, 0);
            return names;
        };
        QCOMPARE(shown().size(), 4);
        filter->setText(QStringLiteral("NIGHT"));
        QCOMPARE(shown(), QStringList{QStringLiteral("lora-r8")});
        filter->setText(QStringLiteral("soft interrupted"));
        QCOMPARE(shown(), QStringList{QStringLiteral("soft-e8-r4")});
        m_w.workbench->refreshRuns();  // and it stays when the list comes anew
        m_w.settle();
        QCOMPARE(shown().size(), 1);
        filter->clear();
        QCOMPARE(shown().size(), 4);
    }
    void init() { m_w.open(); }
    void cleanup() {
        RunQueue& queue = m_w.workbench->queue;  // the settings outlive the window
        queue.setGoing(false);
        for (int row = queue.rowCount(); row-- > 0;) queue.remove(row);
        m_w.close();
    }

    void Runs_AStarIsKeptAndShownInTheList() {
        listRuns(test::recordedRuns());
        QVERIFY(!m_w.find<QToolButton>("star")->isChecked());
        m_w.press("star");
        MOELORA_TRY_VERIFY(m_w.session->runs[0].starred);
        MOELORA_TRY_VERIFY(
            table()->model()->index(0, 0).data().toString().startsWith(QString::fromUtf8("★ ")));
        m_w.press("star");
        MOELORA_TRY_VERIFY(!m_w.session->runs[0].starred);
    }
    void Runs_AreFoundByTheirTagsStatesAndWords() {
        std::vector<RunSummary> runs;
        for (int i = 0; i < 4; ++i) {
            runs.push_back(test::recordedRuns()[0]);
            runs.back().id = runs.back().path = "run-" + std::to_string(i);
            runs.back().name = "try " + std::to_string(i);
            runs.back().starred = false;
            runs.back().tags.clear();
        }
        runs[1].tags = {"night"};
        runs[2].tags = {"night", "good"};
        runs[3].note = "the night it rained";
        runs[2].status = RunStatus::Failed;
        listRuns(runs);
        auto* words = m_w.find<QLineEdit>("runsFilter");
        const auto shown = [&](const char* text) {
            words->setText(QLatin1String(text));
            QStringList names;
            for (int row = 0; row < table()->model()->rowCount(); ++row)
                names << table()->model()->index(row, 0).data().toString().section(QLatin1Char(' '),
                                                                                   0, 1);
            names.sort();
            return names.join(QLatin1Char(','));
        };
        QCOMPARE(shown(""), QStringLiteral("try 0,try 1,try 2,try 3"));
        QCOMPARE(shown("tag:night"), QStringLiteral("try 1,try 2"));
        QCOMPARE(shown("tag:night status:failed"), QStringLiteral("try 2"));
        QCOMPARE(shown("night"), QStringLiteral("try 1,try 2,try 3"));
        // The details are of the run that is left.
        QCOMPARE(shown("run-3"), QStringLiteral("try 3"));
        test::WindowFixture::settle();
        QCOMPARE(m_w.find<QLineEdit>("runNote")->text(), QStringLiteral("the night it rained"));
        QCOMPARE(shown("nowhere"), QString());
        QVERIFY(m_w.find<QLabel>("noRunFits")->isVisible());
        words->clear();
        QVERIFY(!m_w.find<QLabel>("noRunFits")->isVisible());
    }
    void Runs_OneThatCannotBeReadIsShownWithTheReasonAndCanOnlyBeRemoved() {
        RunSummary broken;
        broken.id = broken.path = "20261124-081500-soft";
        broken.status = RunStatus::Unreadable;
        broken.unreadable = Error{ErrorCode::RunInvalid,
                                  {{"path", broken.path}, {"why", "it has another format"}},
                                  {},
                                  {}};
        listRuns({broken});
        QCOMPARE(m_w.find<QLabel>("runFacts")->text().section(QLatin1Char(' '), 0, 0),
                 QStringLiteral("RUN-002"));
        for (const char* name : {"openRun", "resumeRun", "editRun", "bundleRun", "runNote", "star"})
            QVERIFY2(!m_w.find<QWidget>(name)->isEnabled(), name);
        QVERIFY(m_w.find<QWidget>("removeRun")->isEnabled());
    }
    void Runs_AreSortedByWhatTheyAreAndNotByTheirTexts() {
        std::vector<RunSummary> runs;
        for (const std::int64_t step : {90, 1200, 400}) {
            runs.push_back(test::recordedRuns()[0]);
            runs.back().id = runs.back().path = "run-" + std::to_string(step);
            runs.back().step = step;
            runs.back().note = runs.back().id;
            runs.back().started_utc = "2026-11-0" + std::to_string(1 + step % 7) + "T00:00:00Z";
        }
        listRuns(runs);
        const auto steps = [this] {
            std::vector<QString> out;
            for (int row = 0; row < 3; ++row)
                out.push_back(table()
                                  ->model()
                                  ->index(row, RunsModel::Steps)
                                  .data()
                                  .toString()
                                  .section(QLatin1Char(' '), 0, 0));
            return out;
        };
        const std::vector<QString> rising = {QStringLiteral("90"), QStringLiteral("400"),
                                             QStringLiteral("1,200")};
        table()->sortByColumn(RunsModel::Steps, Qt::AscendingOrder);
        QCOMPARE(steps(), rising);
        // What is chosen there is what is shown beside it.
        table()->selectRow(2);
        test::WindowFixture::settle();
        QCOMPARE(m_w.find<QLineEdit>("runNote")->text(), QStringLiteral("run-1200"));
    }
    void Overlay_TwoRunsThatDifferInRankShowExactlyOneLine() {
        const QTemporaryDir root;
        RunOptions options = m_w.workbench->project.options();
        std::vector<RunSummary> runs = test::recordedRuns();
        runs.resize(2);
        runs[0].path = folderOf(root, "a", options);
        options.adapter.rank = 48;
        runs[1].path = folderOf(root, "b", options);
        listRuns(runs);
        table()->selectAll();
        test::WindowFixture::settle();
        const auto* lines = m_w.find<QTreeWidget>("settingDiff");
        QVERIFY(lines->isVisible());
        QCOMPARE(lines->topLevelItemCount(), 1);
        QCOMPARE(lines->topLevelItem(0)->toolTip(0), QStringLiteral("adapter.rank"));
        QCOMPARE(QSet<QString>({lines->topLevelItem(0)->text(1), lines->topLevelItem(0)->text(2)}),
                 QSet<QString>({QStringLiteral("8"), QStringLiteral("48")}));
        for (const char* name : {"overlay_loss", "overlay_learning_rate"}) {
            const MetricChart* chart = m_w.find<ChartCard>(name)->chart();
            QCOMPARE(chart->series().size(), std::size_t{2});
            QVERIFY(chart->pointsDrawn() > 0);
        }
        QCOMPARE(m_w.find<ChartCard>("overlay_loss")->chart()->axis(),
                 m_w.find<ChartCard>("overlay_learning_rate")->chart()->axis());
        table()->selectRow(0);  // one alone is shown in full again
        test::WindowFixture::settle();
        QVERIFY(!lines->isVisible());
        QVERIFY(m_w.find<QToolButton>("star")->isVisible());
    }
    void Overlay_ShowsSixRunsAndSaysThatThereAreMore() {
        std::vector<RunSummary> runs;
        for (int i = 0; i < 8; ++i) {
            runs.push_back(test::recordedRuns()[0]);
            runs.back().id = runs.back().path = "run-" + std::to_string(i);
        }
        listRuns(runs);
        table()->selectAll();
        test::WindowFixture::settle();
        const auto& series = m_w.find<ChartCard>("overlay_loss")->chart()->series();
        QCOMPARE(series.size(), overlaidAtMost);
        QSet<QString> names, strokes;
        for (const MetricSeries& one : series) {
            names << one.name;
            strokes << QStringLiteral("%1 %2").arg(one.style).arg(one.color);
        }
        QCOMPARE(names.size(), 6);  // equal names are told apart, and no two look alike
        QCOMPARE(strokes.size(), 6);
        QVERIFY(m_w.find<QLabel>("overlayNote")->text().contains(QLatin1String("first 6")));
        (void)add("waiting");  // all at once still fits a small screen
        test::WindowFixture::settle();
        QVERIFY2(m_w.window->roomNeeded().height() <= 720,
                 qPrintable(QString::number(m_w.window->roomNeeded().height())));
    }

    void Queue_AFailingFirstRunDoesNotStopTheSecond() {
        m_w.prepare();
        (void)add("first");
        (void)add("second");
        QCOMPARE(m_w.session->commands.size(), std::size_t{0});  // queued is not started
        QCOMPARE(states(), (std::vector<int>{RunQueue::Queued, RunQueue::Queued}));
        m_w.session->recording.fails = true;
        m_w.go("runs");
        listRuns(test::recordedRuns());
        m_w.press("queueGo");
        QCOMPARE(states(), (std::vector<int>{RunQueue::Started, RunQueue::Queued}));
        m_w.play();
        QCOMPARE(states(), (std::vector<int>{RunQueue::Failed, RunQueue::Started}));
        QVERIFY(m_w.workbench->queue.items()[0].error.has_value());
        m_w.session->recording.fails = false;
        (void)m_w.session->stop(2);
        m_w.bridge->drainNow();
    }
    void Queue_ARefusedRunLeavesTheNextItsTurn() {
        m_w.prepare();
        for (const char* name : {"a", "b", "c"}) (void)add(name);
        m_w.session->refusedStarts = 1;
        m_w.workbench->queue.setGoing(true);
        QCOMPARE(states(),
                 (std::vector<int>{RunQueue::Failed, RunQueue::Started, RunQueue::Queued}));
        m_w.play();
        QCOMPARE(states(),
                 (std::vector<int>{RunQueue::Failed, RunQueue::Finished, RunQueue::Started}));
        m_w.play();
        QCOMPARE(m_w.session->started.size(), std::size_t{3});
        QCOMPARE(m_w.session->started[2].name, std::string("c"));
        QVERIFY(!m_w.workbench->queue.going());
    }
    void Queue_NamesNeverCollide() {
        QCOMPARE(add("birds"), QStringLiteral("birds"));
        QCOMPARE(add("birds"), QStringLiteral("birds 2"));
        QCOMPARE(add("birds"), QStringLiteral("birds 3"));
        QCOMPARE(add(""), QStringLiteral("soft"));  // the preset
    }
    void Queue_WaitingRunsChangePlacesAndLeave() {
        for (const char* name : {"a", "b", "c"}) (void)add(name);
        listRuns(test::recordedRuns());
        auto* list = m_w.find<QListView>("queue");
        QVERIFY(list->isVisible());
        list->setCurrentIndex(list->model()->index(2, 0));
        m_w.press("queueUp");
        m_w.press("queueUp");
        QVERIFY(!m_w.find<QToolButton>("queueUp")->isEnabled());
        QCOMPARE(m_w.workbench->queue.items()[0].name, QStringLiteral("c"));
        QCOMPARE(list->currentIndex().row(), 0);  // the choice goes with it
        m_w.press("queueRemove");
        QCOMPARE(m_w.workbench->queue.rowCount(), 2);
        QCOMPARE(m_w.workbench->queue.items()[0].name, QStringLiteral("a"));
    }
    void Queue_GoesOnBehindARunThatIsAtWorkAndHoldsWhenTheUserStops() {
        m_w.prepare();
        m_w.workbench->startTraining({});
        m_w.play(60);
        m_w.go("train");
        m_w.press("addToQueue");
        m_w.press("addToQueue");
        QVERIFY(m_w.workbench->queue.going());
        QCOMPARE(m_w.workbench->queue.waiting(), 2);
        m_w.play();
        QCOMPARE(states(), (std::vector<int>{RunQueue::Started, RunQueue::Queued}));
        m_w.play(60);
        m_w.workbench->train.stop();
        m_w.bridge->drainNow();
        test::WindowFixture::settle();
        QCOMPARE(states(), (std::vector<int>{RunQueue::Stopped, RunQueue::Queued}));
        QVERIFY(!m_w.workbench->queue.going());
    }
    void Queue_WhatWaitsSurvivesTheProgram() {
        RunOptions options = m_w.workbench->project.options();
        options.adapter.rank = 24;
        m_w.workbench->project.setOptions(options);
        (void)add("for tomorrow");
        m_w.restart();
        QCOMPARE(m_w.workbench->queue.waiting(), 1);
        QCOMPARE(m_w.workbench->queue.items()[0].name, QStringLiteral("for tomorrow"));
        QCOMPARE(m_w.workbench->queue.items()[0].options.adapter.rank, 24);
        QVERIFY(!m_w.workbench->queue.going());  // nothing starts by itself
    }

    void Monitor_AStepListsExactlyTheSamplesOfItsMicroBatches() {
        m_w.prepare();
        m_w.workbench->startTraining({});
        m_w.play();
        m_w.go("monitor");
        auto* chart = m_w.find<ChartCard>("loss")->chart();
        QTest::mouseClick(chart, Qt::LeftButton, {}, chart->rect().center());
        test::WindowFixture::settle();
        const auto* pane = m_w.window->findChild<UpdatePane*>();
        QVERIFY(pane->isVisible());
        QVERIFY(pane->step() > 1 && pane->step() < 120);
        QCOMPARE(pane->model().samples() == test::recordedUpdate(pane->step()), true);
        auto* number = m_w.find<QSpinBox>("updateNumber");
        number->setFocus();
        number->selectAll();
        QTest::keyClicks(number, QStringLiteral("7"));
        QTest::keyClick(number, Qt::Key_Return);
        test::WindowFixture::settle();
        QCOMPARE(pane->model().samples() == test::recordedUpdate(7), true);
        const QModelIndex first = pane->model().index(0);
        QCOMPARE(first.data().toString(), QStringLiteral("28, loss 0.5"));
        QVERIFY(!first.data(UpdateSamples::CaptionRole).toString().isEmpty());
    }
    void Monitor_TheHighestPeakIsFoundAndABrokenLossBeforeAll() {
        for (const std::int64_t broken : {0, 41}) {
            m_w.session->recording.nanStep = broken;
            m_w.prepare();
            m_w.workbench->startTraining({});
            m_w.play();
            m_w.go("monitor");
            m_w.find<QTabBar>("monitorPanes")->setCurrentIndex(2);
            test::WindowFixture::settle();
            m_w.press("highestPeak");
            test::WindowFixture::settle();
            const auto* pane = m_w.window->findChild<UpdatePane*>();
            if (broken > 0) QCOMPARE(pane->step(), broken);
            QVERIFY(pane->step() < 120);  // not the newest, which is shown at first
        }
    }
    void Monitor_AHundredThousandUpdatesOpenZoomAndPanWithoutATenfoldExcess() {
        m_w.session->recording.steps = 100'000;
        m_w.session->recording.experts = 1;  // a plain LoRA: no gates
        Watchdog& dog = Watchdog::instance();
        dog.reset();
        m_w.workbench->openRun(QStringLiteral("20261124-0912-soft"));
        MOELORA_TRY_COMPARE(m_w.workbench->train.model().data().steps.size(), std::size_t{100'000});
        test::WindowFixture::settle();
        auto* stack = m_w.window->findChild<MetricStack*>();
        QVERIFY(stack->isVisible());
        StepAxis* axis = stack->axis();
        QCOMPARE(axis->last(), 100'000.0);
        const auto act = [axis](auto what) {
            QTimer::singleShot(0, axis, what);
            QTest::qWait(60);
        };
        for (int i = 0; i < 6; ++i) act([axis] { axis->zoom(0.4, 30'000); });
        QVERIFY(axis->to() - axis->from() < 1000);
        for (int i = 0; i < 6; ++i) act([axis] { axis->pan(5'000); });
        QVERIFY(axis->from() > 40'000);
        act([axis] { axis->fit(); });
        qInfo("longest event over 100,000 updates: %.1f ms (%s)", dog.longestMs(),
              qPrintable(dog.longestWhat()));
        QVERIFY2(!dog.tenfoldExcess(), qPrintable(dog.excessWhat()));
    }
    // A hundred thousand updates stay small: their samples are asked for one update at a time.
    void Monitor_TheModelOfARunKeepsNoSamples() {
        RunData data;
        RunModel::fold(
            data, StepRecorded{.job = 1, .record = {.step = 1, .micro_batches = {{{"a"}, 0.5}}}});
        QVERIFY(data.steps[0].micro_batches.empty());
    }
};

MOELORA_UI_TEST(RunsPageTest)
#include "runs_page_test.moc"
