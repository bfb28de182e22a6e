// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/states.h"

#include <QDir>
#include <QPushButton>
#include <functional>
#include <memory>

#include "app/gui/screenshots.h"
#include "core/options/presets.h"
#include "ui/bridge/text.h"
#include "ui/models/workbench.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/path_field.h"

namespace moelora::gui {

namespace {

using namespace moelora::ui;

struct Scene {
    Workbench& workbench;
    MainWindow& window;
    std::function<bool(const char* state, const QStringList& pages)> write;

    [[nodiscard]] TrainJob& train() const { return workbench.train; }
    [[nodiscard]] bool ended() const {
        return waitFor([this] { return !train().running(); });
    }
    // A run of these options beside the prepared ones, up to so many updates or its end.
    [[nodiscard]] bool begin(const RunOptions& options, const char* name,
                             std::size_t updates) const {
        workbench.project.setOptions(options);
        const bool quiet = settle();
        workbench.startTraining(QLatin1String(name));
        return quiet && waitFor([this, updates] {
                   return !train().running() || train().model().data().steps.size() > updates;
               });
    }
    template <class Widget>
    [[nodiscard]] Widget* find(const char* page, const char* name) const {
        return window.page(QLatin1String(page))->findChild<Widget*>(QLatin1String(name));
    }
};

// What the disk and the engine would say; the run itself goes on.
void publish(Scene& scene, JobId job, std::vector<Event> events) {
    for (Event& event : events) std::visit([job](auto& each) { each.job = job; }, event);
    Q_EMIT scene.workbench.bridge.drained(events);
}

JobStateChanged became(JobState from, JobState to) {
    JobStateChanged event;
    event.from = from;
    event.to = to;
    return event;
}

bool diskFull(Scene& scene, JobId job) {
    const Error full{ErrorCode::DiskFull,
                     {{"path", scene.train().model().data().path + "/checkpoints/step-60"}},
                     {},
                     {}};
    publish(scene, job,
            {IssueRaised{.issue = {Severity::Error, full, {}, 1}},
             became(JobState::Running, JobState::Paused)});
    const bool good = scene.write("disk-full", {QStringLiteral("monitor")});
    publish(scene, job, {became(JobState::Paused, JobState::Running)});
    return good;
}

bool paused(Scene& scene) {
    const auto until = [&scene](JobState state) {
        scene.train().togglePause();
        return waitFor(
            [&scene, state] { return !scene.train().running() || scene.train().state() == state; });
    };
    bool good = until(JobState::Paused);
    good &= scene.write("paused", {QStringLiteral("monitor")});
    return until(JobState::Running) && good;
}

bool failed(Scene& scene, JobId job) {
    JobStateChanged end = became(JobState::Running, JobState::Failed);
    end.error = Error{ErrorCode::LossNotFinite,
                      {{"value", "nan"}, {"step", "61"}, {"samples", "0017, 0320"}},
                      {},
                      {}};
    publish(scene, job, {end});
    const bool good = scene.write("failed", {QStringLiteral("monitor")});
    publish(scene, job, {became(JobState::Failed, JobState::Running)});
    return good;
}

bool atWork(Scene& scene, const RunOptions& prepared) {
    constexpr std::size_t someUpdates = 40;
    RunOptions options = prepared;
    options.train.max_steps = 100000;
    options.train.save_every = 20;
    auto job = std::make_shared<JobId>(0);
    QObject follower;
    QObject::connect(&scene.workbench.bridge, &SessionBridge::drained, &follower,
                     [job](const std::vector<Event>& events) { *job = job_of(events.back()); });
    bool good = scene.begin(options, "at work", someUpdates);
    good &= scene.write("running", {QStringLiteral("start"), QStringLiteral("train"),
                                    QStringLiteral("monitor"), QStringLiteral("runs")});
    good &= diskFull(scene, *job);
    good &= paused(scene);
    good &= failed(scene, *job);
    scene.train().stop();
    return scene.ended() && good;
}

bool byTask(Scene& scene, const RunOptions& prepared) {
    RunOptions options = prepared;
    options.adapter = {};
    options.adapter.preset = "moelora";
    static_cast<void>(apply_preset(options));
    options.train.max_steps = 20;
    const bool good = scene.begin(options, "by task", 100) && scene.ended();
    return scene.write("by-task", {QStringLiteral("monitor")}) && good;
}

bool rejected(Scene& scene) {
    auto* field = scene.find<NumberEdit>("train", "learning_rate");
    if (!field) return false;
    const QString before = field->text();
    const auto type = [field](const QString& text) {
        field->setText(text);
        Q_EMIT field->textEdited(text);
        return settle();
    };
    bool good = type(QStringLiteral("fast"));
    good &= scene.write("rejected", {QStringLiteral("train")});
    return type(before) && good;
}

// Onto a folder that is there.
bool refusedExport(Scene& scene) {
    auto* folder = scene.find<PathField>("export", "exportFolder");
    auto* start = scene.find<QPushButton>("export", "exportStart");
    if (!folder || !start) return false;
    scene.window.showPage(QStringLiteral("export"));
    folder->setPath(QDir::tempPath());
    const bool good = settle();
    start->click();
    return settle() && scene.write("refused", {QStringLiteral("export")}) && good;
}

}  // namespace

bool writeStates(ui::Workbench& workbench, ui::MainWindow& window, ui::Application& application,
                 const QString& folder) {
    Scene scene{workbench, window, [&](const char* state, const QStringList& pages) {
                    return writeState(window, application, folder, QLatin1String(state), pages);
                }};
    const RunOptions prepared = workbench.project.options();
    bool good = atWork(scene, prepared);
    good &= byTask(scene, prepared);
    workbench.project.setOptions(prepared);
    good &= settle();
    good &= rejected(scene);
    good &= refusedExport(scene);
    workbench.openRun(QStringLiteral("/runs/that-is-gone"));
    good &= settle();
    return scene.write("message", {QStringLiteral("monitor")}) && good;
}

}  // namespace moelora::gui
