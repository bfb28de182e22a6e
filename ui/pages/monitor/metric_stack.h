// SPDX-License-Identifier: GPL-3.0-or-later
// All curves of a run, one below the other on a shared step axis: loss first, then one card for
// each row of a table.
#pragma once

#include <QWidget>

#include "ui/models/run_model.h"
#include "ui/widgets/decimate.h"
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
    // Of a run that only went on, what is new is put behind the curves.
    void show(const RunModel& model);
    [[nodiscard]] StepAxis* axis() { return &m_axis; }
    [[nodiscard]] ChartCard* loss() const { return m_loss; }
    [[nodiscard]] const std::vector<ChartCard*>& cards() const { return m_cards; }

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);
    void chosen(double step);  // in one of the charts

  private:
    void makeLoss();
    void retranslate();
    // Empty curves, for `run` from its beginning.
    void begin(const RunData& run);
    void extendLoss(const RunData& run);
    void extendRows(const RunData& run);
    void extendRouter(const RunData& run);

    // How much of which run the curves hold.
    struct Shown {
        int generation = -1;
        bool evaluated = false;
        std::size_t steps = 0, evals = 0, entropy = 0;
    };

    StepAxis m_axis;
    ChartCard *m_loss, *m_entropy = nullptr;
    std::vector<ChartCard*> m_cards;  // one for each row of the table
    Shown m_shown;
    Smoother m_smoother;
    std::vector<bool> m_any;  // by row of the table: some value is not zero
    QCheckBox* m_log;
    QComboBox* m_clip;
    QToolButton* m_fit;
};

}  // namespace moelora::ui
