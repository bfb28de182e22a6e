// SPDX-License-Identifier: GPL-3.0-or-later
// The grid of checkpoints: which states are asked about how many pictures, the captions as they
// come, the chosen one in full with its origin, and the way into a file. GUI thread only.
#pragma once

#include <QImage>
#include <QWidget>
#include <functional>

#include "ui/models/workbench.h"

class QComboBox;
class QLabel;
class QMenu;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableView;

namespace moelora::ui {

class DiffText;
class EmptyState;
class GridCells;

class GridPane : public QWidget {
    Q_OBJECT
  public:
    // `question`: what a comparison would be asked now.
    GridPane(Workbench& workbench, std::function<CompareSpec()> question,
             QWidget* parent = nullptr);
    // `adapter`: as chosen; `askable`: adapter and pictures are known.
    void refresh(const QString& adapter, bool askable);
    void fill();
    // The ending decides: .csv, else HTML.
    void save(const QString& path);

  Q_SIGNALS:
    void checkpointWanted(const QString& folder);  // for a whole comparison

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    [[nodiscard]] QWidget* makeControls();
    [[nodiscard]] QWidget* makeTable();
    void connectAll();
    void retranslate();
    void proposeStates(const QString& adapter);
    void showChoice();
    void showProgress();
    void showCell();
    void growRows(int first, int last);
    void fitRows();
    void askFile();
    [[nodiscard]] std::vector<GridState> chosenStates() const;

    Workbench& m_workbench;
    CheckpointGrid& m_grid;
    std::function<CompareSpec()> m_question;
    QMenu* m_menu;
    QLabel *m_limitLabel, *m_againstLabel, *m_stage, *m_cellName, *m_cellOrigin;
    QSpinBox* m_limit;
    QComboBox* m_against;
    QPushButton *m_choose, *m_fill, *m_cancel, *m_save, *m_whole;
    QProgressBar* m_progress;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    QTableView* m_table;
    GridCells* m_cells;
    DiffText* m_cellText;
    std::vector<GridState> m_states;  // of the adapter that is chosen, and which of them are asked
    QString m_of;                     // that adapter
    bool m_askable = false;
    Latest<bool> m_askSave;
};

}  // namespace moelora::ui
