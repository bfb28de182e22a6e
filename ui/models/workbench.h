// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages share: the project, the jobs, the runs, pictures, settings, and the wishes of one
// page to the window (show another page, say something). GUI thread only.
#pragma once

#include <QObject>

#include "ui/bridge/picture_loader.h"
#include "ui/models/guide.h"
#include "ui/models/jobs.h"
#include "ui/models/memory_fit.h"
#include "ui/models/project.h"
#include "ui/models/run_queue.h"
#include "ui/models/runs_model.h"
#include "ui/models/settings.h"

namespace moelora::ui {

class Workbench : public QObject {
    Q_OBJECT
  public:
    explicit Workbench(SessionBridge& bridge, QObject* parent = nullptr);

    SessionBridge& bridge;
    Session& session;
    Settings settings;
    Project project;
    TrainJob train;
    CompareJob compare;
    RunsModel runs;
    PictureLoader pictures;
    MemoryFit fit;
    RunQueue queue;
    Guide guide;

    [[nodiscard]] bool hasDemo() const;
    void openDemo();
    void chooseModel(const QString& path);
    void chooseData(const QString& path);
    // A dropped or named path: a model folder, a run, a written comparison, else data.
    void openPath(const QString& path);
    void startTraining(const QString& name);
    // Stops the run at work, and puts it into the trash when it has ended.
    void discardTraining();
    // Behind the runs that wait already; begins when the one at work has ended.
    void queueTraining(const QString& name);
    void refreshRuns();
    void openRun(const QString& idOrPath);
    // Takes the configuration of a run into the project, to change and start it anew.
    void editRun(const RunOptions& options);
    void compareRun(const QString& adapterPath);
    void compareNow(const QString& adapterPath);  // and begins
    void exportRun(const QString& adapterPath);
    void showPage(const QString& id) { Q_EMIT pageWanted(id); }
    // The page, and on it the option ("train.batch_size").
    void showField(const QString& id, const QString& field) { Q_EMIT fieldWanted(id, field); }
    void report(const Error& error);
    void say(const QString& text) { Q_EMIT said(text); }  // good news

  Q_SIGNALS:
    void pageWanted(const QString& id);
    void fieldWanted(const QString& id, const QString& field);
    void failed(const moelora::Error& error);
    void said(const QString& text);
    void runsChanged();
    void adapterWanted(const QString& adapterPath);  // Compare and Export choose this adapter
    void comparisonWanted();                         // of the adapter that is chosen

  private:
    void askDetails();
    void removeDiscarded();

    Latest<std::vector<RunSummary>> m_askRuns;
    Latest<RunDetails> m_askDetails;
    Latest<bool> m_askRemoval;
    std::string m_discarded;  // the run that goes into the trash
};

}  // namespace moelora::ui
