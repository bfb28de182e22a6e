// SPDX-License-Identifier: GPL-3.0-or-later
// The range of steps that several charts show together, and the step under the cursor: zoom one and
// all follow. GUI thread only.
#pragma once

#include <QObject>
#include <optional>

namespace moelora::ui {

class StepAxis : public QObject {
    Q_OBJECT
  public:
    using QObject::QObject;

    [[nodiscard]] double from() const { return m_from; }
    [[nodiscard]] double to() const { return m_to; }
    [[nodiscard]] double last() const { return m_last; }
    [[nodiscard]] bool zoomed() const { return m_zoomed; }
    [[nodiscard]] std::optional<double> cursor() const { return m_cursor; }

    void setLast(double last);  // end of the whole range, which begins at 0
    void setRange(double from, double to);
    void zoom(double factor, double around);  // below 1: closer
    void pan(double steps);
    void fit();  // the whole range, now and when it grows
    void setCursor(std::optional<double> step);

  Q_SIGNALS:
    void changed();
    void cursorChanged();

  private:
    double m_from = 0, m_to = 1, m_last = 1;
    bool m_zoomed = false;
    std::optional<double> m_cursor;
};

}  // namespace moelora::ui
