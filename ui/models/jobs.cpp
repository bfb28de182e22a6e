// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/jobs.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>

#include "core/base/json.h"
#include "core/eval/captions.h"
#include "core/record/records_json.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
std::vector<Event> eventsOf(const std::vector<Event>& events, JobId job) {
    std::vector<Event> mine;
    std::copy_if(events.begin(), events.end(), std::back_inserter(mine),
                 [job](const Event& e) { return job_of(e) == job; });
    return mine;
}
}  // namespace

// ---- training

TrainJob::TrainJob(SessionBridge& bridge, QObject* parent) : QObject(parent), m_bridge(bridge) {
    connect(&bridge, &SessionBridge::drained, this, &TrainJob::take);
}

QString TrainJob::shownRun() const {
    return qs(m_model.data().run);
}

void TrainJob::start(const RunSpec& spec) {
    static_cast<void>(begin(m_bridge.session().start(spec)));
}

void TrainJob::resumeRun(const QString& run,
                         std::vector<std::pair<std::string, std::string>> changes) {
    const ResumeSpec spec{
        .run = ss(run), .overrides = std::move(changes), .stop_on_disk_full = false};
    if (!begin(m_bridge.session().start(spec))) return;
    m_joining = Joining{ss(run), {}, {}, {}};
    askStored();
}

bool TrainJob::begin(const Result<JobId>& job) {
    if (!job) {
        Q_EMIT failed(job.error());
        return false;
    }
    m_replay.cancel();
    m_joining.reset();
    m_model.clear();
    m_log.clear();
    m_job = *job;
    m_state = JobState::Queued;
    m_live = true;
    m_pauseAsked = false;
    Q_EMIT stateChanged();
    return true;
}

// The newest checkpoint is shown while the engine loads; when it says that it goes on from another
// one, that is read instead.
void TrainJob::askStored() {
    m_replay.ask(
        this,
        [&session = m_bridge.session(), run = m_joining->run, from = m_joining->from] {
            return readUpToCheckpoint(session, run, from);
        },
        [this](Result<StoredRun> stored) {
            if (!m_joining) return;
            if (stored) {
                m_model.installRecords(std::move(stored->data));
                m_log.clear();
                m_log.apply(stored->said);
                m_log.apply(m_joining->waiting);
                m_joining->shown = stored->checkpoint;
            } else {
                m_joining->shown = m_joining->from.value_or(-1);
                m_joining->from = m_joining->shown;  // nothing better will come
                Q_EMIT failed(stored.error());
            }
            join();
        });
}

void TrainJob::join() {
    if (!m_joining->shown || (!m_joining->from && !is_terminal(m_state))) return;
    if (m_joining->from && *m_joining->from != *m_joining->shown) {
        m_joining->shown.reset();
        askStored();
        return;
    }
    const std::vector<Event> waiting = std::move(m_joining->waiting);
    m_joining.reset();
    m_model.apply(waiting);
}

// State and progress are shown at once.
void TrainJob::keepWaiting(const std::vector<Event>& events) {
    std::vector<Event> now;
    for (const Event& event : events) {
        const auto* saved = std::get_if<CheckpointSaved>(&event);
        if (saved && !m_joining->from) m_joining->from = saved->info.step;
        if (std::holds_alternative<JobStateChanged>(event) ||
            std::holds_alternative<StageProgress>(event) ||
            std::holds_alternative<ResourceSampled>(event))
            now.push_back(event);
    }
    m_joining->waiting.insert(m_joining->waiting.end(), events.begin(), events.end());
    m_model.apply(now);
}

void TrainJob::report(const Status& status) {
    if (!status) Q_EMIT failed(status.error());
}

void TrainJob::togglePause() {
    if (!running()) return;
    Session& session = m_bridge.session();
    m_pauseAsked = m_state != JobState::Paused;
    report(m_state == JobState::Paused ? session.resume(*m_job) : session.pause(*m_job));
}

void TrainJob::pauseAndFree() {
    if (!running()) return;
    m_pauseAsked = true;
    report(m_bridge.session().pause_and_free(*m_job));
}

void TrainJob::stop() {
    if (running() && !stopping()) report(m_bridge.session().stop(*m_job));
}

void TrainJob::saveNow() {
    if (running()) report(m_bridge.session().save_checkpoint(*m_job));
}

void TrainJob::captionNow() {
    if (running()) report(m_bridge.session().caption_now(*m_job));
}

bool TrainJob::open(const QString& idOrPath) {
    const QString name = QFileInfo(QDir::cleanPath(idOrPath)).fileName();
    if (running()) {
        if (!shownRun().isEmpty() && name == shownRun()) return true;  // it is shown already
        Q_EMIT refused(tr("Monitor shows the run that is at work, so %1 is not shown there. Open "
                          "it when that run has ended; Compare and Export can take it now.")
                           .arg(name));
        return false;
    }
    m_replay.ask(
        this,
        [&session = m_bridge.session(), run = ss(idOrPath)] { return readStoredRun(session, run); },
        [this](Result<StoredRun> stored) {
            if (running()) return;
            if (!stored) {
                Q_EMIT failed(stored.error());
                return;
            }
            m_live = false;
            m_job.reset();
            m_joining.reset();
            m_model.install(std::move(stored->data));
            m_log.clear();
            m_log.apply(stored->said);
            m_state = m_model.data().state;
            Q_EMIT stateChanged();
            Q_EMIT opened(shownRun());
        });
    return true;
}

