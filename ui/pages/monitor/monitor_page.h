// SPDX-License-Identifier: GPL-3.0-or-later
// Monitor: a run as it goes or as it went: curves, gates, probe captions, log.
#pragma once

#include "ui/pages/page.h"

class QComboBox;
class QProgressBar;
class QSplitter;
class QStackedWidget;
class QTabBar;

namespace moelora::ui {

class Card;
class Chip;
class EmptyState;
class GateCard;
class LogPane;
class MetricStack;
class ProbeFilm;
class ProbeStrip;
class UpdatePane;

class MonitorPage : public Page {
    Q_OBJECT
  public:
    explicit MonitorPage(Workbench& workbench, QWidget* parent = nullptr);
    void showLog();

  protected:
    void refresh() override;

  private:
    enum Pane { Probes, Film, Update, Log };
    void makeHead();
    [[nodiscard]] QWidget* makeContent();
    [[nodiscard]] QWidget* makePanes();
    void connectAll();
    void retranslate();
    void showHead();
    [[nodiscard]] QString facts() const;
    void showPane(int pane);
    void showProbes();
    void askReferences();
    [[nodiscard]] const RunData& run() const;

    QStackedWidget *m_stack, *m_paneStack;
    EmptyState* m_empty;
    Chip* m_state;
    QProgressBar* m_progress;
    QPushButton *m_pause, *m_save, *m_caption, *m_stop, *m_compare;
    MetricStack* m_metrics;
    GateCard* m_gates;
    QSplitter* m_splitter;
    Card* m_paneCard;
    QTabBar* m_panes;
    QLabel *m_note, *m_noProbes;
    QComboBox *m_from, *m_to;
    ProbeStrip* m_probes;
    ProbeFilm* m_film;
    UpdatePane* m_update;
    LogPane* m_log;
    int m_parts = RunModel::All;
    std::string m_referencesOf;  // the run whose probes' references are shown
    Latest<std::map<std::string, std::string>> m_askReferences;
};

}  // namespace moelora::ui
