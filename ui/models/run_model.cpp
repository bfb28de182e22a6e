// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_model.h"

#include <algorithm>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;
}  // namespace

void RunModel::clear() {
    beginResetModel();
    m_data = {};
    endResetModel();
    Q_EMIT changed(All);
}

void RunModel::apply(const std::vector<Event>& events) {
    int parts = 0;
    std::vector<StepRecord> fresh;
    for (const Event& event : events) parts |= fold(event, fresh);
    if (!fresh.empty()) {
        const int first = static_cast<int>(m_data.steps.size());
        beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
        m_data.steps.insert(m_data.steps.end(), fresh.begin(), fresh.end());
        endInsertRows();
    }
    if (parts) Q_EMIT changed(parts);
}

int RunModel::fold(const Event& event, std::vector<StepRecord>& fresh) {
    RunData& d = m_data;
    return std::visit(Overloaded{[&](const JobStateChanged& e) {
                                     d.state = e.to;
                                     d.error = e.error;
                                     if (!e.output.empty()) d.path = e.output;
                                     return State | Header;
                                 },
                                 [&](const RunStarted& e) {
                                     begin(e);
                                     return int(Header);
                                 },
                                 [&](const StageProgress& e) {
                                     d.stage = e.stage;
                                     d.stageDone = e.done;
                                     d.stageTotal = e.total;
                                     return int(State);
                                 },
                                 [&](const StepRecorded& e) {
                                     fresh.push_back(e.record);
                                     return int(Steps);
                                 },
                                 [&](const RouterRecorded& e) {
                                     if (!e.records.empty())
                                         d.router.push_back({e.records.front().step, e.records});
                                     return int(Router);
                                 },
                                 [&](const EvalRecorded& e) {
                                     d.evals.push_back(e.record);
                                     return int(Steps);
                                 },
                                 [&](const CheckpointSaved& e) {
                                     d.checkpoints.push_back(e.info);
                                     return int(Notes);
                                 },
                                 [&](const NoteRaised& e) {
                                     if (e.note.code == entry_of(ErrorCode::WentBack).id)
                                         goBack(e.note.step, fresh);
                                     d.notes.push_back(e.note);
                                     return int(Notes);
                                 },
                                 [&](const CaptionFinished& e) {
                                     addProbe(e.caption);
                                     return int(Probes);
                                 },
                                 [&](const ResourceSampled& e) {
                                     d.memoryBytes = e.rss_bytes;
                                     d.deviceBytes = e.device_bytes;
                                     d.fileBytes = e.file_bytes;
                                     return int(Resources);
                                 },
                                 [&](const IssueRaised& e) {
                                     d.issues.push_back(e.issue);
                                     return int(Notes);
                                 },
                                 [](const auto&) { return 0; }},  // not of a training run
                      event);
}

void RunModel::begin(const RunStarted& e) {
    m_data.run = e.run;
    m_data.path = e.path;
    m_data.device = e.device;
    m_data.dtype = e.dtype;
    m_data.totalSteps = e.total_steps;
    m_data.trainable = e.trainable_parameters;
    m_data.sites = e.sites;
}

void RunModel::goBack(std::int64_t step, std::vector<StepRecord>& fresh) {
    const auto later = [step](const auto& record) { return record.step > step; };
    std::erase_if(fresh, later);
    const auto kept = std::find_if(m_data.steps.begin(), m_data.steps.end(), later);
    if (kept != m_data.steps.end()) {
        beginRemoveRows({}, static_cast<int>(kept - m_data.steps.begin()),
                        static_cast<int>(m_data.steps.size()) - 1);
        m_data.steps.erase(kept, m_data.steps.end());
        endRemoveRows();
    }
    std::erase_if(m_data.router, later);
    std::erase_if(m_data.evals, later);
    std::erase_if(m_data.checkpoints, later);
    std::erase_if(m_data.notes, later);
    std::erase_if(m_data.probes, later);
}

void RunModel::addProbe(const Caption& caption) {
    auto column = std::find_if(m_data.probes.begin(), m_data.probes.end(),
                               [&](const ProbeColumn& c) { return c.step == caption.step; });
    if (column == m_data.probes.end()) column = m_data.probes.insert(column, {caption.step, {}});
    column->captions.push_back(caption);
}

bool RunModel::sameRecords(const RunModel& other) const {
    const RunData &a = m_data, &b = other.m_data;
    return a.run == b.run && a.state == b.state && a.totalSteps == b.totalSteps &&
           a.trainable == b.trainable && a.steps == b.steps && a.router == b.router &&
           a.evals == b.evals && a.checkpoints == b.checkpoints && a.notes == b.notes &&
           a.probes == b.probes;
}

double RunModel::secondsLeft() const {
    if (m_data.steps.empty() || m_data.totalSteps <= 0) return -1;
    constexpr std::size_t window = 20;
    const std::size_t n = std::min(window, m_data.steps.size());
    double ms = 0;
    for (std::size_t i = m_data.steps.size() - n; i < m_data.steps.size(); ++i)
        ms += m_data.steps[i].step_ms;
    const auto left = static_cast<double>(m_data.totalSteps - m_data.steps.back().step);
    return left * ms / static_cast<double>(n) / 1000;
}

std::map<std::string, std::vector<double>> RunModel::meanWeightByTask() const {
    std::map<std::string, std::vector<double>> sums;
    std::map<std::string, double> sites;
    if (m_data.router.empty()) return sums;
    for (const RouterRecord& record : m_data.router.back().sites)
        for (const auto& [task, weights] : record.by_task) {
            std::vector<double>& sum = sums[task];
            sum.resize(std::max(sum.size(), weights.size()));
            for (std::size_t e = 0; e < weights.size(); ++e) sum[e] += weights[e];
            sites[task] += 1;
        }
    for (auto& [task, sum] : sums)
        for (double& value : sum) value /= sites[task];
    return sums;
}

int RunModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_data.steps.size());
}

int RunModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    const StepRecord& r = m_data.steps[static_cast<std::size_t>(index.row())];
    switch (index.column()) {
        case Step:
            return countText(r.step);
        case Loss:
            return realText(r.loss, 5);
        case AuxLoss:
            return realText(r.aux_loss);
        case LearningRate:
            return realText(r.lr);
        case GradNorm:
            return realText(r.grad_norm);
        default:
            return realText(r.tokens_per_s);
    }
}

QVariant RunModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Step:
            return tr("Update");
        case Loss:
            return tr("Loss");
        case AuxLoss:
            return tr("Balance loss");
        case LearningRate:
            return tr("Learning rate");
        case GradNorm:
            return tr("Gradient norm");
        default:
            return tr("Tokens/s");
    }
}

}  // namespace moelora::ui
