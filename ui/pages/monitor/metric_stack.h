// SPDX-License-Identifier: GPL-3.0-or-later
// All curves of a run, one below the other on a shared step axis: loss first, then one card for
// each row of a table.
#pragma once

#include <QWidget>

#include "ui/models/run_model.h"
#include "ui/widgets/step_axis.h"

class QCheckBox;
class QComboBox;
class QToolButton;

namespace moelora::ui {

class ChartCard;

// Where an epoch ends, by update.
[[nodiscard]] std::vector<double> epochEnds(const std::vector<StepRecord>& steps);
// The lowest finite evaluation.
[[nodiscard]] std::optional<QPointF> bestOf(const std::vector<EvalRecord>& evals);

class MetricStack : public QWidget {
    Q_OBJECT
  public:
    explicit MetricStack(QWidget* parent = nullptr);
    void show(const RunModel& model);
    [[nodiscard]] StepAxis* axis() { return &m_axis; }
    [[nodiscard]] ChartCard* loss() const { return m_loss; }
    [[nodiscard]] const std::vector<ChartCard*>& cards() const { return m_cards; }

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);

  private:
    void makeLoss();
    void retranslate();
    void showLoss(const RunData& run);
    void showRouter(const RunData& run);

    StepAxis m_axis;
    ChartCard *m_loss, *m_entropy = nullptr;
    std::vector<ChartCard*> m_cards;  // one for each row of the table
    QCheckBox* m_log;
    QComboBox* m_clip;
    QToolButton* m_fit;
};

}  // namespace moelora::ui
