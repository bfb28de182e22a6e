// SPDX-License-Identifier: GPL-3.0-or-later
// The run store as a table, newest first, with what was read of each run since. GUI thread only.
#pragma once

#include <QAbstractTableModel>
#include <map>
#include <vector>

#include "core/record/records.h"
#include "ui/models/run_details.h"

namespace moelora::ui {

class RunsModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Column { Name, Status, Preset, Steps, Curve, Loss, Started, Note, ColumnCount };
    explicit RunsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void setRuns(std::vector<RunSummary> runs);
    void setDetails(const std::string& path, RunDetails details);
    void retranslate();  // after a change of the language
    [[nodiscard]] const RunSummary* run(int row) const;
    // nullptr: not read yet.
    [[nodiscard]] const RunDetails* details(int row) const;
    // The runs whose details are missing or older than the run.
    [[nodiscard]] std::vector<RunSummary> withoutDetails() const;
    [[nodiscard]] int rowOf(const QString& idOrPath) const;  // -1 = not there
    [[nodiscard]] const std::vector<RunSummary>& runs() const { return m_runs; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  private:
    std::vector<RunSummary> m_runs;
    std::map<std::string, RunDetails> m_details;  // by path
};

}  // namespace moelora::ui
