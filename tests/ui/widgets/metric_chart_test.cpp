// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/metric_chart.h"

#include <QElapsedTimer>
#include <cmath>
#include <limits>

#include "tests/support/ui_test.h"
#include "ui/widgets/decimate.h"

using namespace moelora::ui;

class MetricChartTest : public QObject {
    Q_OBJECT
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
        QVERIFY(decimate({}, 500).line.isEmpty());
    }
    void Decimate_NanZeroAndMissingAreThreeThings() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const Decimated d = decimate({{1, 1}, {2, 0}, {3, nan}, {5, 2}}, 100);
        QCOMPARE(d.line, (QVector<QPointF>{{1, 1}, {2, 0}, {5, 2}}));
        QCOMPARE(d.marks, (QVector<double>{3}));
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
    void MetricChart_ReadoutNamesStepAndValues() {
        MetricChart chart;
        chart.setSeries(
            {{QStringLiteral("loss"), MetricSeries::Thick, 0, {{10, 1.5}, {20, 0.25}}}});
        QCOMPARE(chart.readout(19), QStringLiteral("update 20   loss 0.25"));
    }
    void MetricChart_AMillionPointsRepaintSoon() {
        MetricChart chart;
        chart.resize(800, 300);
        chart.show();
        const MetricSeries series{QStringLiteral("loss"), MetricSeries::Thick, 0, wave(1000000)};
        chart.setSeries({series});
        QElapsedTimer clock;
        clock.start();
        chart.setSeries({series});
        chart.grab();
        QVERIFY2(clock.elapsed() < 500,
                 qPrintable(
                     QString::number(clock.elapsed())));  // target 50 ms; fails on a tenfold excess
    }
};

MOELORA_UI_TEST(MetricChartTest)
#include "metric_chart_test.moc"
