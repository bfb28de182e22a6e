// SPDX-License-Identifier: GPL-3.0-or-later
// The window's jobs: one training run followed in a RunModel, one comparison in a ComparisonModel.
// States come from the engine's events only. GUI thread only.
#pragma once

#include <QObject>
#include <map>
#include <optional>

#include "ui/bridge/latest.h"
#include "ui/bridge/session_bridge.h"
#include "ui/models/comparison_model.h"
#include "ui/models/log_model.h"
#include "ui/models/run_model.h"
#include "ui/models/stored_run.h"

namespace moelora::ui {

class TrainJob : public QObject {
    Q_OBJECT
  public:
    explicit TrainJob(SessionBridge& bridge, QObject* parent = nullptr);

    [[nodiscard]] RunModel& model() { return m_model; }
    [[nodiscard]] LogModel& log() { return m_log; }  // of the run shown, and what failed since
    [[nodiscard]] const LogModel& log() const { return m_log; }
    [[nodiscard]] bool running() const { return m_job && !is_terminal(m_state); }
    [[nodiscard]] JobState state() const { return m_state; }
    // Stop was pressed: what is under way is finished and saved.
    [[nodiscard]] bool stopping() const { return m_state == JobState::Stopping; }
    // A pause that nobody asked for waits for somebody.
    [[nodiscard]] bool pauseAsked() const { return m_pauseAsked; }
    // The run the model shows: id of a live or opened run; "" = none.
    [[nodiscard]] QString shownRun() const;
    [[nodiscard]] bool showsLive() const { return m_live; }

    void start(const RunSpec& spec);
    // The model shows the stored records up to the checkpoint and goes on from there. `changes`:
    // options that the run did not begin with, as ResumeSpec takes them.
    void resumeRun(const QString& run,
                   std::vector<std::pair<std::string, std::string>> changes = {});
    void togglePause();
    void pauseAndFree();  // also of a run that pauses already
    void stop();
    void saveNow();
    void captionNow();
    // Replays a stored run into the model (off the GUI thread). While another one is at work it is
    // refused, with a sentence; false: nothing of this run will be shown.
    bool open(const QString& idOrPath);

  Q_SIGNALS:
    void stateChanged();
    void finished(bool ok);
    void opened(const QString& run);
    void failed(const moelora::Error& error);
    void refused(const QString& why);

  private:
    // A run that goes on: its new records wait until the stored ones before them are shown.
    struct Joining {
        std::string run;
        std::vector<Event> waiting;
        std::optional<std::int64_t> from;   // update of the checkpoint the engine goes on from
        std::optional<std::int64_t> shown;  // update up to which the stored records are shown
    };
    [[nodiscard]] bool begin(const Result<JobId>& job);
    void report(const Status& status);
    void take(const std::vector<Event>& events);
    void askStored();
    void keepWaiting(const std::vector<Event>& events);
    void join();

    SessionBridge& m_bridge;
    RunModel m_model;
    LogModel m_log;
    std::optional<JobId> m_job;
    JobState m_state = JobState::Finished;
    bool m_live = false, m_pauseAsked = false;
    std::optional<Joining> m_joining;
    Latest<StoredRun> m_replay;
};

class CompareJob : public QObject {
    Q_OBJECT
  public:
    explicit CompareJob(SessionBridge& bridge, QObject* parent = nullptr);

    [[nodiscard]] ComparisonModel& model() { return m_model; }
    [[nodiscard]] bool running() const { return m_job && !is_terminal(m_state); }
    [[nodiscard]] JobState state() const { return m_state; }
    [[nodiscard]] std::int64_t done() const { return m_done; }
    [[nodiscard]] std::int64_t total() const { return m_total; }
    [[nodiscard]] QString stage() const;
    // Why the newest comparison failed.
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

    void start(const CompareSpec& spec);
    void stop();
    // Shows a written comparison.json (the folder or the file); not while one is being made.
    void open(const QString& path);

  Q_SIGNALS:
    void stateChanged();
    void progressed();
    void opened(const QString& adapterPath);  // a written comparison, made with this adapter
    void failed(const moelora::Error& error);
    void refused(const QString& why);

  private:
    void take(const std::vector<Event>& events);
    void takeCaption(const Caption& caption);

    SessionBridge& m_bridge;
    ComparisonModel m_model;
    std::optional<Error> m_error;
    std::map<std::string, Caption> m_bases;  // whose adapted caption is still to come
    std::optional<JobId> m_job;
    JobState m_state = JobState::Finished;
    std::string m_stage;
    std::int64_t m_done = 0, m_total = 0;
    Latest<Comparison> m_read;
};

}  // namespace moelora::ui
