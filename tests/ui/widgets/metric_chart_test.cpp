// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart.h"

#include <QAbstractItemModel>
#include <QFileInfo>
#include <QTableView>
#include <QTemporaryDir>
#include <QWheelEvent>
#include <cmath>
#include <limits>

#include "tests/support/ui_test.h"
#include "ui/widgets/chart_card.h"
#include "ui/widgets/decimate.h"

using namespace moelora::ui;

class MetricChartTest : public QObject {
    Q_OBJECT
    static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    static std::vector<QPointF> wave(int count) {
        std::vector<QPointF> points;
        for (int i = 0; i < count; ++i) points.emplace_back(i, std::sin(i * 0.01));
        return points;
    }

  private Q_SLOTS:
    void Decimate_KeepsTheExtremesOfEveryColumn() {
        auto points = wave(100000);
        points[54321].setY(99);
        points[12345].setY(-99);
        const Decimated thin = decimate(points, 500);
        QVERIFY(thin.line.size() <= 1000);
        const auto byY = [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); };
        QCOMPARE(std::max_element(thin.line.begin(), thin.line.end(), byY)->x(), 54321.0);
        QCOMPARE(std::min_element(thin.line.begin(), thin.line.end(), byY)->x(), 12345.0);
        QVERIFY(std::is_sorted(thin.line.begin(), thin.line.end(),
                               [](const QPointF& a, const QPointF& b) { return a.x() < b.x(); }));
    }
    void Decimate_ShortSeriesStayWhole() {
        const auto points = wave(50);
        QCOMPARE(decimate(points, 500).line, QVector<QPointF>(points.begin(), points.end()));
        QVERIFY(decimate(std::vector<QPointF>(), 500).line.isEmpty());
    }
    void Decimate_NanZeroAndMissingAreThreeThings() {
        const std::vector<QPointF> points = {{1, 1}, {2, 0}, {3, nan}, {4, 3}, {6, 2}};
        const Decimated d = decimate(points, 100, 1.5);
        QCOMPARE(d.line, (QVector<QPointF>{{1, 1}, {2, 0}, {4, 3}, {6, 2}}));
        QCOMPARE(d.marks, (QVector<double>{3}));
        QCOMPARE(d.breaks, (QVector<int>{2, 3}));  // at the NaN, and where 5 is missing
    }
    void Decimate_TheVisiblePartReachesOnePointBeyond() {
        const auto points = wave(100);
        const auto part = visiblePart(points, 10.5, 20);
        QCOMPARE(part.front().x(), 10.0);
        QCOMPARE(part.back().x(), 20.0);
        QCOMPARE(usualStride(points), 1.0);
    }
    void Smoothed_IsTheBiasCorrectedMean() {
        const auto s = smoothed({{1, 2}, {2, 4}, {3, std::nan("")}, {4, 8}}, 0.5);
        QCOMPARE(s.size(), std::size_t{3});
        QCOMPARE(s[0].y(), 2.0);
        QCOMPARE(s[1].y(), (0.5 * 1 + 0.5 * 4) / 0.75);
        QCOMPARE(s[2].x(), 4.0);
    }
    void MetricChart_DrawsMarksForNanAndThinsTheRest() {
        MetricChart chart;
        chart.resize(600, 300);
        chart.show();
        auto points = wave(20000);
        points[7].setY(std::nan(""));
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, points}});
        QCOMPARE(chart.marksDrawn(), 1);
        QVERIFY(chart.pointsDrawn() > 100 && chart.pointsDrawn() <= 1300);
    }
    void MetricChart_LogarithmicAxisMarksZeros() {
        MetricChart chart;
        chart.setSeries(
            {{QStringLiteral("loss"), MetricSeries::Thick, 0, {{1, 1}, {2, 0}, {3, 0.5}}}});
        chart.setLogarithmic(true);
        QCOMPARE(chart.pointsDrawn(), 2);
        QCOMPARE(chart.marksDrawn(), 1);
    }
    void MetricChart_NumberZeroNanAndMissingAreFourThings() {
        MetricChart chart;
        chart.resize(600, 300);
        const std::vector<QPointF> points = {{1, 1}, {2, 0}, {3, nan}, {4, 1}, {6, 2}, {7, 2}};
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, points, true}});
        QCOMPARE(chart.pointsDrawn(), 5);  // the zero, too
        QCOMPARE(chart.marksDrawn(), 2);   // NaN, zero
        QCOMPARE(chart.gapsDrawn(), 2);    // after the NaN, and at 5
        const QImage with = chart.grab().toImage();
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, points, false}});
        QVERIFY(chart.grab().toImage() != with);
    }
    void MetricChart_ThePlotEndsWhereThePictureEndsAndTheLastNumberIsWhole() {
        MetricChart chart;
        chart.resize(300, 90);
        chart.setStepRange(400);
        chart.setSeries({{QStringLiteral("rate"), MetricSeries::Thick, 0, wave(400)}});
        QVERIFY2(chart.plot().right() >= chart.width() - 2,
                 qPrintable(QString::number(chart.plot().right())));
        const QImage image = chart.grab().toImage();
        const QRgb ground = image.pixel(1, 1);
        int ink = 0;  // of "400" below the end of the axis
        for (int y = static_cast<int>(chart.plot().bottom()) + 4; y < image.height() - 1; ++y)
            for (int x = image.width() - 22; x < image.width(); ++x)
                ink += image.pixel(x, y) != ground;
        QVERIFY2(ink > 25, qPrintable(QString::number(ink)));
    }
    void MetricChart_ZoomShowsWhatThinningHid() {
        MetricChart chart;
        chart.resize(600, 300);
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, wave(100000)}});
        chart.axis()->setRange(50000, 50100);
        QCOMPARE(chart.pointsDrawn(), 101);
        chart.zoomOut();
        QVERIFY(chart.pointsDrawn() > 500);
    }
    void MetricChart_ChartsOfOneAxisZoomAndPointTogether() {
        StepAxis axis;
        MetricChart first, second;
        for (MetricChart* chart : {&first, &second}) {
            chart->resize(600, 200);
            chart->shareAxis(&axis);
            chart->setSeries({{QStringLiteral("x"), MetricSeries::Thick, 0, wave(1000)}});
        }
        QCOMPARE(axis.last(), 999.0);
        first.setFocus();
        QTest::keyClick(&first, Qt::Key_Plus);
        QVERIFY(axis.zoomed());
        QCOMPARE(second.pointsDrawn(), first.pointsDrawn());
        QVERIFY(second.pointsDrawn() < 1000);
        const double from = axis.from();
        QTest::keyClick(&first, Qt::Key_Right);
        QVERIFY(axis.from() > from);
        QTest::keyClick(&second, Qt::Key_Home);
        QVERIFY(!axis.zoomed());
        first.show();
        QVERIFY(QTest::qWaitForWindowExposed(&first));
        QTest::mouseMove(&first, QPoint(300, 100));
        QVERIFY(axis.cursor().has_value());
        QTest::mousePress(&first, Qt::LeftButton, {}, QPoint(200, 100));
        QTest::mouseMove(&first, QPoint(400, 100));
        QTest::mouseRelease(&first, Qt::LeftButton, {}, QPoint(400, 100));
        QVERIFY(axis.zoomed());
        QTest::mouseDClick(&second, Qt::LeftButton, {}, QPoint(300, 100));
        QVERIFY(!axis.zoomed());
    }
    void StepAxis_StaysWithinTheRunAndFollowsItUnlessZoomed() {
        StepAxis axis;
        axis.setLast(100);
        axis.setLast(200);
        QCOMPARE(axis.to(), 200.0);
        axis.setRange(150, 260);
        QCOMPARE(axis.from(), 90.0);
        QCOMPARE(axis.to(), 200.0);
        axis.pan(1000);
        QCOMPARE(axis.to(), 200.0);
        axis.setLast(300);
        QCOMPARE(axis.to(), 200.0);
        axis.fit();
        QCOMPARE(axis.to(), 300.0);
    }
    void MetricChart_ClippingEndsTheAxisBelowTheOutliers() {
        MetricChart chart;
        auto points = wave(1000);
        points[400].setY(500);
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, points}});
        QVERIFY(chart.top() > 500);
        chart.setClip(0.95);
        QVERIFY(chart.top() < 2);
    }
    void MetricChart_CsvReadsBackEqual() {
        const std::vector<MetricSeries> series = {
            {QStringLiteral("loss"), MetricSeries::Thick, 0, {{1, 0.1}, {2, nan}, {3, 0}}},
            {QStringLiteral("eval"), MetricSeries::Points, 1, {{2, 1e-7}}}};
        const QList<QByteArray> lines = csvOf(series).split('\n');
        QCOMPARE(lines[0], QByteArray("update,\"loss\",\"eval\""));
        QCOMPARE(lines[1], QByteArray("1,0.1,"));
        QCOMPARE(lines[2], QByteArray("2,nan,1e-07"));
        QCOMPARE(lines[3], QByteArray("3,0,"));
    }
    void ChartCard_ShowsItsNumbersAndWritesThreeKindsOfFile() {
        ChartCard card(QStringLiteral("loss"));
        card.setHeading(QStringLiteral("Loss"));
        card.resize(500, 240);
        card.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, {{1, 1.5}, {2, nan}}}});
        card.show();
        card.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&card));
        card.chart()->setFocus();
        QTest::keyClick(card.chart(), Qt::Key_T);
        QVERIFY(card.table()->isVisible());
        const QAbstractItemModel* numbers = card.table()->model();
        QCOMPARE(numbers->rowCount(), 2);
        QCOMPARE(numbers->index(0, 1).data().toString(), QStringLiteral("1.5"));
        QCOMPARE(numbers->index(1, 1).data().toString(), QStringLiteral("NaN"));
        QTemporaryDir folder;
        for (const char* name : {"a.png", "a.svg", "a.csv"}) {
            const QString path = folder.filePath(QLatin1String(name));
            QVERIFY(card.save(path));
            QVERIFY2(QFileInfo(path).size() > 10, name);
        }
        QCOMPARE(QImage(folder.filePath(QStringLiteral("a.png"))).size(),
                 2 * card.chart()->size().expandedTo(QSize(640, 280)));
        QVERIFY(!card.save(folder.filePath(QStringLiteral("missing/a.csv"))));
    }
    void MetricChart_ReadoutNamesStepAndValues() {
        MetricChart chart;
        chart.setSeries(
            {{QStringLiteral("loss"), MetricSeries::Thick, 0, {{10, 1.5}, {20, 0.25}}}});
        QCOMPARE(chart.readout(19), QStringLiteral("update 20   loss 0.25"));
    }
    void MetricChart_TheWheelAloneBelongsToThePage() {
        MetricChart chart;
        chart.resize(400, 200);
        chart.setSeries({{QStringLiteral("x"), MetricSeries::Thick, 0, wave(100)}});
        const auto turn = [&](Qt::KeyboardModifiers keys) {
            const QPointF at(200, 100);
            QWheelEvent wheel(at, at, {}, QPoint(0, 120), Qt::NoButton, keys, Qt::NoScrollPhase,
                              false);
            QCoreApplication::sendEvent(&chart, &wheel);
            return wheel.isAccepted();
        };
        QVERIFY(!turn(Qt::NoModifier));
        QVERIFY(!chart.axis()->zoomed());
        QVERIFY(turn(Qt::ControlModifier));
        QVERIFY(chart.axis()->zoomed());
    }
    void MetricChart_OfAMillionPointsAFewPerPixelAreDrawn() {
        MetricChart chart;
        chart.resize(800, 300);
        chart.show();
        chart.setSeries({{QStringLiteral("loss"), MetricSeries::Thick, 0, wave(1000000)}});
        chart.grab();
        QVERIFY(chart.pointsDrawn() >= 800);
        QVERIFY(chart.pointsDrawn() <= 4 * 800);
    }
};

MOELORA_UI_TEST(MetricChartTest)
#include "metric_chart_test.moc"
