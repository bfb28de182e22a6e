// SPDX-License-Identifier: GPL-3.0-or-later
// What is compared and how: adapter and checkpoint, pictures and prompt, the scale of the adapter's
// update, one expert alone; and the buttons that begin and end it. GUI thread only.
#pragma once

#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"

class QComboBox;
class QLineEdit;
class QProgressBar;
class QSlider;
class QSpinBox;

namespace moelora::ui {

class AdapterBox;
class OptionForm;
class PathField;

class CompareControls : public Card {
    Q_OBJECT
  public:
    explicit CompareControls(Workbench& workbench, QWidget* parent = nullptr);
    // Adapter, checkpoint, pictures, prompt, limit, scale and expert; the rest has its defaults.
    [[nodiscard]] CompareSpec spec() const;
    [[nodiscard]] QString adapter() const;     // as chosen in the box
    [[nodiscard]] QString checkpoint() const;  // its folder, or that of the adapter itself
    [[nodiscard]] std::int64_t experts() const { return m_experts; }
    // `known`: what the adapter's run computed with is known.
    void refresh(bool known);
    [[nodiscard]] bool startable() const;
    // Adapter and pictures are known, whatever is at work: without pictures the probes of the run.
    [[nodiscard]] bool askable() const;
    // "" = it is; else what is missing.
    [[nodiscard]] QString whyNotAskable() const;
    void chooseCheckpoint(const QString& folder);  // of the adapter that is chosen

  Q_SIGNALS:
    void adapterChanged();
    void startWanted();

  private:
    [[nodiscard]] QHBoxLayout* makeFirstLine();
    [[nodiscard]] QHBoxLayout* makeSecondLine();
    [[nodiscard]] QWidget* makeDecoding();
    void connectAll();
    void retranslate();
    void proposeData();
    void showDecoding();
    [[nodiscard]] QString runWithProbes() const;
    [[nodiscard]] std::vector<std::string> pictures() const;
    void takeAdapter();
    void askExperts();
    void fillExperts();
    void askTasks();
    void fillTasks();
    void fillCheckpoints();
    void showNumbers();

    Workbench& m_workbench;
    AdapterBox* m_adapter;
    PathField* m_data;
    QSpinBox* m_limit;
    QLineEdit* m_prompt;
    QSlider *m_checkpoint, *m_scale;
    QComboBox *m_expert, *m_task;
    QToolButton* m_decoding;
    QWidget* m_decodingArea;
    OptionForm* m_form;
    QLabel *m_adapterLabel, *m_dataLabel, *m_limitLabel, *m_promptLabel, *m_checkpointLabel,
        *m_scaleLabel, *m_expertLabel, *m_taskLabel, *m_checkpointText, *m_scaleText, *m_stage;
    QPushButton *m_start, *m_cancel;
    QProgressBar* m_progress;
    QStringList m_checkpoints;      // folders, oldest first; the last may be the finished adapter
    QStringList m_checkpointNames;  // as shown
    std::int64_t m_experts = 0;     // of the adapter; 0 = not known
    bool m_known = false;
    QString m_asked;         // the adapter whose experts are known
    QString m_proposedData;  // follows the project until the user chooses other pictures, or none
    bool m_ownData = false;  // who did
    Latest<AdapterSummary> m_askExperts;
    QStringList m_tasks;    // that the adapter knows
    bool m_byTask = false;  // its router goes by them
    Latest<ExportOffer> m_askTasks;
};

}  // namespace moelora::ui
