// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/project.h"

#include <QSignalSpy>
#include <QThreadPool>

#include "core/options/presets.h"
#include "core/train/schedule.h"
#include "tests/support/fake_session.h"
#include "tests/support/recorded_events.h"
#include "tests/support/ui_test.h"
#include "ui/models/settings.h"

using namespace moelora;
using namespace moelora::ui;

class ProjectTest : public QObject {
    Q_OBJECT
    test::FakeSession m_session;
    std::unique_ptr<Project> m_project;

    static void settle() {
        QThreadPool::globalInstance()->waitForDone();
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
    }

  private Q_SLOTS:
    void init() {
        m_session.planDelayMs = 0;
        m_session.modelError.reset();
        m_project = std::make_unique<Project>(m_session);
    }
    void cleanup() { settle(); }

    void Project_NothingChosenIsNotReadyAndSaysWhatIsMissing() {
        QVERIFY(!m_project->ready());
        QCOMPARE(m_project->readiness()[0].text, QStringLiteral("Choose a model folder"));
        QCOMPARE(m_project->readiness()[0].page, QStringLiteral("model"));
    }
    void Project_ModelAndDataMakeItReady() {
        m_project->setModel(QStringLiteral("m"));
        QVERIFY(m_project->modelPending());
        m_project->setData(QStringLiteral("d"));
        settle();
        QVERIFY2(m_project->ready(), qPrintable(m_project->readiness().back().text));
        QCOMPARE((*m_project->model())->parameters_total, 3712384);
    }
    void Project_TheNewestOfManyQuestionsWins() {
        m_project->setModel(QStringLiteral("m"));
        settle();
        m_session.planDelayMs = 30;
        QSignalSpy answered(m_project.get(), &Project::planChanged);
        for (const std::int64_t rank : {4, 40, 16}) {
            RunOptions options = m_project->options();
            options.adapter.rank = rank;
            m_project->setOptions(options);
        }
        settle();
        QCOMPARE((*m_project->plan())->sites.front().rank, 16);
        QCOMPARE(answered.count(), 1);
    }
    void Project_AnUnusableModelBlocksTheStartWithItsSentence() {
        m_session.modelError =
            Error{ErrorCode::ModelFileMissing, {{"path", "m"}, {"file", "config.json"}}, {}, {}};
        m_project->setModel(QStringLiteral("m"));
        settle();
        QCOMPARE(m_project->readiness()[0].text,
                 QStringLiteral("The model folder m has no config.json."));
        QCOMPARE(m_project->readiness()[0].state, Readiness::Missing);
    }
    void Project_APresetReplacesTheAxesAndKeepsThePaths() {
        m_project->setModel(QStringLiteral("m"));
        m_project->choosePreset(QStringLiteral("lora"), Flavour::Default);
        QCOMPARE(m_project->options().adapter.num_experts, 1);
        QCOMPARE(m_project->options().model.path, std::string("m"));
        QCOMPARE(m_project->baseline().adapter == m_project->options().adapter, true);
    }
    void Project_DataAreReadOnceWhenTheTypingRestsAndStayKnownUntilThen() {
        m_project->setModel(QStringLiteral("m"));
        m_project->setData(QStringLiteral("d"));
        settle();
        const int before = m_session.checks;
        RunOptions options = m_project->options();
        for (int letters = 1; letters <= 40; ++letters) {
            options.data.prompt = std::string(static_cast<std::size_t>(letters), 'x');
            m_project->setOptions(options);
            settle();
        }
        QVERIFY(m_project->dataset() && *m_project->dataset());
        QVERIFY(!m_project->ready());  // what is checked is not what would run
        MOELORA_TRY_VERIFY(m_project->ready());
        QCOMPARE(m_session.checks - before, 1);
        m_project->setExcluded({"3"}, true);
        QVERIFY(m_project->ready());  // fewer samples make nothing unknown
        MOELORA_TRY_COMPARE(m_session.checks - before, 2);
        settle();
    }
    void Project_ATaskRouterOverSamplesWithoutTasksBlocksTheStart() {
        m_project->setModel(QStringLiteral("m"));
        m_project->setData(QStringLiteral("d"));
        m_project->choosePreset(QStringLiteral("moelora"), Flavour::Default);
        settle();
        QVERIFY2(m_project->ready(), qPrintable(m_project->readiness().back().text));
        DatasetSummary without = test::recordedDataset("d2");
        without.tasks.erase("tags");
        m_session.dataset = without;
        m_project->setData(QStringLiteral("d2"));
        settle();
        QVERIFY(!m_project->ready());
        bool said = false;
        for (const Readiness& line : m_project->readiness())
            said |= line.state == Readiness::Missing && line.page == QLatin1String("data") &&
                    line.text.startsWith(QLatin1String("500 of 1,875 samples have no task"));
        QVERIFY(said);
        m_project->choosePreset(QStringLiteral("soft"), Flavour::Default);  // needs none
        settle();
        QVERIFY(m_project->ready());
        m_session.dataset.reset();
    }
    void Project_WhatTheDataLeaveWithoutEffectIsSaidAndDoesNotBlock() {
        m_project->setModel(QStringLiteral("m"));
        m_project->setData(QStringLiteral("d"));
        settle();
        RunOptions options = m_project->options();
        options.adapter.balance = BalanceKind::Localized;
        options.adapter.balance_coef = 0.1;
        m_project->setOptions(options);
        settle();
        const Readiness line = m_project->readiness().back();
        QCOMPARE(line.state, Readiness::Doubt);
        QVERIFY2(line.text.contains(QLatin1String("no sample types")), qPrintable(line.text));
        QVERIFY(m_project->ready());
        m_project->setMemory(Readiness{Readiness::Doubt, QStringLiteral("9 GB"), {}, {}});
        QVERIFY(m_project->ready());  // a prediction may err
        bool said = false;
        for (const Readiness& each : m_project->readiness())
            said |= each.text == QLatin1String("9 GB");
        QVERIFY(said);
        m_project->setModel(QStringLiteral("m2"));  // nothing is known of another
        for (const Readiness& each : m_project->readiness())
            QVERIFY(each.text != QLatin1String("9 GB"));
    }
    void Project_WhatIsHardlyMeantIsSaidBeforeTheStartAndDoesNotBlock() {
        m_project->setModel(QStringLiteral("m"));
        m_project->setData(QStringLiteral("d"));
        settle();
        RunOptions options = m_project->options();
        options.train.max_steps = 10;
        options.train.warmup_steps = 20;
        m_project->setOptions(options);
        settle();
        QVERIFY(m_project->ready());
        const Readiness line = m_project->readiness().back();
        QCOMPARE(line.state, Readiness::Doubt);
        QCOMPARE(line.field, QStringLiteral("train.warmup_steps"));
        QVERIFY2(line.text.contains(QLatin1String("train.max_steps")), qPrintable(line.text));
    }
    void Project_UpdatesFollowSamplesBatchAndEpochs() {
        m_project->setData(QStringLiteral("d"));
        settle();
        RunOptions options = m_project->options();
        options.train.batch_size = 1;
        options.train.gradient_accumulation = 8;
        options.train.epochs = 5;
        options.train.max_steps = 0;
        m_project->setOptions(options);
        QCOMPARE(m_project->updatesPlanned(), (1875 + 7) / 8 * 5);
        options.train.max_steps = 12;
        m_project->setOptions(options);
        QCOMPARE(m_project->updatesPlanned(), 12);
    }
    void Project_SaysWhatARunWillWriteAndHoldsItBackWhereThereIsNoRoom() {
        m_project->setModel(QStringLiteral("m"));
        m_project->setData(QStringLiteral("d"));
        settle();
        QVERIFY(m_project->plan().has_value());
        RunOptions options = m_project->options();
        options.train.max_steps = 100;
        m_project->setOptions(options);
        settle();
        QVERIFY(m_project->diskPlan().has_value());
        QVERIFY(m_project->diskPlan()->checkpoint_bytes >
                12 * (*m_project->plan())->total);  // weights and two moments in fp32
        const auto held = [&] {
            const auto list = m_project->readiness();
            return std::any_of(list.begin(), list.end(), [](const Readiness& r) {
                return r.state == Readiness::Missing && r.text.contains(QLatin1String("of disk"));
            });
        };
        QVERIFY(!held());
        options.train.disk_reserve = "8000000GiB";
        m_project->setOptions(options);
        settle();
        QVERIFY(held());
    }
    void Project_LearningRatesAreThoseOfTheEnginesSchedule() {
        RunOptions options = m_project->options();
        options.train.max_steps = 1000;
        options.train.schedule = LrScheduleKind::Cosine;
        options.train.warmup_steps = 0.1;
        options.train.learning_rate = 2e-4;
        m_project->setOptions(options);
        const auto rates = m_project->learningRates();
        QVERIFY(rates.size() > 300 && rates.size() < 600);
        QCOMPARE(rates.front(), QPointF(1, 0));
        QCOMPARE(rates.back().x(), 1000.0);
        double highest = 0;
        for (const QPointF& p : rates) {
            const auto update = static_cast<std::int64_t>(p.x()) - 1;
            QCOMPARE(p.y(), 2e-4 * schedule_factor(options.train, update, 1000, 100));
            highest = std::max(highest, p.y());
        }
        QCOMPARE(highest, 2e-4);
        options.train.max_steps = 0;  // as many as the data asks for, and there is no data yet
        m_project->setOptions(options);
        QVERIFY(m_project->learningRates().empty());
    }
    void History_TakesBackWhatWasTypedFieldByField() {
        OptionsHistory& history = m_project->history();
        const RunOptions start = m_project->options();
        const auto set = [&](std::int64_t rank, double alpha) {
            RunOptions options = m_project->options();
            options.adapter.rank = rank;
            options.adapter.alpha = alpha;
            m_project->setOptions(options);
        };
        set(1, start.adapter.alpha);
        set(16, start.adapter.alpha);  // typing "16" is one step
        set(16, 64);
        QCOMPARE(history.count(), 2);
        QCOMPARE(history.undoText(), QStringLiteral("Alpha: 64"));
        history.undo();
        QCOMPARE(m_project->options().adapter.alpha, start.adapter.alpha);
        QCOMPARE(history.undoText(), QStringLiteral("Rank r: 16"));
        history.undo();
        QVERIFY(m_project->options() == start);
        history.redo();
        QCOMPARE(m_project->options().adapter.rank, 16);
        m_project->choosePreset(QStringLiteral("lora"), Flavour::Default);
        QCOMPARE(history.undoText(), QStringLiteral("Method: lora"));
        history.undo();
        QCOMPARE(m_project->options().adapter.rank, 16);
        QCOMPARE(m_project->baseline().adapter.preset, start.adapter.preset);
    }
    void Goals_EachIsValidAndOneStepToUndo() {
        Project& project = *m_project;
        project.setModel(QStringLiteral("/models/demo"));
        project.setData(QStringLiteral("/data/demo"));
        settle();
        for (const Goal& goal : goals()) {
            const RunOptions before = project.options();
            project.chooseGoal(goal);
            for (const Issue& issue : project.optionIssues())
                QVERIFY2(issue.severity != Severity::Error, goal.id);
            QCOMPARE(project.options().model.path, before.model.path);
            QCOMPARE(project.options().adapter.preset, std::string(goal.preset));
            // Every setting is one that the engine knows and takes.
            RunOptions again = project.options();
            for (const auto& [path, value] : goal.settings)
                QVERIFY2(set_option(again, path, value).has_value(), path);
            QVERIFY2(again == project.options(), goal.id);
            QVERIFY(
                find_preset(project.options().adapter.preset, project.options().adapter.flavour));
            project.history().undo();
            QVERIFY(project.options() == before);
        }
        QCOMPARE(project.options().train.max_steps, RunOptions{}.train.max_steps);
        project.chooseGoal(goals().front());
        QCOMPARE(project.updatesPlanned(), 20);
    }
    void Settings_ComeBackAndKeepTheNewestRecentFirst() {
        {
            Settings settings;
            settings.setLanguage(QStringLiteral("zh_CN"));
            settings.setThemeMode(2);
            for (int i = 0; i < 12; ++i)
                settings.addRecent(QStringLiteral("model"), QStringLiteral("/m%1").arg(i));
            settings.addRecent(QStringLiteral("model"), QStringLiteral("/m9"));
        }
        const Settings again;
        QCOMPARE(again.language(), QStringLiteral("zh_CN"));
        QCOMPARE(again.themeMode(), 2);
        QCOMPARE(again.recent(QStringLiteral("model")).mid(0, 2),
                 (QStringList{QStringLiteral("/m9"), QStringLiteral("/m11")}));
        QCOMPARE(again.recent(QStringLiteral("model")).size(), 8);
    }
};

MOELORA_UI_TEST(ProjectTest)
#include "project_test.moc"
