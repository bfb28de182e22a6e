// SPDX-License-Identifier: GPL-3.0-or-later
// The page Data: findings that are shown, left out and exported; captions that are corrected; what
// the model sees.
#include <QCheckBox>
#include <QFile>
#include <QLabel>
#include <QListView>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QTreeWidget>

#include "tests/support/window_fixture.h"
#include "ui/models/samples_model.h"
#include "ui/pages/data/caption_edit.h"
#include "ui/pages/data/findings_list.h"
#include "ui/pages/data/seen_pane.h"

using namespace moelora;
using namespace moelora::ui;

class DataPageTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    static Issue unreadable(int sample) {
        const std::string path = "held_out/images/" + std::to_string(100000 + sample) + ".webp";
        return {
            Severity::Error,
            Error{
                ErrorCode::ImageUnreadable, {{"path", path}, {"why", "the file is empty"}}, {}, {}},
            Place{path, 0, {}}, 1};
    }
    [[nodiscard]] const std::vector<std::string>& excluded() const {
        return workbench->project.options().data.exclude;
    }
    void examine() const {
        find<QTabBar>("dataPanes")->setCurrentIndex(3);
        settle();
        press("examine");
        MOELORA_TRY_VERIFY(find<QTreeWidget>("findings")->topLevelItemCount() > 0);
    }
    // The top line that is about unreadable pictures.
    [[nodiscard]] QTreeWidgetItem* unreadableFinding() const {
        auto* tree = find<QTreeWidget>("findings");
        for (int i = 0; i < tree->topLevelItemCount(); ++i)
            if (tree->topLevelItem(i)->toolTip(0).contains(QLatin1String(".webp")))
                return tree->topLevelItem(i);
        qFatal("no such finding");
    }
    [[nodiscard]] int shown() const { return find<QListView>("sampleGrid")->model()->rowCount(); }

  private Q_SLOTS:
    void init() {
        open();
        session->found = {unreadable(3), unreadable(5)};
        prepare();
        go("data");
        MOELORA_TRY_VERIFY(shown() > 0);
    }
    void cleanup() { close(); }

    void Data_AFindingIsShownLeftOutAndTakenBackWithOneClickEach() {
        examine();
        QTreeWidgetItem* finding = unreadableFinding();
        QCOMPARE(finding->childCount(), 2);
        finding->setSelected(true);
        press("showFinding");
        settle();
        QCOMPARE(shown(), 2);
        press("showAll");
        settle();
        QCOMPARE(shown(), 10000);
        press("excludeFinding");
        settle();
        QCOMPARE(excluded(), (std::vector<std::string>{"3", "5"}));
        // What was found stays in view, told as left out; the grid tells it, too.
        finding = unreadableFinding();
        QVERIFY(finding->font(0).strikeOut());
        const QModelIndex cell = find<QListView>("sampleGrid")->model()->index(3, 0);
        QVERIFY(cell.data(SamplesModel::ExcludedRole).toBool());
        QVERIFY(cell.data(Qt::AccessibleTextRole).toString().startsWith(QLatin1String("Left out")));
        QCOMPARE(find<QPushButton>("excludeFinding")->text(), QStringLiteral("Take back in"));
        press("excludeFinding");
        settle();
        QVERIFY(excluded().empty());
        workbench->project.history().undo();
        settle();
        QCOMPARE(excluded().size(), 2U);
    }
    void Data_WhatIsLeftOutReachesTheRun() {
        auto* grid = find<QListView>("sampleGrid");
        grid->setCurrentIndex(grid->model()->index(7, 0));
        settle();
        find<QCheckBox>("excludeSample")->click();
        settle();
        QVERIFY(find<QCheckBox>("excludeSample")->isChecked());
        workbench->startTraining({});
        QCOMPARE(session->started.back().options.data.exclude, (std::vector<std::string>{"7"}));
        // Of other data it says nothing.
        workbench->chooseData(QStringLiteral("/data/other"));
        QVERIFY(excluded().empty());
    }
    void Data_FindingsAreExportedAsATable() {
        examine();
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("findings.csv"));
        QVERIFY(window->findChild<FindingsList*>()->writeTo(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString table = QString::fromUtf8(file.readAll());
        QCOMPARE(table.count(QLatin1String("IMG-001")), 2);
        QVERIFY(table.contains(QLatin1String("100005.webp")));
        QCOMPARE(table.count(QLatin1Char('\n')), 4);  // heading, one remark of the data, these two
        QVERIFY(!window->findChild<FindingsList*>()->writeTo(QStringLiteral("/no/such/folder/x")));
    }
    void Data_ACaptionIsCorrectedInPlaceAndUndoneByName() {
        auto* edit = find<QPlainTextEdit>("caption1");
        const QString before = edit->toPlainText();
        QVERIFY(!before.isEmpty());
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, QStringLiteral("corrected"));
        QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
        MOELORA_TRY_COMPARE(qs(test::captionEdits()["0"]), QStringLiteral("corrected"));
        settle();
        QCOMPARE(qs(workbench->project.options().data.edits), QStringLiteral("/data/demo.edits"));
        QVERIFY(workbench->project.history().undoText().contains(QLatin1String("100000.webp")));
        MOELORA_TRY_COMPARE(edit->toPlainText(), QStringLiteral("corrected"));
        workbench->project.history().undo();
        MOELORA_TRY_COMPARE(qs(test::captionEdits()["0"]), before);
        MOELORA_TRY_COMPARE(edit->toPlainText(), before);
        workbench->project.history().redo();
        MOELORA_TRY_COMPARE(qs(test::captionEdits()["0"]), QStringLiteral("corrected"));
        // Undoing an option does not lose the file of corrected captions.
        RunOptions options = workbench->project.options();
        options.adapter.rank += 1;
        workbench->project.setOptions(options);
        workbench->project.history().undo();
        QVERIFY(!workbench->project.options().data.edits.empty());
    }
    void Data_AnEmptyCaptionIsNotTaken() {
        auto* edit = find<QPlainTextEdit>("caption1");
        const QString before = edit->toPlainText();
        edit->setFocus();
        edit->selectAll();
        QTest::keyClick(edit, Qt::Key_Delete);
        QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(find<QLabel>("captionNote")->isVisible());
        QVERIFY(workbench->project.options().data.edits.empty());
        QTest::keyClicks(edit, QStringLiteral("x"));
        QTest::keyClick(edit, Qt::Key_Escape);
        QCOMPARE(edit->toPlainText(), before);
    }
    void Data_WhatTheModelSeesMarksWhatIsLearnt() {
        find<QTabBar>("dataPanes")->setCurrentIndex(1);
        settle();
        auto* pane = window->findChild<SeenPane*>();
        MOELORA_TRY_VERIFY(pane->view().has_value());
        const SampleView view = test::recordedView("0");
        QCOMPARE((*pane->view())->tokens, view.tokens);
        const QString html = SeenPane::tokensHtml(view);
        QCOMPARE(html.count(QLatin1String("text-decoration:underline")), 3);
        QVERIFY(find<QLabel>("seenCounts")->text().contains(QLatin1String("48 of pictures")));
        QVERIFY(find<QTextBrowser>("seenTokens")->toPlainText().contains(QLatin1String("car")));
    }
    void Data_TheRunsWorstSamplesAreLeftOutFromTheMonitor() {
        workbench->startTraining({});
        play();
        go("monitor");
        find<QTabBar>("monitorPanes")->setCurrentIndex(2);
        settle();
        auto* list = find<QListView>("updateSamples");
        MOELORA_TRY_VERIFY(list->model()->rowCount() > 0);
        QVERIFY(!find<QPushButton>("excludeFromNext")->isEnabled());
        list->selectionModel()->select(list->model()->index(1, 0), QItemSelectionModel::Select);
        QVERIFY(find<QPushButton>("excludeFromNext")->isEnabled());
        find<QPushButton>("excludeFromNext")->click();
        QCOMPARE(excluded().size(), 1U);
        QVERIFY(list->model()->index(1, 0).data().toString().startsWith(qs(excluded().front())));
    }
};

MOELORA_UI_TEST(DataPageTest)
#include "data_page_test.moc"
