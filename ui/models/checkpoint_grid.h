// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures down, states of an adapter across: what the base and each chosen checkpoint say of the
// same few samples. Each state is one comparison of its own, so that every column has its self-test
// and its provenance; they run one after another, and a failed one stops no other. GUI thread only.
#pragma once

#include <QAbstractTableModel>
#include <map>
#include <optional>
#include <vector>

#include "ui/bridge/session_bridge.h"

namespace moelora::ui {

// One state of an adapter.
struct GridState {
    QString adapter;         // its folder
    std::int64_t step = -1;  // -1 = as finished
    bool best = false;       // of the lowest evaluation
    bool proposed = true;    // asked unless the user says otherwise
    bool operator==(const GridState&) const = default;
};
// The checkpoints of a run, oldest first, then what it ended with. Of many an even choice with the
// first, the last and the best is proposed, and none twice: a run ends with its newest checkpoint.
// `bestStep`: -1 = no evaluation.
[[nodiscard]] std::vector<GridState> gridStatesOf(const RunSummary& run, std::int64_t bestStep);
[[nodiscard]] QString gridStateName(const GridState& state);  // "update 40 ★", "as finished"

// The grid as plain values, for files (grid_files.h).
struct GridTable {
    struct Row {
        QString image, task, prompt, reference;
        std::vector<QString> captions;  // of the base and of each state; "" = none
        std::vector<WordDiff> diffs;    // as they are shown
    };
    QStringList names;    // of the columns of captions
    QStringList origins;  // where each of them comes from
    std::vector<Row> rows;
};

class CheckpointGrid : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Column { SampleColumn, BaseColumn, FirstState };  // behind the states: the reference
    enum Role { ImageRole = Qt::UserRole + 1, TaskRole, MutedRole };
    enum class Against { Before, Base };  // what a cell is marked against
    enum class Work { Waiting, AtWork, Done, Failed, Stopped };

    explicit CheckpointGrid(SessionBridge& bridge, QObject* parent = nullptr);

    // Empties the grid and asks the states in turn; `spec` says everything but the adapter.
    void start(CompareSpec spec, std::vector<GridState> states);
    void stop();  // the state at work and all that wait
    [[nodiscard]] bool running() const { return m_job.has_value(); }
    [[nodiscard]] bool stopping() const { return m_jobState == JobState::Stopping; }
    [[nodiscard]] QString stage() const;
    // Cells that are there, and that there will be.
    [[nodiscard]] std::int64_t done() const;
    [[nodiscard]] std::int64_t total() const;

    void setAgainst(Against against);
    [[nodiscard]] bool empty() const { return m_columns.empty(); }
    [[nodiscard]] int states() const { return static_cast<int>(m_columns.size()); }
    [[nodiscard]] Work work(int state) const { return at(state).work; }
    // The state of a column; nullptr: it is the sample, the base or the reference.
    [[nodiscard]] const GridState* stateAt(int column) const;
    [[nodiscard]] int referenceColumn() const { return FirstState + states(); }
    // The caption of a cell against the one that it is marked against.
    [[nodiscard]] const WordDiff& diff(int row, int column) const;
    [[nodiscard]] QString verdict(int row,
                                  int column) const;  // "equal to the reference"; "" = none
    [[nodiscard]] QString origin(int column) const;   // adapter, self-test, or what failed
    [[nodiscard]] GridTable table() const;
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  Q_SIGNALS:
    void changed();  // what is at work, or how far it is
    void failed(const moelora::Error& error);

  private:
    struct Sample {
        std::string id;
        QString image, task, prompt;
        std::vector<std::string> references;
        QString base, growing;  // growing: what the state at work has said of it so far
    };
    struct StateColumn {
        GridState state;
        Work work = Work::Waiting;
        std::map<std::string, QString> captions{};  // by sample
        std::optional<Provenance> provenance{};
        std::optional<bool> proven{};
        std::optional<Error> error{};
    };
    [[nodiscard]] const StateColumn& at(int state) const {
        return m_columns[static_cast<std::size_t>(state)];
    }
    void take(const std::vector<Event>& events);
    void takeCaption(const Caption& caption);
    void takeProgress(const CaptionProgress& progress);
    void takeComparison(const Comparison& comparison);
    void startNext();
    void end(JobState how, const std::optional<Error>& error);
    int rowFor(const std::string& sample);
    void touch(int row);
    // The caption itself, without what grows or waits; nullptr = not there.
    [[nodiscard]] const QString* captionAt(int row, int column) const;
    [[nodiscard]] QString shownAt(int row, int column) const;
    [[nodiscard]] int equalIn(
        int column) const;  // captions equal to a reference; -1 = nothing to count

    SessionBridge& m_bridge;
    CompareSpec m_spec;
    std::vector<StateColumn> m_columns;
    std::vector<Sample> m_samples;
    std::optional<JobId> m_job;
    JobState m_jobState = JobState::Finished;
    std::string m_stage;
    int m_current = -1;  // the state at work
    Against m_against = Against::Before;
    std::int64_t m_expected = 0;  // samples of a column, as far as the engine has said
    mutable std::map<std::pair<int, int>, WordDiff> m_diffs;
};

}  // namespace moelora::ui
