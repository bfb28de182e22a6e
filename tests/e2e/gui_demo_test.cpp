// SPDX-License-Identifier: GPL-3.0-or-later
// The window with the real engine on the bundled demo, by clicks and keys only: from the first
// click through a short training to Compare, a run that is stopped, and an adapter that is exported
// and opened again.
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QTabBar>
#include <QTemporaryDir>
#include <QThreadPool>

#include "core/session/session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"
#include "ui/pages/adapter_box.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/export/export_page.h"
#include "ui/shell/main_window.h"
#include "ui/shell/navigation.h"
#include "ui/widgets/heatmap.h"
#include "ui/widgets/metric_chart.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/path_field.h"

using namespace moelora;
using namespace moelora::ui;

class GuiDemoTest : public QObject {
    Q_OBJECT
    static constexpr int questionMs = 60000, jobMs = 240000;
    static constexpr int updates = 24, endless = 5000, experts = 3, rank = 12;

    QTemporaryDir m_folder;
    SessionBridge m_bridge;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<Workbench> m_workbench;
    std::unique_ptr<MainWindow> m_window;
    QString m_trained;  // folder of the run that was finished
    std::vector<std::string> m_captions;

    template <class T>
    T* find(const char* page, const char* name) const {
        T* widget = m_window->page(QLatin1String(page))->findChild<T*>(QLatin1String(name));
        if (!widget) qFatal("no widget %s", name);
        return widget;
    }
    // As a hand would: what is scrolled away is brought into view first.
    static void reveal(QWidget* widget) {
        for (QWidget* outer = widget->parentWidget(); outer; outer = outer->parentWidget())
            if (auto* area = qobject_cast<QScrollArea*>(outer)) area->ensureWidgetVisible(widget);
    }
    void press(const char* page, const char* name) const {
        auto* button = find<QAbstractButton>(page, name);
        QTRY_VERIFY_WITH_TIMEOUT(button->isEnabled() && button->isVisible(), questionMs);
        reveal(button);
        QTest::mouseClick(button, Qt::LeftButton);
    }
    void go(const char* page) const {
        auto* list = m_window->findChild<Navigation*>();
        const auto at = static_cast<int>(m_window->pageIds().indexOf(QLatin1String(page)));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                          list->visualItemRect(list->item(at)).center());
        QCOMPARE(m_window->currentPage(), QLatin1String(page));
        QTest::qWait(2 * Page::refreshIntervalMs);
    }
    // Replaces the text of a field by the keyboard; `each` runs behind every key.
    template <class Edit>
    static void type(Edit* edit, const QString& text, const std::function<void()>& each = {}) {
        reveal(edit);
        edit->setFocus();
        QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
        for (const QChar letter : text) {
            QTest::keyClick(edit, letter.toLatin1());
            if (each) each();
        }
    }
    void typeNumber(const char* page, const char* field, const QString& text) const {
        type(find<NumberEdit>(page, field), text);
        QCOMPARE(find<NumberEdit>(page, field)->text(), text);
    }
    // Types a number of the adapter and holds the count on screen against the engine's own.
    void typeCounted(const char* field, const QString& text,
                     void (*take)(AdapterOptions&, double)) const {
        auto* edit = find<NumberEdit>("adapter", field);
        QString typed;
        type(edit, text, [&] {
            typed = text.left(typed.size() + 1);
            QCOMPARE(edit->text(), typed);
            AdapterOptions options = m_workbench->project.options().adapter;
            take(options, typed.toDouble());
            QCOMPARE(m_workbench->project.options().adapter, options);
            const auto plan =
                m_session->plan_adapter(m_workbench->project.options().model.path, options);
            QVERIFY(plan.has_value());
            QTRY_COMPARE_WITH_TIMEOUT(find<QLabel>("adapter", "trainable")->text(),
                                      countText(plan->total), questionMs);
        });
    }
    [[nodiscard]] std::int64_t planned() const { return (*m_workbench->project.plan())->total; }
    [[nodiscard]] std::vector<std::string> adaptedCaptions() const {
        std::vector<std::string> texts;
        for (const ComparedSample& s : m_workbench->compare.model().comparison().samples)
            texts.push_back(s.adapted.text);
        return texts;
    }
    void compareNow() const {
        press("compare", "compareStart");
        QVERIFY2(m_workbench->compare.running(), qPrintable(m_window->message()));
        QTRY_VERIFY2_WITH_TIMEOUT(!m_workbench->compare.running(), qPrintable(m_window->message()),
                                  jobMs);
        QVERIFY2(!m_workbench->compare.model().empty(), qPrintable(m_window->message()));
        QVERIFY(m_workbench->compare.model().comparison().self_test.passed());
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
        press("start", "openDemo");
        QTRY_VERIFY2_WITH_TIMEOUT(m_workbench->project.ready(),
                                  qPrintable(m_workbench->project.readiness().back().text),
                                  questionMs);
        go("model");
        press("model", "toAdapter");
        QCOMPARE(m_window->currentPage(), QStringLiteral("adapter"));
    }
    void Demo_TheCountFollowsEveryKeyOfExpertsRankAndAlpha() {
        QTest::qWait(2 * Page::refreshIntervalMs);
        const std::int64_t before = planned();
        typeCounted("num_experts", QString::number(experts), [](AdapterOptions& o, double value) {
            o.num_experts = static_cast<std::int64_t>(value);
        });
        const std::int64_t fewer = planned();
        QVERIFY(fewer < before);
        typeCounted("rank", QString::number(rank), [](AdapterOptions& o, double value) {
            o.rank = static_cast<std::int64_t>(value);
        });
        const std::int64_t wider = planned();
        QVERIFY(wider > fewer);
        typeCounted("alpha", QStringLiteral("24"),
                    [](AdapterOptions& o, double value) { o.alpha = value; });
        QCOMPARE(planned(), wider);  // a scale has no parameters
        press("adapter", "toTrain");
        QCOMPARE(m_window->currentPage(), QStringLiteral("train"));
    }
    void Demo_TrainsAndShowsLossGatesAndCaptions() {
        QTest::qWait(2 * Page::refreshIntervalMs);
        typeNumber("train", "max_steps", QString::number(updates));
        typeNumber("train", "batch_size", QStringLiteral("4"));
        typeNumber("train", "warmup_steps", QStringLiteral("0"));
        typeNumber("train", "probe_every", QString::number(updates / 2));
        Watchdog::instance().reset();
        press("train", "start");
        QVERIFY2(m_workbench->train.running(), qPrintable(m_window->message()));
        QCOMPARE(m_window->currentPage(), QStringLiteral("monitor"));
        const RunData& run = m_workbench->train.model().data();
        auto* loss = m_window->page(QStringLiteral("monitor"))->findChild<MetricChart*>();
        // Seen while it runs, not only at its end.
        QTRY_VERIFY2_WITH_TIMEOUT(!run.steps.empty() && loss->pointsDrawn() > 0,
                                  qPrintable(m_window->message()), jobMs);
        QTRY_VERIFY2_WITH_TIMEOUT(!m_workbench->train.running(), qPrintable(m_window->message()),
                                  jobMs);
        QCOMPARE(m_workbench->train.state(), JobState::Finished);
        QCOMPARE(run.steps.size(), std::size_t{updates});
        QVERIFY(!run.router.empty());
        QVERIFY(run.probes.size() >= 3);
        QTest::qWait(3 * Page::refreshIntervalMs);
        QVERIFY(loss->pointsDrawn() >= updates);
        QWidget* monitor = m_window->page(QStringLiteral("monitor"));
        QCOMPARE(monitor->findChild<Heatmap*>()->heatmapData().columns.size(), experts);
        const Watchdog& dog = Watchdog::instance();
        qInfo(
            "longest event while training: %.1f ms, %.1f ms of them on the processor (%s), over %d "
            "ms: %d",
            dog.longestMs(), dog.longestCpuMs(), qPrintable(dog.longestWhat()), Watchdog::limitMs,
            dog.overLimit());
        QVERIFY2(!dog.tenfoldExcess(), qPrintable(dog.excessWhat()));
        m_trained = qs(run.path);
    }
    void Demo_ReplayOfTheRunEqualsWhatWasSeenLive() {
        RunModel live;
        const auto events = m_session->replay(ss(m_trained));
        QVERIFY(events.has_value());
        live.apply(*events);
        QVERIFY(live.sameRecords(m_workbench->train.model()));
    }
    void Demo_ComparesBaseAndAdaptedWithProof() {
        press("monitor", "toCompare");
        QCOMPARE(m_window->currentPage(), QStringLiteral("compare"));
        auto* most = m_window->page(QStringLiteral("compare"))->findChild<QSpinBox*>();
        type(most, QStringLiteral("3"));
        QCOMPARE(most->value(), 3);
        compareNow();
        QCOMPARE(m_workbench->compare.model().rowCount(), 3);
        m_captions = adaptedCaptions();
    }
    void Demo_TheGridAsksTheBaseAndEachCheckpoint() {
        auto* panes = find<QTabBar>("compare", "comparePanes");
        panes->setCurrentIndex(ComparePage::Checkpoints);
        find<QSpinBox>("compare", "gridLimit")->setValue(2);
        press("compare", "gridFill");
        const CheckpointGrid& grid = m_workbench->grid;
        QVERIFY2(grid.running(), qPrintable(m_window->message()));
        QTRY_VERIFY2_WITH_TIMEOUT(!grid.running(), qPrintable(m_window->message()), jobMs);
        QCOMPARE(grid.rowCount(), 2);
        QVERIFY(grid.states() >= 1);
        for (int state = 0; state < grid.states(); ++state)
            QCOMPARE(grid.work(state), CheckpointGrid::Work::Done);
        const auto& samples = m_workbench->compare.model().comparison().samples;
        const int last = grid.referenceColumn() - 1;
        for (int row = 0; row < 2; ++row) {
            const ComparedSample& sample = samples[static_cast<std::size_t>(row)];
            QCOMPARE(grid.index(row, CheckpointGrid::BaseColumn).data().toString(),
                     qs(sample.base.text));
            QCOMPARE(grid.index(row, last).data().toString(), qs(sample.adapted.text));
        }
        QVERIFY(grid.origin(last).contains(QLatin1String("self-test passed")));
        panes->setCurrentIndex(ComparePage::Captions);
    }
    void Demo_StopSavesACheckpointAndTheRunSaysSo() {
        go("train");
        typeNumber("train", "max_steps", QString::number(endless));
        press("train", "start");
        QVERIFY2(m_workbench->train.running(), qPrintable(m_window->message()));
        const RunData& run = m_workbench->train.model().data();
        QTRY_VERIFY2_WITH_TIMEOUT(run.steps.size() >= 2, qPrintable(m_window->message()), jobMs);
        press("monitor", "stop");
        QTRY_VERIFY_WITH_TIMEOUT(!m_workbench->train.running(), jobMs);
        QCOMPARE(m_workbench->train.state(), JobState::Cancelled);
        QVERIFY(run.steps.size() < endless);
        QVERIFY(!run.checkpoints.empty());
        const auto stopped = m_session->find_run(run.path);
        QVERIFY(stopped.has_value());
        QCOMPARE(stopped->status, RunStatus::Stopped);
        QCOMPARE(stopped->checkpoints.back().step, run.steps.back().step);
        QVERIFY(QFileInfo::exists(qs(run.path + "/" + stopped->checkpoints.back().path)));
        QVERIFY(qs(run.path) != m_trained);
    }
    void Demo_TheExportedAdapterOpensAgainAndSaysTheSame() {
        const QString out = m_folder.filePath(QStringLiteral("exported"));
        go("export");
        auto* adapter = find<AdapterBox>("export", "exportAdapter");
        auto* list = adapter->findChild<QComboBox*>();
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Home);
        for (int row = 0; row < list->count() && adapter->path() != m_trained; ++row)
            QTest::keyClick(list, Qt::Key_Down);
        QCOMPARE(adapter->path(), m_trained);
        QLineEdit* folder = find<PathField>("export", "exportFolder")->line();
        type(folder, out);
        QTest::keyClick(folder, Qt::Key_Return);
        press("export", "exportStart");
        auto* page = static_cast<ExportPage*>(m_window->page(QStringLiteral("export")));
        QTRY_VERIFY_WITH_TIMEOUT(!page->busy(), jobMs);
        QTRY_COMPARE(find<QLabel>("export", "verified")->text(), QString::fromUtf8("✓ verified"));
        const auto again = m_session->inspect_adapter(ss(out));
        QVERIFY2(again.has_value(), again ? "" : qPrintable(errorText(again.error()).oneLine()));
        QCOMPARE(again->parameters, planned());
        go("compare");
        press("compare", "otherAdapter");
        auto* dialog = m_window->findChild<QFileDialog*>(QStringLiteral("adapterFolder"));
        QVERIFY(dialog);
        QTRY_VERIFY(dialog->isVisible());
        auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
        name->setText(out);  // typed letters would open the list of suggestions over the button
        auto* box = dialog->findChild<QDialogButtonBox*>();
        QTRY_VERIFY(box->button(QDialogButtonBox::Open)->isEnabled());
        QTest::mouseClick(box->button(QDialogButtonBox::Open), Qt::LeftButton);
        QTRY_COMPARE(find<AdapterBox>("compare", "compareAdapter")->path(), out);
        compareNow();
        QCOMPARE(adaptedCaptions() == m_captions, true);
    }
};

MOELORA_UI_TEST(GuiDemoTest)
#include "gui_demo_test.moc"
