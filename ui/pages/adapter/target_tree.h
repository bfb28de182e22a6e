// SPDX-License-Identifier: GPL-3.0-or-later
// The linear layers that a model offers, by kind, with their sizes: which are adapted, and with
// how many parameters. Ticking a kind changes the list of targets. GUI thread only.
#pragma once

#include <QTreeWidget>
#include <string>
#include <vector>

#include "core/record/records.h"

namespace moelora::ui {

class TargetTree : public QTreeWidget {
    Q_OBJECT
  public:
    explicit TargetTree(QWidget* parent = nullptr);
    // `targets`: the patterns that made this plan. What is open and chosen stays so.
    void setPlan(const AdapterPlan& plan, const std::vector<std::string>& targets);

  Q_SIGNALS:
    void targetsChanged(const std::vector<std::string>& targets);

  private:
    void retranslate();
    void fill();
    void addKind(QTreeWidgetItem* side, const ModuleKind& kind);
    void toggle(QTreeWidgetItem* item);
    // The targets with this kind in or out; empty where patterns decide that cannot be told apart.
    [[nodiscard]] std::vector<std::string> without(const ModuleKind& kind) const;
    [[nodiscard]] std::vector<std::string> with(const ModuleKind& kind) const;

    AdapterPlan m_plan;
    std::vector<std::string> m_targets;
};

}  // namespace moelora::ui
