// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHelpEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPainter>
#include <QSignalSpy>
#include <QSlider>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QVBoxLayout>

#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/pages/monitor/gate_card.h"
#include "ui/pages/monitor/probe_film.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/export_button.h"
#include "ui/widgets/heatmap.h"
#include "ui/widgets/path_field.h"
#include "ui/widgets/spark_line.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/with_table.h"

using namespace moelora;
using namespace moelora::ui;

class ViewsTest : public QObject {
    Q_OBJECT
    static RouterFrame lastFrame() {
        RunModel model;
        model.apply(test::recordedRun(1));
        return model.data().router.back();
    }

  private Q_SLOTS:
    void Heatmap_RowsSumToTheNumberOfExperts() {
        const HeatmapData data = gateHeatmap(lastFrame(), {});
        QCOMPARE(data.rows.size(), 28);
        QCOMPARE(data.columns.size(), 4);
        for (const auto& row : data.values)
            QVERIFY(std::abs(row[0] + row[1] + row[2] + row[3] - 4) < 1e-9);
    }
    void Heatmap_ModuleFilterKeepsOneRowALayer() {
        const HeatmapData data = gateHeatmap(lastFrame(), QStringLiteral("v_proj"));
        QCOMPARE(data.rows.size(), 4);
        QCOMPARE(data.rows[3], QStringLiteral("L3 v_proj"));
    }
    void Heatmap_ByLayerIsTheMeanOfItsModules() {
        const RouterFrame frame = lastFrame();
        const HeatmapData layers = layerHeatmap(frame), sites = gateHeatmap(frame, {});
        QCOMPARE(layers.rows, (QStringList{QStringLiteral("L0"), QStringLiteral("L1"),
                                           QStringLiteral("L2"), QStringLiteral("L3")}));
        double sum = 0;
        for (std::size_t i = 7; i < 14; ++i) sum += sites.values[i][2];
        QVERIFY(std::abs(layers.values[1][2] - sum / 7) < 1e-12);
    }
    void Heatmap_FindsTheCellUnderTheMouseAndSaysItsNumber() {
        Heatmap map;
        map.resize(400, 400);
        map.setData(gateHeatmap(lastFrame(), QStringLiteral("q_proj")));
        map.show();
        QCOMPARE(map.cellAt(map.cellRect(2, 3).center()), QPoint(3, 2));
        QCOMPARE(map.cellAt(QPoint(1, 1)).y(), -1);
        QVERIFY(map.cellText(2, 3).startsWith(QLatin1String("L2 q_proj, E4: ")));
    }
    void Heatmap_LowAndHighValuesHaveDifferentColours() {
        Heatmap map;
        map.resize(300, 200);
        map.setData({{QStringLiteral("a")},
                     {QStringLiteral("x"), QStringLiteral("y")},
                     {{0, 2}},
                     {},
                     0,
                     2,
                     {}});
        map.show();
        const QImage image = map.viewport()->grab().toImage();
        QCOMPARE(image.pixelColor(map.cellRect(0, 0).topLeft() + QPoint(2, 2)),
                 Heatmap::colorAt(0));
        QCOMPARE(image.pixelColor(map.cellRect(0, 1).topLeft() + QPoint(2, 2)),
                 Heatmap::colorAt(1));
    }
    void GateCard_SaysSoWithoutARouter() {
        RunModel model;
        model.apply(test::recordedRun(1, {.experts = 1}));
        GateCard card;
        card.show(model);
        QVERIFY(card.heatmap()->isHidden());
    }
    void GateCard_WarnsOfAnExpertThatTakesEverything() {
        RunModel model;
        auto events = test::recordedRun(1);
        for (Event& event : events)
            if (auto* router = std::get_if<RouterRecorded>(&event))
                router->records[9].weight = {0.97, 0.01, 0.01, 0.01};
        model.apply(events);
        GateCard card;
        card.show(model);
        QVERIFY2(card.alarms().contains(QLatin1String("L1 v_proj: expert E1 takes nearly")),
                 qPrintable(card.alarms()));
        RunModel healthy;
        healthy.apply(test::recordedRun(1));
        card.show(healthy);
        QVERIFY(card.alarms().isEmpty());
    }
    void GateCard_SaysThatSomeGatesTellNothing() {
        RunModel model;
        model.apply(test::recordedRun(1));
        model.apply({IssueRaised{.job = 1,
                                 .issue = {Severity::Warning,
                                           Error{ErrorCode::GatesSilent,
                                                 {{"found", "2"}, {"limit", "28"}, {"tensor", "q"}},
                                                 {},
                                                 {}},
                                           {},
                                           1}}});
        GateCard card;
        card.show(model);
        QVERIFY2(card.alarms().startsWith(QLatin1String("2 of 28 routed layers tell nothing")),
                 qPrintable(card.alarms()));
    }
    void GateCard_TheTableHoldsTheNumbersOfTheMap() {
        RunModel model;
        model.apply(test::recordedRun(1));
        GateCard card;
        card.resize(500, 400);
        card.QWidget::show();
        card.show(model);
        card.showTable(true);
        QVERIFY(card.numbers()->isVisible() && !card.heatmap()->isVisible());
        QCOMPARE(card.numbers()->rowCount(), 4);
        QCOMPARE(card.numbers()->item(2, 1)->text(),
                 realText(layerHeatmap(model.data().router.back()).values[2][1], 3));
    }
    void Theme_TitlesGrowWithTheLettersOfTheDesktop() {
        const QFont before = QApplication::font();
        QLabel* title = makeLabel("title");
        title->setText(QStringLiteral("Title"));
        title->ensurePolished();
        const int usual = QFontInfo(title->font()).pixelSize();
        QFont large = before;
        large.setPixelSize(2 * QFontInfo(before).pixelSize());
        QApplication::setFont(large);
        Theme::instance().setMode(Theme::Light);
        title->ensurePolished();
        QCOMPARE(QFontInfo(title->font()).pixelSize(), 2 * usual);
        QApplication::setFont(before);
        Theme::instance().setMode(Theme::Light);
        delete title;
    }
    void Theme_AListShowsThatItHasTheFocus() {
        QWidget window;
        auto* column = new QVBoxLayout(&window);
        auto* list = new QListWidget;
        auto* other = new QLineEdit;
        column->addWidget(list);
        column->addWidget(other);
        window.resize(200, 200);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        const auto edge = [&] { return list->grab().toImage().pixelColor(60, 0); };
        other->setFocus();
        const QColor without = edge();
        list->setFocus();
        QVERIFY(edge() != without);
        QCOMPARE(edge(), colors().accent);
    }
    void GateCard_WritesEveryRowAsPictureDrawingAndNumbers() {
        RunModel model;
        model.apply(test::recordedRun(1, {.layers = 40}));
        GateCard card;
        card.resize(500, 300);  // most rows are scrolled away
        card.QWidget::show();
        card.show(model);
        const QTemporaryDir folder;
        const auto contentOf = [&](const char* name) {
            const QString path = folder.filePath(QLatin1String(name));
            if (!card.save(path)) return QByteArray();
            QFile file(path);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const HeatmapData all = layerHeatmap(model.data().router.back());
        const QList<QByteArray> lines = contentOf("gates.csv").trimmed().split('\n');
        QCOMPARE(lines.size(), all.rows.size() + 1);
        QCOMPARE(lines.front(), QByteArray("site,E1,E2,E3,E4"));
        QCOMPARE(lines.back().split(',').value(2).toDouble(), all.values.back()[1]);
        QVERIFY(contentOf("gates.svg").contains("L39"));
        QVERIFY(!contentOf("gates.png").isEmpty());
        QVERIFY(QImage(folder.filePath(QStringLiteral("gates.png"))).height() > 2 * 18 * 40);
        QVERIFY(!card.save(folder.filePath(QStringLiteral("missing/gates.csv"))));
        QVERIFY(!card.save(folder.filePath(QStringLiteral("missing/gates.png"))));
    }
    // For paper and pages, whatever the theme of the screen.
    void WithTable_WritesDrawingsOnWhite() {
        Theme::instance().setMode(Theme::Dark);
        Heatmap map;
        HeatmapData data;
        data.rows = {QStringLiteral("0"), QStringLiteral("1")};
        data.columns = {QStringLiteral("1"), QStringLiteral("2")};
        data.values = {{0.25, 0.75}, {0.5, 0.5}};
        map.setData(data);
        map.resize(300, 160);
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("a.png"));
        QVERIFY(saveDrawing(&map, file));
        const QColor onScreen = colors().surface;
        Theme::instance().setMode(Theme::Light);
        const QImage image(file);
        QVERIFY(onScreen.lightness() < 128);
        QVERIFY2(image.pixelColor(image.width() - 3, image.height() - 3).lightness() > 200,
                 qPrintable(image.pixelColor(image.width() - 3, image.height() - 3).name()));
        QVERIFY(image.pixelColor(3, 3).lightness() > 200);
    }
    void WithTable_WritesItsDrawingAndItsNumbersAsFiles() {
        auto* drawing = new QLabel(QStringLiteral("drawn"));
        WithTable box(drawing, [] { return WithTable::Table{}; });
        box.setExport(QStringLiteral("tokens"), [] { return QByteArray("from,to\n1,2\n"); });
        box.setName(QStringLiteral("Samples by tokens"));
        box.resize(300, 100);
        box.show();
        auto* button = box.findChild<ExportButton*>();
        QVERIFY(button->accessibleName().contains(QLatin1String("Samples by tokens")));
        const QTemporaryDir folder;
        const QStringList names = {QStringLiteral("a.png"), QStringLiteral("a.svg"),
                                   QStringLiteral("a.csv")};
        QSignalSpy refused(button, &ExportButton::unwritable);
        const auto write = [&](qsizetype format, const QString& path) {
            button->menu()->actions()[format]->trigger();
            auto* dialog = box.findChild<QFileDialog*>(QStringLiteral("chartFile"));
            QMetaObject::invokeMethod(dialog, "fileSelected", Q_ARG(QString, path));
            delete dialog;
        };
        for (qsizetype i = 0; i < 3; ++i) {
            write(i, folder.filePath(names[i]));
            QVERIFY2(QFileInfo(folder.filePath(names[i])).size() > 10, qPrintable(names[i]));
        }
        QVERIFY(!QImage(folder.filePath(names[0])).isNull());
        QVERIFY(refused.isEmpty());
        write(2, folder.filePath(QStringLiteral("missing/a.csv")));
        QCOMPARE(refused.size(), 1);
        QVERIFY(!refused[0][1].toString().isEmpty());
    }
    void GateCard_TellsTasksOrKindsOfTokenApart() {
        RunModel model;
        model.apply(test::recordedRun(1));
        GateCard card;
        card.resize(500, 400);
        card.QWidget::show();
        card.show(model);
        QVERIFY(card.split()->isVisible());
        const auto expect = [&](const QStringList& rows,
                                const std::map<std::string, std::vector<double>>& weights) {
            QCOMPARE(card.parts()->rowCount(), static_cast<int>(rows.size()));
            int row = 0;
            for (const auto& [name, values] : weights) {
                QCOMPARE(card.parts()->verticalHeaderItem(row)->text(), rows[row]);
                QCOMPARE(card.parts()->item(row++, 3)->text(), fixedText(values[3], 3));
            }
        };
        expect({QStringLiteral("chinese"), QStringLiteral("count"), QStringLiteral("tags")},
               meanWeights(model.data().router.back(), &RouterRecord::by_task));
        card.split()->setCurrentIndex(1);
        Q_EMIT card.split()->activated(1);
        expect({QStringLiteral("picture"), QStringLiteral("prompt"), QStringLiteral("answer")},
               meanWeights(model.data().router.back(), &RouterRecord::by_kind));
    }
    void GateCard_TheTableOfTasksFollowsTheSliderAndTheModule() {
        RunModel model;
        model.apply(test::recordedRun(1));
        GateCard card;
        card.show(model);
        const auto shown = [&] { return card.parts()->item(0, 3)->text(); };
        const auto expected = [&](const RouterFrame& frame, const std::string& module) {
            return fixedText(meanWeights(frame, &RouterRecord::by_task, module).begin()->second[3],
                             3);
        };
        const auto& frames = model.data().router;
        const QString newest = shown();
        QCOMPARE(newest, expected(frames.back(), {}));
        card.findChild<QSlider*>()->setValue(2);
        QCOMPARE(shown(), expected(frames[2], {}));
        QVERIFY(shown() != newest);
        for (QComboBox* box : card.findChildren<QComboBox*>()) {
            const int at = box->findText(QStringLiteral("v_proj"));
            if (at < 0) continue;
            box->setCurrentIndex(at);
            Q_EMIT box->activated(at);
        }
        QCOMPARE(shown(), expected(frames[2], "v_proj"));
    }
    void GateCard_ShowsKindsAloneWhereTheDataHaveNoTasks() {
        RunModel model;
        auto events = test::recordedRun(1);
        for (Event& event : events)
            if (auto* router = std::get_if<RouterRecorded>(&event))
                for (RouterRecord& record : router->records) record.by_task.clear();
        model.apply(events);
        GateCard card;
        card.QWidget::show();
        card.show(model);
        QVERIFY(!card.split()->isVisible());
        QCOMPARE(card.parts()->verticalHeaderItem(0)->text(), QStringLiteral("picture"));
    }
    void ProbeFilm_HasAColumnForEachMomentMarkedAgainstTheOneBefore() {
        RunModel model;
        model.apply(test::recordedRun(1));
        FilmModel film;
        film.setProbes(model.data().probes);
        QCOMPARE(film.rowCount(), 4);
        QCOMPARE(film.columnCount(), 1 + static_cast<int>(model.data().probes.size()));
        QCOMPARE(film.headerData(2, Qt::Horizontal, Qt::DisplayRole).toString(),
                 QStringLiteral("update 50"));
        const QString first = film.index(0, 1).data(FilmModel::HtmlRole).toString(),
                      next = film.index(0, 2).data(FilmModel::HtmlRole).toString();
        QVERIFY(!first.contains(QLatin1String("<span")));
        QVERIFY(next.contains(QLatin1String("underline")));
        QCOMPARE(film.index(0, 2).data().toString(), QStringLiteral("car"));
    }
    void ProbeFilm_EndsInTheReferenceWithWhatTheNewestCaptionLacks() {
        RunModel model;
        model.apply(test::recordedRun(1));
        FilmModel film;
        film.setProbes(model.data().probes);
        const int before = film.columnCount();
        film.setReferences({{"probe-0", "car x2 | turtle x1 | deep snow"}});
        QCOMPARE(film.columnCount(), before + 1);
        QCOMPARE(film.headerData(before, Qt::Horizontal, Qt::DisplayRole).toString(),
                 QStringLiteral("Reference"));
        const QString html = film.index(0, before).data(FilmModel::HtmlRole).toString();
        QVERIFY2(
            html.count(QLatin1String("underline")) == 1 && html.contains(QLatin1String("deep")),
            qPrintable(html));
        QVERIFY(!film.index(1, before).data().isValid());
    }
    void SparkLine_RunsFromCornerToCorner() {
        QImage image(40, 20, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        const std::vector<QPointF> points = {{0, 1}, {10, 0}};
        drawSparkLine(painter, QRectF(0, 0, 40, 20), points, Qt::black);
        painter.end();
        QVERIFY(image.pixelColor(1, 1).lightness() < 200);
        QVERIFY(image.pixelColor(38, 18).lightness() < 200);
        QVERIFY(image.pixelColor(38, 2).lightness() > 250);
    }
    void WithTable_TheKeyTShowsTheNumbersBehindADrawing() {
        auto* drawing = new QWidget;
        drawing->setFocusPolicy(Qt::StrongFocus);
        int asked = 0;
        WithTable both(drawing, [&asked] {
            ++asked;
            return WithTable::Table{{QStringLiteral("Part"), QStringLiteral("Memory")},
                                    {{QStringLiteral("weights"), QStringLiteral("2 GB")}}};
        });
        both.setName(QStringLiteral("Memory"));
        both.show();
        both.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&both));  // else keys belong to nobody
        QCOMPARE(asked, 0);                           // nobody looks at the table
        drawing->setFocus();
        QTest::keyClick(drawing, Qt::Key_T);
        QVERIFY(both.table()->isVisible() && !drawing->isVisible());
        QCOMPARE(both.table()->item(0, 1)->text(), QStringLiteral("2 GB"));
        QVERIFY(!both.table()->accessibleName().isEmpty());
        both.showTable(false);
        QVERIFY(!both.table()->isVisible() && drawing->isVisible());
    }
    void DiffText_MarksByMoreThanColour() {
        const WordDiff diff = {{DiffKind::Equal, "a "},
                               {DiffKind::Deleted, "red "},
                               {DiffKind::Inserted, "blue "},
                               {DiffKind::Equal, "car"}};
        DiffText before, after;
        before.setDiff(diff, DiffText::Before);
        after.setDiff(diff, DiffText::After);
        QCOMPARE(before.plainText(), QStringLiteral("a red car"));
        QCOMPARE(after.plainText(), QStringLiteral("a blue car"));
        QVERIFY(before.text().contains(QLatin1String("line-through")));
        QVERIFY(after.text().contains(QLatin1String("underline")));
    }
    void DiffText_EscapesMarkup() {
        DiffText text;
        text.setPlain(QStringLiteral("<b>1 < 2</b>"));
        QVERIFY(text.text().contains(QLatin1String("&lt;b&gt;")));
    }
    void Theme_TextContrastIsEnough() {
        const auto luminance = [](const QColor& c) {
            const auto part = [](double v) {
                return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
            };
            return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
        };
        const auto contrast = [&](const QColor& a, const QColor& b) {
            const double x = luminance(a), y = luminance(b);
            return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
        };
        for (const Theme::Mode mode : {Theme::HighContrast, Theme::Dark, Theme::Light}) {
            const double least = mode == Theme::HighContrast ? 7 : 4.5;
            Theme::instance().setMode(mode);
            const Colors& c = colors();
            const std::pair<QColor, QColor> pairs[] = {
                {c.text, c.window},           {c.text, c.surface},
                {c.text, c.sunken},           {c.muted, c.surface},
                {c.muted, c.window},          {c.muted, c.sunken},
                {c.accentText, c.accent},     {c.good, c.goodFill},
                {c.warning, c.warningFill},   {c.error, c.errorFill},
                {c.text, c.errorFill},        {c.text, c.warningFill},
                {c.inserted, c.insertedFill}, {c.deleted, c.deletedFill},
                {c.accent, c.hover},          {c.accent, c.surface}};
            for (const auto& [fore, back] : pairs)
                QVERIFY2(contrast(fore, back) >= least,
                         qPrintable(QStringLiteral("%1 on %2: %3")
                                        .arg(fore.name(), back.name())
                                        .arg(contrast(fore, back))));
        }
    }
};

MOELORA_UI_TEST(ViewsTest)
#include "views_test.moc"
