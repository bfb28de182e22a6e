// SPDX-License-Identifier: GPL-3.0-or-later
// How many samples have how many tokens, as bars, with the limit as a line. GUI thread only.
#pragma once

#include <QWidget>

#include "core/record/records.h"

namespace moelora::ui {

class TokenHistogram : public QWidget {
    Q_OBJECT
  public:
    explicit TokenHistogram(QWidget* parent = nullptr);
    void setCounts(TokenCounts counts);
    // The bin under a place, as a sentence; "" beside the bars.
    [[nodiscard]] QString textAt(const QPointF& place) const;
    [[nodiscard]] QSize sizeHint() const override { return {240, 130}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    [[nodiscard]] QRectF area() const;
    [[nodiscard]] double xOf(double tokens) const;  // within area()
    TokenCounts m_counts;
};

}  // namespace moelora::ui
