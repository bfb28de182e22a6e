// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/workbench.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <utility>

#include "ui/bridge/text.h"
#include "ui/models/dropped.h"
#include "ui/models/model_choices.h"

namespace moelora::ui {

Workbench::Workbench(SessionBridge& bridge_, QObject* parent)
    : QObject(parent),
      bridge(bridge_),
      session(bridge_.session()),
      project(session),
      train(bridge_),
      compare(bridge_),
      grid(bridge_),
      pictures(session),
      fit(session, project, settings),
      queue(train, settings),
      guide(*this) {
    connect(&project, &Project::failed, this, &Workbench::report);
    connect(&train, &TrainJob::failed, this, &Workbench::failed);
    connect(&compare, &CompareJob::failed, this, &Workbench::report);
    connect(&train, &TrainJob::refused, this, [this](const QString& why) { warn(why); });
    connect(&compare, &CompareJob::refused, this, [this](const QString& why) { warn(why); });
    connect(&grid, &CheckpointGrid::failed, this, &Workbench::report);
    connect(&compare, &CompareJob::opened, this, &Workbench::adapterWanted);
    connect(&fit, &MemoryFit::changed, this, &Workbench::judgeMemory);
    connect(&train, &TrainJob::stateChanged, this, [this] {
        if (is_terminal(train.state()) || train.state() == JobState::Running) refreshRuns();
        if (is_terminal(train.state())) removeDiscarded();
    });
}

// A line of the ready list, where the engine has said what the run will need.
void Workbench::judgeMemory() {
    const auto& answer = fit.estimate();
    if (!answer || !*answer || fit.budget() <= 0) return project.setMemory({});
    const Fit verdict = fitOf((*answer)->predicted_peak_bytes, fit.budget());
    const QString need = bytesText((*answer)->predicted_peak_bytes),
                  there = bytesText(fit.budget());
    project.setMemory(
        Readiness{verdict == Fit::Fits ? Readiness::Ok : Readiness::Doubt,
                  verdict == Fit::Fits ? tr("Memory: %1 of %2 that are free").arg(need, there)
                  : verdict == Fit::Tight
                      ? tr("Memory: %1 of %2 that are free, which is tight").arg(need, there)
                      : tr("Memory: the run needs about %1, and %2 are free").arg(need, there),
                  QStringLiteral("train"), QStringLiteral("train.gradient_checkpointing")});
}

bool Workbench::hasDemo() const {
    return !demo_dir().empty();
}

void Workbench::openDemo() {
    const QDir demo(qs(demo_dir()));
    project.openConfig(demo.filePath(QStringLiteral("train.json")));
    project.setConfigFile({});  // the sample's is not written over
    project.setHeldOut(demo.filePath(QStringLiteral("held_out/data.jsonl")));
}

void Workbench::chooseModel(const QString& path) {
    settings.addRecent(QStringLiteral("model"), path);
    project.setModel(path);
}

void Workbench::chooseData(const QString& path) {
    settings.addRecent(QStringLiteral("data"), path);
    project.setHeldOut({});
    project.setData(path);
}

bool isPictureFile(const QString& path) {
    static const QStringList endings = {QStringLiteral("jpg"),  QStringLiteral("jpeg"),
                                        QStringLiteral("png"),  QStringLiteral("webp"),
                                        QStringLiteral("bmp"),  QStringLiteral("tif"),
                                        QStringLiteral("tiff"), QStringLiteral("gif"),
                                        QStringLiteral("jfif"), QStringLiteral("jpe")};
    return endings.contains(QFileInfo(path).suffix().toLower());
}

void Workbench::openPaths(const QStringList& paths) {
    if (paths.isEmpty()) return;
    const QString& path = paths.first();
    switch (recognise(paths)) {
        case Dropped::Nothing:
            break;
        case Dropped::Pictures:
            Q_EMIT picturesWanted(paths);
            showPage(QStringLiteral("compare"));
            break;
        case Dropped::Run:
            openRun(path);
            break;
        case Dropped::Comparison:
            compare.open(path);
            showPage(QStringLiteral("compare"));
            break;
        case Dropped::Bundle:
            Q_EMIT bundleWanted(path);
            showPage(QStringLiteral("runs"));
            break;
        case Dropped::Adapter:
            compareRun(path);
            break;
        case Dropped::Model:
            chooseModel(path);
            showPage(QStringLiteral("model"));
            break;
        case Dropped::Config:
            project.openConfig(path);
            showPage(QStringLiteral("train"));
            break;
        case Dropped::Data:
            chooseData(path);
            showPage(QStringLiteral("data"));
            break;
    }
}

void Workbench::openPath(const QString& path) {
    openPaths({path});
}

void Workbench::startTraining(const QString& name) {
    RunSpec spec;
    spec.stop_on_disk_full = false;  // somebody is there to make room
    spec.options = project.options();
    spec.name = ss(name.trimmed());
    train.start(spec);
    if (train.running()) showPage(QStringLiteral("monitor"));
}

void Workbench::discardTraining() {
    if (!train.running()) return;
    m_discarded = train.model().data().path;
    train.stop();
}

// Only what has ended can be moved; its folder is free by then.
void Workbench::removeDiscarded() {
    const std::string run = std::exchange(m_discarded, {});
    if (run.empty()) return;
    m_askRemoval.ask(
        this,
        [&session = session, run]() -> Result<bool> {
            MOELORA_TRY_STATUS(session.remove_run(run));
            return true;
        },
        [this](const Result<bool>& removed) {
            if (!removed) {
                report(removed.error());
                return;
            }
            say(tr("The run is in the trash; the page Runs can restore it."));
            refreshRuns();
        });
}

void Workbench::queueTraining(const QString& name) {
    say(tr("Queued: %1. The page Runs shows the queue.")
            .arg(queue.add(name.trimmed(), project.options())));
}

void Workbench::refreshRuns() {
    m_askRuns.ask(
        this, [&session = session] { return session.list_runs(); },
        [this](Result<std::vector<RunSummary>> list) {
            if (!list) {
                report(list.error());
                return;
            }
            runs.setRuns(std::move(*list));
            Q_EMIT runsChanged();
            askDetails();
        });
}

void Workbench::report(const Error& error) {
    train.log().add(error);
    Q_EMIT failed(error);
}

// One run after another, the newest first, so that the list is never waited for.
void Workbench::askDetails() {
    const auto missing = runs.withoutDetails();
    if (missing.empty()) return;
    m_askDetails.ask(
        this,
        [&session = session, run = missing.front()]() -> Result<RunDetails> {
            return readRunDetails(session, run);
        },
        [this, path = missing.front().path](Result<RunDetails> details) {
            if (!details) return;
            runs.setDetails(path, std::move(*details));
            askDetails();
        });
}

void Workbench::editRun(const RunOptions& options) {
    project.takeOptions(options);
    showPage(QStringLiteral("adapter"));
}

void Workbench::openRun(const QString& idOrPath) {
    if (train.open(idOrPath)) showPage(QStringLiteral("monitor"));
    // Where it cannot be read, train.open() says why.
    m_askOpened.ask(
        this, [&session = session, run = ss(idOrPath)] { return session.find_run(run); },
        [this](const Result<RunSummary>& run) {
            if (run) takeOpened(*run);
        });
}

void Workbench::takeOpened(const RunSummary& run) {
    if (!run.has_adapter && run.checkpoints.empty()) return;
    if (runs.rowOf(qs(run.path)) < 0) m_opened = run;
    Q_EMIT adapterWanted(qs(run.path));
}

const RunSummary* Workbench::runAt(const QString& path) const {
    if (const RunSummary* run = runs.run(runs.rowOf(path))) return run;
    const bool opened =
        m_opened && !path.isEmpty() && QDir::cleanPath(qs(m_opened->path)) == QDir::cleanPath(path);
    return opened ? &*m_opened : nullptr;
}

void Workbench::compareRun(const QString& adapterPath) {
    Q_EMIT adapterWanted(adapterPath);
    showPage(QStringLiteral("compare"));
}

void Workbench::compareNow(const QString& adapterPath) {
    compareRun(adapterPath);
    Q_EMIT comparisonWanted();
}

void Workbench::exportRun(const QString& adapterPath) {
    Q_EMIT adapterWanted(adapterPath);
    showPage(QStringLiteral("export"));
}

}  // namespace moelora::ui
