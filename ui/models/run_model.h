// SPDX-License-Identifier: GPL-3.0-or-later
// Everything the window knows of one training run: a fold over its events, the same for a live run
// and for the replay of a stored one. As a table it lists the updates (the data behind the charts).
// GUI thread only.
#pragma once

#include <QAbstractTableModel>
#include <QPointF>
#include <map>
#include <optional>
#include <vector>

#include "core/record/events.h"

namespace moelora::ui {

struct RouterFrame {  // all sites of one update
    std::int64_t step = 0;
    std::vector<RouterRecord> sites;
    bool operator==(const RouterFrame&) const = default;
};
// Whole frames are kept of the newest updates, and of older ones the first of each block of
// updates; blocks grow with the run, so that memory does not.
constexpr std::size_t newestFramesKept = 20;
constexpr std::int64_t frameBlocksAtMost = 128;

struct ProbeColumn {  // all probe captions of one moment
    std::int64_t step = 0;
    std::vector<Caption> captions;
    bool operator==(const ProbeColumn&) const = default;
};
struct RunData {
    RunId run;
    std::string path, device, dtype;
    std::int64_t totalSteps = 0, trainable = 0, sites = 0;
    JobState state = JobState::Queued;
    std::string stage;
    std::int64_t stageDone = 0, stageTotal = 0;
    std::optional<Error> error;
    std::vector<StepRecord> steps;
    std::vector<RouterFrame> router;   // thinned; the newest is always there
    std::int64_t frameBlock = 1;       // updates, a power of two
    std::vector<QPointF> gateEntropy;  // (update, mean over all gates), of every recorded update
    std::vector<EvalRecord> evals;
    std::vector<CheckpointInfo> checkpoints;
    std::vector<NoteRecord> notes;
    std::vector<ProbeColumn> probes;
    std::vector<Issue> issues;
    std::int64_t memoryBytes = 0, deviceBytes = 0;
    std::int64_t fileBytes = 0;  // of memoryBytes
};

// Task (or kind of token) -> mean mixing weight of each expert over the sites of a frame, by
// RouterRecord::by_task or by_kind. `module`: "" = all of them.
[[nodiscard]] std::map<std::string, std::vector<double>> meanWeights(
    const RouterFrame& frame, std::map<std::string, std::vector<double>> RouterRecord::*split,
    const std::string& module = {});

class RunModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Part {
        Header = 1,
        Steps = 2,
        Router = 4,
        Probes = 8,
        State = 16,
        Notes = 32,
        Resources = 64,
        All = 127
    };
    enum Column { Step, Loss, AuxLoss, LearningRate, GradNorm, TokensPerSecond, ColumnCount };

    explicit RunModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    // Takes the next event of a run into `data`; the parts that changed. What is kept depends on
    // the events alone, not on how they were drained. Any thread.
    static int fold(RunData& data, const Event& event);

    void clear();
    // Folds the events in order; at most one rowsInserted and one changed().
    void apply(const std::vector<Event>& events);
    void install(RunData data);  // folded elsewhere
    // Takes the records of a stored run that goes on; state, stage and memory stay those of the
    // live job.
    void installRecords(RunData stored);

    [[nodiscard]] const RunData& data() const { return m_data; }
    [[nodiscard]] bool empty() const { return m_data.run.empty() && m_data.steps.empty(); }
    [[nodiscard]] bool active() const { return !empty() && !is_terminal(m_data.state); }
    // Another number: records were taken back or replaced. The same: there are only new ones.
    [[nodiscard]] int generation() const { return m_generation; }
    // What replay must reproduce: records, not progress and memory. After a rollback whole frames
    // are equal again when as many as are kept have come anew.
    [[nodiscard]] bool sameRecords(const RunModel& other) const;
    // Seconds left at the mean pace of the last updates; negative when unknown.
    [[nodiscard]] double secondsLeft() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  Q_SIGNALS:
    void changed(int parts);

  private:
    RunData m_data;
    int m_rows = 0, m_generation = 0;
};

}  // namespace moelora::ui
