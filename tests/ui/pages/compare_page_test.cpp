// SPDX-License-Identifier: GPL-3.0-or-later
// The page Compare: what is asked for, the routing of one picture, judging without knowing; and the
// tree of targets on the page Adapter.
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QSlider>
#include <QTabBar>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeWidget>
#include <set>

#include "core/record/records_json.h"
#include "tests/support/window_fixture.h"
#include "ui/models/blind_trial.h"
#include "ui/models/comparison_model.h"
#include "ui/pages/adapter/preset_strip.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/compare/routing_pane.h"
#include "ui/pages/compare/routing_view.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/option_form.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/with_table.h"

using namespace moelora;
using namespace moelora::ui;

class ComparePageTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    void compared() const {
        press("compareStart");
        play();
        MOELORA_TRY_VERIFY(!workbench->compare.model().empty());
    }
    static std::vector<ComparedSample> pairs(int count) {
        std::vector<ComparedSample> out;
        for (int i = 0; i < count; ++i) {
            ComparedSample s;
            s.sample.id = std::to_string(i);
            s.base.text = "base";
            s.adapted.text = i == 0 ? "base" : "adapted";  // the first pair does not differ
            out.push_back(s);
        }
        return out;
    }

  private Q_SLOTS:
    void init() {
        open();
        session->runs = test::recordedRuns();
        session->runs[0].checkpoints = {{20, "checkpoints/step-20"}, {40, "checkpoints/step-40"}};
        session->runs[0].has_adapter = true;
        workbench->refreshRuns();
        prepare();
        go("compare");
    }
    void cleanup() { close(); }

    void Compare_CheckpointScaleExpertAndPromptReachTheEngine() {
        compared();
        QCOMPARE(qs(session->compared->adapter), qs(session->runs[0].path));
        QCOMPARE(session->compared->adapter_scale, 1.0);
        QCOMPARE(session->compared->force_expert, -1);
        auto* checkpoint = find<QSlider>("compareCheckpoint");
        QCOMPARE(checkpoint->maximum(), 2);
        checkpoint->setValue(1);
        find<QSlider>("compareScale")->setValue(10);
        MOELORA_TRY_COMPARE(find<QComboBox>("compareExpert")->count(), 5);
        find<QComboBox>("compareExpert")->setCurrentIndex(2);
        find<QLineEdit>("comparePrompt")->setText(QStringLiteral("Why?"));
        compared();
        QCOMPARE(qs(session->compared->adapter),
                 qs(session->runs[0].path) + QStringLiteral("/checkpoints/step-40"));
        QCOMPARE(session->compared->adapter_scale, 0.5);
        QCOMPARE(session->compared->force_expert, 1);
        QCOMPARE(qs(session->compared->prompt), QStringLiteral("Why?"));
    }
    void Compare_OnePictureIsAskedAboutAlone() {
        find<PathField>("compareData")->setPath(QStringLiteral("/pictures/one.WEBP"));
        settle();
        compared();
        QCOMPARE(session->compared->images, (std::vector<std::string>{"/pictures/one.WEBP"}));
        QVERIFY(session->compared->data.empty());
    }
    void Compare_WithoutPicturesTheProbesOfTheRunAreAsked() {
        auto* data = find<PathField>("compareData");
        const auto clear = [&] {
            data->line()->setFocus();
            data->line()->selectAll();
            QTest::keyClick(data->line(), Qt::Key_Delete);
            QTest::keyClick(data->line(), Qt::Key_Return);
            settle();
        };
        clear();
        QVERIFY(data->path().isEmpty());  // the project's data do not come back by themselves
        QVERIFY(!find<QPushButton>("compareStart")->isEnabled());  // this run kept none
        QVERIFY(
            find<QPushButton>("compareStart")->toolTip().contains(QLatin1String("kept no probes")));
        const QTemporaryDir run;
        QFile probes(run.filePath(QStringLiteral("probes.json")));
        QVERIFY(probes.open(QIODevice::WriteOnly));
        session->runs[0].path = ss(run.path());
        workbench->refreshRuns();
        settle();
        MOELORA_TRY_VERIFY(find<QPushButton>("compareStart")->isEnabled());
        QCOMPARE(data->line()->placeholderText(), QStringLiteral("the probes of the run"));
        compared();
        QVERIFY(session->compared->data.empty() && session->compared->images.empty());
        QCOMPARE(qs(session->compared->adapter), run.path());
    }
    void Compare_DecodingIsChosenOnThePageAndReachesTheEngine() {
        auto* form = find<OptionForm>("decodingForm");
        auto* fold = find<QToolButton>("compareDecoding");
        QVERIFY(!form->isVisible());
        QCOMPARE(fold->text(), QStringLiteral("Decoding: greedy"));
        press("compareDecoding");
        QVERIFY(form->isVisible());
        QVERIFY(!form->editor(QStringLiteral("temperature"))->isEnabled());  // greedy has none
        Q_EMIT form->edited(QStringLiteral("do_sample"), QStringLiteral("true"));
        settle();
        QCOMPARE(fold->text(), QStringLiteral("Decoding: sampled"));
        auto* heat = static_cast<NumberEdit*>(form->editor(QStringLiteral("temperature")));
        QVERIFY(heat->isEnabled());
        heat->setText(QStringLiteral("hot"));
        Q_EMIT heat->textEdited(heat->text());
        settle();
        QVERIFY(!find<QPushButton>("compareStart")->isEnabled());  // not what would be asked
        heat->setText(QStringLiteral("0.7"));
        Q_EMIT heat->textEdited(heat->text());
        settle();
        compared();
        QVERIFY(session->compared->generate.do_sample);
        QCOMPARE(session->compared->generate.temperature, 0.7);
    }
    void Compare_AnUntrainedAdapterIsShownWithANotice() {
        Comparison c = test::recordedComparison();
        c.self_test.adapter_on_differs = false;
        c.self_test.untrained = true;
        workbench->compare.model().setComparison(c, {});
        settle();
        const auto* banner = find<QLabel>("selfTestBanner");
        QVERIFY(banner->isVisible());
        QVERIFY2(banner->text().startsWith(QLatin1String("This adapter has not learnt anything")),
                 qPrintable(banner->text()));
        QCOMPARE(banner->property("tone").toString(), QStringLiteral("warning"));
    }
    void Compare_TheReportsFolderIsAskedWithoutHoldingTheWindow() {
        compared();
        settle();
        press("saveComparison");
        auto* dialog = find<QFileDialog>("comparisonFolder");
        QVERIFY(dialog->isVisible());
        QVERIFY(!find<QLabel>("selfTestBanner")->isVisible());  // the window goes on
        dialog->close();
    }
    void Compare_ATaskIsChosenForPicturesThatHaveNone() {
        auto* task = find<QComboBox>("compareTask");
        QVERIFY(!task->isVisible());  // this adapter does not go by tasks
        session->adapterTasks = {"count", "tags"};
        workbench->compareRun(QStringLiteral("/adapters/by-task"));
        MOELORA_TRY_VERIFY(task->isVisible());
        QCOMPARE(task->count(), 3);
        find<PathField>("compareData")->setPath(QStringLiteral("/pictures/one.webp"));
        settle();
        compared();
        QCOMPARE(session->compared->task, std::string());
        task->setCurrentIndex(2);
        compared();
        QCOMPARE(session->compared->task, std::string("tags"));
    }
    void Compare_EachColumnSaysWhereItComesFrom() {
        compared();
        settle();
        const QString base = find<QLabel>("baseOrigin")->text(),
                      adapted = find<QLabel>("adaptedOrigin")->text();
        QVERIFY2(base.contains(QLatin1String("no adapter")), qPrintable(base));
        QVERIFY2(adapted.contains(QLatin1String("scale 1.00")) &&
                     adapted.contains(QLatin1String("greedy")) &&
                     adapted.startsWith(base.section(QStringLiteral(" · "), 0, 0)),
                 qPrintable(adapted));
        for (const QString& cell : {base, adapted})
            QVERIFY2(cell.contains(QLatin1String("the model's pixels")), qPrintable(cell));
        Comparison c = test::recordedComparison();
        c.provenance.max_pixels = 78400;
        c.provenance.adapter_step = 40;
        c.provenance.greedy = false;
        c.provenance.seed = 7;
        workbench->compare.model().setComparison(c, {});
        settle();
        const QString whole = find<QLabel>("adaptedOrigin")->text();
        for (const char* part : {"update 40", "sampled, seed 7", "78,400 px"})
            QVERIFY2(whole.contains(QLatin1String(part)), qPrintable(whole));
        QVERIFY(!find<QLabel>("selfTestBanner")->isVisible());
    }
    // Captions of two adapters would stand in one list, under the folder of one of them.
    void Compare_AComparisonIsNotOpenedWhileOneIsBeingMade() {
        const QTemporaryDir folder;
        Comparison other = test::recordedComparison();
        other.provenance.adapter_path = "/other/adapter";
        QFile file(folder.filePath(QStringLiteral("comparison.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(to_json(other).dump()));
        file.close();
        press("compareStart");
        play(3);
        QVERIFY(workbench->compare.running());
        const int before = workbench->compare.model().rowCount();
        workbench->openPath(folder.path());
        settle();
        QVERIFY2(window->message().contains(QLatin1String("A comparison is being made here")),
                 qPrintable(window->message()));
        QCOMPARE(workbench->compare.model().rowCount(), before);
        QVERIFY(!workbench->compare.model().whole());
        play();
        QVERIFY(workbench->compare.model().comparison().provenance.adapter_path !=
                other.provenance.adapter_path);
        workbench->openPath(folder.path());
        settle();
        QCOMPARE(workbench->compare.model().comparison().provenance.adapter_path,
                 other.provenance.adapter_path);
    }
    void Compare_AFailedSelfTestIsARedBannerThatSaysWhich() {
        Comparison c = test::recordedComparison();
        c.self_test.adapter_on_differs = false;
        c.issues = {{Severity::Warning,
                     Error{ErrorCode::CaptionRepeats, {{"sample", c.samples[0].sample.id}}, {}, {}},
                     Place{{}, 0, c.samples[0].sample.id}, 1}};
        workbench->compare.model().setComparison(c, {});
        settle();
        const auto* banner = find<QLabel>("selfTestBanner");
        QVERIFY(banner->isVisible());
        QVERIFY(banner->text().contains(QLatin1String("has not learnt anything yet")));
        QCOMPARE(banner->property("tone").toString(), QStringLiteral("bad"));
        QVERIFY2(find<QLabel>("verdict")->text().contains(QStringLiteral("⚠")),
                 qPrintable(find<QLabel>("verdict")->text()));
    }
    void Compare_CaptionsAreShownAsTheyComeAndKeptWhenCancelled() {
        const Comparison whole = test::recordedComparison();
        press("compareStart");
        std::vector<Event> events = {
            JobStateChanged{.job = 1, .from = JobState::Loading, .to = JobState::Running}};
        for (std::size_t i = 0; i < 3; ++i) {
            Caption base = whole.samples[i].base, adapted = whole.samples[i].adapted;
            base.image = adapted.image = whole.samples[i].sample.image;
            base.prompt = adapted.prompt = whole.samples[i].sample.prompt;
            events.push_back(CaptionFinished{.job = 1, .caption = base});
            if (i < 2) events.push_back(CaptionFinished{.job = 1, .caption = adapted});
        }
        session->publish(events);
        bridge->drainNow();
        settle();
        auto* list = find<QListView>("compareSamples");
        QCOMPARE(list->model()->rowCount(), 2);  // the third has no answer of the adapter yet
        QVERIFY(list->isVisible());
        QVERIFY(!workbench->compare.model().whole());
        QVERIFY(!find<QLabel>("selfTestBanner")->isVisible());
        bool said = false;
        for (const QLabel* label : window->findChildren<QLabel*>())
            said |= label->isVisible() && label->text() == QLatin1String("not proven yet");
        QVERIFY(said);
        list->setCurrentIndex(list->model()->index(1, 0));
        settle();
        QCOMPARE(find<QLabel>("referenceText")->text(),
                 QStringLiteral("comes when the comparison is whole"));
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Blind);
        settle();
        QCOMPARE(find<QLabel>("blindPrompt")->text(),
                 QStringLiteral("Judged when the comparison is whole."));
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Captions);
        workbench->compare.stop();
        bridge->drainNow();
        settle();
        QCOMPARE(list->model()->rowCount(), 2);
        QVERIFY(!find<QPushButton>("saveComparison")->isVisible());  // nothing proves it
        QVERIFY(find<QPushButton>("compareStart")->isVisible());
    }
    void Compare_WhoReadsWhileTheRestComesStaysWhereTheyAre() {
        const Comparison whole = test::recordedComparison();
        press("compareStart");
        for (std::size_t i = 0; i < 3; ++i)
            session->publish({CaptionFinished{.job = 1, .caption = whole.samples[i].base},
                              CaptionFinished{.job = 1, .caption = whole.samples[i].adapted}});
        bridge->drainNow();
        settle();
        auto* list = find<QListView>("compareSamples");
        list->setCurrentIndex(list->model()->index(2, 0));
        play();
        QVERIFY(workbench->compare.model().whole());
        QCOMPARE(list->currentIndex().row(), 2);
        QCOMPARE(list->model()->rowCount(), static_cast<int>(whole.samples.size()));
    }
    void Compare_AComparisonThatFailsItsSelfTestSaysSoAboveItsCaptions() {
        const Comparison whole = test::recordedComparison();
        press("compareStart");
        const Error error{ErrorCode::SelfTestFailed, {{"why", "the columns are swapped"}}, {}, {}};
        session->publish(
            {CaptionFinished{.job = 1, .caption = whole.samples[0].base},
             CaptionFinished{.job = 1, .caption = whole.samples[0].adapted},
             JobStateChanged{
                 .job = 1, .from = JobState::Running, .to = JobState::Failed, .error = error}});
        bridge->drainNow();
        settle();
        const auto* banner = find<QLabel>("selfTestBanner");
        QVERIFY(banner->isVisible());
        QVERIFY2(banner->text().startsWith(QLatin1String("Do not trust these columns.")),
                 qPrintable(banner->text()));
        QCOMPARE(banner->property("tone").toString(), QStringLiteral("bad"));
    }
    void Compare_WhatGotWorseStandsFirst() {
        compared();
        auto* order = find<QComboBox>("compareOrder");
        order->setCurrentIndex(1);
        Q_EMIT order->activated(1);
        const auto gain = [&](int row) {
            return find<QListView>("compareSamples")
                ->model()
                ->index(row, 0)
                .data(ComparisonModel::GainRole)
                .toDouble();
        };
        settle();
        const int rows = find<QListView>("compareSamples")->model()->rowCount();
        for (int row = 1; row < rows; ++row) QVERIFY(gain(row - 1) <= gain(row));
        QVERIFY(gain(0) < gain(rows - 1));
    }
    void Compare_AComparisonIsSavedAsAReportAndNeverOverAnother() {
        compared();
        const QTemporaryDir folder;
        const QString report = folder.filePath(QStringLiteral("report"));
        auto* page = static_cast<ComparePage*>(window->page(QStringLiteral("compare")));
        page->saveReport(report);
        MOELORA_TRY_VERIFY(QFile::exists(report + QStringLiteral("/index.html")));
        MOELORA_TRY_COMPARE(workbench->compare.model().folder(), report);
        page->saveReport(report);
        MOELORA_TRY_VERIFY(window->message().contains(QLatin1String("exists already")));
    }
    void Compare_ScoresStandWithTheirNumbers() {
        compared();
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Scores);
        settle();
        const auto* table = find<QTreeWidget>("scoreTable");
        const Comparison c = test::recordedComparison();
        QCOMPARE(table->topLevelItemCount(), static_cast<int>(c.base.by_task.size()) + 1);
        const QTreeWidgetItem* all = table->topLevelItem(table->topLevelItemCount() - 1);
        QCOMPARE(all->text(1), countText(c.base.samples));
        QCOMPARE(all->text(2), QStringLiteral("%1 → %2").arg(c.base.exact).arg(c.adapted.exact));
    }
    void Compare_TheRoutingOfASampleIsDrawnByLayerWithNumbers() {
        compared();
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Routing);
        MOELORA_TRY_VERIFY(find<QPushButton>("traceRouting")->isEnabled());
        press("traceRouting");
        play();
        QVERIFY(session->traced);
        QCOMPARE(session->traced->sample.id, test::recordedComparison().samples[0].sample.id);
        QVERIFY(session->traced->compute_dtype == ComputeDtype::Fp32);  // as compared
        auto* view = find<RoutingView>("routingView");
        QCOMPARE(view->cells().size(), 48U);
        QCOMPARE(view->cells().front().expert, 0);
        QCOMPARE(view->cells().back().expert, 3);
        auto* layer = find<QSlider>("traceLayer");
        QCOMPARE(layer->maximum(), 3);
        layer->setValue(1);
        QCOMPARE(view->cells().front().expert, 1);
        QVERIFY(
            find<QTextBrowser>("routingTokens")->toPlainText().contains(QLatin1String("turtle")));
        const auto* shares = find<QTreeWidget>("routingShares");
        QCOMPARE(shares->topLevelItemCount(), 4);
        // One expert alone: every cell is its.
        auto* expert = find<QComboBox>("traceExpert");
        expert->setCurrentIndex(3);
        Q_EMIT expert->activated(3);
        play();
        QCOMPARE(session->traced->force_expert, 2);
        QVERIFY(session->traced->caption.empty());
        for (const RoutingCell& cell : view->cells()) QCOMPARE(cell.expert, 2);
        QVERIFY(shares->topLevelItem(2)->text(1).startsWith(QLatin1String("100")));
    }
    // Whatever adapter is chosen above meanwhile: here one without experts.
    void Compare_TheRoutingIsThatOfTheComparisonsAdapter() {
        compared();
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Routing);
        MOELORA_TRY_VERIFY(find<QPushButton>("traceRouting")->isEnabled());
        session->loraOnly = true;
        workbench->exportRun(qs(session->runs[1].path));
        go("compare");
        MOELORA_TRY_COMPARE(find<QComboBox>("compareExpert")->count(), 1);
        settle();
        QVERIFY(find<QPushButton>("traceRouting")->isEnabled());
        QCOMPARE(find<QComboBox>("traceExpert")->count(), 5);
    }
    void Compare_TheCellsOfTheRoutingAreATableToo() {
        compared();
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Routing);
        MOELORA_TRY_VERIFY(find<QPushButton>("traceRouting")->isEnabled());
        press("traceRouting");
        play();
        find<QPushButton>("traceRouting")->setFocus();
        auto* box = qobject_cast<WithTable*>(find<RoutingView>("routingView")->parentWidget());
        QVERIFY(box);
        auto* button = box->findChild<QToolButton*>();
        button->setFocus();
        QTest::keyClick(button, Qt::Key_T);
        QVERIFY(box->table()->isVisible());
        QCOMPARE(box->table()->rowCount(), 48);
        QCOMPARE(box->table()->item(0, 0)->text(), QStringLiteral("1, 1"));
        QCOMPARE(box->table()->item(47, 1)->text(), QStringLiteral("4"));
        find<QSlider>("traceLayer")->setValue(1);
        QCOMPARE(box->table()->item(0, 1)->text(), QStringLiteral("2"));
        QVERIFY(!box->table()->accessibleName().isEmpty());
    }
    void Compare_ABlindPairHidesItsSidesUntilTheVote() {
        compared();
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Blind);
        settle();
        QVERIFY(!find<QListView>("compareSamples")->isVisible());  // it would tell
        const QString first = find<QLabel>("blindFirst")->text();
        QVERIFY(!first.isEmpty());
        QVERIFY(find<QLabel>("blindTold")->text().contains(QLatin1String("after the vote")));
        QTest::keyClick(find<QLabel>("blindTold")->parentWidget(), Qt::Key_1);
        const bool adapter =
            find<QLabel>("blindTold")->text().contains(QLatin1String("1 was the adapter's"));
        const QString score = find<QLabel>("blindScore")->text();
        QVERIFY(score.contains(adapter ? QLatin1String("adapter 1, base 0")
                                       : QLatin1String("adapter 0, base 1")));
        QVERIFY(score.contains(QLatin1String("n = 1")));
        bool found = false;  // it was the caption it is said to have been
        for (const ComparedSample& s : workbench->compare.model().comparison().samples)
            found |= qs(adapter ? s.adapted.text : s.base.text) == first;
        QVERIFY(found);
        press("voteBack");
        QVERIFY(find<QLabel>("blindScore")->text().contains(QLatin1String("adapter 0, base 0")));
    }
    void Blind_SidesAreRandomAndRepeatableAndOnlyDifferingPairsAreAsked() {
        BlindTrial trial, same;
        trial.begin(pairs(201), 1);
        same.begin(pairs(201), 1);
        QCOMPARE(trial.count(), 200U);
        int first = 0, ordered = 0;
        std::size_t before = 0;
        while (const auto question = trial.question()) {
            QVERIFY(question->sample != 0);
            QCOMPARE(*question, *same.question());
            first += question->adaptedFirst;
            ordered += question->sample > before;
            before = question->sample;
            const Vote vote = question->adaptedFirst ? Vote::First : Vote::Second;
            trial.vote(vote);
            same.vote(vote);
        }
        QVERIFY(first > 60 && first < 140);
        QVERIFY(ordered > 60 && ordered < 140);
        const BlindTrial::Score score = trial.score();
        QCOMPARE(score.adapted, 200);
        QCOMPARE(score.rate->share, 1.0);
        QVERIFY(std::abs(score.rate->low - 0.98115) < 1e-4);  // Wilson, n = 200
    }
    void Blind_TheIntervalIsWilsons() {
        BlindTrial trial;
        trial.begin(pairs(11), 3);
        for (int i = 0; i < 10; ++i) {
            const bool adaptedFirst = trial.question()->adaptedFirst;
            if (i < 2)
                trial.vote(Vote::Equal);
            else
                trial.vote(adaptedFirst == (i < 8) ? Vote::First : Vote::Second);
        }
        const BlindTrial::Score score = trial.score();
        QCOMPARE(score.equal, 2);
        QCOMPARE(score.adapted, 6);
        QCOMPARE(score.base, 2);
        QCOMPARE(score.rate->share, 0.75);
        QVERIFY(std::abs(score.rate->low - 0.40927) < 1e-4);
        QVERIFY(std::abs(score.rate->high - 0.92850) < 1e-4);
    }
    void Adapter_EachSystemIsACardWithAPictureAndASentence() {
        go("adapter");
        auto* strip = find<PresetStrip>("preset");
        QCOMPARE(strip->count(), static_cast<int>(presets().size()));
        std::set<QByteArray> pictures;
        for (int i = 0; i < strip->count(); ++i) {
            const QModelIndex card = strip->model()->index(i, 0);
            QVERIFY(!card.data().toString().isEmpty());
            QVERIFY(card.data(Qt::AccessibleTextRole).toString().size() >
                    card.data().toString().size() + 20);
            QImage image(120, 40, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            drawSystem(painter, image.rect(), axesOf(presets()[static_cast<std::size_t>(i)]));
            painter.end();
            pictures.insert(
                QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes()));
        }
        QVERIFY(pictures.size() >= 8);  // systems that differ look different
        strip->setCurrentIndex(strip->model()->index(2, 0));
        QTest::keyClick(strip, Qt::Key_Return);
        QCOMPARE(qs(workbench->project.options().adapter.preset), qs(presets()[2].name));
    }
    // AD-6: said beside the plan, each option once, before the start.
    void Adapter_AGateThatTeachesNothingIsAnErrorAndWithABalanceLossAWarning() {
        go("adapter");
        const auto said = [this](const char* words) {
            int found = 0;
            for (const QLabel* label : find<IssueList>("adapterIssues")->findChildren<QLabel*>())
                found += label->isVisible() && label->text().contains(QLatin1String(words));
            return found;
        };
        RunOptions options = workbench->project.options();
        options.adapter.gate = GateKind::TopK;
        options.adapter.top_k = 1;
        options.adapter.gate_renormalise = true;
        options.adapter.balance = BalanceKind::None;
        workbench->project.setOptions(options);
        settle();
        MOELORA_TRY_COMPARE(said("router learns nothing; set it to false"), 1);
        QVERIFY(!workbench->project.ready());
        press("issueOffer");  // "Show the setting"
        settle();
        QCOMPARE(window->focusWidget()->objectName(), QStringLiteral("gate_renormalise"));
        options.adapter.balance = BalanceKind::Switch;
        options.adapter.balance_coef = 0.01;
        workbench->project.setOptions(options);
        settle();
        MOELORA_TRY_COMPARE(said("learns nothing from the task"), 1);
        QCOMPARE(said("set it to false"), 0);
        QVERIFY(workbench->project.ready());
        go("train");
        int doubts = 0;
        for (const Readiness& line : workbench->project.readiness())
            doubts += line.state == Readiness::Doubt &&
                      line.field == QLatin1String("adapter.gate_renormalise");
        QCOMPARE(doubts, 1);
    }
    void Adapter_TickingAKindOfLayerChangesTheTargets() {
        go("adapter");
        auto* tree = find<QTreeWidget>("targetTree");
        MOELORA_TRY_VERIFY(tree->topLevelItemCount() == 2);  // language model and vision tower
        QTreeWidgetItem* text = tree->topLevelItem(0);
        QCOMPARE(text->childCount(), 7);
        QCOMPARE(text->child(0)->childCount(), 4);  // one a layer
        QCOMPARE(text->child(0)->text(1), QStringLiteral("192 × 192"));
        QCOMPARE(text->child(0)->checkState(0), Qt::Checked);
        QTreeWidgetItem* qkv = tree->topLevelItem(1)->child(0);
        QCOMPARE(qkv->checkState(0), Qt::Unchecked);
        RunOptions options = workbench->project.options();
        options.adapter.targets = {"q_proj", "v_proj"};
        workbench->project.setOptions(options);
        settle();
        tree->topLevelItem(1)->child(0)->setCheckState(0, Qt::Checked);
        settle();
        QCOMPARE(workbench->project.options().adapter.targets,
                 (std::vector<std::string>{"q_proj", "v_proj", "qkv"}));
        tree->topLevelItem(0)->child(0)->setCheckState(0, Qt::Unchecked);
        settle();
        QCOMPARE(workbench->project.options().adapter.targets,
                 (std::vector<std::string>{"v_proj", "qkv"}));
        // A pattern that reaches all of them gives way to names.
        options.adapter.targets = {"*_proj"};
        workbench->project.setOptions(options);
        settle();
        tree->topLevelItem(0)->child(6)->setCheckState(0, Qt::Unchecked);
        settle();
        QCOMPARE(workbench->project.options().adapter.targets,
                 (std::vector<std::string>{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj",
                                           "up_proj"}));
    }
};

MOELORA_UI_TEST(ComparePageTest)
#include "compare_page_test.moc"
