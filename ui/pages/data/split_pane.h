// SPDX-License-Identifier: GPL-3.0-or-later
// What is learnt, what is kept for evaluation, and which samples are the probes. GUI thread only.
#pragma once

#include <QWidget>

#include "ui/models/samples_model.h"
#include "ui/models/workbench.h"

class QLabel;
class QListWidget;
class QPushButton;

namespace moelora::ui {

class OptionForm;

class SplitPane : public QWidget {
    Q_OBJECT
  public:
    SplitPane(Workbench& workbench, const SamplesModel& samples, QWidget* parent = nullptr);
    // `examined`: what the data doctor found; none where it has not looked at these data.
    void refresh(const std::optional<std::vector<Issue>>& examined);

    void focusValidation();

  Q_SIGNALS:
    void chosen(const QString& id, const QString& image);
    void examineWanted();

  private:
    void retranslate();
    void connectForms();
    void showParts();
    void showLeaks(const std::optional<std::vector<Issue>>& examined);
    void showProbes();
    void removeProbe();

    Workbench& m_workbench;
    const SamplesModel& m_samples;
    QLabel *m_text, *m_parts, *m_leaks, *m_probesTitle, *m_noProbes;
    OptionForm *m_data, *m_train, *m_count;
    QListWidget* m_probes;
    QPushButton *m_examine, *m_remove;
};

}  // namespace moelora::ui
