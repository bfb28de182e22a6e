// SPDX-License-Identifier: GPL-3.0-or-later
// Start: the bundled demo, the model folder and the data, each with what the engine says of it.
#pragma once

#include "ui/pages/page.h"

class QGridLayout;

namespace moelora::ui {

class Card;
class Chip;
class EmptyState;
class ImageView;
class IssueList;
class PathField;

class StartPage : public Page {
    Q_OBJECT
  public:
    explicit StartPage(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeDemoCard();
    [[nodiscard]] QWidget* makeModelCard();
    [[nodiscard]] QWidget* makeDataCard();
    [[nodiscard]] QWidget* makePreview();
    void connectAll();
    void retranslate();
    void showModel();
    void showData();
    // What the ready list says of the model or the data, in a word; `problem` where it blocks.
    void showChip(Chip* chip, const Readiness& readiness, bool remarks, const QString& problem);
    void showPreview();
    void showDemoPictures();

    Card *m_demo, *m_model, *m_data;
    QLabel *m_demoText, *m_modelFacts, *m_dataFacts;
    QPushButton *m_openDemo, *m_next;
    EmptyState *m_modelEmpty, *m_dataEmpty;
    PathField *m_modelPath, *m_dataPath;
    Chip *m_modelChip, *m_dataChip;
    IssueList *m_modelIssues, *m_dataIssues;
    std::vector<ImageView*> m_demoPictures, m_previewPictures;
    std::vector<QLabel*> m_previewTexts;
    std::vector<QWidget*> m_previewRows;
};

}  // namespace moelora::ui
