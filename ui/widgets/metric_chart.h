// SPDX-License-Identifier: GPL-3.0-or-later
// A line chart over the steps of a run: plain series in, picture out. The only door to Qt Charts
// (ADR 0011), which may be replaced by a painter of our own. GUI thread only.
#pragma once

#include <QColor>
#include <QWidget>
#include <memory>
#include <vector>

namespace moelora::ui {

struct MetricSeries {
    enum Style { Thin, Thick, Dashed, Points };  // differ in more than hue
    QString name;
    Style style = Thick;
    int color = 0;  // index into Colors::series
    std::vector<QPointF>
        points;  // (step, value), sorted by step; NaN and infinities are drawn as marks at the top
};

class MetricChart : public QWidget {
    Q_OBJECT
  public:
    explicit MetricChart(QWidget* parent = nullptr);
    ~MetricChart() override;

    void setSeries(std::vector<MetricSeries> series);
    void setStepRange(double last);  // the axis runs from 0 to at least this
    void setLogarithmic(bool on);    // values <= 0 are drawn as marks at the bottom then
    void zoomOut();                  // drag zooms in, double click comes back

    [[nodiscard]] int pointsDrawn() const;
    [[nodiscard]] int marksDrawn() const;
    [[nodiscard]] QString legendHtml() const;          // names with the strokes they are drawn with
    [[nodiscard]] QString readout(double step) const;  // "step 120   loss 1.42   smoothed 1.50"

  protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void redraw();

    class View;
    std::unique_ptr<View> m_view;
    std::vector<MetricSeries> m_series;
    double m_lastStep = 0;
    bool m_log = false;
};

}  // namespace moelora::ui
