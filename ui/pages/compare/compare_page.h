// SPDX-License-Identifier: GPL-3.0-or-later
// Compare: what the base says, what the adapted model says, what the reference says; with proof and
// provenance.
#pragma once

#include "ui/pages/page.h"

class QComboBox;
class QListView;
class QStackedWidget;
class QTabBar;

namespace moelora::ui {

class BlindPane;
class CaptionDelegate;
class CaptionsPane;
class CompareControls;
class Card;
class Chip;
class ComparisonFilter;
class EmptyState;
class GridPane;
class RoutingPane;
class ScoresPane;

class ComparePage : public Page {
    Q_OBJECT
  public:
    explicit ComparePage(Workbench& workbench, QWidget* parent = nullptr);
    void start();
    void startWhenReady();
    void step(int direction);  // to the next (1) or previous (-1) sample whose captions differ
    [[nodiscard]] int currentSample() const;

    enum Pane { Captions, Scores, Routing, Blind, Checkpoints };
    void saveReport(const QString& folder);

  protected:
    void refresh() override;

  private:
    void makePanes();
    [[nodiscard]] QWidget* makeResult();
    [[nodiscard]] QWidget* makeList();
    void connectAll();
    void retranslate();
    void showControls();
    void showPanes();
    void showRouting();
    void askRouted(const QString& adapter);
    void setOrder(bool worstFirst);
    void showScores();
    void showUnproven();
    [[nodiscard]] static QString askedText(const Provenance& p);
    void showSample();
    void showBanner();
    void askFolder();
    void askRecorded();
    [[nodiscard]] QString modelPath() const;
    [[nodiscard]] CompareSpec question() const;

    CompareControls* m_controls;
    Card* m_list;
    QComboBox *m_filter, *m_order;
    QTabBar* m_panes;
    QStackedWidget* m_paneStack;
    ScoresPane* m_scorePane;
    RoutingPane* m_routing;
    BlindPane* m_blind;
    GridPane* m_grid;
    QLabel *m_scores, *m_provenance, *m_banner;
    QPushButton *m_report, *m_save;
    CaptionsPane* m_captions;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Chip* m_test;
    QListView* m_samples;
    ComparisonFilter* m_proxy;
    CaptionDelegate* m_delegate;
    QString m_asked;                       // the adapter of m_recorded
    std::optional<RunOptions> m_recorded;  // of the run that made it; none = not of a run
    bool m_recordedKnown = false, m_wanted = false;
    int m_before = 0;           // the sample shown before the whole comparison came
    QString m_routedOf;         // the adapter of the comparison shown
    std::int64_t m_routed = 0;  // its experts; 0 = not known
    Latest<AdapterSummary> m_askRouted;
    Latest<std::optional<RunOptions>> m_askRecorded;
    Latest<std::vector<double>> m_askGains;
    Latest<bool> m_askSave;
};

}  // namespace moelora::ui
