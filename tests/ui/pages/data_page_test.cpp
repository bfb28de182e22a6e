// SPDX-License-Identifier: GPL-3.0-or-later
// The page Data: findings that are shown, left out and exported; captions that are corrected; what
// the model sees.
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QSlider>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeWidget>

#include "tests/support/window_fixture.h"
#include "ui/models/samples_model.h"
#include "ui/pages/data/caption_edit.h"
#include "ui/pages/data/findings_list.h"
#include "ui/pages/data/pixel_pane.h"
#include "ui/pages/data/seen_pane.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/option_form.h"

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

    void filter(const char* text) const {
        find<QLineEdit>("sampleFilter")->setText(QLatin1String(text));
        QTest::qWait(200);  // until the typing rests
        settle();
    }

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
        filter("name:nothing*");  // an older filter hides none of them
        press("showFinding");
        settle();
        QCOMPARE(shown(), 2);
        filter("name:*3*");  // of them the filter leaves some
        QVERIFY(shown() < 2);
        filter("");
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
        // The button asks without holding the window up, and says the system's own reason.
        press("exportFindings");
        auto* dialog = find<QFileDialog>("findingsFile");
        QMetaObject::invokeMethod(dialog, "fileSelected",
                                  Q_ARG(QString, QStringLiteral("/no/such/folder/x.csv")));
        dialog->close();
        QVERIFY2(window->message().contains(QLatin1String("No such file or directory")),
                 qPrintable(window->message()));
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
    void Data_TheFilterKnowsTokensAndFindings() {
        filter("tokens>=129");
        MOELORA_TRY_COMPARE(shown(), 100);  // the last hundred of the 10,000
        filter("issue:*");
        QCOMPARE(shown(), 0);  // before anybody has looked
        examine();
        settle();
        QCOMPARE(shown(), 2);
        filter("issue:IMG-001 name:100005*");
        QCOMPARE(shown(), 1);
        filter("");
        QCOMPARE(shown(), 10000);
        auto* grid = find<QListView>("sampleGrid");
        grid->setCurrentIndex(grid->model()->index(0, 0));
        grid->setFocus();
        QTest::keyClick(grid, Qt::Key_J, Qt::ControlModifier);
        QCOMPARE(grid->currentIndex().row(), 3);  // the next one with a finding
    }
    void Data_KeysStepExcludeAndCorrect() {
        window->activateWindow();
        auto* grid = find<QListView>("sampleGrid");
        grid->setCurrentIndex(grid->model()->index(7, 0));
        grid->setFocus();
        settle();
        QTest::keyClick(grid, Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(grid->currentIndex().row(), 8);
        QTest::keyClick(grid, Qt::Key_Up, Qt::ControlModifier);
        QCOMPARE(grid->currentIndex().row(), 7);
        QTest::keyClick(grid, Qt::Key_F3);
        QCOMPARE(grid->currentIndex().row(), 8);
        grid->setCurrentIndex(grid->model()->index(9999, 0));
        QTest::keyClick(grid, Qt::Key_F3);  // again from the first hit
        QCOMPARE(grid->currentIndex().row(), 0);
        grid->setCurrentIndex(grid->model()->index(7, 0));
        settle();
        QTest::keyClick(grid, Qt::Key_Delete);
        QCOMPARE(excluded(), (std::vector<std::string>{"7"}));
        settle();
        QTest::keyClick(grid, Qt::Key_Delete);
        QVERIFY(excluded().empty());
        QTest::keyClick(grid, Qt::Key_F2);
        auto* edit = find<QPlainTextEdit>("caption1");
        QVERIFY(edit->hasFocus());
        QTest::keyClick(edit, Qt::Key_Delete);  // a text field keeps its keys
        QVERIFY(excluded().empty());
    }
    void Data_ThePictureFolderIsOfferedWherePicturesAreMissing() {
        auto* root = find<QLineEdit>("image_root");
        QVERIFY(!root->isVisible());
        DatasetSummary some = test::recordedDataset("/data/elsewhere");
        some.issues = {Issue{Severity::Warning,
                             Error{ErrorCode::ImageMissing, {{"path", "a.jpg"}}, {}, {}},
                             Place{"data.jsonl", 17, {}}, 4}};
        session->dataset = some;
        workbench->chooseData(QStringLiteral("/data/elsewhere"));
        MOELORA_TRY_VERIFY(root->isVisible());
        settle();  // the form finds its place before it is clicked on
        press("choosePictures");
        QMetaObject::invokeMethod(find<QFileDialog>("pictureFolder"), "fileSelected",
                                  Q_ARG(QString, QStringLiteral("/pictures")));
        find<QFileDialog>("pictureFolder")->close();
        settle();
        QCOMPARE(qs(workbench->project.options().data.image_root), QStringLiteral("/pictures"));
        press("dataReading");  // closed by hand it stays closed
        settle();
        QVERIFY(!root->isVisible());
        session->dataset.reset();
    }
    void Data_ARemedyLeadsToTheFieldThatItNames() {
        window->showPage(QStringLiteral("start"));
        for (const char* field : {"columns", "image_root", "encoding", "parts"}) {
            QVERIFY(window->follow(QStringLiteral("field/data.") + QLatin1String(field)));
            QCOMPARE(window->currentPage(), QStringLiteral("data"));
            QVERIFY2(find<QWidget>(field)->isVisible() && find<QWidget>(field)->hasFocus(), field);
        }
    }
    void Data_ThePixelSliderShowsTokensPictureAndMemoryAtOnce() {
        find<QTabBar>("dataPanes")->setCurrentIndex(2);
        settle();
        auto* slider = find<QSlider>("pixelLimit");
        QCOMPARE(slider->value(), slider->maximum());  // as the model says
        const auto preview = [this] { return find<QLabel>("pixelPreview")->text(); };
        MOELORA_TRY_VERIFY(preview().contains(QLatin1String("880 visual tokens")));
        const auto steps = workbench->project.history().count();
        slider->setValue(placeOf(320 * 1024));
        QVERIFY(pixelsAt(slider->value()) < 1280 * 720);
        MOELORA_TRY_VERIFY(!preview().contains(QLatin1String("880 visual tokens")));
        MOELORA_TRY_COMPARE(workbench->project.options().data.max_pixels,
                            pixelsAt(slider->value()));
        settle();
        QCOMPARE(workbench->project.history().count(), steps + 1);
        MOELORA_TRY_VERIFY(
            find<QLabel>("pixelMemory")->text().contains(QLatin1String("of activations")));
        workbench->project.history().undo();
        settle();
        QCOMPARE(slider->value(), slider->maximum());
        // Fewer than the processor's least: the least follows, and comes back.
        slider->setValue(0);
        MOELORA_TRY_COMPARE(workbench->project.options().data.min_pixels, 4096);
        slider->setValue(slider->maximum());
        MOELORA_TRY_COMPARE(workbench->project.options().data.max_pixels, 0);
        QCOMPARE(workbench->project.options().data.min_pixels, 0);
    }
    void Data_PlacesOfThePixelSliderGoThereAndBack() {
        for (int place = 0; place < pixelPlaces; ++place) QCOMPARE(placeOf(pixelsAt(place)), place);
    }
    void Data_TheSplitAndItsProbesStandOnThePage() {
        find<QTabBar>("dataPanes")->setCurrentIndex(4);
        settle();
        const auto parts = [this] { return find<QLabel>("splitParts")->text(); };
        auto* page = window->page(QStringLiteral("data"));
        auto* kept = page->findChild<NumberEdit*>(QStringLiteral("validation"));
        kept->setFocus();
        kept->selectAll();
        QTest::keyClicks(kept, QStringLiteral("50"));
        settle();
        MOELORA_TRY_VERIFY(parts().contains(QLatin1String("450")) &&
                           parts().contains(QLatin1String("50 are kept")));
        QVERIFY(find<QLabel>("splitLeaks")->text().contains(QLatin1String("not known yet")));
        session->found.push_back(
            {Severity::Warning, Error{ErrorCode::SplitLeak, {{"path", "a"}, {"file", "b"}}, {}, {}},
             Place{}, 3});
        examine();
        find<QTabBar>("dataPanes")->setCurrentIndex(4);
        settle();
        QVERIFY(find<QLabel>("splitLeaks")->text().startsWith(QLatin1Char('3')));
        RunOptions options = workbench->project.options();
        options.data.probes = {"3", "9"};
        workbench->project.setOptions(options);
        settle();
        auto* list = find<QListWidget>("probeList");
        QCOMPARE(list->count(), 2);
        list->setCurrentRow(1);
        press("removeProbe");
        settle();
        QCOMPARE(workbench->project.options().data.probes, (std::vector<std::string>{"3"}));
    }
    void Data_FindingsOutliveTheSliderOfPixelsAndATypedPrompt() {
        session->found = {unreadable(3)};
        examine();
        RunOptions options = workbench->project.options();
        options.data.max_pixels = 100'000;
        options.data.prompt = "What is it?";
        workbench->project.setOptions(options);
        settle();
        settle();
        QVERIFY(unreadableFinding() != nullptr);
        options.data.encoding = TextEncoding::Latin1;  // other texts
        workbench->project.setOptions(options);
        settle();
        QCOMPARE(find<QTreeWidget>("findings")->topLevelItemCount(), 0);
    }
    void Data_HowTheDataAreReadIsSaidBesideThem() {
        auto* fold = find<QToolButton>("dataReading");
        QVERIFY(!find<QScrollArea>("dataReadingScroll")->isVisible());
        QTest::mouseClick(fold, Qt::LeftButton);
        settle();
        auto* form = find<QScrollArea>("dataReadingScroll")->findChild<OptionForm*>();
        auto* columns = qobject_cast<QLineEdit*>(form->editor(QStringLiteral("columns")));
        QVERIFY(columns && columns->isVisible());
        columns->setFocus();
        QTest::keyClicks(columns, QStringLiteral("caption=words"));
        QTest::keyClick(columns, Qt::Key_Return);
        QCOMPARE(workbench->project.options().data.columns,
                 (std::vector<std::string>{"caption=words"}));
        fold->click();
        QVERIFY(!columns->isVisible());
        // What an error says of an encoding leads here.
        go("train");
        QVERIFY(window->follow(QStringLiteral("field/data.encoding")));
        settle();
        QCOMPARE(window->currentPage(), QStringLiteral("data"));
        QVERIFY(form->editor(QStringLiteral("encoding"))->isVisible());
    }
    void Data_AllTabsAreSeenAtTheSmallestWindow() {
        auto* panes = find<QTabBar>("dataPanes");
        for (const char* language : {"zh_CN", "en"}) {
            window->setLanguage(QLatin1String(language));
            settle();
            QFont bold = panes->font();
            bold.setWeight(QFont::DemiBold);
            for (int pane = 0; pane < panes->count(); ++pane) {
                panes->setCurrentIndex(pane);
                settle();
                QVERIFY2(panes->tabRect(panes->count() - 1).right() <= panes->width(),
                         qPrintable(panes->tabText(pane)));
                QVERIFY2(QFontMetrics(bold).horizontalAdvance(panes->tabText(pane)) <=
                             panes->tabRect(pane).width(),
                         qPrintable(panes->tabText(pane)));
            }
        }
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
