// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/project.h"

#include <QFileInfo>
#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "core/options/presets.h"
#include "core/session/data_needs.h"
#include "core/session/disk_plan.h"
#include "core/session/samples.h"
#include "core/train/schedule.h"
#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
constexpr int dataRestMs = 150;

// A preset sets axes; paths and what the user is about to type stay.
RunOptions withPreset(RunOptions options) {
    [[maybe_unused]] const Status known =
        apply_preset(options);  // an unknown name is an issue of validate()
    return options;
}

// Captions are written one after another, in the order in which that was asked for. A thread only
// waits for threads that began before it.
class Turns {
  public:
    std::int64_t take() { return m_last++; }
    void await(std::int64_t turn) {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_served == turn; });
    }
    void pass() {
        const std::lock_guard lock(m_mutex);
        ++m_served;
        m_changed.notify_all();
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::int64_t m_last = 0, m_served = 0;
};
Turns& turns() {
    static Turns all;
    return all;
}

bool anyError(const std::vector<Issue>& issues) {
    return std::any_of(issues.begin(), issues.end(),
                       [](const Issue& i) { return i.severity == Severity::Error; });
}
}  // namespace

Project::Project(Session& session, QObject* parent)
    : QObject(parent),
      m_session(session),
      m_options(withPreset({})),
      m_baseline(m_options),
      // Captions have steps of their own, so which file holds them is not undone.
      m_history([this](OptionsHistory::State state) {
          if (state.options.data.path == m_options.data.path)
              state.options.data.edits = m_options.data.edits;
          install(state);
      }) {
    m_dataRest.setSingleShot(true);
    m_dataRest.setInterval(dataRestMs);
    connect(&m_dataRest, &QTimer::timeout, this, &Project::checkData);
}

void Project::setOptions(RunOptions options) {
    if (!(options == m_options)) change({std::move(options), m_baseline});
}

void Project::change(OptionsHistory::State after) {
    m_history.record({m_options, m_baseline}, after);
    install(after);
}

void Project::install(const OptionsHistory::State& state) {
    m_baseline = state.baseline;
    const RunOptions before = std::exchange(m_options, state.options);
    if (before.model.path != m_options.model.path || before.data.path != m_options.data.path)
        m_memory.reset();
    Q_EMIT optionsChanged();
    if (before.model.path != m_options.model.path) askModel();
    DataOptions sameExcluded = before.data;
    sameExcluded.exclude = m_options.data.exclude;
    if (before.data.path != m_options.data.path || before.model.path != m_options.model.path)
        askData();
    else if (!readAlike(before.data, m_options.data))
        askDataAgain(readAlike(sameExcluded, m_options.data));
    if (!(before.adapter == m_options.adapter) || before.model.path != m_options.model.path)
        askPlan();
    Q_EMIT readinessChanged();
}

void Project::setModel(const QString& path) {
    RunOptions options = m_options;
    options.model.path = ss(path);
    setOptions(std::move(options));
}

void Project::setData(const QString& path) {
    RunOptions options = m_options;
    if (options.data.path != ss(path)) {  // what was said of other samples
        options.data.exclude.clear();
        const std::string edits = caption_edits_beside(ss(path));
        options.data.edits = QFileInfo::exists(qs(edits)) ? edits : std::string();
    }
    options.data.path = ss(path);
    setOptions(std::move(options));
}

void Project::setExcluded(const std::vector<std::string>& ids, bool out) {
    RunOptions options = m_options;
    std::vector<std::string>& excluded = options.data.exclude;
    std::erase_if(excluded, [&](const std::string& name) {
        return std::find(ids.begin(), ids.end(), name) != ids.end();
    });
    if (out) excluded.insert(excluded.end(), ids.begin(), ids.end());
    setOptions(std::move(options));
}

void Project::changeCaption(const CaptionChange& change) {
    if (change.before == change.after) return;
    m_history.record(tr("Caption of %1").arg(change.name), [this, change](bool after) {
        writeCaption(change.sample, after ? change.before : change.after,
                     after ? change.after : change.before);
    });
    writeCaption(change.sample, change.before, change.after);
}

