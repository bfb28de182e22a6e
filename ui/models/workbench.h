// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages share: the project, the jobs, the runs, pictures, settings, and the wishes of one
// page to the window (show another page, say something). GUI thread only.
#pragma once

#include <QObject>

#include "ui/bridge/picture_loader.h"
#include "ui/models/checkpoint_grid.h"
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
    CheckpointGrid grid;
    RunsModel runs;
    PictureLoader pictures;
    MemoryFit fit;
    RunQueue queue;
    Guide guide;

    [[nodiscard]] bool hasDemo() const;
    void openDemo();
    void chooseModel(const QString& path);
    void chooseData(const QString& path);
    // A dropped or named path: a model folder, a run, a written comparison, an adapter, a bundle of
    // a run, a configuration, a picture to compare, else data.
    void openPath(const QString& path);
    // Several pictures are compared together; of other things the first is opened.
    void openPaths(const QStringList& paths);
    void startTraining(const QString& name);
    // Stops the run at work, and puts it into the trash when it has ended.
    void discardTraining();
    // Behind the runs that wait already; begins when the one at work has ended.
    void queueTraining(const QString& name);
    void refreshRuns();
    // Shows it, and chooses its adapter on Compare and Export when it has one.
    void openRun(const QString& idOrPath);
    // A run of the library, or the one outside of it that was opened; nullptr = not known.
    [[nodiscard]] const RunSummary* runAt(const QString& path) const;
    // Takes the configuration of a run into the project, to change and start it anew.
    void editRun(const RunOptions& options);
    void compareRun(const QString& adapterPath);
    void compareNow(const QString& adapterPath);  // and begins
    void exportRun(const QString& adapterPath);
    void showPage(const QString& id) { Q_EMIT pageWanted(id); }
    // The page, and on it the option ("train.batch_size").
    void showField(const QString& id, const QString& field) { Q_EMIT fieldWanted(id, field); }
    // A place of the window, or what is to be done there (offers.h).
    void follow(const QString& target) { Q_EMIT targetWanted(target); }
    void report(const Error& error);
    void say(const QString& text) { Q_EMIT said(text); }  // good news
    // Why something was not done, with a way to what stands against it (offers.h); "" = none.
    void warn(const QString& text, const QString& target = {}) { Q_EMIT warned(text, target); }

  Q_SIGNALS:
    void pageWanted(const QString& id);
    void fieldWanted(const QString& id, const QString& field);
    void targetWanted(const QString& target);
    void failed(const moelora::Error& error);
    void said(const QString& text);
    void warned(const QString& text, const QString& target);
    void runsChanged();
    void adapterWanted(const QString& adapterPath);  // Compare and Export choose this adapter
    void comparisonWanted();                         // of the adapter that is chosen
    void picturesWanted(const QStringList& paths);   // Compare asks about them
    void bundleWanted(const QString& file);          // Runs takes it into the library

  private:
    void askDetails();
    void removeDiscarded();
    void judgeMemory();
    void takeOpened(const RunSummary& run);

    Latest<std::vector<RunSummary>> m_askRuns;
    Latest<RunDetails> m_askDetails;
    Latest<bool> m_askRemoval;
    Latest<RunSummary> m_askOpened;
    std::optional<RunSummary> m_opened;  // outside of the library
    std::string m_discarded;             // the run that goes into the trash
};

// Whether the name is that of a picture, not of a data set.
[[nodiscard]] bool isPictureFile(const QString& path);

}  // namespace moelora::ui
