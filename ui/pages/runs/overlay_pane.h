// SPDX-License-Identifier: GPL-3.0-or-later
// Up to six runs over one another: loss and learning rate on one step axis, and the settings in
// which they differ.
#pragma once

#include "ui/models/run_overlay.h"
#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/step_axis.h"

class QTreeWidget;

namespace moelora::ui {

class ChartCard;

class OverlayPane : public QWidget {
    Q_OBJECT
  public:
    explicit OverlayPane(Workbench& workbench, QWidget* parent = nullptr);
    void setRuns(const std::vector<RunSummary>& runs);
    [[nodiscard]] std::size_t shown() const { return m_runs.size(); }

  private:
    void retranslate();
    void show();
    void showCharts();
    void showDifferences();

    Workbench& m_workbench;
    StepAxis m_axis;
    ChartCard *m_loss, *m_rate;
    Card* m_settings;
    QTreeWidget* m_table;
    QLabel* m_note;
    QStringList m_asked;
    std::vector<OverlaidRun> m_runs;
    std::size_t m_chosen = 0;
    Latest<std::vector<OverlaidRun>> m_read;
};

}  // namespace moelora::ui
