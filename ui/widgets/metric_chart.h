// SPDX-License-Identifier: GPL-3.0-or-later
// A line chart over the steps of a run: plain series in, pictures, SVG and CSV out. Qt Charts draws
// axes and curves (ChartCanvas), marks and cursor are painted over it (ADR 0012). Charts that share
// a StepAxis zoom together and show one crosshair. Mouse: drag = zoom into, shift + drag or middle
// button = move, Ctrl + wheel = zoom, double click = all, click = choose the step. Keys: + - Left
// Right Home, Enter. GUI thread only.
#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "ui/widgets/decimate.h"
#include "ui/widgets/step_axis.h"

namespace moelora::ui {

class ChartCanvas;
struct Colors;

struct MetricSeries {
    enum Style { Thin, Thick, Dashed, Points };  // differ in more than hue
    QString name;
    Style style = Thick;
    int color = 0;  // index into Colors::series
    std::vector<QPointF>
        points;  // (step, value), sorted by step; NaN and infinities are drawn as marks at the top
    bool markZeros = false;  // an exact zero is odd here (a loss) and gets a mark of its own
};

class MetricChart : public QWidget {
    Q_OBJECT
  public:
    explicit MetricChart(QWidget* parent = nullptr);
    ~MetricChart() override;

    void setSeries(std::vector<MetricSeries> series);
    // Puts points behind those of the series, `fresh[i]` behind series i, for a run that goes on.
    void append(const std::vector<std::vector<QPointF>>& fresh);
    [[nodiscard]] const std::vector<MetricSeries>& series() const { return m_series; }
    // Charts with the same axis zoom together; it must outlive them. A chart has one of its own at
    // first.
    void shareAxis(StepAxis* axis);
    [[nodiscard]] StepAxis* axis() const { return m_axis; }
    void setStepRange(double last) { m_axis->setLast(last); }
    void setLogarithmic(bool on);  // values <= 0 are drawn as marks at the bottom then
    void setClip(double share);    // the axis ends at this share of the values; 1 = at the highest
    void setEpochs(std::vector<double> steps);  // dashed lines: where an epoch ends
    void setBest(std::optional<QPointF> best);  // the lowest evaluation
    void zoomOut() { m_axis->fit(); }

    [[nodiscard]] int pointsDrawn() const;
    [[nodiscard]] int marksDrawn() const;
    [[nodiscard]] int gapsDrawn() const;
    [[nodiscard]] double top() const { return m_high; }  // end of the value axis
    [[nodiscard]] QRectF plot() const;                   // on screen, in coordinates of the widget
    [[nodiscard]] QString legendHtml() const;          // names with the strokes they are drawn with
    [[nodiscard]] QString readout(double step) const;  // "step 120   loss 1.42   smoothed 1.50"

    // In light colours, as it is shown now. The ending decides: .svg, else a picture format of Qt.
    [[nodiscard]] bool savePicture(const QString& path) const;

    [[nodiscard]] QSize sizeHint() const override { return {420, 160}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {180, 84}; }

  Q_SIGNALS:
    void chosen(double step);  // by a click, or Enter at the crosshair

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    struct Drawn {  // one series as the screen shows it
        Decimated thin;
        QVector<double> zeros, below;  // odd zeros; values that a logarithmic axis cannot show
    };
    struct Place {  // where things stand in a picture
        QRectF plot;
        double xInterval = 1, yInterval = 1;  // of the ticks; yInterval 0 = logarithmic
    };
    enum class Drag { None, Zoom, Pan };

    void showSeries();
    void thin(int columns);
    void setRange(double low, double high);
    [[nodiscard]] Place placeIn(const QRectF& all, const QFontMetricsF& metrics) const;
    [[nodiscard]] double xAt(double step, const QRectF& plot) const;
    [[nodiscard]] double yAt(double value, const QRectF& plot) const;
    [[nodiscard]] double stepAt(double x, const QRectF& plot) const;
    void draw(QPainter& painter, const QRectF& all, const Colors& colors) const;
    void drawCurves(QPainter& painter, const QRectF& all, const Place& place,
                    const Colors& colors) const;
    void drawSteps(QPainter& painter, const QRectF& all, const Place& place,
                   const Colors& colors) const;
    void drawEpochs(QPainter& painter, const QRectF& plot, const Colors& colors) const;
    void drawMarks(QPainter& painter, const QRectF& plot, const Drawn& drawn,
                   const Colors& colors) const;
    void drawBest(QPainter& painter, const QRectF& plot, const Colors& colors) const;
    void drawCursor(QPainter& painter, const QRectF& plot) const;

    std::unique_ptr<ChartCanvas> m_canvas;
    StepAxis m_own;
    StepAxis* m_axis = &m_own;
    std::vector<MetricSeries> m_series;
    std::vector<Drawn> m_drawn;
    std::vector<double> m_epochs;
    std::optional<QPointF> m_best;
    double m_low = 0, m_high = 1, m_clip = 1;
    bool m_log = false;
    Drag m_drag = Drag::None;
    double m_dragFrom = 0, m_dragTo = 0;  // x on screen
};

// Steps and values of all series as comma-separated values: C locale, one column a series; NaN is
// "nan", a value that is not there is empty.
[[nodiscard]] QByteArray csvOf(const std::vector<MetricSeries>& series);

}  // namespace moelora::ui
