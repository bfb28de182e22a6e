// SPDX-License-Identifier: GPL-3.0-or-later
// A table of numbers as colours (cividis, safe for colour-blind readers): labelled rows and
// columns, legend, numbers in the cells where they fit, tooltip. Scrolls down when the rows do not
// fit. Domain-free. GUI thread only.
#pragma once

#include <QAbstractScrollArea>
#include <QStringList>
#include <vector>

namespace moelora::ui {

struct HeatmapData {
    QStringList rows, columns;
    std::vector<std::vector<double>>
        values;           // [row][column]; a short row leaves cells empty, NaN is drawn as a cross
    QStringList rowTips;  // said in the tooltip and by the screen reader; may be empty
    double low = 0, high = 1;  // ends of the colour scale
    QString legend;            // what the numbers are
    bool operator==(const HeatmapData&) const = default;
};

class Heatmap : public QAbstractScrollArea {
    Q_OBJECT
  public:
    explicit Heatmap(QWidget* parent = nullptr);
    void setData(HeatmapData fresh);
    [[nodiscard]] const HeatmapData& heatmapData() const { return m_data; }
    // The cell at a place of the viewport; row -1 = none.
    [[nodiscard]] QPoint cellAt(const QPoint& place) const;  // (column, row)
    [[nodiscard]] QString cellText(int row, int column) const;
    [[nodiscard]] QRect cellRect(int row, int column) const;
    [[nodiscard]] static QColor colorAt(double share);  // 0 ... 1

    [[nodiscard]] QSize sizeHint() const override { return {360, 240}; }
    [[nodiscard]] QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void layoutCells();
    void paintCell(QPainter& painter, int row, int column) const;
    void paintLegend(QPainter& painter) const;
    [[nodiscard]] int headHeight() const;
    [[nodiscard]] int leastRow() const;

    HeatmapData m_data;
    int m_labelWidth = 0, m_rowHeight = 18, m_currentRow = 0;
};

}  // namespace moelora::ui
