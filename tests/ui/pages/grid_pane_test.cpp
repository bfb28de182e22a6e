// SPDX-License-Identifier: GPL-3.0-or-later
// The grid of checkpoints on the page Compare: pictures down, base and checkpoints across.
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QSlider>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <algorithm>

#include "tests/support/window_fixture.h"
#include "ui/models/grid_files.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/compare/grid_pane.h"
#include "ui/widgets/diff_text.h"

using namespace moelora;
using namespace moelora::ui;

class GridPaneTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    [[nodiscard]] CheckpointGrid& grid() const { return workbench->grid; }
    [[nodiscard]] QString text(int row, int column) const {
        return grid().index(row, column).data().toString();
    }
    [[nodiscard]] QString header(int column) const {
        return grid().headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
    }
    void fill(int pictures) const {
        find<QSpinBox>("gridLimit")->setValue(pictures);
        press("gridFill");
    }
    // Each column is a job of its own, begun when the one before has ended.
    void playAll() const {
        for (int i = 0; i < 4; ++i) play();
    }
    [[nodiscard]] QString changedWords(int row, int column) const {
        QString out;
        for (const DiffSpan& span : grid().diff(row, column))
            if (span.kind == DiffKind::Inserted) out += qs(span.text);
        return out;
    }
    [[nodiscard]] GridPane* pane() const { return window->findChild<GridPane*>(); }

  private Q_SLOTS:
    void init() {
        open();
        session->runs = test::recordedRuns();
        session->runs[0].step = 60;
        session->runs[0].checkpoints = {
            {20, "checkpoints/step-20"}, {40, "checkpoints/step-40"}, {60, "checkpoints/step-60"}};
        session->runs[0].has_adapter = true;
        workbench->refreshRuns();
        prepare();
        go("compare");
        find<QTabBar>("comparePanes")->setCurrentIndex(ComparePage::Checkpoints);
        settle();
    }
    void cleanup() { close(); }

    void Grid_SaysWhatToDoWhereThereIsNothingYet() {
        QVERIFY(!find<QTableView>("checkpointGrid")->isVisible());
        bool said = false;
        for (const QLabel* label : pane()->findChildren<QLabel*>())
            said |= label->isVisible() && label->text().contains(QLatin1String("Fill the grid"));
        QVERIFY(said);
        QVERIFY(find<QPushButton>("gridFill")->isEnabled());
        // The newest checkpoint is what the run ended with: asked once.
        QCOMPARE(find<QPushButton>("gridStates")->text(), QStringLiteral("Checkpoints: 3 of 4"));
    }
    void Grid_EachCheckpointIsAskedAboutTheSamePicturesAsCompareWouldBe() {
        fill(5);
        playAll();
        const auto& asked = session->allCompared;
        QCOMPARE(asked.size(), 3U);
        const std::string run = session->runs[0].path;
        QCOMPARE(asked[0].adapter, run + "/checkpoints/step-20");
        QCOMPARE(asked[1].adapter, run + "/checkpoints/step-40");
        QCOMPARE(asked[2].adapter, run);
        for (const CompareSpec& spec : asked) {
            QCOMPARE(spec.limit, 5);
            QCOMPARE(spec.data, asked[0].data);
            QVERIFY(!spec.data.empty());
            QCOMPARE(spec.model, std::string("demo/model"));
        }
        QCOMPARE(grid().rowCount(), 5);
        QCOMPARE(header(CheckpointGrid::BaseColumn), QStringLiteral("Base"));
        QCOMPARE(header(2), QStringLiteral("update 20"));
        QCOMPARE(header(4), QStringLiteral("as finished"));
        QCOMPARE(header(5), QStringLiteral("Reference"));
        QCOMPARE(text(0, 1), QStringLiteral("Two cars left of a turtle in the snow."));
        QCOMPARE(text(0, 2), QStringLiteral("car"));
        QCOMPARE(text(0, 4), QStringLiteral("car x2 | turtle x1 | snow"));
        QVERIFY(!grid().running());
    }
    void Grid_CaptionsStandThereAsTheyCome() {
        fill(4);
        play(4);  // loading, and three letters of the first caption
        QCOMPARE(grid().rowCount(), 1);
        QVERIFY2(text(0, 2).startsWith(QLatin1String("car")), qPrintable(text(0, 2)));
        QVERIFY(grid().index(0, 2).data(CheckpointGrid::MutedRole).toBool());
        QCOMPARE(text(0, 3), QStringLiteral("waits"));
        play(2);
        QCOMPARE(text(0, 1), QStringLiteral("Two cars left of a turtle in the snow."));
        QVERIFY(!grid().index(0, 2).data(CheckpointGrid::MutedRole).toBool());
        QVERIFY(find<QTableView>("checkpointGrid")->isVisible());
        playAll();
        QCOMPARE(grid().done(), grid().total());
    }
    void Grid_WordsAreMarkedAgainstTheColumnBeforeOrTheBase() {
        fill(4);
        playAll();
        // Row 1: update 40 says again what the base said, the finished adapter does not.
        QCOMPARE(text(1, 3), text(1, 1));
        QVERIFY(!changedWords(1, 3).isEmpty());  // before it stood something else
        QCOMPARE(changedWords(0, 4), QString());
        auto* against = find<QComboBox>("gridAgainst");
        against->setCurrentIndex(1);
        Q_EMIT against->activated(1);
        QCOMPARE(changedWords(1, 3), QString());
        QVERIFY(!changedWords(0, 4).isEmpty());
        QCOMPARE(grid().verdict(0, 4), QStringLiteral("equal to the reference"));
        QCOMPARE(grid().verdict(1, 3), QStringLiteral("as the base"));
        QVERIFY(grid()
                    .headerData(4, Qt::Horizontal, Qt::DisplayRole)
                    .toString()
                    .endsWith(QLatin1String("4 of 4 equal")));
    }
    void Grid_CancelKeepsWhatIsThereAndAsksNoMore() {
        fill(4);
        play(8);
        find<QTableView>("checkpointGrid")->setFocus();
        QTest::keyClick(find<QTableView>("checkpointGrid"), Qt::Key_Escape);  // as "Cancel"
        bridge->drainNow();
        settle();
        QVERIFY(!grid().running());
        QCOMPARE(session->allCompared.size(), 1U);
        QCOMPARE(text(0, 2), QStringLiteral("car"));
        QCOMPARE(text(0, 3), QStringLiteral("not asked"));
        QVERIFY(find<QPushButton>("gridFill")->isVisible());
    }
    void Grid_AFailedCheckpointStopsNoOther() {
        fill(2);
        const Error error{
            ErrorCode::AdapterInvalid, {{"path", "/x"}, {"why", "it is torn"}}, {}, {}};
        session->publish({JobStateChanged{
            .job = 1, .from = JobState::Loading, .to = JobState::Failed, .error = error}});
        bridge->drainNow();
        playAll();
        QCOMPARE(session->allCompared.size(), 3U);
        QCOMPARE(text(0, 2), QStringLiteral("failed"));
        QVERIFY(grid().origin(2).contains(QLatin1String("it is torn")));
        QCOMPARE(text(0, 4), QStringLiteral("car x2 | turtle x1 | snow"));
        QVERIFY(window->message().contains(QLatin1String("it is torn")));
    }
    void Grid_TheBestCheckpointIsMarkedAndOfManyAnEvenChoiceIsAsked() {
        RunSummary run;
        run.path = "runs/long";
        run.step = 1000;
        run.has_adapter = true;
        for (std::int64_t step = 50; step <= 1000; step += 50)
            run.checkpoints.push_back({step, "checkpoints/step-" + std::to_string(step)});
        const auto states = gridStatesOf(run, 350);
        QCOMPARE(states.size(), 21U);
        std::vector<std::int64_t> asked;
        for (const GridState& state : states)
            if (state.proposed) asked.push_back(state.step);
        QVERIFY(asked.size() <= 6);
        QCOMPARE(asked.front(), 50);
        QCOMPARE(asked.back(), -1);
        QVERIFY(std::find(asked.begin(), asked.end(), 350) != asked.end());
        QVERIFY(std::find(asked.begin(), asked.end(), 1000) == asked.end());  // as finished
        QCOMPARE(gridStateName(states[6]), QStringLiteral("update 350 ★ best"));
    }
    void Grid_CheckpointsAreTickedInAMenu() {
        const QList<QAction*> actions = find<QPushButton>("gridStates")->menu()->actions();
        QCOMPARE(actions.size(), 4);
        actions[0]->setChecked(false);
        actions[2]->setChecked(true);
        settle();
        fill(2);
        playAll();
        QCOMPARE(session->allCompared.size(), 3U);
        QVERIFY(session->allCompared[1].adapter.ends_with("step-60"));
        for (QAction* action : actions) action->setChecked(false);
        QVERIFY(!find<QPushButton>("gridFill")->isEnabled());
    }
    void Grid_TheKeyboardGoesFromCellToCellAndEnterChoosesTheCheckpoint() {
        fill(3);
        playAll();
        auto* table = find<QTableView>("checkpointGrid");
        table->setFocus();
        QCOMPARE(table->currentIndex(), grid().index(0, CheckpointGrid::BaseColumn));
        QTest::keyClick(table, Qt::Key_Right);
        QTest::keyClick(table, Qt::Key_Right);
        QTest::keyClick(table, Qt::Key_Down);
        QCOMPARE(table->currentIndex(), grid().index(1, 3));
        const QString name = find<QLabel>("gridCellName")->text();
        QVERIFY2(name.contains(QLatin1String("update 40")), qPrintable(name));
        QVERIFY(find<QLabel>("gridCellOrigin")->text().contains(QLatin1String("self-test passed")));
        QCOMPARE(find<DiffText>("gridCellText")->plainText(), text(1, 3));
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(find<QSlider>("compareCheckpoint")->value(), 1);
        const QString spoken = grid().index(1, 3).data(Qt::AccessibleTextRole).toString();
        QVERIFY2(spoken.startsWith(QLatin1String("update 40: ")), qPrintable(spoken));
    }
    void Grid_IsSavedAsATableAndAsAPage() {
        fill(3);
        playAll();
        const QTemporaryDir folder;
        const QString csv = folder.filePath(QStringLiteral("grid.csv")),
                      html = folder.filePath(QStringLiteral("grid.html"));
        pane()->save(csv);
        MOELORA_TRY_VERIFY(QFile::exists(csv));
        pane()->save(html);
        MOELORA_TRY_VERIFY(QFile::exists(html));
        QFile table(csv), page(html);
        QVERIFY(table.open(QIODevice::ReadOnly) && page.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = table.readAll().split('\n');
        QCOMPARE(lines[0].trimmed(),
                 QByteArray("image,task,prompt,Base,update 20,update 40,as finished,reference"));
        QCOMPARE(lines.size(), 5);  // the last line ends, too
        const QByteArray text = page.readAll();
        QVERIFY(text.contains("<ins>"));
        QVERIFY(text.contains("data:image/png;base64,"));
        QVERIFY(text.contains("self-test passed"));
        MOELORA_TRY_VERIFY(window->message().contains(html));
    }
    void Grid_AFileSaysNothingThatIsNotEscaped() {
        GridTable table;
        table.names = {QStringLiteral("Base")};
        table.origins = {QStringLiteral("<b>")};
        table.rows.push_back({{},
                              {},
                              QStringLiteral("say \"a, b\""),
                              {},
                              {QStringLiteral("<script>")},
                              {WordDiff{DiffSpan{DiffKind::Equal, "<script>"}}}});
        const QByteArray html = gridHtml(table, {}, {});
        QVERIFY(!html.contains("<script>") && !html.contains("<b>"));
        QVERIFY(gridCsv(table).contains("\"say \"\"a, b\"\"\""));
    }
};

MOELORA_UI_TEST(GridPaneTest)
#include "grid_pane_test.moc"
