// SPDX-License-Identifier: GPL-3.0-or-later
// The run library sorted by a column and narrowed by words. GUI thread only.
#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

#include "ui/models/runs_model.h"

namespace moelora::ui {

class RunsFilter : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    explicit RunsFilter(RunsModel& runs, QObject* parent = nullptr);  // `runs` outlives it

    // Runs that hold every word, in name, folder, state, tags, note, method, model or data;
    // "tag:night" and "status:failed" look there alone, the state in English or in the language of
    // the window.
    void setWords(const QString& words);
    [[nodiscard]] const RunSummary* run(const QModelIndex& index) const;
    [[nodiscard]] const RunDetails* details(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const QString& idOrPath) const;

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

  private:
    RunsModel& m_runs;
    QStringList m_words;
};

}  // namespace moelora::ui
