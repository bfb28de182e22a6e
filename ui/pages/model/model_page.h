// SPDX-License-Identifier: GPL-3.0-or-later
// Model: the folder and what its headers say, this computer, how the model is held, and where
// models come from.
#pragma once

#include "ui/models/model_choices.h"
#include "ui/pages/page.h"

namespace moelora::ui {

class Card;
class Chip;
class IssueList;
class PathField;
class PrecisionCard;

class ModelPage : public Page {
    Q_OBJECT
  public:
    explicit ModelPage(Workbench& workbench, QWidget* parent = nullptr);

    void focusField(const QString& path) override;

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeFolderCard();
    [[nodiscard]] QWidget* makeHardwareCard();
    void connectAll();
    void retranslate();
    void showModel();
    void showHardware();
    void askMachine();
    [[nodiscard]] QString helpHtml() const;

    Card *m_folder, *m_hardware, *m_help;
    PathField* m_path;
    Chip* m_chip;
    QLabel *m_facts, *m_files, *m_hardwareFacts, *m_helpText;
    IssueList* m_issues;
    PrecisionCard* m_precision;
    QPushButton *m_again, *m_next;
    std::optional<std::string> m_machineFor;  // the model whose disk was timed
    MachineNow m_machine;
    Latest<MachineNow> m_askMachine;
};

}  // namespace moelora::ui
