// SPDX-License-Identifier: GPL-3.0-or-later
// Everything the window knows of one training run: a fold over its events, the same for a live run
// and for the replay of a stored one. As a table it lists the updates (the data behind the charts).
// GUI thread only.
#pragma once

#include <QAbstractTableModel>
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
    std::vector<RouterFrame> router;
    std::vector<EvalRecord> evals;
    std::vector<CheckpointInfo> checkpoints;
    std::vector<NoteRecord> notes;
    std::vector<ProbeColumn> probes;
    std::vector<Issue> issues;
    std::int64_t memoryBytes = 0, deviceBytes = 0;
    std::int64_t fileBytes = 0;  // of memoryBytes
};

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

    void clear();
    // Folds the events in order; at most one rowsInserted and one changed().
    void apply(const std::vector<Event>& events);

    [[nodiscard]] const RunData& data() const { return m_data; }
    [[nodiscard]] bool empty() const { return m_data.run.empty() && m_data.steps.empty(); }
    [[nodiscard]] bool active() const { return !empty() && !is_terminal(m_data.state); }
    // What replay must reproduce: records, not progress and memory.
    [[nodiscard]] bool sameRecords(const RunModel& other) const;
    // Seconds left at the mean pace of the last updates; negative when unknown.
    [[nodiscard]] double secondsLeft() const;
    // task -> mean mixing weight of each expert over the sites of the newest frame.
    [[nodiscard]] std::map<std::string, std::vector<double>> meanWeightByTask() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  Q_SIGNALS:
    void changed(int parts);

  private:
    int fold(const Event& event, std::vector<StepRecord>& fresh);
    void begin(const RunStarted& event);
    // Training went back: later records are cut from the disk, too.
    void goBack(std::int64_t step, std::vector<StepRecord>& fresh);
    void addProbe(const Caption& caption);

    RunData m_data;
};

}  // namespace moelora::ui