// The name of the file joins the options with the first caption and stays there.
void Project::writeCaption(const std::string& sample, const QString& from, const QString& to) {
    std::string file = m_options.data.edits;
    if (file.empty()) file = caption_edits_beside(m_options.data.path);
    m_writeCaption.ask(
        this,
        [file, sample, from = ss(from), to = ss(to), turn = turns().take()]() -> Result<bool> {
            turns().await(turn);
            const std::shared_ptr<void> behind(nullptr, [](void*) { turns().pass(); });
            MOELORA_TRY_STATUS(edit_caption(file, sample, from, to));
            return true;
        },
        [this, file](const Result<bool>& written) {
            if (!written) {
                Q_EMIT failed(written.error());
                return;
            }
            m_options.data.edits = file;
            Q_EMIT optionsChanged();
            Q_EMIT captionsChanged();
            askData();
            Q_EMIT readinessChanged();
        });
}

void Project::choosePreset(const QString& name, Flavour flavour) {
    RunOptions options = m_options;
    options.adapter = {};
    options.adapter.preset = ss(name);
    options.adapter.flavour = flavour;
    takeOptions(withPreset(std::move(options)));
}

void Project::chooseGoal(const Goal& goal) {
    takeOptions(withGoal(m_options, goal));
}

void Project::openConfig(const QString& path) {
    ConfigRequest request;
    request.config_path = ss(path);
    const Result<ResolvedConfig> resolved = resolve_config(request);
    if (!resolved) {
        Q_EMIT failed(resolved.error());
        return;
    }
    takeOptions(resolved->options);
    m_configFile = path;
}

void Project::takeOptions(RunOptions options) {
    RunOptions baseline;
    baseline.adapter.preset = options.adapter.preset;
    baseline.adapter.flavour = options.adapter.flavour;
    change({std::move(options), withPreset(std::move(baseline))});
    // What could not be read may have been mended since.
    if (!m_modelPending && m_model && !*m_model) askModel();
    if (!m_dataPending && m_dataset && !*m_dataset) askData();
}

void Project::startAnew() {
    m_configFile.clear();
    m_heldOut.clear();
    const RunOptions plain = withPreset({});
    change({plain, plain});
}

void Project::askModel() {
    m_model.reset();
    m_modelPending = !m_options.model.path.empty();
    if (m_modelPending)
        m_askModel.ask(
            this,
            [&session = m_session, path = m_options.model.path] {
                return session.inspect_model(path);
            },
            [this](Result<ModelSummary> answer) {
                m_modelPending = false;
                m_model = std::move(answer);
                Q_EMIT modelChanged();
                Q_EMIT readinessChanged();
            });
    else
        m_askModel.cancel();
    Q_EMIT modelChanged();
}

void Project::askData() {
    m_dataRest.stop();
    m_dataset.reset();
    m_dataPending = !m_options.data.path.empty();
    if (m_dataPending)
        checkData();
    else
        m_askData.cancel();
    Q_EMIT dataChanged();
}

// The same files, read otherwise: once when the typing rests, and what was known stays until then.
// Samples that are left out make nothing unknown (`silently`).
void Project::askDataAgain(bool silently) {
    if (m_options.data.path.empty()) return;
    m_dataPending = m_dataPending || !silently;
    m_dataRest.start();
}

void Project::checkData() {
    m_dataRest.stop();
    m_askData.ask(
        this,
        [&session = m_session, data = m_options.data, model = m_options.model.path,
         seed = m_options.train.seed] { return session.check_dataset(data, model, seed); },
        [this](Result<DatasetSummary> answer) {
            m_dataPending = m_dataRest.isActive();
            m_dataset = std::move(answer);
            Q_EMIT dataChanged();
            Q_EMIT readinessChanged();
        });
}

// The old plan stays visible until the new one is there, so that the numbers do not flicker while
// typing.
void Project::askPlan() {
    m_planPending = !m_options.model.path.empty();
    if (!m_planPending) {
        m_plan.reset();
        m_askPlan.cancel();
        Q_EMIT planChanged();
        return;
    }
    m_askPlan.ask(
        this,
        [&session = m_session, adapter = m_options.adapter, model = m_options.model.path] {
            return session.plan_adapter(model, adapter);
        },
        [this](Result<AdapterPlan> answer) {
            m_planPending = false;
            m_plan = std::move(answer);
            Q_EMIT planChanged();
            Q_EMIT readinessChanged();
        });
}

std::vector<Issue> Project::optionIssues() const {
    return validate(m_options);
}

