// SPDX-License-Identifier: GPL-3.0-or-later
// The window in every state, without an engine. With MOELORA_GALLERY=DIR each page is saved as a
// picture.
#include "ui/shell/main_window.h"

#include <QAccessible>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDesktopServices>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QToolButton>
#include <QTranslator>
#include <QTreeWidget>
#include <QUrl>
#include <algorithm>

#include "core/options/config.h"
#include "core/options/presets.h"
#include "core/record/records_json.h"
#include "tests/support/fake_session.h"
#include "tests/support/recorded_events.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/models/samples_model.h"
#include "ui/pages/adapter_box.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/data/doctor_pane.h"
#include "ui/pages/data/findings_list.h"
#include "ui/pages/export/export_page.h"
#include "ui/pages/monitor/gate_card.h"
#include "ui/pages/monitor/log_pane.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/diagnostics.h"
#include "ui/widgets/bar_edit.h"
#include "ui/widgets/chart_card.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/token_histogram.h"

using namespace moelora;
using namespace moelora::ui;

class PaintCounter : public QObject {
  public:
    int paints = 0;
    bool eventFilter(QObject*, QEvent* event) override {
        paints += event->type() == QEvent::Paint;
        return false;
    }
};

// Every text of the window in brackets and two fifths longer, as another language might have it.
class LongerTexts : public QTranslator {
  public:
    [[nodiscard]] QString translate(const char*, const char* source, const char*,
                                    int) const override {
        static const QString more = QStringLiteral(" lorem ipsum dolor sit amet consectetur");
        const QString text = QString::fromUtf8(source);
        QString longer = QStringLiteral("[") + text;
        const qsizetype wanted = text.size() * 2 / 5;
        while (longer.size() < text.size() + 1 + wanted) longer += more.left(wanted);
        return longer + QLatin1Char(']');
    }
    [[nodiscard]] bool isEmpty() const override { return false; }
};

class MainWindowTest : public QObject {
    Q_OBJECT
    std::unique_ptr<SessionBridge> m_bridge;
    std::unique_ptr<test::FakeSession> m_session;
    std::unique_ptr<Workbench> m_workbench;
    std::unique_ptr<MainWindow> m_window;
    QUrl m_opened;  // in the file manager

