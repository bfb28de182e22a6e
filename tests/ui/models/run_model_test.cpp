// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_model.h"

#include <QSignalSpy>
#include <cmath>

#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/models/comparison_model.h"

using namespace moelora;
using namespace moelora::ui;

class RunModelTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void RunModel_LiveInSmallDrainsEqualsReplayInOne() {
        const std::vector<Event> events = test::recordedRun(3);
        RunModel live, replay;
        for (std::size_t at = 0; at < events.size(); at += 7)
            live.apply(
                {events.begin() + static_cast<std::ptrdiff_t>(at),
                 events.begin() + static_cast<std::ptrdiff_t>(std::min(events.size(), at + 7))});
        replay.apply(events);
        QVERIFY(live.sameRecords(replay));
        QCOMPARE(live.rowCount(), 120);
        QCOMPARE(live.data().probes.size(), std::size_t{4});
        replay.apply({StepRecorded{.job = 3, .record = {.step = 121}}});
        QVERIFY(!live.sameRecords(replay));
    }
    void RunModel_OneRowsInsertedADrain() {
        RunModel model;
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&model, &RunModel::changed);
        model.apply(test::recordedRun(1));
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(inserted[0][2].toInt(), 119);
        QCOMPARE(changed.count(), 1);
    }
    void RunModel_FailedRunKeepsItsError() {
        RunModel model;
        model.apply(test::recordedRun(1, {.steps = 12, .fails = true}));
        QCOMPARE(model.data().state, JobState::Failed);
        QVERIFY(model.data().error.has_value());
        QVERIFY(!model.active());
    }
    void RunModel_NanLossIsKeptAsNan() {
        RunModel model;
        model.apply(test::recordedRun(1, {.steps = 20, .nanStep = 7}));
        QVERIFY(std::isnan(model.data().steps[6].loss));
        QCOMPARE(model.index(6, RunModel::Loss).data().toString(), QStringLiteral("NaN"));
        QCOMPARE(model.data().notes.size(), std::size_t{1});
    }
    void RunModel_MeanWeightsOfATaskSumToOne() {
        RunModel model;
        model.apply(test::recordedRun(1));
        const auto tasks = model.meanWeightByTask();
        QCOMPARE(tasks.size(), std::size_t{3});
        for (const auto& [task, weights] : tasks) {
            double sum = 0;
            for (const double w : weights) sum += w;
            QVERIFY(std::abs(sum - 1) < 1e-9);
        }
    }
    void RunModel_TimeLeftComesFromThePaceOfTheLastUpdates() {
        RunModel model;
        QVERIFY(model.secondsLeft() < 0);
        std::vector<Event> events = {RunStarted{.job = 1, .run = "r", .total_steps = 100}};
        for (std::int64_t step = 1; step <= 40; ++step)
            events.push_back(StepRecorded{
                .job = 1, .record = {.step = step, .step_ms = step <= 20 ? 9000.0 : 500.0}});
        model.apply(events);
        QCOMPARE(model.secondsLeft(), 30.0);
    }
    void Comparison_VerdictTellsWonLostChangedAndSame() {
        const auto sample = [](const char* base, const char* adapted) {
            ComparedSample s;
            s.sample.references = {"yes"};
            s.base.text = base;
            s.adapted.text = adapted;
            return s;
        };
        QCOMPARE(verdictOf(sample("no", "yes")), Verdict::Better);
        QCOMPARE(verdictOf(sample("yes", "no")), Verdict::Worse);
        QCOMPARE(verdictOf(sample("no", "maybe")), Verdict::Changed);
        QCOMPARE(verdictOf(sample("yes", "yes")), Verdict::Same);
    }
};

MOELORA_UI_TEST(RunModelTest)
#include "run_model_test.moc"
