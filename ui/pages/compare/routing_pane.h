// SPDX-License-Identifier: GPL-3.0-or-later
// The routing inspector: which expert handles which part of the picture and which token of prompt
// and caption, layer by layer; one expert may be made to speak alone. GUI thread only.
#pragma once

#include "ui/models/routing_job.h"
#include "ui/models/workbench.h"
#include "ui/widgets/with_table.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QTextBrowser;
class QTreeWidget;

namespace moelora::ui {

class RoutingView;

class RoutingPane : public QWidget {
    Q_OBJECT
  public:
    explicit RoutingPane(Workbench& workbench, QWidget* parent = nullptr);
    // What a click on Trace looks at; without an adapter or a sample there is nothing to trace.
    void setQuestion(const RoutingSpec& question, std::int64_t experts);
    void refresh();
    [[nodiscard]] const SiteTrace* shownSite() const;
    // Prompt and caption, each token on the colour of its expert with its number.
    [[nodiscard]] static QString tokensHtml(const RoutingTrace& trace, const SiteTrace& site);

  private:
    [[nodiscard]] QWidget* makeControls();
    void retranslate();
    void trace();
    void fillSites();
    void showSite();
    void showShares(const SiteTrace& site);
    void fillExperts();
    [[nodiscard]] WithTable::Table cellsTable() const;

    Workbench& m_workbench;
    RoutingJob m_job;
    RoutingSpec m_question;
    std::int64_t m_experts = 0;
    std::vector<std::vector<std::size_t>> m_layers;  // numbers of sites, by layer of one module
    QPushButton* m_trace;
    QComboBox *m_expert, *m_module;
    QSlider* m_layer;
    QLabel *m_expertLabel, *m_moduleLabel, *m_layerLabel, *m_layerText, *m_text;
    RoutingView* m_view;
    WithTable* m_cells;  // around the view: the same by keyboard, and read aloud
    QTextBrowser* m_tokens;
    QTreeWidget* m_shares;
};

}  // namespace moelora::ui
