// SPDX-License-Identifier: GPL-3.0-or-later
// Whole numbers as a row of bars: drag over them, or Left / Right to choose one and Up / Down to
// change it. Domain-free. GUI thread only.
#pragma once

#include <QWidget>
#include <vector>

namespace moelora::ui {

class BarEdit : public QWidget {
    Q_OBJECT
  public:
    explicit BarEdit(QWidget* parent = nullptr);
    // `least` ... `most`: what a bar can be set to; larger values given here are drawn full.
    void setBars(const std::vector<std::int64_t>& values, std::int64_t least, std::int64_t most);
    [[nodiscard]] const std::vector<std::int64_t>& bars() const { return m_values; }
    [[nodiscard]] int current() const { return m_current; }
    [[nodiscard]] QRectF barRect(int bar) const;  // the whole column

    [[nodiscard]] QSize sizeHint() const override { return {300, 92}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {120, 70}; }

  Q_SIGNALS:
    void edited(const std::vector<std::int64_t>& values);
    void currentChanged(int bar);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    [[nodiscard]] int barAt(double x) const;
    [[nodiscard]] QString barText(int bar) const;
    void drag(const QPointF& place);
    void choose(int bar);
    void set(int bar, std::int64_t value);

    std::vector<std::int64_t> m_values;
    std::int64_t m_least = 0, m_most = 1;
    int m_current = 0;
};

}  // namespace moelora::ui
