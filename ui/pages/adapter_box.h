// SPDX-License-Identifier: GPL-3.0-or-later
// The choice of an adapter that Compare and Export share: every run with an adapter, where wished
// with each of its checkpoints, and folders outside the run store that were chosen here or that
// another page or an opened comparison named. GUI thread only.
#pragma once

#include <QWidget>

#include "ui/models/workbench.h"

class QComboBox;
class QToolButton;

namespace moelora::ui {

class AdapterBox : public QWidget {
    Q_OBJECT
  public:
    enum Lists { Runs, RunsAndCheckpoints };
    explicit AdapterBox(Workbench& workbench, Lists lists = Runs, QWidget* parent = nullptr);

    [[nodiscard]] QString path() const;  // "" = there is no adapter
    // The name of the run or folder, without the count of updates.
    [[nodiscard]] QString name() const;

  Q_SIGNALS:
    void adapterChanged();  // another one is chosen, or the list came anew

  private:
    void choose(const QString& path);
    void askFolder();
    void fill();
    void add(const QString& text, const QString& name, const QString& folder);
    void addCheckpoints(const RunSummary& run, const QString& name);
    // The row of a run that holds this folder ("<run>/adapter"), or of the folder itself; -1 =
    // none.
    [[nodiscard]] int rowOf(const QString& path) const;

    Workbench& m_workbench;
    Lists m_lists;
    QComboBox* m_box;
    QToolButton* m_other;
    QStringList m_folders;  // outside the run store
};

}  // namespace moelora::ui
