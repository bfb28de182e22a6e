// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_model.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <cmath>

#include "core/base/json.h"
#include "core/options/config.h"
#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/models/comparison_model.h"
#include "ui/models/gate_alarms.h"
#include "ui/models/log_model.h"
#include "ui/models/run_details.h"
#include "ui/pages/monitor/metric_stack.h"
#include "ui/widgets/chart_card.h"

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
    // 144 gates recorded at each of 5,000 updates: few whole frames stay, the newest always, and
    // which ones does not depend on the drains.
    void RunModel_HoldsFewFramesOfALongRunAndTheMeanOfAll() {
        std::vector<RouterRecord> records(144);
        for (std::size_t i = 0; i < records.size(); ++i) {
            records[i].site = "layers." + std::to_string(i);
            records[i].weight = {0.7, 0.1, 0.1, 0.1};
        }
        constexpr std::int64_t updates = 5000;
        const auto frameOf = [&](std::int64_t step) {
            for (RouterRecord& record : records) {
                record.step = step;
                record.entropy = static_cast<double>(step) / updates;
            }
            return RouterRecorded{.job = 1, .records = records};
        };
        RunModel live, unknownLength;
        RunData replay;
        const Event started = RunStarted{.job = 1, .run = "r", .total_steps = updates};
        live.apply({started});
        static_cast<void>(RunModel::fold(replay, started));
        std::vector<Event> drain;
        for (std::int64_t step = 1; step <= updates; ++step) {
            drain.push_back(frameOf(step));
            static_cast<void>(RunModel::fold(replay, drain.back()));
            if (drain.size() < 7 && step < updates) continue;
            live.apply(drain);
            unknownLength.apply(drain);
            drain.clear();
        }
        RunModel opened;
        opened.install(std::move(replay));
        QVERIFY(live.sameRecords(opened));
        for (const RunModel* model : {&live, &unknownLength}) {
            const RunData& d = model->data();
            QVERIFY2(d.router.size() <= newestFramesKept + frameBlocksAtMost + 1,
                     qPrintable(QString::number(d.router.size())));
            QVERIFY(d.router.size() > newestFramesKept + frameBlocksAtMost / 4);
            QCOMPARE(d.router.front().step, std::int64_t{1});
            QCOMPARE(d.router.back().step, updates);
            for (std::size_t i = 1; i < d.router.size(); ++i)
                QVERIFY(d.router[i].step > d.router[i - 1].step &&
                        d.router[i].step - d.router[i - 1].step <= d.frameBlock);
            QCOMPARE(d.gateEntropy.size(), static_cast<std::size_t>(updates));
            QCOMPARE(d.gateEntropy[2499], QPointF(2500, 0.5));
        }
    }
    void Curves_OfARunThatGoesOnAreThoseDrawnAtOnce() {
        auto events = test::recordedRun(1, {.steps = 120, .nanStep = 7});
        events.insert(
            events.end() - 1,
            NoteRaised{.job = 1,
                       .note = {80, std::string(entry_of(ErrorCode::WentBack).id), "back", {}}});
        const auto again = test::recordedRun(1, {.steps = 120});
        for (const Event& event : again)
            if (const auto* step = std::get_if<StepRecorded>(&event);
                step && step->record.step > 80)
                events.insert(events.end() - 1, event);
        RunModel live, whole;
        MetricStack growing, atOnce;
        for (std::size_t at = 0; at < events.size(); at += 7) {
            live.apply(
                {events.begin() + static_cast<std::ptrdiff_t>(at),
                 events.begin() + static_cast<std::ptrdiff_t>(std::min(events.size(), at + 7))});
            growing.show(live);
        }
        whole.apply(events);
        atOnce.show(whole);
        QCOMPARE(growing.cards().size(), atOnce.cards().size());
        for (std::size_t card = 0; card < growing.cards().size(); ++card) {
            const auto &one = growing.cards()[card]->chart()->series(),
                       &two = atOnce.cards()[card]->chart()->series();
            QCOMPARE(one.size(), two.size());
            for (std::size_t s = 0; s < one.size(); ++s) {
                QCOMPARE(one[s].name, two[s].name);
                QCOMPARE(one[s].points.size(), two[s].points.size());
                QVERIFY(!one[s].points.empty());
                for (std::size_t i = 0; i < one[s].points.size(); ++i) {
                    QCOMPARE(one[s].points[i].x(), two[s].points[i].x());
                    QCOMPARE(one[s].points[i].y(), two[s].points[i].y());
                }
            }
            QCOMPARE(growing.cards()[card]->isHidden(), atOnce.cards()[card]->isHidden());
        }
        QCOMPARE(growing.loss()->chart()->series().front().points.size(), std::size_t{120});
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
    void RunModel_MeanWeightsOfATaskOrKindAreMeansOverTheSites() {
        RunModel model;
        model.apply(test::recordedRun(1));
        for (const auto split : {&RouterRecord::by_task, &RouterRecord::by_kind}) {
            const auto parts = meanWeights(model.data().router.back(), split);
            QCOMPARE(parts.size(), std::size_t{3});
            const auto& sites = model.data().router.back().sites;
            for (const auto& [name, weights] : parts) {
                double sum = 0;
                for (const RouterRecord& site : sites) sum += (site.*split).at(name)[1];
                QVERIFY(std::abs(weights[1] - sum / static_cast<double>(sites.size())) < 1e-12);
            }
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
    void Rollback_TakesLaterRecordsBackAsTheDiskDoes() {
        auto events = test::recordedRun(1, {.steps = 20});
        std::erase_if(events, [](const Event& event) {
            const auto* changed = std::get_if<JobStateChanged>(&event);
            return changed && is_terminal(changed->to);
        });
        RunModel whole, twoParts;
        const NoteRaised back{
            .job = 1,
            .note = {8, std::string(entry_of(ErrorCode::WentBack).id), "went back", {"a"}}};
        whole.apply(events);
        QAbstractItemModelTester tester(&twoParts,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        twoParts.apply(events);
        twoParts.apply({back});
        QCOMPARE(twoParts.rowCount(), 8);
        QCOMPARE(twoParts.data().steps.back().step, std::int64_t{8});
        for (const RouterFrame& frame : twoParts.data().router) QVERIFY(frame.step <= 8);
        for (const ProbeColumn& column : twoParts.data().probes) QVERIFY(column.step <= 8);
        events.push_back(back);
        RunModel atOnce;
        atOnce.apply(events);
        QVERIFY(atOnce.sameRecords(twoParts));
        QVERIFY(!atOnce.sameRecords(whole));
    }
    void Log_SaysWhatHappenedOnceAndKeepsTheWeight() {
        LogModel log;
        auto events = test::recordedRun(1, {.steps = 100, .nanStep = 7, .fails = true});
        events.insert(events.begin() + 1, StageProgress{1, "loading model", 8, 15});
        log.apply(events);
        log.add(Error{ErrorCode::FileMissing, {{"path", "/a"}}, {}, {}});
        QStringList lines;
        for (int i = 0; i < log.rowCount(); ++i) lines << log.index(i).data().toString();
        QCOMPARE(lines.filter(QStringLiteral("loading model")).size(), 1);
        QCOMPARE(lines.filter(QStringLiteral("Checkpoint saved")).size(), 2);
        QCOMPARE(lines.filter(QStringLiteral("TRAIN-001")).size(), 2);  // the note, and the end
        LogFilter filter;
        filter.setSourceModel(&log);
        QCOMPARE(filter.rowCount(), log.rowCount());
        filter.setLevel(Severity::Warning);
        QCOMPARE(filter.rowCount(), 3);
        filter.setLevel(Severity::Error);
        QCOMPARE(filter.rowCount(), 2);
        filter.setWords(QStringLiteral("does EXIST"));
        QCOMPARE(filter.text(), QStringLiteral("error: IO-001  /a does not exist. Check the path "
                                               "and its spelling."));
    }
    void Log_HoldsTheNewestLinesOnly() {
        LogModel log;
        std::vector<Event> events;
        for (std::int64_t step = 1; step <= 12000; ++step)
            events.push_back(EvalRecorded{.job = 1, .record = {step, 1, 1}});
        log.apply({events.begin(), events.begin() + 4000});
        log.apply({events.begin() + 4000, events.end()});
        QCOMPARE(log.rowCount(), static_cast<int>(LogModel::linesKept));
        QCOMPARE(log.index(log.rowCount() - 1).data(LogModel::StepRole).toInt(), 12000);
    }
    void GateAlarms_NameDeadAndDominatingExperts() {
        std::vector<RouterFrame> frames;
        for (std::int64_t step = 1; step <= 30; ++step) {
            RouterFrame frame{step, {}};
            for (const auto& weight : {std::vector<double>{0.25, 0.25, 0.25, 0.25},
                                       std::vector<double>{0.5, 0.5, 0.001, 0},
                                       std::vector<double>{0.99, 0.004, 0.003, 0.003}}) {
                RouterRecord record{.step = step, .layer = 0, .module = "q_proj"};
                record.site = "layers." + std::to_string(frame.sites.size());
                record.weight = weight;
                frame.sites.push_back(record);
            }
            // Only long ago: the window has forgotten it.
            if (step < 5) frame.sites[1].weight = {0, 0, 0.5, 0.5};
            frames.push_back(frame);
        }
        const auto alarms = gateAlarms(frames);
        QCOMPARE(alarms.size(), std::size_t{3});
        QCOMPARE(alarms[0].kind, GateAlarm::Dead);
        QCOMPARE(alarms[0].expert, 2);
        QCOMPARE(alarms[1].expert, 3);
        QCOMPARE(alarms[2].kind, GateAlarm::Dominating);
        QCOMPARE(alarms[2].site, std::string("layers.2"));
        QVERIFY(gateAlarms({frames.begin(), frames.begin() + 4}).empty());  // too early to say
    }
    void RunDetails_ComeFromTheRecordsAndTheConfigurationAsItRan() {
        const QTemporaryDir folder;
        RunOptions options;
        options.adapter.rank = 32;
        options.train.learning_rate = 3e-5;
        QFile file(folder.filePath(QStringLiteral("run.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(Json{{"config", to_json(options)}}.dump()));
        file.close();
        test::FakeSession session;
        RunSummary run;
        run.path = ss(folder.path());
        run.step = 120;
        const RunDetails details = readRunDetails(session, run);
        QVERIFY(details.options && *details.options == options);
        QVERIFY(details.curve.size() > 20 && details.curve.size() <= 120);
        QCOMPARE(details.peakBytes, 512000000);
        QCOMPARE(details.bestStep, 120);
        QVERIFY(details.seconds > 40 && details.seconds < 60);
        QStringList changed;
        for (const ConfigLine& line : configLines(*details.options))
            if (line.changed) changed << line.path;
        QCOMPARE(changed, (QStringList{QStringLiteral("adapter.rank"),
                                       QStringLiteral("train.learning_rate")}));
    }
    void Epochs_EndWhereTheWholeNumberGrows() {
        std::vector<StepRecord> steps;
        for (std::int64_t i = 1; i <= 10; ++i)
            steps.push_back({.step = i, .epoch = static_cast<double>(i) / 4});
        QCOMPARE(epochEnds(steps), (std::vector<double>{4, 8}));
        QCOMPARE(bestOf({{1, 2, 1}, {2, std::nan(""), 1}, {3, 1.5, 1}, {4, 1.7, 1}}),
                 std::optional(QPointF(3, 1.5)));
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
