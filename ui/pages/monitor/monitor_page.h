// SPDX-License-Identifier: GPL-3.0-or-later
// Monitor: a run as it goes or as it went: loss, learning rate, gates, probe captions.
#pragma once

#include "ui/pages/page.h"

class QCheckBox;
class QComboBox;
class QProgressBar;
class QStackedWidget;

namespace moelora::ui {

class Card;
class Chip;
class EmptyState;
class GateCard;
class MetricChart;
class ProbeStrip;

class MonitorPage : public Page {
    Q_OBJECT
  public:
    explicit MonitorPage(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    void refresh() override;

  private:
    void makeHead();
    [[nodiscard]] QWidget* makeContent();
    [[nodiscard]] QWidget* makeLossCard();
    [[nodiscard]] QWidget* makeProbeCard();
    void connectAll();
    void retranslate();
    void showHead();
    void showCharts();
    void showProbes();
    [[nodiscard]] const RunData& run() const;

    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Chip* m_state;
    QProgressBar* m_progress;
    QPushButton *m_pause, *m_save, *m_caption, *m_stop, *m_compare;
    Card *m_lossCard, *m_rateCard, *m_probeCard;
    GateCard* m_gates;
    MetricChart *m_loss, *m_rate;
    QCheckBox* m_log;
    QLabel *m_numbers, *m_rateNumbers, *m_legend, *m_note, *m_noProbes;
    QComboBox *m_from, *m_to;
    ProbeStrip* m_probes;
    int m_parts = RunModel::All;
};

}  // namespace moelora::ui