    static void settle() {
        for (int i = 0; i < 4; ++i) {
            QThreadPool::globalInstance()->waitForDone();
            QTest::qWait(Page::refreshIntervalMs / 2);
        }
    }
    template <class T>
    T* find(const char* name) const {
        T* widget = m_window->findChild<T*>(QLatin1String(name));
        if (!widget) qFatal("no widget %s", name);
        return widget;
    }
    void press(const char* name) const {
        QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton);
    }
    [[nodiscard]] QAction* action(const char* id) const { return find<QAction>(id); }
    void prepare() {
        m_workbench->chooseModel(QStringLiteral("/models/demo"));
        m_workbench->chooseData(QStringLiteral("/data/demo"));
        settle();
    }
    void trainTo(int events) {
        prepare();
        action("start")->trigger();
        m_session->play(events);
        m_bridge->drainNow();
    }
    void everyPage(const std::function<void(const QString&)>& check) const {
        for (const QString& id : m_window->pageIds()) {
            m_window->showPage(id);
            settle();
            check(id);
        }
    }
    // Everything filled: a project, a finished run, a comparison, an export.
    void fillAll() {
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        trainTo(-1);
        settle();
        m_workbench->compare.start(CompareSpec{});
        m_session->play();
        m_bridge->drainNow();
        settle();
    }

    // Labels and buttons of a page that need more room than they have.
    void findClipped(const QString& id, QStringList& clipped) const {
        const QString where = QStringLiteral("%1/%2").arg(m_workbench->settings.language(), id);
        const QSize least = m_window->roomNeeded();
        const QWidget* page = m_window->page(id);
        if (least.width() > 1280 || least.height() > 720)
            clipped << QStringLiteral("%1 needs %2 x %3, the page %4 x %5")
                           .arg(where)
                           .arg(least.width())
                           .arg(least.height())
                           .arg(page->minimumSizeHint().width())
                           .arg(page->minimumSizeHint().height());
        findClippedTexts(page, where, clipped);
    }
    static void findClippedTexts(const QWidget* page, const QString& where, QStringList& clipped) {
        for (const QLabel* label : page->findChildren<QLabel*>()) {
            if (!label->isVisible() || label->text().isEmpty()) continue;
            const bool tooLow = label->wordWrap()
                                    ? label->heightForWidth(label->width()) > label->height() + 2
                                    : label->sizeHint().height() > label->height() + 2;
            const bool tooNarrow =
                !label->wordWrap() && label->sizeHint().width() > label->width() + 2;
            if (tooLow || tooNarrow)
                clipped << QStringLiteral("%1: %2").arg(where, label->text().left(40));
        }
        for (const QTabBar* bar : page->findChildren<QTabBar*>()) {
            if (!bar->isVisible()) continue;
            QFont bold = bar->font();
            bold.setWeight(QFont::DemiBold);
            int right = 0;
            for (int i = 0; i < bar->count(); ++i) {
                const QFontMetrics metrics(i == bar->currentIndex() ? bold : bar->font());
                if (metrics.horizontalAdvance(bar->tabText(i)) + 2 > bar->tabRect(i).width())
                    clipped << QStringLiteral("%1: tab %2").arg(where, bar->tabText(i));
                right = std::max(right, bar->tabRect(i).right());
            }
            if (right > bar->width())
                clipped << QStringLiteral("%1: tabs of %2 scroll").arg(where, bar->objectName());
        }
        for (const QPushButton* button : page->findChildren<QPushButton*>())
            if (button->isVisible() && button->minimumSizeHint().width() > button->width() + 1)
                clipped << QStringLiteral("%1: [%2]").arg(where, button->text());
    }

  public Q_SLOTS:
    void takeUrl(const QUrl& url) { m_opened = url; }

  private Q_SLOTS:
    void init() {
        m_bridge = std::make_unique<SessionBridge>();
        m_session = std::make_unique<test::FakeSession>(m_bridge->wakeup());
        m_bridge->setSession(m_session.get());
        m_workbench = std::make_unique<Workbench>(*m_bridge);
        m_window = std::make_unique<MainWindow>(*m_workbench, *static_cast<Application*>(qApp));
        m_window->resize(1280, 720);
        m_window->show();
        settle();
    }
    void cleanup() {
        m_window.reset();
        QThreadPool::globalInstance()->waitForDone();
        m_workbench.reset();
        m_bridge->setSession(nullptr);
        m_session.reset();
    }

    void Window_StartIsOffUntilEverythingIsThere() {
        const auto mark = [this] {
            const auto* pages = m_window->findChild<QListWidget*>();
            return pages->item(4)->data(Qt::AccessibleTextRole).toString();
        };
        QVERIFY(!action("start")->isEnabled());
        QCOMPARE(mark(), QStringLiteral("Train"));
        m_workbench->chooseModel(QStringLiteral("/models/demo"));
        settle();
        QCOMPARE(mark(), QStringLiteral("Train"));  // its options are valid, and there are no data
        prepare();
        QVERIFY(action("start")->isEnabled());
        QCOMPARE(mark(), QStringLiteral("Train, ready"));
        m_window->showPage(QStringLiteral("train"));
        settle();
        QVERIFY(find<QPushButton>("start")->isEnabled());
    }
    void Window_ParameterCountFollowsEveryKeystroke() {
        prepare();
        m_window->showPage(QStringLiteral("adapter"));
        settle();
        const QString before = find<QLabel>("trainable")->text();
        auto* rank = find<NumberEdit>("rank");
        rank->setFocus();
        rank->selectAll();
        for (const auto& [key, typed] : {std::pair{'1', 1}, std::pair{'6', 16}}) {
            QTest::keyClick(rank, key);
            settle();
            AdapterOptions options = m_workbench->project.options().adapter;
            options.rank = typed;
            QCOMPARE(find<QLabel>("trainable")->text(),
                     countText(test::recordedPlan(options).total));
            QVERIFY(find<QLabel>("trainable")->text() != before);
        }
    }
    // Pages and ready list never say two things.
    void Model_AFolderWithErrorsIsNotCalledReady() {
        m_session->model = test::recordedModel("/models/demo");
        prepare();
        m_window->showPage(QStringLiteral("model"));
        settle();
        QCOMPARE(find<QLabel>("modelChip")->text(), QStringLiteral("ready"));
        m_session->model->issues = {
            Issue{Severity::Error, Error{ErrorCode::FileMissing, {{"path", "a"}}, {}, {}}, {}, 1}};
        m_workbench->chooseModel(QStringLiteral("/models/other"));
        settle();
        QVERIFY(!m_workbench->project.ready());
        QCOMPARE(find<QLabel>("modelChip")->text(), QStringLiteral("not usable"));
        m_session->model->issues[0].severity = Severity::Warning;
        m_workbench->chooseModel(QStringLiteral("/models/third"));
        settle();
        QVERIFY(m_workbench->project.ready());
        QCOMPARE(find<QLabel>("modelChip")->text(), QStringLiteral("ready, with remarks"));
    }
    void Data_ThatCannotBeTrainedOnIsNotCalledReady() {
        m_session->dataset = test::recordedDataset("/data/demo");
        prepare();
        m_window->showPage(QStringLiteral("data"));
        settle();
        QCOMPARE(find<QLabel>("dataChip")->text(), QStringLiteral("ready, with remarks"));
        const DatasetSummary usable = *m_session->dataset;
        m_session->dataset->tokens->over_limit = 12;
        m_workbench->chooseData(QStringLiteral("/data/long"));
        settle();
        QVERIFY(!m_workbench->project.ready());
        QCOMPARE(find<QLabel>("dataChip")->text(), QStringLiteral("not usable"));
        QVERIFY(find<QLabel>("dataFacts")
                    ->text()
                    .contains(QLatin1String("Samples longer than the limit: 12")));
        m_session->dataset = usable;
        m_session->dataset->tokens->histogram.pop_back();  // two samples that nobody could measure
        m_workbench->chooseData(QStringLiteral("/data/unreadable"));
        settle();
        QVERIFY(!m_workbench->project.ready());
        QVERIFY(find<QLabel>("dataFacts")
                    ->text()
                    .contains(QLatin1String("Samples that this model cannot read: 2")));
        m_session->dataset = usable;
        m_session->dataset->samples = 0;
        m_workbench->chooseData(QStringLiteral("/data/empty"));
        settle();
        QVERIFY(!m_workbench->project.ready());
        QCOMPARE(find<QLabel>("dataChip")->text(), QStringLiteral("not usable"));
    }
    void Window_ARejectedTextBlocksTheStartUntilItIsMended() {
        prepare();
        m_window->showPage(QStringLiteral("adapter"));
        settle();
        auto* rank = find<NumberEdit>("rank");
        rank->setFocus();
        rank->selectAll();
        QTest::keyClicks(rank, QStringLiteral("0"));
        QVERIFY(!m_workbench->project.ready());
        QVERIFY(!action("start")->isEnabled());
        auto* alpha = find<NumberEdit>("alpha");
        alpha->setFocus();
        alpha->selectAll();
        QTest::keyClicks(alpha, QStringLiteral("4"));
        settle();
        QCOMPARE(rank->text(), QStringLiteral("0"));  // still on screen, still blocking
        QVERIFY(!m_workbench->project.ready());
        m_workbench->project.choosePreset(QStringLiteral("lora"), Flavour::Default);
        RunOptions options = m_workbench->project.options();
        options.adapter.rank = 12;
        m_workbench->project.setOptions(options);
        settle();
        QCOMPARE(rank->text(), QStringLiteral("12"));
        QVERIFY(m_workbench->project.ready());
    }
    void Window_TrainPauseSaveCaptionStopReachTheEngine() {
        trainTo(60);
        QCOMPARE(m_window->currentPage(), QStringLiteral("monitor"));
        QVERIFY(m_workbench->train.running());
        for (const char* id : {"pause", "save", "caption"}) action(id)->trigger();
        m_bridge->drainNow();
        QCOMPARE(m_workbench->train.state(), JobState::Paused);
        action("pause")->trigger();
        m_bridge->drainNow();
        QCOMPARE(m_workbench->train.state(), JobState::Running);
        action("pauseFree")->trigger();
        m_bridge->drainNow();
        QCOMPARE(m_workbench->train.state(), JobState::Paused);
        action("stop")->trigger();
        m_bridge->drainNow();
        QCOMPARE(m_workbench->train.state(), JobState::Cancelled);
        QCOMPARE(m_session->commands,
                 (std::vector<std::string>{"start", "pause", "save", "caption now", "resume",
                                           "pause_and_free", "stop"}));
    }
    // The engine says at once that it stops; what it is doing is finished and saved first.
    void Window_ADiscardedRunIsAskedAboutAndGoesToTheTrash() {
        prepare();
        m_session->runs = test::recordedRuns();
        m_workbench->startTraining({});
        m_session->play(6);
        m_bridge->drainNow();
        settle();
        m_session->runs[0].path = m_workbench->train.model().data().path;
        QVERIFY(!m_session->runs[0].path.empty());
        action("discard")->trigger();
        auto* box = find<QMessageBox>("askToDiscard");
        QVERIFY(m_workbench->train.running());
        QTest::mouseClick(box->findChild<QPushButton*>(QStringLiteral("discardRun")),
                          Qt::LeftButton);
        m_bridge->drainNow();
        MOELORA_TRY_COMPARE(m_session->trash.size(), 1U);
        QVERIFY(!m_workbench->train.running());
        // A run that is stopped afterwards stays.
        m_workbench->startTraining({});
        m_session->play(6);
        m_bridge->drainNow();
        m_workbench->train.stop();
        m_bridge->drainNow();
        settle();
        QCOMPARE(m_session->trash.size(), 1U);
    }
    void Window_StoppingIsShownUntilTheCheckpointIsThere() {
        trainTo(60);
        m_session->stopsSlowly = true;
        settle();
        QVERIFY(find<QPushButton>("stop")->isEnabled());
        press("stop");
        settle();
        QCOMPARE(m_workbench->train.state(), JobState::Stopping);
        QVERIFY(m_workbench->train.running());
        QCOMPARE(find<QLabel>("runState")->text(), QStringLiteral("stopping, saving ..."));
        MOELORA_TRY_VERIFY(
            find<QPushButton>("jobText")->text().contains(QLatin1String("a checkpoint is saved")));
        QCOMPARE(find<QProgressBar>("runProgress")->maximum(), 0);  // moves: nothing is frozen
        for (const char* id : {"stop", "pause", "pauseFree", "save", "caption"})
            QVERIFY2(!action(id)->isEnabled(), id);
        QVERIFY(!find<QPushButton>("stop")->isEnabled());
        m_workbench->train.stop();
        QCOMPARE(std::count(m_session->commands.begin(), m_session->commands.end(), "stop"), 1);
        const std::size_t before = m_workbench->train.model().data().steps.size();
        m_session->play(4);  // the update that was under way
        settle();
        QVERIFY(m_workbench->train.model().data().steps.size() > before);
        QCOMPARE(m_workbench->train.state(), JobState::Stopping);
        m_session->endStop();
        settle();
        QCOMPARE(m_workbench->train.state(), JobState::Cancelled);
        QCOMPARE(find<QLabel>("runState")->text(), QStringLiteral("stopped"));
        QVERIFY(action("start")->isEnabled());
    }
    void Window_AComparisonThatIsCancelledSaysSo() {
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        m_session->stopsSlowly = true;
        m_workbench->compare.start(CompareSpec{});
        m_session->play(3);
        m_bridge->drainNow();
        QCOMPARE(m_workbench->compare.stage(), QStringLiteral("captioning"));
        m_workbench->compare.stop();
        m_bridge->drainNow();
        m_workbench->compare.stop();
        QCOMPARE(m_workbench->compare.stage(), QStringLiteral("stopping"));
        QCOMPARE(std::count(m_session->commands.begin(), m_session->commands.end(), "stop"), 1);
        m_session->endStop();
        m_bridge->drainNow();
        QVERIFY(!m_workbench->compare.running());
    }
    // Stored up to update 110, checkpoint at 100: the curve begins at 1 and no update comes twice.
    void Window_ARunThatGoesOnShowsWhatItDidBefore() {
        m_session->recording.interruptedAt = 110;
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        m_window->showPage(QStringLiteral("runs"));
        settle();
        m_workbench->runs.setRuns({m_session->runs[2]});  // interrupted
        Q_EMIT m_workbench->runsChanged();
        settle();
        press("resumeRun");
        QCOMPARE(m_window->currentPage(), QStringLiteral("monitor"));
        QVERIFY(m_session->resumed && !m_session->resumed->stop_on_disk_full);  // it pauses
        settle();
        const RunData& run = m_workbench->train.model().data();
        QCOMPARE(run.steps.size(), std::size_t{100});  // while the engine still loads
        QCOMPARE(m_workbench->train.state(), JobState::Queued);
        m_session->play(12);
        settle();
        QVERIFY(run.steps.size() > 100);
        QCOMPARE(m_workbench->train.state(), JobState::Running);
        m_session->play();
        settle();
        for (std::size_t i = 0; i < run.steps.size(); ++i)
            QCOMPARE(run.steps[i].step, static_cast<std::int64_t>(i + 1));
        RunModel whole;
        whole.apply(test::recordedRun(1, {.steps = m_session->recording.steps}));
        QVERIFY(whole.sameRecords(m_workbench->train.model()));
        QVERIFY(m_workbench->train.showsLive());
    }
    // The newest checkpoint was not whole: the engine goes on from an earlier one.
    void Window_ARunThatGoesOnFromAnEarlierCheckpointShowsNothingBeyondIt() {
        m_session->recording.interruptedAt = 110;
        m_workbench->train.resumeRun(QStringLiteral("r"));
        settle();
        QCOMPARE(m_workbench->train.model().rowCount(), 100);
        m_session->publish({CheckpointSaved{.job = 1, .info = {50, "checkpoints/step-50"}}});
        m_session->publish(
            {StepRecorded{.job = 1, .record = {.step = 51}}});  // before the answer is there
        m_bridge->drainNow();
        settle();
        const RunData& run = m_workbench->train.model().data();
        QCOMPARE(run.steps.size(), std::size_t{51});
        QCOMPARE(run.evals.back().step, std::int64_t{50});
        QCOMPARE(run.probes.back().step, std::int64_t{50});
        QCOMPARE(run.checkpoints.size(), std::size_t{1});
        m_workbench->train.stop();
        m_bridge->drainNow();
    }
    void Window_NotesAreWrittenInOrderAndNotByTheGuiThread() {
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        m_window->showPage(QStringLiteral("runs"));
        settle();
        m_session->noteDelayMs = 60;
        auto* note = find<QLineEdit>("runNote");
        for (const char* text : {"first", "second"}) {
            note->setFocus();
            note->selectAll();
            QTest::keyClicks(note, QLatin1String(text));
            QTest::keyClick(note, Qt::Key_Return);
        }
        MOELORA_TRY_COMPARE(m_workbench->runs.run(0)->note, std::string("second"));
        QVERIFY(m_session->noteThread != std::this_thread::get_id());
        QCOMPARE(note->text(), QStringLiteral("second"));
    }
    void Window_RunsCarryTagsAndComeBackFromTheTrash() {
        m_session->runs = test::recordedRuns();
        m_session->runs[0].predicted_peak_bytes = 3'000'000'000;
        const std::string id = m_session->runs[0].id;
        const std::size_t all = m_session->runs.size();
        m_workbench->refreshRuns();
        m_window->showPage(QStringLiteral("runs"));
        settle();
        auto* tags = find<QLineEdit>("runTags");
        tags->setFocus();
        QTest::keyClicks(tags, QStringLiteral("good, for later,"));
        QTest::keyClick(tags, Qt::Key_Return);
        MOELORA_TRY_COMPARE(m_workbench->runs.run(0)->tags,
                            (std::vector<std::string>{"good", "for later"}));
        QVERIFY(m_workbench->runs.data(m_workbench->runs.index(0, 0), Qt::DisplayRole)
                    .toString()
                    .contains(QStringLiteral("#good  #for later")));

        (void)m_session->remove_run(id);
        m_workbench->refreshRuns();
        MOELORA_TRY_COMPARE(m_workbench->runs.runs().size(), all - 1);
        press("openTrash");
        auto* menu = find<QMenu>("trashMenu");
        MOELORA_TRY_VERIFY(menu->isVisible());
        QVERIFY(menu->actions().front()->text().contains(QString::fromStdString(id)));
        menu->actions().front()->trigger();
        menu->close();
        MOELORA_TRY_COMPARE(m_workbench->runs.runs().size(), all);
        (void)m_session->remove_run(id);
        press("openTrash");
        MOELORA_TRY_VERIFY(menu->isVisible());
        menu->actions().back()->trigger();
        menu->close();
        // What nothing brings back is asked about, and the careful answer is the proposed one.
        auto* box = find<QMessageBox>("askToEmpty");
        QVERIFY(box->isVisible() && box->defaultButton()->text() == QLatin1String("Keep them"));
        QCOMPARE(m_session->trash.size(), 1U);
        QTest::mouseClick(box->findChild<QPushButton*>(QStringLiteral("deleteForGood")),
                          Qt::LeftButton);
        MOELORA_TRY_VERIFY(m_session->trash.empty());
    }
    void Window_ARunLeavesAsOneFileAndComesBack() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("run.zip"));
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        m_window->showPage(QStringLiteral("runs"));
        settle();
        const auto choose = [&](const char* button, const char* dialog) {
            press(button);
            QMetaObject::invokeMethod(find<QFileDialog>(dialog), "fileSelected",
                                      Q_ARG(QString, file));
            find<QFileDialog>(dialog)->close();
            settle();
        };
        choose("bundleRun", "bundleFile");
        QVERIFY(QFileInfo::exists(file));
        QVERIFY2(m_window->message().contains(QLatin1String("run.zip")),
                 qPrintable(m_window->message()));
        choose("importRun", "importFile");
        QVERIFY(m_workbench->runs.rowOf(QStringLiteral("imported")) >= 0);
        QVERIFY(m_window->message().contains(QLatin1String("imported")));
    }
    void Window_TheDeviceStandsInTheStatusBar() {
        QCOMPARE(find<QToolButton>("device")->text(), QStringLiteral("CPU (no NVIDIA driver)"));
    }
    void Window_OfACardItsNameAndWhatIsTakenOfItStandInTheStatusBar() {
        GpuReport card;
        card.name = "NVIDIA GeForce RTX 4060";
        card.memory_bytes = 8'000'000'000;
        m_session->computer.gpus = {card};
        test::setGpuState(GpuState{40, 62, {{"moelora", 5'000'000'000}, {"desktop", 500'000'000}}});
        m_workbench->fit.askHardware();
        MOELORA_TRY_COMPARE(find<QToolButton>("memoryCell")->text(),
                            QStringLiteral("VRAM 5.5 GB of 8.0 GB"));
        QCOMPARE(find<QToolButton>("device")->text(), QStringLiteral("NVIDIA GeForce RTX 4060"));
        // What a pause gives back is seen.
        test::setGpuState(GpuState{0, 50, {{"desktop", 500'000'000}}});
        m_workbench->fit.askHardware();
        MOELORA_TRY_COMPARE(find<QToolButton>("memoryCell")->text(),
                            QStringLiteral("VRAM 500.0 MB of 8.0 GB"));
        test::setGpuState(std::nullopt);
    }
    void Window_AFailedRunSaysWhyWithCodeAndRemedy() {
        m_session->recording.fails = true;
        trainTo(-1);
        QVERIFY2(m_window->message().contains(QLatin1String("TRAIN-001")),
                 qPrintable(m_window->message()));
        QVERIFY(m_window->message().contains(QLatin1String("learning rate")));
    }
    void Window_ARefusedStartIsAnInlineMessage() {
        m_session->startError = Error{ErrorCode::OutputExists, {{"path", "/runs/x"}}, {}, {}};
        prepare();
        action("start")->trigger();
        QVERIFY(m_window->message().contains(QLatin1String("/runs/x exists already.")));
        QVERIFY(!m_workbench->train.running());
    }
    void Window_ALiveRunAndItsReplayAreEqual() {
        trainTo(-1);
        RunModel live;
        live.apply(test::recordedRun(1));
        QVERIFY(live.sameRecords(m_workbench->train.model()));
        m_workbench->openRun(QStringLiteral("r"));
        settle();
        QVERIFY(!m_workbench->train.showsLive());
        QVERIFY(live.sameRecords(m_workbench->train.model()));
    }
    void Window_HiddenPagesDoNotRedraw() {
        trainTo(200);
        settle();
        m_window->showPage(QStringLiteral("start"));
        settle();
        PaintCounter counter;
        for (QWidget* widget : m_window->page(QStringLiteral("monitor"))->findChildren<QWidget*>())
            widget->installEventFilter(&counter);
        const auto* chart = m_window->page(QStringLiteral("monitor"))->findChild<MetricChart*>();
        const int points = chart->pointsDrawn();
        m_session->play(50);
        m_bridge->drainNow();
        settle();
        QCOMPARE(counter.paints, 0);
        QCOMPARE(chart->pointsDrawn(), points);
        m_window->showPage(QStringLiteral("monitor"));
        settle();
        QVERIFY(counter.paints > 0);
        QVERIFY(chart->pointsDrawn() > points);
    }
    void Window_NoEventTakesTenTimesTooLongWhileTraining() {
        Watchdog::instance().reset();
        m_session->recording.steps = 400;
        trainTo(0);
        while (m_session->eventsLeft() > 0) {
            m_session->play(60);
            QTest::qWait(30);
        }
        settle();
        const Watchdog& dog = Watchdog::instance();
        qInfo("longest event while training: %.1f ms, %.1f ms of them on the processor (%s)",
              dog.longestMs(), dog.longestCpuMs(), qPrintable(dog.longestWhat()));
        QVERIFY2(!dog.tenfoldExcess(), qPrintable(dog.excessWhat()));
    }
    void Window_CompareStepsThroughDifferencesOnly() {
        fillAll();
        m_window->showPage(QStringLiteral("compare"));
        settle();
        auto* page = static_cast<ComparePage*>(m_window->page(QStringLiteral("compare")));
        QCOMPARE(page->currentSample(), 0);
        for (int i = 0; i < 3; ++i) page->step(1);
        QCOMPARE(page->currentSample(), 4);  // sample 3 is the same as the base
        page->step(-1);
        QCOMPARE(page->currentSample(), 2);
    }
    // A comparison outside the run store brings its adapter, to Compare and to Export.
    void Window_AnOpenedComparisonBringsItsAdapter() {
        QTemporaryDir folder;
        Comparison comparison = test::recordedComparison();
        comparison.provenance.adapter_path = "/elsewhere/run-7/adapter";
        QFile file(folder.filePath(QStringLiteral("comparison.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(to_json(comparison).dump()));
        file.close();
        m_workbench->compare.open(folder.path());
        settle();
        for (AdapterBox* box : m_window->findChildren<AdapterBox*>()) {
            QCOMPARE(box->path(), QStringLiteral("/elsewhere/run-7/adapter"));
            QCOMPARE(box->name(), QStringLiteral("run-7"));
        }
        m_session->runs = test::recordedRuns();  // a list that comes later leaves the choice alone
        m_workbench->refreshRuns();
        settle();
        QCOMPARE(find<AdapterBox>("compareAdapter")->path(),
                 QStringLiteral("/elsewhere/run-7/adapter"));
        m_workbench->exportRun(qs(m_session->runs[1].path) + QStringLiteral("/adapter"));
        QCOMPARE(find<AdapterBox>("compareAdapter")->path(), qs(m_session->runs[1].path));
    }
    // Another precision would show another model than the one that was trained.
    void Window_CompareComputesAsTheRunDid() {
        const QTemporaryDir folder;
        RunOptions options = m_workbench->project.options();
        options.model.compute_dtype = ComputeDtype::Bf16;
        options.model.quantization = Quantization::Nf4;
        QFile file(folder.filePath(QStringLiteral("run.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(Json{{"config", to_json(options)}}.dump()));
        file.close();
        options.model.compute_dtype = ComputeDtype::Fp32;  // of the next run
        options.model.quantization = Quantization::Int8;
        m_workbench->project.setOptions(options);
        prepare();
        m_session->runs = test::recordedRuns();
        m_session->runs[0].path = ss(folder.path());
        m_workbench->refreshRuns();
        settle();
        const auto compared = [&](const QString& adapter) {
            m_session->compared.reset();
            m_workbench->compareRun(adapter);
            settle();
            press("compareStart");
            m_session->play();
            m_bridge->drainNow();
            settle();
            return m_session->compared.value_or(CompareSpec{});
        };
        const CompareSpec run = compared(folder.path());
        QCOMPARE(run.compute_dtype, ComputeDtype::Bf16);
        QVERIFY(!run.quantization);  // what the base was is known to the adapter itself
        // The adapter folder of a run is of that run, also outside the store.
        m_session->runs[0].path = "elsewhere";
        m_workbench->refreshRuns();
        settle();
        QCOMPARE(compared(folder.path() + QStringLiteral("/adapter")).compute_dtype,
                 ComputeDtype::Bf16);
        // A bare folder has no record: the project says how.
        const CompareSpec bare = compared(QStringLiteral("/bare"));
        QCOMPARE(bare.compute_dtype, ComputeDtype::Fp32);
        QVERIFY(!bare.quantization);
    }
    void Window_ExpertsOfALayerAreDraggedAndTakenBack() {
        prepare();
        m_window->showPage(QStringLiteral("adapter"));
        settle();
        auto* bars = find<BarEdit>("layerExperts");
        QCOMPARE(bars->bars(), (std::vector<std::int64_t>{4, 4, 4, 4}));
        QVERIFY(!find<QPushButton>("sameEverywhere")->isVisible());
        const QRectF third = bars->barRect(2);
        QTest::mouseClick(
            bars, Qt::LeftButton, {},
            QPointF(third.center().x(), third.bottom() - third.height() * 0.75).toPoint());
        QCOMPARE(m_workbench->project.options().adapter.layer_experts,
                 (std::vector<std::int64_t>{4, 4, 6, 4}));
        bars->setFocus();
        QTest::keyClick(bars, Qt::Key_Right);
        QTest::keyClick(bars, Qt::Key_Down);
        QCOMPARE(m_workbench->project.options().adapter.layer_experts.back(), 3);
        settle();
        action("undo")->trigger();  // one field, one step
        QVERIFY(m_workbench->project.options().adapter.layer_experts.empty());
        action("redo")->trigger();
        settle();
        press("sameEverywhere");
        QVERIFY(m_workbench->project.options().adapter.layer_experts.empty());
    }
    void Window_UndoStandsInTheMenuByName() {
        prepare();
        RunOptions options = m_workbench->project.options();
        options.adapter.rank = 24;
        m_workbench->project.setOptions(options);
        QVERIFY2(action("undo")->text().contains(QLatin1String("Rank r: 24")),
                 qPrintable(action("undo")->text()));
        action("undo")->trigger();
        QVERIFY(m_workbench->project.options().adapter.rank != 24);
        QVERIFY(action("redo")->isEnabled());
    }
    void Window_TheMonitorShowsEveryCurveOnOneAxis() {
        trainTo(-1);
        m_window->showPage(QStringLiteral("monitor"));
        settle();
        const auto charts = m_window->page(QStringLiteral("monitor"))->findChildren<MetricChart*>();
        QVERIFY(charts.size() >= 6);
        int drawn = 0;
        for (const MetricChart* chart : charts) {
            QCOMPARE(chart->axis(), charts.front()->axis());
            drawn += chart->pointsDrawn() > 0;
        }
        QVERIFY2(drawn >= 6, qPrintable(QString::number(drawn)));  // loss, rate, norm, speed, ...
        charts.front()->axis()->setRange(20, 40);
        for (const MetricChart* chart : charts) QVERIFY(chart->pointsDrawn() < 120);
    }
    void Window_TheLogNamesWhatHappenedAndIsCopied() {
        m_session->recording.nanStep = 30;
        trainTo(-1);
        action("log")->trigger();
        settle();
        auto* pane = m_window->findChild<LogPane*>();
        QVERIFY(pane->isVisible());
        const int all = pane->shown();
        QVERIFY(all > 8);
        pane->search()->setText(QStringLiteral("TRAIN-001"));
        QCOMPARE(pane->shown(), 1);
        pane->copy();
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(
            QLatin1String("warning: update 30: TRAIN-001")));
    }
    void Window_TenThousandPicturesScrollAndAreFiltered() {
        m_window->showPage(QStringLiteral("data"));
        settle();
        QVERIFY(!find<QListView>("sampleGrid")->isVisible());  // says what to do instead
        prepare();
        settle();
        auto* grid = find<QListView>("sampleGrid");
        QVERIFY(grid->isVisible());
        QCOMPARE(grid->model()->rowCount(), 10000);
        Watchdog::instance().reset();
        QScrollBar* bar = grid->verticalScrollBar();
        QVERIFY(bar->maximum() > 10000);
        for (int part = 1; part <= 10; ++part) {
            bar->setValue(bar->maximum() * part / 10);
            QTest::qWait(20);
        }
        auto* filter = find<QLineEdit>("sampleFilter");
        filter->setText(QStringLiteral("task:chi*ese"));  // a pattern takes longest
        MOELORA_TRY_COMPARE(grid->model()->rowCount(), 2500);
        QVERIFY2(!Watchdog::instance().tenfoldExcess(),
                 qPrintable(Watchdog::instance().excessWhat()));
        settle();
        QCOMPARE(find<QLabel>("sampleCount")->text(), QStringLiteral("2,500 of 10,000 samples"));
        filter->setText(QStringLiteral("task:chinese OR"));
        MOELORA_TRY_VERIFY(find<QLabel>("filterError")->isVisible());
        QCOMPARE(grid->model()->rowCount(), 10000);  // a text that cannot be read hides nothing
        m_workbench->chooseData(QStringLiteral("/data/missing"));
        MOELORA_TRY_VERIFY(!grid->isVisible());
    }
    void Window_TheLongestSamplesAreListedAndChosen() {
        prepare();
        m_window->showPage(QStringLiteral("data"));
        settle();
        find<QTabBar>("dataPanes")->setCurrentIndex(2);
        settle();
        auto* longest = find<QTreeWidget>("longestSamples");
        QVERIFY(longest->isVisible());
        QCOMPARE(longest->topLevelItemCount(), 20);
        QCOMPARE(longest->topLevelItem(0)->text(0), QStringLiteral("54"));
        auto* histogram = find<TokenHistogram>("tokenHistogram");
        const QPointF middle(histogram->width() / 2.0, histogram->height() / 2.0);
        QCOMPARE(histogram->textAt(middle), QStringLiteral("380 samples of 36 to 39 tokens"));
        longest->setCurrentItem(longest->topLevelItem(3));
        const auto* grid = find<QListView>("sampleGrid");
        QCOMPARE(grid->currentIndex().data(SamplesModel::ImageRole).toString(),
                 QStringLiteral("held_out/images/100211.webp"));
    }
    void Window_TheDataDoctorRunsBesideAndIsCancelled() {
        prepare();
        m_window->showPage(QStringLiteral("data"));
        settle();
        find<QTabBar>("dataPanes")->setCurrentIndex(3);
        settle();
        auto* doctor = m_window->findChild<DoctorPane*>();
        const auto* text = find<QLabel>("doctorText");
        m_session->picturesToExamine = 1'000'000;  // a quarter of an hour
        press("examine");
        MOELORA_TRY_VERIFY(text->text().contains(QLatin1String("of 1,000,000 pictures")));
        QVERIFY(doctor->running());
        press("examine");  // now it says Cancel
        MOELORA_TRY_VERIFY(!doctor->running());
        QVERIFY2(text->text().startsWith(QLatin1String("Cancelled: ")), qPrintable(text->text()));
        m_session->picturesToExamine = 8;
        press("examine");
        MOELORA_TRY_VERIFY(!doctor->running());
        QVERIFY(text->text().startsWith(QLatin1String("8 pictures decoded")));
        QVERIFY(doctor->findings()->isVisible());
        m_workbench->chooseData(QStringLiteral("/data/other"));
        MOELORA_TRY_VERIFY(!text->text().contains(QLatin1String("8 pictures")));
    }
    void Window_AProbeIsChosenWithoutReadingTheDataAgain() {
        prepare();
        m_window->showPage(QStringLiteral("data"));
        settle();
        auto* grid = find<QListView>("sampleGrid");
        grid->setCurrentIndex(grid->model()->index(5, 0));
        settle();
        auto* probe = find<QCheckBox>("probe");
        QVERIFY(!probe->isChecked());
        probe->click();
        settle();
        QCOMPARE(m_workbench->project.options().data.probes, std::vector<std::string>{"5"});
        QVERIFY(!m_workbench->project.dataPending());
        QCOMPARE(grid->currentIndex().row(), 5);  // the place in the list stays
        QVERIFY(probe->isChecked());
        probe->click();
        QVERIFY(m_workbench->project.options().data.probes.empty());
    }
    void Window_ARunIsRepeatedWithItsOwnSettings() {
        const QTemporaryDir folder;
        RunOptions options = m_workbench->project.options();
        options.adapter.preset = "topk-switch";
        QVERIFY(apply_preset(options));
        options.adapter.rank = 48;
        QFile file(folder.filePath(QStringLiteral("run.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(Json{{"config", to_json(options)}}.dump()));
        file.close();
        m_session->runs = test::recordedRuns();
        m_session->runs[0].path = ss(folder.path());
        m_workbench->refreshRuns();
        m_window->showPage(QStringLiteral("runs"));
        settle();
        settle();
        const auto* config = find<QTreeWidget>("runConfig");
        QCOMPARE(config->findItems(QStringLiteral("48"), Qt::MatchExactly, 1).size(), 1);
        QCOMPARE(m_workbench->runs.withoutDetails().size(), std::size_t{0});
        press("editRun");
        QCOMPARE(m_workbench->project.options().adapter.rank, 48);
        QVERIFY(m_workbench->project.baseline().adapter.gate == options.adapter.gate);
        QCOMPARE(m_window->currentPage(), QStringLiteral("adapter"));
    }
    void Window_TheTrainPageDrawsThePlannedLearningRate() {
        m_window->showPage(QStringLiteral("train"));
        QVERIFY(!find<MetricChart>("ratePreview")->isVisible());
        prepare();
        QVERIFY(find<MetricChart>("ratePreview")->isVisible());
        QVERIFY(find<MetricChart>("ratePreview")->pointsDrawn() > 100);
    }
    void Window_ExportReportsWhatWasVerified() {
        fillAll();
        m_window->showPage(QStringLiteral("export"));
        settle();
        press("exportStart");
        settle();
        QString all;
        for (const QLabel* label :
             m_window->page(QStringLiteral("export"))->findChildren<QLabel*>())
            all += label->text() + QLatin1Char('\n');
        QVERIFY(all.contains(QLatin1String("every tensor is equal.")));
        QVERIFY2(all.contains(QLatin1String("on 12 probes: 0.001; the adapter itself moves them "
                                            "by 4.1.")),
                 qPrintable(all));
        QVERIFY(all.contains(QString::fromUtf8("✓ verified")));
    }
    void Window_ExportSaysWhetherTheAdaptersFilesAreWhole() {
        const std::pair<bool, bool> states[] = {{true, false}, {true, true}, {false, false}};
        const char* said[] = {"Complete: its files are those that were written.",
                              "Its files are no longer those that were written.",
                              "It names no check sums, so its files cannot be checked."};
        for (int i = 0; i < 3; ++i) {
            cleanup();
            init();
            std::tie(m_session->listed, m_session->damaged) = states[i];
            fillAll();
            m_window->showPage(QStringLiteral("export"));
            settle();
            QVERIFY2(find<QLabel>("adapterFacts")->text().endsWith(QLatin1String(said[i])),
                     qPrintable(find<QLabel>("adapterFacts")->text()));
        }
    }
    // What the engine offers, with why not, what else is asked for, and how large it will be.
    void Window_ExportOffersEveryFormatOrSaysWhyNot() {
        fillAll();
        m_window->showPage(QStringLiteral("export"));
        settle();
        const auto button = [this](const char* format) {
            return find<QRadioButton>(qPrintable(QStringLiteral("as-") + QLatin1String(format)));
        };
        const auto note = [this](const char* format) {
            return find<QLabel>(qPrintable(QStringLiteral("note-") + QLatin1String(format)))
                ->text();
        };
        for (const char* format : {"native", "peft-per-expert", "peft-static", "merged"})
            QVERIFY2(button(format)->isEnabled(), format);
        for (const char* format : {"peft", "peft-task"}) {
            QVERIFY2(!button(format)->isEnabled(), format);
            QVERIFY2(note(format).startsWith(QLatin1String("Not for this adapter: ")), format);
        }
        QVERIFY(note("native").contains(QLatin1String("2.5 MB")));
        QVERIFY(!find<PathField>("exportData")->isVisible());
        button("peft-static")->click();
        settle();
        QVERIFY(find<PathField>("exportData")->isVisible());
        QVERIFY(!find<QComboBox>("exportTask")->isVisible());
        find<PathField>("exportData")->setPath(QString());
        settle();
        QVERIFY(!find<QPushButton>("exportStart")->isEnabled());
        find<PathField>("exportData")->setPath(QStringLiteral("held_out"));
        settle();
        press("exportStart");
        settle();
        QVERIFY(find<QLabel>("exportReport")
                    ->text()
                    .contains(QLatin1String("An approximation: the routing is not in it")));
        QVERIFY(find<QLabel>("exportReport")
                    ->text()
                    .contains(QLatin1String(
                        "equal to the adapter's: 11 of 12; the base gives 1 of them")));
        QVERIFY(m_session->exported->settings.empty());  // other data than the project's
        RunOptions options = m_workbench->project.options();
        options.data.path = "held_out";
        options.data.allow_outside_root = true;
        m_workbench->project.setOptions(options);
        settle();
        press("exportStart");
        settle();
        QCOMPARE(m_session->exported->settings,
                 std::vector<std::string>{"data.allow_outside_root=true"});
        auto* type = find<QComboBox>("exportDtype");
        QVERIFY(!type->isVisible());
        button("merged")->click();
        settle();
        QVERIFY(note("merged").contains(QLatin1String("8.8 GB")));  // more than is free
        QVERIFY(!find<QPushButton>("exportStart")->isEnabled());
        QVERIFY(type->isVisible());
        QCOMPARE(type->currentText(), QStringLiteral("16 bit, as the base where it has such"));
        type->setCurrentIndex(type->findText(QStringLiteral("fp32")));
        settle();
        QCOMPARE(m_session->offered->dtype, ComputeDtype::Fp32);  // whose size is another
    }
    void Window_AVerdictIsOnlyAboutWhatWasExported() {
        m_session->loraOnly = true;
        fillAll();
        m_window->showPage(QStringLiteral("export"));
        settle();
        auto* folder = find<PathField>("exportFolder");
        const auto verdict = [this] { return find<QLabel>("verified")->isVisible(); };
        const auto exported = [&] {
            press("exportStart");
            settle();
            return verdict();
        };
        const QString out = folder->path();
        QVERIFY(!out.isEmpty());
        QVERIFY(exported());
        m_opened.clear();
        QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "takeUrl");
        press("openExported");
        QDesktopServices::unsetUrlHandler(QStringLiteral("file"));
        QCOMPARE(m_opened, QUrl::fromLocalFile(out));
        m_workbench->refreshRuns();  // the same adapter in a new list
        settle();
        QVERIFY(verdict());
        folder->setPath(out + QStringLiteral("-2"));
        settle();
        QVERIFY(!verdict());
        QVERIFY(!find<QPushButton>("openExported")->isVisible());
        QVERIFY(exported());
        find<QRadioButton>("as-peft")->click();
        settle();
        QVERIFY(!verdict());
        QVERIFY(exported());
        m_workbench->exportRun(qs(m_session->runs[1].path));
        settle();
        QVERIFY(!verdict());
    }
    void Window_ClosingARunAsksAndCanKeepRunning() {
        trainTo(60);
        m_window->close();
        QVERIFY(m_window->isVisible());
        auto* box = find<QMessageBox>("askToStop");
        QCOMPARE(box->buttons().size(), 3);  // stop, minimise, stay
        QTest::mouseClick(box->findChild<QPushButton*>(QStringLiteral("minimise")), Qt::LeftButton);
        QVERIFY(m_workbench->train.running());
        QVERIFY(m_window->isMinimized());
        m_window->showNormal();
        m_window->close();
        for (QMessageBox* again : m_window->findChildren<QMessageBox*>())
            if (again->isVisible()) QTest::mouseClick(again->defaultButton(), Qt::LeftButton);
        QVERIFY(m_window->isVisible());
        QVERIFY(m_workbench->train.running());
        m_workbench->train.stop();
        m_bridge->drainNow();
    }
    void Window_ClosingARunStartsNothingOfWhatWaits() {
        trainTo(60);
        m_workbench->queue.add(QStringLiteral("for tomorrow"), m_workbench->project.options());
        QVERIFY(m_workbench->queue.going());
        m_window->close();
        auto* box = find<QMessageBox>("askToStop");
        for (QAbstractButton* button : box->buttons())
            if (box->buttonRole(button) == QMessageBox::AcceptRole)
                QTest::mouseClick(button, Qt::LeftButton);
        m_bridge->drainNow();
        settle();
        QVERIFY(!m_workbench->train.running());
        QCOMPARE(m_workbench->queue.waiting(), 1);
        QVERIFY(!m_workbench->queue.going());
    }
    void Window_TakesALocalFolderAndRefusesText() {
        const auto accepts = [this](QMimeData* mime) {
            QDragEnterEvent event(QPoint(5, 5), Qt::CopyAction, mime, Qt::LeftButton,
                                  Qt::NoModifier);
            QCoreApplication::sendEvent(m_window.get(), &event);
            return event.isAccepted();
        };
        QMimeData folder, text, web;
        folder.setUrls({QUrl::fromLocalFile(QDir::tempPath())});
        text.setText(QStringLiteral("hello"));
        web.setUrls({QUrl(QStringLiteral("https://example.org/"))});
        QVERIFY(accepts(&folder));
        QVERIFY(!accepts(&text));
        QVERIFY(!accepts(&web));
    }
    // Controls of a window that a screen reader would have no word for.
    static QStringList namelessIn(const QWidget* root, const QString& where) {
        QStringList nameless;
        for (QWidget* widget : root->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus ||
                widget->focusProxy() || qobject_cast<QLabel*>(widget))
                continue;
            if (qobject_cast<QLineEdit*>(widget) &&
                qobject_cast<QAbstractSpinBox*>(widget->parentWidget()))
                continue;
            QAccessibleInterface* a = QAccessible::queryAccessibleInterface(widget);
            // A plain area says nothing to who does not see it.
            if (a && (a->text(QAccessible::Name).isEmpty() || a->role() == QAccessible::Client))
                nameless << QStringLiteral("%1: %2 %3")
                                .arg(where, QLatin1String(widget->metaObject()->className()),
                                     widget->objectName());
        }
        return nameless;
    }
    void Window_EveryControlHasAnAccessibleName() {
        fillAll();
        QStringList nameless;
        for (const char* language : {"en", "zh_CN"}) {
            m_window->setLanguage(QLatin1String(language));
            everyPage([&](const QString& id) {
                // Every state of a page: its panes, and the tables behind its charts.
                auto* panes = m_window->page(id)->findChild<QTabBar*>();
                for (int pane = 0; pane < (panes ? panes->count() : 1); ++pane) {
                    if (panes) panes->setCurrentIndex(pane);
                    nameless << namelessIn(m_window.get(), id);
                }
                for (ChartCard* card : m_window->page(id)->findChildren<ChartCard*>())
                    card->showTable(true);
                if (auto* gates = m_window->page(id)->findChild<GateCard*>())
                    gates->showTable(true);
                nameless << namelessIn(m_window.get(), id + QStringLiteral(" as tables"));
            });
            action("about")->trigger();
            auto* about = m_window->findChild<QMessageBox*>();
            QVERIFY(about && about->isVisible());
            nameless << namelessIn(about, QStringLiteral("about"));
            delete about;
        }
        nameless.removeDuplicates();
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QLatin1String("; "))));
        m_window->setLanguage(QStringLiteral("en"));
    }
    void Window_EveryControlOfEveryDialogHasAnAccessibleName() {
        m_session->trash = test::recordedRuns();
        trainTo(60);
        m_window->showPage(QStringLiteral("runs"));
        settle();
        QStringList nameless;
        for (const char* language : {"en", "zh_CN"}) {
            m_window->setLanguage(QLatin1String(language));
            action("shortcuts")->trigger();
            action("preferences")->trigger();
            action("discard")->trigger();
            press("openTrash");
            auto* trash = find<QMenu>("trashMenu");
            MOELORA_TRY_VERIFY(trash->isVisible());
            trash->actions().back()->trigger();  // asks before it empties it
            trash->close();
            m_window->close();  // asks what becomes of the run
            int dialogs = 0;
            for (QDialog* dialog : m_window->findChildren<QDialog*>()) {
                if (!dialog->isVisible()) continue;
                ++dialogs;
                nameless << namelessIn(dialog, dialog->objectName());
                dialog->close();
            }
            QCOMPARE(dialogs, 5);
            settle();
        }
        nameless.removeDuplicates();
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QLatin1String("; "))));
        m_window->setLanguage(QStringLiteral("en"));
        m_workbench->train.stop();
        m_bridge->drainNow();
    }
    void Window_NoKeyHasTwoActions() {
        QMap<QString, QString> keys;
        for (const QAction* a : m_window->findChildren<QAction*>()) {
            for (const QKeySequence& one : a->shortcuts()) {
                const QString key = one.toString();
                QVERIFY2(!keys.contains(key), qPrintable(key + a->text()));
                keys[key] = a->text();
            }
        }
        QVERIFY(keys.size() >= 14);
    }
    void Window_NoTextIsClippedInAnyLanguageOrTheme() {
        fillAll();
        m_window->showPage(QStringLiteral("data"));
        settle();
        auto* panes = find<QTabBar>("dataPanes");
        find<QPushButton>("examine")->click();
        settle();
        const QString gallery = qEnvironmentVariable("MOELORA_GALLERY");
        QStringList clipped;
        for (const char* language : {"en", "zh_CN"})
            for (const int mode : {Theme::Light, Theme::Dark}) {
                m_window->setLanguage(QLatin1String(language));
                m_window->setTheme(mode);
                everyPage([&](const QString& id) {
                    for (int pane = id == QLatin1String("data") ? panes->count() - 1 : 0; pane >= 0;
                         --pane) {
                        panes->setCurrentIndex(pane);
                        settle();
                        findClipped(id, clipped);
                        if (gallery.isEmpty()) continue;
                        const QString name = pane == 0 ? id : id + QString::number(pane);
                        m_window->grab().save(QStringLiteral("%1/%2-%3-%4.png")
                                                  .arg(gallery, name, QLatin1String(language),
                                                       mode == Theme::Dark
                                                           ? QStringLiteral("dark")
                                                           : QStringLiteral("light")));
                    }
                });
            }
        clipped.removeDuplicates();
        m_window->setLanguage(QStringLiteral("en"));
        m_window->setTheme(Theme::Light);
        QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QLatin1String("; "))));
    }
    // A window that once grew stays large; on a small screen its foot is then out of sight.
    // Where they need more room than the window has, the page scrolls.
    void Window_TextsOfALongerLanguageAreNotClipped() {
        fillAll();
        LongerTexts longer;
        QCoreApplication::installTranslator(&longer);
        settle();
        QStringList clipped;
        everyPage([&](const QString& id) { findClippedTexts(m_window->page(id), id, clipped); });
        QCoreApplication::removeTranslator(&longer);
        QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QLatin1Char('\n'))));
    }
    void Window_NoMessageAndNoJobMakesTheWindowLarger() {
        fillAll();
        m_workbench->startTraining({});
        m_session->play(200);
        m_bridge->drainNow();
        QStringList larger;
        for (const char* language : {"zh_CN", "en"}) {
            m_window->setLanguage(QLatin1String(language));
            everyPage([&](const QString& id) {
                m_workbench->report(Error{ErrorCode::OutputExists, {{"path", "/runs/x"}}, {}, {}});
                settle();
                const QSize least = m_window->roomNeeded();
                if (m_window->size() != QSize(1280, 720)) larger << QStringLiteral("the window");
                if (least.width() > 1280 || least.height() > 720)
                    larger << QStringLiteral("%1: %2 x %3, page %4 x %5")
                                  .arg(id)
                                  .arg(least.width())
                                  .arg(least.height())
                                  .arg(m_window->page(id)->minimumSizeHint().width())
                                  .arg(m_window->page(id)->minimumSizeHint().height());
            });
        }
        m_workbench->train.stop();
        m_bridge->drainNow();
        QVERIFY2(larger.isEmpty(), qPrintable(larger.join(QLatin1String("; "))));
    }
    void Window_NoComparisonMakesTheWindowLarger() {
        m_session->runs = test::recordedRuns();
        m_workbench->refreshRuns();
        m_workbench->compare.start(CompareSpec{});
        m_session->play(3);
        m_bridge->drainNow();
        m_window->showPage(QStringLiteral("compare"));
        for (const char* language : {"zh_CN", "en"}) {
            m_window->setLanguage(QLatin1String(language));
            settle();
            const int width = m_window->roomNeeded().width();
            QVERIFY2(width <= 1280, qPrintable(QString::number(width)));
        }
        m_workbench->compare.stop();
        m_bridge->drainNow();
    }
    void Window_EmptyPagesOfferAWayOn() {
        const QString gallery = qEnvironmentVariable("MOELORA_GALLERY");
        everyPage([&](const QString& id) {
            if (!gallery.isEmpty())
                m_window->grab().save(QStringLiteral("%1/empty-%2.png").arg(gallery, id));
            int enabled = 0;
            for (const QAbstractButton* button :
                 m_window->page(id)->findChildren<QAbstractButton*>())
                enabled += button->isVisible() && button->isEnabled();
            QVERIFY2(enabled > 0, qPrintable(id));
        });
        QCOMPARE(m_window->roomNeeded().width() <= 1280 && m_window->roomNeeded().height() <= 720,
                 true);
    }
    void Window_SwitchingTheThemeTwiceRestoresThePicture() {
        fillAll();
        m_window->showPage(QStringLiteral("adapter"));
        settle();
        // The memory of the run is asked for a while after the last change, and heard later.
        const auto estimating = [this] {
            const auto labels = m_window->page(QStringLiteral("adapter"))->findChildren<QLabel*>();
            return std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
                return label->isVisible() && label->text().startsWith(QStringLiteral("Estimating"));
            });
        };
        QTRY_VERIFY_WITH_TIMEOUT(!estimating(), 20000);
        settle();
        m_window->statusBar()->hide();  // it says what the machine has free, which changes
        settle();
        const QImage before = m_window->grab().toImage();
        m_window->setTheme(Theme::Dark);
        settle();
        QVERIFY(m_window->grab().toImage() != before);
        m_window->setTheme(Theme::Light);
        settle();
        QVERIFY(m_window->grab().toImage() == before);
    }
    void Diagnostics_NoFolderIsLeftWhateverItIsCalled() {
        const QString home = QDir::homePath();
        for (const QString& path :
             {home + QStringLiteral("/Kunden/Mueller GmbH/a.jpg"),
              QStringLiteral("/data/Kunden/Akte Mueller/a.jpg"),
              QStringLiteral("file:/data/Kunden/a.jpg"), QStringLiteral("why:/mnt/Mueller/a.jpg"),
              QStringLiteral("\"/srv/Kunden/a.jpg\""),
              QStringLiteral("option=/srv/Mueller/a.jpg")}) {
            const QString text = redacted(QStringLiteral("IO-001 %1 does not exist.").arg(path));
            QVERIFY2(!text.contains(QLatin1String("Kunden")) &&
                         !text.contains(QLatin1String("Mueller")) && !text.contains(home),
                     qPrintable(text));
            QVERIFY2(text.contains(QLatin1String("a.jpg")), qPrintable(text));
        }
        const QString plain = QStringLiteral("loss 1.2 at 3/4, https://example.org/a, and/or");
        QCOMPARE(redacted(plain), plain);
    }
    void Diagnostics_HoldVersionsAndNoPrivatePath() {
        m_workbench->report(
            Error{ErrorCode::FileMissing,
                  {{"path", ss(QDir::homePath() + QStringLiteral("/secret/a.json"))}},
                  {},
                  {}});
        action("diagnostics")->trigger();
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY(text.contains(QLatin1String("MoE-LoRA Workbench 0.1.0")));
        QVERIFY(text.contains(QLatin1String("IO-001")));
        QVERIFY(text.contains(QLatin1String("Longest event since the start")));  // at all times
        QVERIFY(!text.contains(QDir::homePath()));
    }
};

MOELORA_UI_TEST(MainWindowTest)
#include "main_window_test.moc"