void TrainJob::take(const std::vector<Event>& events) {
    if (!m_job) return;
    const std::vector<Event> mine = eventsOf(events, *m_job);
    if (mine.empty()) return;
    m_log.apply(mine);
    if (m_joining)
        keepWaiting(mine);
    else
        m_model.apply(mine);
    const JobState before = std::exchange(m_state, m_model.data().state);
    if (m_joining) join();
    if (m_state == before) return;
    const std::optional<Error> error = m_model.data().error;
    Q_EMIT stateChanged();
    if (!is_terminal(m_state)) return;
    if (error) Q_EMIT failed(*error);
    Q_EMIT finished(m_state == JobState::Finished);
}

// ---- comparison

CompareJob::CompareJob(SessionBridge& bridge, QObject* parent) : QObject(parent), m_bridge(bridge) {
    connect(&bridge, &SessionBridge::drained, this, &CompareJob::take);
}

QString CompareJob::stage() const {
    const bool working = m_state != JobState::Stopping && !m_stage.empty();
    return working ? stageName(m_stage) : stateName(m_state);
}

void CompareJob::start(const CompareSpec& spec) {
    const Result<JobId> job = m_bridge.session().start(spec);
    if (!job) {
        Q_EMIT failed(job.error());
        return;
    }
    m_read.cancel();
    m_model.clear();
    m_bases.clear();
    m_error.reset();
    m_job = *job;
    m_state = JobState::Queued;
    m_stage.clear();
    m_done = m_total = 0;
    Q_EMIT stateChanged();
}

void CompareJob::stop() {
    if (!running() || m_state == JobState::Stopping) return;
    if (const Status status = m_bridge.session().stop(*m_job); !status)
        Q_EMIT failed(status.error());
}

void CompareJob::open(const QString& path) {
    if (running()) {  // captions of two adapters would stand in one list
        Q_EMIT refused(
            tr("A comparison is being made here, so %1 is not shown. Open it when that has ended, "
               "or cancel that first.")
                .arg(QFileInfo(QDir::cleanPath(path)).fileName()));
        return;
    }
    const QString file =
        QFileInfo(path).isDir() ? QDir(path).filePath(QStringLiteral("comparison.json")) : path;
    m_read.ask(
        this,
        [file = ss(file)]() -> Result<Comparison> {
            MOELORA_TRY(const Json json, read_json(file));
            return comparison_from_json(json);
        },
        [this, file](Result<Comparison> comparison) {
            if (!comparison) {
                Q_EMIT failed(comparison.error());
                return;
            }
            m_model.setComparison(std::move(*comparison), QFileInfo(file).absolutePath());
            Q_EMIT stateChanged();
            Q_EMIT opened(qs(m_model.comparison().provenance.adapter_path));
        });
}

// The base's caption and then the adapter's make a pair; what is judged comes with the whole.
void CompareJob::takeCaption(const Caption& caption) {
    if (caption.variant == "base") {
        m_bases[caption.sample] = caption;
        return;
    }
    const auto base = m_bases.find(caption.sample);
    if (base == m_bases.end()) return;
    ComparedSample pair;
    pair.sample.id = caption.sample;
    pair.sample.image = caption.image;
    pair.sample.prompt = caption.prompt;
    pair.sample.task = caption.task;
    pair.base = base->second;
    pair.adapted = caption;
    pair.diff = word_diff(pair.base.text, pair.adapted.text);
    m_bases.erase(base);
    m_model.addPair(std::move(pair));
}

void CompareJob::take(const std::vector<Event>& events) {
    if (!m_job) return;
    const JobState before = m_state;
    std::optional<Error> error;
    for (const Event& event : eventsOf(events, *m_job)) {
        if (const auto* progress = std::get_if<StageProgress>(&event)) {
            m_stage = progress->stage;
            m_done = progress->done;
            m_total = progress->total;
        } else if (const auto* caption = std::get_if<CaptionFinished>(&event)) {
            takeCaption(caption->caption);
        } else if (const auto* result = std::get_if<ComparisonFinished>(&event)) {
            m_model.setComparison(result->comparison, qs(result->folder));
        } else if (const auto* changed = std::get_if<JobStateChanged>(&event)) {
            m_state = changed->to;
            error = changed->error;
        }
    }
    if (error) m_error = error;
    Q_EMIT progressed();
    if (m_state != before) Q_EMIT stateChanged();
    if (error) Q_EMIT failed(*error);
}

}  // namespace moelora::ui
