// SPDX-License-Identifier: GPL-3.0-or-later
// Export: writes an adapter, reads it back and says what was proven. Runs off the GUI thread.
#pragma once

#include "ui/pages/page.h"

class QCheckBox;
class QComboBox;
class QSpinBox;

namespace moelora::ui {

class AdapterBox;
class Card;
class Chip;
class EmptyState;
class FormatList;
class IssueList;
class PathField;

class ExportPage : public Page {
    Q_OBJECT
  public:
    explicit ExportPage(Workbench& workbench, QWidget* parent = nullptr);
    void start();
    [[nodiscard]] bool busy() const { return m_busy; }

  protected:
    void refresh() override;

  private:
    struct Answer {
        ExportReport report;
        Result<AdapterSummary> reloaded = fail(ErrorCode::Internal);
    };
    [[nodiscard]] QWidget* makeSettings();
    [[nodiscard]] QWidget* makeReport();
    [[nodiscard]] QWidget* makeNeeds();  // what the mean mixture and a task's mixture ask for
    void connectAll();
    void retranslate();
    void askAdapter();
    void askOffer();
    void showAdapter();
    void showNeeds();
    void showReport();
    void proposeFolder();
    // "" or what must be given before anything can be written.
    [[nodiscard]] QString missing() const;
    [[nodiscard]] static QString wholeText(const AdapterSummary& adapter);
    [[nodiscard]] static QStringList reportLines(const Answer& answer);
    [[nodiscard]] ExportSpec chosen() const;  // what the controls say now
    // A verdict is about what was exported: another choice has none yet.
    void dropStaleVerdict();

    Card *m_what, *m_result;
    AdapterBox* m_adapter;
    FormatList* m_formats;
    QLabel *m_adapterLabel, *m_facts, *m_folderLabel, *m_files, *m_reportText, *m_hint,
        *m_dataLabel, *m_taskLabel, *m_rankLabel, *m_dtypeLabel;
    PathField *m_folder, *m_data;
    QComboBox *m_task, *m_dtype;
    QSpinBox* m_rank;
    QCheckBox* m_force;
    QPushButton *m_export, *m_openFolder;
    Chip* m_verified;
    EmptyState* m_empty;
    IssueList* m_error;
    QString m_proposed, m_asked, m_proposedData;
    ExportSpec m_exported;  // what m_answer is about
    std::optional<Result<AdapterSummary>> m_summary;
    std::optional<Result<ExportOffer>> m_offer;
    std::optional<Result<Answer>> m_answer;
    bool m_busy = false;
    Latest<AdapterSummary> m_inspect;
    Latest<ExportOffer> m_askOffer;
    Latest<Answer> m_run;
};

}  // namespace moelora::ui
