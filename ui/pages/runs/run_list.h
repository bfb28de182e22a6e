// SPDX-License-Identifier: GPL-3.0-or-later
// The table of all runs: sorted by a click on a heading, narrowed by words. GUI thread only.
#pragma once

#include "ui/models/runs_filter.h"
#include "ui/widgets/basics.h"

class QLineEdit;
class QTableView;

namespace moelora::ui {

class RunList : public Card {
    Q_OBJECT
  public:
    explicit RunList(RunsModel& runs, QWidget* parent = nullptr);

    [[nodiscard]] const RunSummary* current() const;  // nullptr: none
    [[nodiscard]] const RunDetails* currentDetails() const;
    [[nodiscard]] std::vector<RunSummary> chosen() const;  // in the order of the list
    // The run, or the first one where it is not in the list.
    void select(const QString& idOrPath);

  Q_SIGNALS:
    void selected();
    void opened();  // by a double click or Enter

  private:
    void makeTable();
    void retranslate();
    void fitCurve();

    RunsFilter* m_shown;
    QTableView* m_table;
    QLineEdit* m_words;
    QLabel* m_none;
};

}  // namespace moelora::ui