Readiness Project::modelReadiness() const {
    const QString page = QStringLiteral("model");
    if (m_options.model.path.empty())
        return {Readiness::Missing, tr("Choose a model folder"), page,
                QStringLiteral("model.path")};
    if (m_modelPending || !m_model)
        return {Readiness::Waiting, tr("Reading the model folder ..."), page};
    if (!*m_model) return {Readiness::Missing, errorText(m_model->error()).what, page};
    const ModelSummary& m = **m_model;
    if (!m.missing.empty())
        return {Readiness::Missing, tr("The model folder lacks %1").arg(qs(m.missing.front())),
                page};
    if (anyError(m.issues)) return {Readiness::Missing, tr("The model folder has problems"), page};
    return {Readiness::Ok,
            tr("Model: %1, %2 parameters").arg(qs(m.family), countText(m.parameters_total)), page};
}

namespace {

// Samples whose length could not be found: their pictures cannot be read, or the model takes none.
std::int64_t unmeasured(const DatasetSummary& data) {
    if (!data.tokens) return 0;
    std::int64_t measured = 0;
    for (const TokenBin& bin : data.tokens->histogram) measured += bin.samples;
    return data.samples - measured;
}

}  // namespace

Readiness Project::dataReadiness() const {
    const QString page = QStringLiteral("data");
    if (m_options.data.path.empty())
        return {Readiness::Missing, tr("Choose the data"), page, QStringLiteral("data.path")};
    if (m_dataPending || !m_dataset) return {Readiness::Waiting, tr("Checking the data ..."), page};
    if (!*m_dataset) return {Readiness::Missing, errorText(m_dataset->error()).what, page};
    const DatasetSummary& d = **m_dataset;
    if (d.samples == 0) return {Readiness::Missing, tr("The data has no usable sample"), page};
    if (d.tokens && d.tokens->over_limit > 0)
        return {Readiness::Missing,
                tr("Samples longer than the limit: %1").arg(countText(d.tokens->over_limit)), page,
                QStringLiteral("data.max_pixels")};
    if (const std::int64_t n = unmeasured(d);
        n > 0 && m_options.data.on_bad_picture == OnBadPicture::Stop)
        return {Readiness::Missing, tr("Samples that this model cannot read: %1").arg(countText(n)),
                page, QStringLiteral("data.on_bad_picture")};
    return {Readiness::Ok,
            tr("Data: %1, %2")
                .arg(tr("%Ln sample(s)", "", many(d.samples)),
                     tr("%Ln picture(s)", "", many(d.images))),
            page};
}

Readiness Project::planReadiness() const {
    const QString page = QStringLiteral("adapter");
    if (m_options.model.path.empty())
        return {Readiness::Waiting, tr("The adapter is planned with the model"), page};
    if (m_planPending || !m_plan) return {Readiness::Waiting, tr("Planning the adapter ..."), page};
    if (!*m_plan) return {Readiness::Missing, errorText(m_plan->error()).what, page};
    const AdapterPlan& p = **m_plan;
    for (const Issue& issue : p.issues)
        if (issue.severity == Severity::Error)
            return {Readiness::Missing, errorText(issue.error).what, page};
    return {Readiness::Ok,
            tr("Adapter: %1 trainable parameters at %Ln layer(s)", "",
               many(static_cast<qint64>(p.sites.size())))
                .arg(countText(p.total)),
            page};
}

// What this adapter needs of these data.
std::vector<Readiness> Project::needs() const {
    std::vector<Readiness> out;
    if (m_dataPending || !m_dataset || !*m_dataset) return out;
    for (const Issue& need : unmet_needs(m_options.adapter, **m_dataset))
        if (need.error.code == ErrorCode::TaskMissing)
            out.push_back({Readiness::Missing,
                           tr("%1 of %2 samples have no task, and this adapter's router goes by "
                              "the task")
                               .arg(countText(need.count), countText((*m_dataset)->samples)),
                           QStringLiteral("data"), QStringLiteral("data.tasks")});
        else
            out.push_back({Readiness::Doubt, errorText(need.error).what, QStringLiteral("adapter"),
                           qs(need.where.item)});
    return out;
}

void Project::setMemory(std::optional<Readiness> memory) {
    if (memory == m_memory) return;
    m_memory = std::move(memory);
    Q_EMIT readinessChanged();
}

