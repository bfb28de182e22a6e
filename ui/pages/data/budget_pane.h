// SPDX-License-Identifier: GPL-3.0-or-later
// The token budget of the data: histogram, and the longest samples by length with their pictures.
// GUI thread only.
#pragma once

#include <QWidget>
#include <optional>

#include "core/record/records.h"
#include "ui/bridge/picture_loader.h"

class QLabel;
class QTreeWidget;
class QVBoxLayout;

namespace moelora::ui {

class TokenHistogram;
class WithTable;

class BudgetPane : public QWidget {
    Q_OBJECT
  public:
    // `pictures` outlives it.
    explicit BudgetPane(PictureLoader& pictures, QWidget* parent = nullptr);
    void setAbove(QWidget* widget);  // stands above the histogram
    // None: `why` is shown instead.
    void show(const std::optional<TokenCounts>& counts, const QString& why);

  Q_SIGNALS:
    void chosen(const QString& id, const QString& image);
    void unwritable(const QString& path, const QString& why);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void retranslate();
    void fill();
    void fitColumns();
    void showPictures();

    PictureLoader& m_pictures;
    QVBoxLayout* m_column;
    std::optional<TokenCounts> m_counts;
    QLabel *m_summary, *m_why;
    TokenHistogram* m_histogram;
    WithTable* m_histogramBox;
    QTreeWidget* m_longest;
};

}  // namespace moelora::ui
