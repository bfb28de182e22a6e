// SPDX-License-Identifier: GPL-3.0-or-later
// A picture under a grid of cells, each in the colour of its expert with the expert's number; the
// number, not the colour, carries the meaning. Domain-free but for the word "expert". GUI thread
// only.
#pragma once

#include <QColor>
#include <QImage>
#include <QWidget>
#include <vector>

namespace moelora::ui {

// Of expert number 0, 1, ...: a scale that colour-blind readers can tell apart, then again.
[[nodiscard]] QColor expertColor(std::int64_t expert);
// The same as a ground under text of the theme.
[[nodiscard]] QColor expertFill(std::int64_t expert);

struct RoutingCell {
    std::int64_t expert = 0;
    float weight = 0;  // 0 ... 1: how opaque
    bool operator==(const RoutingCell&) const = default;
};

class RoutingView : public QWidget {
    Q_OBJECT
  public:
    explicit RoutingView(QWidget* parent = nullptr);
    void setImage(const QImage& image);
    void setCells(int rows, int columns, std::vector<RoutingCell> cells);
    [[nodiscard]] const std::vector<RoutingCell>& cells() const { return m_cells; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 160}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    [[nodiscard]] QRectF area() const;
    [[nodiscard]] QRectF cellRect(int row, int column) const;

    QImage m_image;
    int m_rows = 0, m_columns = 0;
    std::vector<RoutingCell> m_cells;
};

}  // namespace moelora::ui
