// SPDX-License-Identifier: GPL-3.0-or-later
// Runs: what was trained, open it, go on with it, compare, export, put it away; several of them
// over one another; those that wait.
#pragma once

#include <deque>
#include <functional>

#include "ui/pages/page.h"

class QLineEdit;
class QStackedWidget;
class QTreeWidget;
class QCheckBox;

namespace moelora::ui {

class Card;
class Chip;
class EmptyState;
class OverlayPane;
class RunList;
class TrashMenu;

class RunsPage : public Page {
    Q_OBJECT
  public:
    explicit RunsPage(Workbench& workbench, QWidget* parent = nullptr);
    void select(const QString& idOrPath);

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeDetail();
    void connectAll();
    void connectMarks();
    void retranslate();
    [[nodiscard]] QWidget* makeList();
    void showDetail();
    void showFacts(const RunSummary& run, const RunDetails* details);
    void showConfig(const RunDetails* details);
    [[nodiscard]] const RunSummary* current() const;
    // Something that writes: `work` runs off the GUI thread, one after another, so that no note
    // overtakes another; `done` gets what it gave.
    struct Wish {
        std::function<Result<std::string>()> work;
        std::function<void(const std::string&)> done;
    };
    void act(Wish wish);
    void nextWish();
    void askBundle(const RunSummary& run);
    void askImport();
    void importBundle(const QString& file);

    QStackedWidget *m_stack, *m_side;
    EmptyState* m_empty;
    RunList* m_list;
    Card* m_detail;
    Chip* m_state;
    QTreeWidget* m_config;
    QCheckBox* m_changedOnly;
    TrashMenu* m_trash;
    OverlayPane* m_overlay;
    QToolButton* m_star;
    QLabel *m_facts, *m_noteLabel, *m_tagsLabel, *m_configTitle;
    QLineEdit *m_note, *m_tags;
    QPushButton *m_open, *m_resume, *m_compare, *m_export, *m_folder, *m_remove, *m_edit, *m_bundle,
        *m_import, *m_refresh;
    QString m_selected, m_shownConfig;
    std::deque<Wish> m_wishes;  // the first one is under way
    Latest<std::string> m_work;
};

}  // namespace moelora::ui
