// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter: preset, the form of its axes, and what they cost: trainable parameters and bytes after
// every keystroke, and the layers that the targets match.
#pragma once

#include "ui/pages/page.h"

class QComboBox;
class QLineEdit;
class QTreeWidget;

namespace moelora::ui {

class Card;
class EmptyState;
class IssueList;
class OptionForm;

class AdapterPage : public Page {
    Q_OBJECT
  public:
    explicit AdapterPage(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeFormCard();
    [[nodiscard]] QWidget* makePlanCard();
    void connectAll();
    void retranslate();
    void fillPresets();
    void showPreset();
    void showForm();
    void showPlan();
    void showSites(const AdapterPlan& plan);
    void take(const QString& name, const QString& value);

    Card *m_formCard, *m_planCard;
    QComboBox* m_preset;
    QLabel *m_presetLabel, *m_sentence, *m_help, *m_count, *m_cost, *m_planHint;
    QLineEdit* m_search;
    OptionForm* m_form;
    QTreeWidget* m_sites;
    IssueList* m_issues;
    QPushButton* m_next;
};

}  // namespace moelora::ui
