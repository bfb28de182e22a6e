// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter: preset, the form of its axes, and what they cost: trainable parameters and bytes after
// every keystroke, and the layers that the targets match.
#pragma once

#include "ui/pages/page.h"

class QLineEdit;

namespace moelora::ui {

class BarEdit;
class Card;
class EmptyState;
class IssueList;
class MemoryPane;
class OptionForm;
class PresetStrip;
class TargetTree;

class AdapterPage : public Page {
    Q_OBJECT
  public:
    explicit AdapterPage(Workbench& workbench, QWidget* parent = nullptr);

    void focusField(const QString& path) override;

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeFormCard();
    [[nodiscard]] QWidget* makePlanCard();
    void connectAll();
    void retranslate();
    void showPreset();
    void showForm();
    void showPlan();
    void showCount();
    void showLayers(const AdapterPlan& plan);
    void setLayers(const std::vector<std::int64_t>& experts);
    void take(const QString& name, const QString& value);

    Card *m_formCard, *m_planCard;
    PresetStrip* m_preset;
    QLabel *m_sentence, *m_help, *m_count, *m_cost, *m_planHint, *m_layersTitle;
    QLineEdit* m_search;
    OptionForm* m_form;
    BarEdit* m_layers;
    MemoryPane* m_memory;
    TargetTree* m_sites;
    IssueList* m_issues;
    QPushButton *m_next, *m_same, *m_goals;
    QToolButton *m_undo, *m_redo;
};

}  // namespace moelora::ui
