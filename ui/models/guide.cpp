// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/guide.h"

#include <QFileInfo>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/models/workbench.h"

namespace moelora::ui {

namespace {
const QString listName = QStringLiteral("guide"), runName = QStringLiteral("sample");
constexpr const char* phases[] = {"not begun", "training", "comparing", "done", "skipped"};
}  // namespace

Guide::Guide(Workbench& workbench, QObject* parent) : QObject(parent), m_workbench(workbench) {
    const QStringList kept = workbench.settings.list(listName);
    for (int i = NotBegun; i <= Skipped && kept.size() == 2; ++i)
        if (kept[0] == QLatin1String(phases[i])) m_phase = static_cast<Phase>(i);
    if (kept.size() == 2) m_run = kept[1];
    connect(&workbench.train, &TrainJob::stateChanged, this, &Guide::trainingChanged);
    connect(&workbench.compare, &CompareJob::stateChanged, this, &Guide::comparisonChanged);
    connect(&workbench.compare, &CompareJob::failed, this, &Guide::rest);
    connect(&workbench.project, &Project::readinessChanged, this, &Guide::judge);
}

bool Guide::canRun() const {
    return m_workbench.hasDemo() && !m_atWork && !m_workbench.train.running() &&
           !m_workbench.compare.running();
}

void Guide::set(Phase phase) {
    m_phase = phase;
    m_workbench.settings.setList(listName, {QLatin1String(phases[phase]), m_run});
    Q_EMIT changed();
}

void Guide::run() {
    if (!canRun()) return;
    const bool kept = !m_run.isEmpty() && QFileInfo::exists(m_run);
    m_workbench.openDemo();
    m_atWork = true;
    if (kept && m_phase >= Comparing) {
        set(Comparing);
        m_workbench.compareNow(m_run);
    } else if (kept && m_phase == Training) {
        m_workbench.train.resumeRun(m_run);
        if (m_workbench.train.running()) m_workbench.showPage(QStringLiteral("monitor"));
    } else {
        m_run.clear();
        set(Training);
        m_waiting = true;  // for the answers about model and data
        judge();
    }
    Q_EMIT changed();
}

// Once everything is known it begins, or says what stands in its way.
void Guide::judge() {
    if (!m_waiting) return;
    const std::vector<Readiness> list = m_workbench.project.readiness();
    const auto first = [&](Readiness::State state) {
        return std::find_if(list.begin(), list.end(),
                            [state](const Readiness& line) { return line.state == state; });
    };
    if (first(Readiness::Waiting) != list.end()) return;
    const auto missing = first(Readiness::Missing);
    if (missing == list.end()) return begin();
    m_atWork = m_waiting = false;
    set(NotBegun);
    m_workbench.warn(tr("The sample project cannot begin: %1").arg(missing->text),
                     missing->field.isEmpty() ? QStringLiteral("page/") + missing->page
                                              : QStringLiteral("field/") + missing->field);
}

void Guide::begin() {
    m_waiting = false;
    m_workbench.startTraining(runName);
    if (!m_workbench.train.running()) rest();
}

// The run's folder is known when it runs; a run that did not end well is gone on with later.
void Guide::trainingChanged() {
    const TrainJob& train = m_workbench.train;
    if (!m_atWork || m_phase != Training) return Q_EMIT changed();
    const QString path = qs(m_workbench.train.model().data().path);
    if (!path.isEmpty() && path != m_run) {
        m_run = path;
        set(Training);
    }
    if (train.running()) return Q_EMIT changed();
    if (train.state() != JobState::Finished) return rest();
    set(Comparing);
    m_workbench.compareNow(m_run);
}

void Guide::comparisonChanged() {
    const CompareJob& compare = m_workbench.compare;
    if (!m_atWork || m_phase != Comparing || compare.running()) return Q_EMIT changed();
    if (compare.state() == JobState::Finished && !m_workbench.compare.model().empty()) {
        m_atWork = false;
        set(Done);
        m_workbench.say(
            tr("The sample project is done: base and adapted captions stand side by "
               "side. Your own model and pictures come next."));
    } else {
        rest();
    }
}

void Guide::rest() {
    m_atWork = m_waiting = false;
    Q_EMIT changed();
}

void Guide::skip() {
    if (m_atWork) return;
    set(Skipped);
}

void Guide::startOver() {
    if (m_atWork) return;
    m_run.clear();
    set(NotBegun);
}

}  // namespace moelora::ui
