// SPDX-License-Identifier: GPL-3.0-or-later
// Export: writes an adapter, reads it back and says what was proven. Runs off the GUI thread.
#pragma once

#include "ui/pages/page.h"

class QCheckBox;
class QRadioButton;

namespace moelora::ui {

class AdapterBox;
class Card;
class Chip;
class EmptyState;
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
    void connectAll();
    void retranslate();
    void askAdapter();
    void showAdapter();
    void showReport();
    void proposeFolder();
    [[nodiscard]] bool plainLora() const;
    [[nodiscard]] static QString wholeText(const AdapterSummary& adapter);
    [[nodiscard]] ExportSpec chosen() const;  // what the controls say now
    // A verdict is about what was exported: another choice has none yet.
    void dropStaleVerdict();

    Card *m_what, *m_result;
    AdapterBox* m_adapter;
    QRadioButton *m_native, *m_peft;
    QLabel *m_adapterLabel, *m_nativeText, *m_peftText, *m_facts, *m_folderLabel, *m_files,
        *m_reportText, *m_hint;
    PathField* m_folder;
    QCheckBox* m_force;
    QPushButton *m_export, *m_openFolder;
    Chip* m_verified;
    EmptyState* m_empty;
    IssueList* m_error;
    QString m_proposed, m_asked;
    ExportSpec m_exported;  // what m_answer is about
    std::optional<Result<AdapterSummary>> m_summary;
    std::optional<Result<Answer>> m_answer;
    bool m_busy = false;
    Latest<AdapterSummary> m_inspect;
    Latest<Answer> m_run;
};

}  // namespace moelora::ui