void Project::setRejections(const QString& form, const QString& page, const QStringList& texts) {
    std::vector<Readiness>& rejected = m_rejections[form];
    rejected.clear();
    for (const QString& text : texts) rejected.push_back({Readiness::Missing, text, page});
    Q_EMIT readinessChanged();
}

std::vector<Readiness> Project::readiness() const {
    std::vector<Readiness> list = {modelReadiness(), dataReadiness(), planReadiness()};
    std::vector<Readiness> doubts;
    const auto add = [&](Readiness line) {
        (line.state == Readiness::Doubt ? doubts : list).push_back(std::move(line));
    };
    for (Readiness& need : needs()) add(std::move(need));
    for (const Issue& issue : optionIssues()) {
        if (issue.where.item == "model.path" || issue.where.item == "data.path")
            continue;  // said above
        const std::string& item = issue.where.item;
        add({issue.severity == Severity::Error ? Readiness::Missing : Readiness::Doubt,
             errorText(issue.error).what,
             item.starts_with("adapter.") ? QStringLiteral("adapter")
             : item.starts_with("model.") ? QStringLiteral("model")
                                          : QStringLiteral("train"),
             qs(item)});
    }
    if (const auto disk = diskPlan(); disk && !disk->fits)
        list.push_back({Readiness::Missing,
                        tr("The run needs %1 of disk, and %2 are free")
                            .arg(bytesText(disk->needed_bytes), bytesText(disk->free_bytes)),
                        QStringLiteral("train")});
    for (const auto& [form, rejected] : m_rejections)
        list.insert(list.end(), rejected.begin(), rejected.end());
    if (list.size() == 3)
        list.push_back({Readiness::Ok, tr("All options are valid"), QStringLiteral("train")});
    if (m_memory) add(*m_memory);
    list.insert(list.end(), doubts.begin(), doubts.end());
    return list;
}

bool Project::ready() const {
    const auto list = readiness();
    return std::all_of(list.begin(), list.end(), [](const Readiness& r) {
        return r.state == Readiness::Ok || r.state == Readiness::Doubt;
    });
}

std::int64_t Project::updatesOf(const RunOptions& options) const {
    const TrainOptions& t = options.train;
    if (t.batch_size < 1 || t.gradient_accumulation < 1) return 0;
    if (t.max_steps > 0) return t.max_steps;
    if (!m_dataset || !*m_dataset) return 0;
    const double validation = options.data.validation;
    const auto all = static_cast<double>((*m_dataset)->samples);
    const double trained = validation < 1 ? all * (1 - validation) : all - validation;
    return count_steps(static_cast<std::int64_t>(std::max(0.0, trained)), t).total_updates;
}

std::optional<DiskPlan> Project::diskPlan() const {
    const std::int64_t updates = updatesPlanned();
    if (!m_plan || !*m_plan || !m_dataset || !*m_dataset || updates < 1) return {};
    RunExtent extent = extent_of(**m_plan, m_options.train, updates);
    extent.evaluates = m_options.data.validation > 0;
    extent.tasks = static_cast<std::int64_t>((*m_dataset)->tasks.size());
    extent.samples_per_update = m_options.train.batch_size * m_options.train.gradient_accumulation;
    return plan_disk(extent, m_options.train, m_session.runs_dir());
}

std::vector<QPointF> Project::learningRates() const {
    constexpr std::int64_t pointsAtMost = 400;
    const TrainOptions& t = m_options.train;
    const std::int64_t total = updatesPlanned();
    std::vector<QPointF> points;
    if (total < 1 || t.warmup_steps < 0) return points;
    const std::int64_t warmup = warmup_updates(t.warmup_steps, total);
    const auto add = [&](std::int64_t at) {
        points.emplace_back(static_cast<double>(at + 1),
                            t.learning_rate * schedule_factor(t, at, total, warmup));
    };
    const std::int64_t stride = std::max<std::int64_t>(1, total / pointsAtMost);
    for (std::int64_t at = 0; at < total; at += stride) {
        // The corner at the end of the warm-up and the last update are never left out.
        if (at > warmup && at - stride < warmup && warmup > 0 && stride > 1) add(warmup);
        add(at);
    }
    if ((total - 1) % stride != 0) add(total - 1);
    return points;
}

}  // namespace moelora::ui
