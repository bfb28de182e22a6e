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

void begin(RunData& d, const RunStarted& e) {
    d.run = e.run;
    d.path = e.path;
    d.device = e.device;
    d.dtype = e.dtype;
    d.totalSteps = e.total_steps;
    d.trainable = e.trainable_parameters;
    d.sites = e.sites;
}

// The frame at `at` is not the first of its block. The first one always stays, so that the frame
// before tells.
bool spare(const RunData& d, std::size_t at) {
    return at > 0 && d.router[at].step / d.frameBlock == d.router[at - 1].step / d.frameBlock;
}

// Of the frames that are no longer among the newest.
void thinOlder(RunData& d) {
    if (d.router.size() <= newestFramesKept) return;
    std::vector<RouterFrame> kept;
    const std::size_t older = d.router.size() - newestFramesKept;
    for (std::size_t i = 0; i < d.router.size(); ++i)
        if (i >= older || kept.empty() ||
            kept.back().step / d.frameBlock != d.router[i].step / d.frameBlock)
            kept.push_back(std::move(d.router[i]));
    d.router = std::move(kept);
}

void growBlocks(RunData& d, std::int64_t block) {
    if (block <= d.frameBlock) return;
    d.frameBlock = block;
    thinOlder(d);
}

void addFrame(RunData& d, const RouterRecorded& e) {
    if (e.records.empty()) return;
    const std::int64_t step = e.records.front().step;
    double sum = 0;
    for (const RouterRecord& site : e.records) sum += site.entropy;
    d.gateEntropy.emplace_back(static_cast<double>(step),
                               sum / static_cast<double>(e.records.size()));
    d.router.push_back({step, e.records});
    if (d.router.size() <= newestFramesKept) return;
    const std::size_t left = d.router.size() - newestFramesKept - 1;  // the newest no longer
    if (spare(d, left))
        d.router.erase(d.router.begin() + static_cast<std::ptrdiff_t>(left));
    else if (static_cast<std::int64_t>(left) > frameBlocksAtMost)
        growBlocks(d, 2 * d.frameBlock);
}

// Training went back: later records are cut from the disk, too.
void goBack(RunData& d, std::int64_t step) {
    const auto later = [step](const auto& record) { return record.step > step; };
    std::erase_if(d.steps, later);
    std::erase_if(d.router, later);
    std::erase_if(d.gateEntropy,
                  [step](const QPointF& p) { return p.x() > static_cast<double>(step); });
    std::erase_if(d.evals, later);
    std::erase_if(d.checkpoints, later);
    std::erase_if(d.notes, later);
    std::erase_if(d.probes, later);
}

// A picture captioned twice at one moment has the newer caption.
void addProbe(RunData& d, const Caption& caption) {
    auto column = std::find_if(d.probes.begin(), d.probes.end(),
                               [&](const ProbeColumn& c) { return c.step == caption.step; });
    if (column == d.probes.end()) column = d.probes.insert(column, {caption.step, {}});
    const auto same = std::find_if(column->captions.begin(), column->captions.end(),
                                   [&](const Caption& c) { return c.sample == caption.sample; });
    if (same == column->captions.end())
        column->captions.push_back(caption);
    else
        *same = caption;
}

}  // namespace

int RunModel::fold(RunData& d, const Event& event) {
    return std::visit(Overloaded{[&](const JobStateChanged& e) {
                                     d.state = e.to;
                                     d.error = e.error;
                                     if (!e.output.empty()) d.path = e.output;
                                     return State | Header;
                                 },
                                 [&](const RunStarted& e) {
                                     begin(d, e);
                                     std::int64_t block = 1;
                                     while (e.total_steps / block > frameBlocksAtMost) block *= 2;
                                     growBlocks(d, block);
                                     return int(Header);
                                 },
                                 [&](const StageProgress& e) {
                                     d.stage = e.stage;
                                     d.stageDone = e.done;
                                     d.stageTotal = e.total;
                                     return int(State);
                                 },
                                 [&](const StepRecorded& e) {
                                     d.steps.push_back(e.record);
                                     // Asked for one update at a time (UpdatePane), so that
                                     // a long run stays small.
                                     d.steps.back().micro_batches = {};
                                     return int(Steps);
                                 },
                                 [&](const RouterRecorded& e) {
                                     addFrame(d, e);
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
                                     const bool back =
                                         e.note.code == entry_of(ErrorCode::WentBack).id;
                                     if (back) goBack(d, e.note.step);
                                     d.notes.push_back(e.note);
                                     return back ? int(All) : int(Notes);
                                 },
                                 [&](const CaptionFinished& e) {
                                     addProbe(d, e.caption);
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

void RunModel::clear() {
    install({});
}

void RunModel::install(RunData data) {
    beginResetModel();
    m_data = std::move(data);
    m_rows = static_cast<int>(m_data.steps.size());
    ++m_generation;
    endResetModel();
    Q_EMIT changed(All);
}

void RunModel::installRecords(RunData stored) {
    stored.state = m_data.state;
    stored.error = m_data.error;
    stored.stage = m_data.stage;
    stored.stageDone = m_data.stageDone;
    stored.stageTotal = m_data.stageTotal;
    stored.memoryBytes = m_data.memoryBytes;
    stored.deviceBytes = m_data.deviceBytes;
    stored.fileBytes = m_data.fileBytes;
    install(std::move(stored));
}

void RunModel::apply(const std::vector<Event>& events) {
    int parts = 0;
    std::size_t kept = m_data.steps.size();
    for (const Event& event : events) {
        parts |= fold(m_data, event);
        kept = std::min(kept, m_data.steps.size());
    }
    const int common = static_cast<int>(kept), rows = static_cast<int>(m_data.steps.size());
    if (common < m_rows) {
        ++m_generation;
        beginRemoveRows({}, common, m_rows - 1);
        m_rows = common;
        endRemoveRows();
    }
    if (rows > m_rows) {
        beginInsertRows({}, m_rows, rows - 1);
        m_rows = rows;
        endInsertRows();
    }
    if (parts) Q_EMIT changed(parts);
}

bool RunModel::sameRecords(const RunModel& other) const {
    const RunData &a = m_data, &b = other.m_data;
    return a.run == b.run && a.state == b.state && a.totalSteps == b.totalSteps &&
           a.trainable == b.trainable && a.steps == b.steps && a.router == b.router &&
           a.gateEntropy == b.gateEntropy && a.evals == b.evals && a.checkpoints == b.checkpoints &&
           a.notes == b.notes && a.probes == b.probes;
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

std::map<std::string, std::vector<double>> meanWeights(
    const RouterFrame& frame, std::map<std::string, std::vector<double>> RouterRecord::*split,
    const std::string& module) {
    std::map<std::string, std::vector<double>> sums;
    std::map<std::string, double> sites;
    for (const RouterRecord& record : frame.sites) {
        if (!module.empty() && record.module != module) continue;
        for (const auto& [name, weights] : record.*split) {
            std::vector<double>& sum = sums[name];
            sum.resize(std::max(sum.size(), weights.size()));
            for (std::size_t e = 0; e < weights.size(); ++e) sum[e] += weights[e];
            sites[name] += 1;
        }
    }
    for (auto& [name, sum] : sums)
        for (double& value : sum) value /= sites[name];
    return sums;
}

int RunModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : m_rows;
}

int RunModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    // While rows are taken away, views may still ask for them.
    if (index.row() >= static_cast<int>(m_data.steps.size())) return {};
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
