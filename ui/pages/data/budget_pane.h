// SPDX-License-Identifier: GPL-3.0-or-later
// The token budget of the data: histogram, and the longest samples by length. GUI thread only.
#pragma once

#include <QWidget>
#include <optional>

#include "core/record/records.h"

class QLabel;
class QTreeWidget;

namespace moelora::ui {

class TokenHistogram;

class BudgetPane : public QWidget {
    Q_OBJECT
  public:
    explicit BudgetPane(QWidget* parent = nullptr);
    // None: `why` is shown instead.
    void show(const std::optional<TokenCounts>& counts, const QString& why);

  Q_SIGNALS:
    void chosen(const QString& id, const QString& image);

  private:
    void retranslate();
    void fill();

    std::optional<TokenCounts> m_counts;
    QLabel *m_summary, *m_why;
    TokenHistogram* m_histogram;
    QTreeWidget* m_longest;
};

}  // namespace moelora::ui
