// SPDX-License-Identifier: GPL-3.0-or-later
// Scores of base and adapted captions, of all samples and of each task, with their numbers; and
// what stands out in the captions. GUI thread only.
#pragma once

#include <QWidget>

#include "core/record/records.h"

class QLabel;
class QTreeWidget;

namespace moelora::ui {

class IssueList;

class ScoresPane : public QWidget {
    Q_OBJECT
  public:
    explicit ScoresPane(QWidget* parent = nullptr);
    void setComparison(const Comparison& comparison);

  private:
    void retranslate();
    void fill();
    void addRow(const QString& name, std::pair<std::int64_t, std::int64_t> base,
                std::pair<std::int64_t, std::int64_t> adapted, const CaptionScores& before,
                const CaptionScores& after);

    CaptionMetrics m_base, m_adapted;
    std::vector<Issue> m_issues;
    QTreeWidget* m_table;
    QLabel* m_note;
    IssueList* m_remarks;
    QWidget* m_remarksArea;
};

}  // namespace moelora::ui
