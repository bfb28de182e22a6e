// SPDX-License-Identifier: GPL-3.0-or-later
// What the user is preparing: the options of the next run, and what the engine says about them
// (model, data, plan). Questions run off the GUI thread; of several the newest wins. GUI thread
// only.
#pragma once

#include <QObject>
#include <QPointF>
#include <QStringList>
#include <QTimer>
#include <map>
#include <optional>

#include "core/options/config.h"
#include "core/session/session.h"
#include "ui/bridge/latest.h"
#include "ui/models/goals.h"
#include "ui/models/options_history.h"

namespace moelora::ui {

// Whether both give the same samples; which of them are probes is no matter of reading.
[[nodiscard]] inline bool readAlike(DataOptions a, const DataOptions& b) {
    a.probes = b.probes;
    return a == b;
}

// Without what pictures are made into and how long a sample may be: nothing of it changes what the
// files say.
[[nodiscard]] inline DataOptions withoutRendering(DataOptions data) {
    const DataOptions plain;
    data.min_pixels = plain.min_pixels;
    data.max_pixels = plain.max_pixels;
    data.resize = plain.resize;
    data.resampler = plain.resampler;
    data.alpha = plain.alpha;
    data.loader_threads = plain.loader_threads;
    return data;
}

// One line of the ready list.
struct Readiness {
    enum State { Ok, Waiting, Missing, Doubt };  // a doubt does not block the start
    State state = Missing;
    QString text;
    QString page;     // where it is mended: "data", "model", "adapter", "train"
    QString field{};  // the option at fault, "train.batch_size"; "" = none in particular
    bool operator==(const Readiness&) const = default;
};

class Project : public QObject {
    Q_OBJECT
  public:
    explicit Project(Session& session, QObject* parent = nullptr);

    [[nodiscard]] const RunOptions& options() const { return m_options; }
    // The options as the preset alone would set them: what "changed" and "reset" refer to.
    [[nodiscard]] const RunOptions& baseline() const { return m_baseline; }
    // Takes edited options and asks the engine again where it matters. Every change can be undone.
    void setOptions(RunOptions options);
    // Options from elsewhere, with a preset of their own to be compared with.
    void takeOptions(RunOptions options);
    [[nodiscard]] OptionsHistory& history() { return m_history; }
    void setModel(const QString& path);
    void setData(const QString& path);
    // Leaves these samples out of the data, or takes them back in.
    void setExcluded(const std::vector<std::string>& ids, bool out);
    // Puts a caption in the place of the data's, in the file of corrected captions (data.edits);
    // the file is written off the GUI thread. A step to undo, like every change.
    struct CaptionChange {
        std::string sample;  // its id
        QString name;        // of the sample, for the menu
        QString before, after;
    };
    void changeCaption(const CaptionChange& change);
    // Replaces the adapter axes by those of the preset, keeps the rest.
    void choosePreset(const QString& name, Flavour flavour);
    // What a goal says about adapter and training; one step to undo.
    void chooseGoal(const Goal& goal);
    // Opens a configuration file (the bundled demo's train.json).
    void openConfig(const QString& path);
    // As at the first start; one step to undo.
    void startAnew();
    // The file that is saved again without a question; "" = none.
    [[nodiscard]] QString configFile() const { return m_configFile; }
    void setConfigFile(const QString& path) { m_configFile = path; }
    // Data for Compare that was not trained on; "" = the training data.
    void setHeldOut(const QString& path) { m_heldOut = path; }
    [[nodiscard]] QString heldOut() const { return m_heldOut; }

    [[nodiscard]] const std::optional<Result<ModelSummary>>& model() const { return m_model; }
    [[nodiscard]] const std::optional<Result<DatasetSummary>>& dataset() const { return m_dataset; }
    [[nodiscard]] const std::optional<Result<AdapterPlan>>& plan() const { return m_plan; }
    [[nodiscard]] bool modelPending() const { return m_modelPending; }
    [[nodiscard]] bool dataPending() const { return m_dataPending; }
    [[nodiscard]] bool planPending() const { return m_planPending; }
    [[nodiscard]] std::vector<Issue> optionIssues() const;

    // Texts on screen that are no values: what is shown is not what would run, so it blocks the
    // start.
    void setRejections(const QString& form, const QString& page, const QStringList& texts);

    // What is known of the memory; it never blocks, because a prediction may err.
    void setMemory(std::optional<Readiness> memory);

    [[nodiscard]] std::vector<Readiness> readiness() const;
    [[nodiscard]] bool ready() const;
    // Its first lines: what the chips on the pages Model and Data say, too.
    [[nodiscard]] Readiness modelReadiness() const;
    [[nodiscard]] Readiness dataReadiness() const;
    // Updates the run will make with these options and this data; 0 = unknown.
    [[nodiscard]] std::int64_t updatesPlanned() const { return updatesOf(m_options); }
    // With other options on this data.
    [[nodiscard]] std::int64_t updatesOf(const RunOptions& options) const;
    // What the run will write at most, and what is free where runs are kept; none while plan or
    // data are not known.
    [[nodiscard]] std::optional<DiskPlan> diskPlan() const;
    // (update, learning rate) as the engine's schedule will set it; a long run is sampled. Empty
    // when the updates are unknown.
    [[nodiscard]] std::vector<QPointF> learningRates() const;

  Q_SIGNALS:
    void captionsChanged();  // the file of corrected captions is another
    void optionsChanged();
    void modelChanged();
    void dataChanged();
    void planChanged();
    void readinessChanged();
    void failed(const moelora::Error& error);

  private:
    void change(OptionsHistory::State after);
    void writeCaption(const std::string& sample, const QString& from, const QString& to);
    void install(const OptionsHistory::State& state);
    void askModel();
    void askData();
    void askDataAgain(bool silently);
    void checkData();
    void askPlan();
    [[nodiscard]] Readiness planReadiness() const;
    [[nodiscard]] std::vector<Readiness> needs() const;

    Session& m_session;
    RunOptions m_options, m_baseline;
    OptionsHistory m_history;
    QString m_heldOut, m_configFile;
    std::map<QString, std::vector<Readiness>> m_rejections;  // by form
    std::optional<Readiness> m_memory;
    std::optional<Result<ModelSummary>> m_model;
    std::optional<Result<DatasetSummary>> m_dataset;
    std::optional<Result<AdapterPlan>> m_plan;
    bool m_modelPending = false, m_dataPending = false, m_planPending = false;
    QTimer m_dataRest;  // the records are read again when the typing rests
    Latest<ModelSummary> m_askModel;
    Latest<DatasetSummary> m_askData;
    Latest<AdapterPlan> m_askPlan;
    Latest<bool> m_writeCaption;
};

}  // namespace moelora::ui
