// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/checkpoint_grid.h"

#include <QFileInfo>
#include <algorithm>
#include <set>
#include <utility>

#include "core/eval/captions.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
constexpr std::size_t proposedAtMost = 6;

// Of many an even choice with both ends, and the best.
void propose(std::vector<GridState>& states) {
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i].proposed) wanted.push_back(i);
    if (wanted.size() <= proposedAtMost) return;
    std::set<std::size_t> kept;
    for (const std::size_t i : wanted)
        if (states[i].best) kept.insert(i);
    const std::size_t even = proposedAtMost - kept.size();
    for (std::size_t k = 0; k < even; ++k)
        kept.insert(wanted[k * (wanted.size() - 1) / (even - 1)]);
    for (std::size_t i = 0; i < states.size(); ++i) states[i].proposed = kept.contains(i);
}
}  // namespace

std::vector<GridState> gridStatesOf(const RunSummary& run, std::int64_t bestStep) {
    std::vector<GridState> out;
    for (const CheckpointInfo& info : run.checkpoints)
        out.push_back({qs(run.path) + QLatin1Char('/') + qs(info.path), info.step,
                       info.step == bestStep, !(run.has_adapter && info.step == run.step)});
    std::stable_sort(out.begin(), out.end(),
                     [](const GridState& a, const GridState& b) { return a.step < b.step; });
    if (run.has_adapter) out.push_back({qs(run.path), -1, false, true});
    propose(out);
    return out;
}

QString gridStateName(const GridState& state) {
    const QString name = state.step < 0
                             ? CheckpointGrid::tr("as finished")
                             : CheckpointGrid::tr("update %1").arg(countText(state.step));
    return state.best ? CheckpointGrid::tr("%1 ★ best").arg(name) : name;
}

CheckpointGrid::CheckpointGrid(SessionBridge& bridge, QObject* parent)
    : QAbstractTableModel(parent), m_bridge(bridge) {
    connect(&bridge, &SessionBridge::drained, this, &CheckpointGrid::take);
}

void CheckpointGrid::start(CompareSpec spec, std::vector<GridState> states) {
    if (running() || states.empty()) return;
    beginResetModel();
    m_spec = std::move(spec);
    m_spec.gate_samples = 0;  // nobody looks at gates here
    m_samples.clear();
    m_diffs.clear();
    m_columns.clear();
    for (GridState& state : states) m_columns.push_back({std::move(state)});
    m_current = -1;
    m_expected = 0;
    endResetModel();
    startNext();
}

void CheckpointGrid::startNext() {
    const auto next = std::find_if(m_columns.begin(), m_columns.end(),
                                   [](const StateColumn& c) { return c.work == Work::Waiting; });
    m_stage.clear();
    if (next == m_columns.end()) {
        Q_EMIT changed();
        return;
    }
    m_current = static_cast<int>(next - m_columns.begin());
    m_spec.adapter = ss(next->state.adapter);
    const Result<JobId> job = m_bridge.session().start(m_spec);
    if (job) {
        m_job = *job;
        m_jobState = JobState::Queued;
        next->work = Work::AtWork;
        for (int row = 0; row < rowCount(); ++row) touch(row);
        Q_EMIT changed();
        return;
    }
    // What refuses one refuses the others, too.
    next->error = job.error();
    next->work = Work::Failed;
    for (StateColumn& column : m_columns)
        if (column.work == Work::Waiting) column.work = Work::Stopped;
    Q_EMIT changed();
    Q_EMIT failed(job.error());
}

void CheckpointGrid::stop() {
    if (!running() || stopping()) return;
    for (StateColumn& column : m_columns)
        if (column.work == Work::Waiting) column.work = Work::Stopped;
    if (const Status status = m_bridge.session().stop(*m_job); !status)
        Q_EMIT failed(status.error());
    Q_EMIT changed();
}

QString CheckpointGrid::stage() const {
    if (!running()) return {};
    const QString what = stopping() || m_stage.empty() ? stateName(m_jobState) : stageName(m_stage);
    return QStringLiteral("%1: %2").arg(gridStateName(at(m_current).state), what);
}

std::int64_t CheckpointGrid::total() const {
    return m_expected * states();
}

std::int64_t CheckpointGrid::done() const {
    std::int64_t done = 0;
    for (const StateColumn& column : m_columns)
        done += column.work == Work::Waiting || column.work == Work::AtWork
                    ? static_cast<std::int64_t>(column.captions.size())
                    : m_expected;
    return done;
}

void CheckpointGrid::take(const std::vector<Event>& events) {
    if (!m_job) return;
    std::optional<std::pair<JobState, std::optional<Error>>> ended;
    bool any = false;
    for (const Event& event : events) {
        if (!m_job || job_of(event) != *m_job) continue;
        any = true;
        if (const auto* progress = std::get_if<StageProgress>(&event)) {
            m_stage = progress->stage;
            if (progress->stage == "captioning") m_expected = progress->total;
        } else if (const auto* growing = std::get_if<CaptionProgress>(&event)) {
            takeProgress(*growing);
        } else if (const auto* caption = std::get_if<CaptionFinished>(&event)) {
            takeCaption(caption->caption);
        } else if (const auto* result = std::get_if<ComparisonFinished>(&event)) {
            takeComparison(result->comparison);
        } else if (const auto* state = std::get_if<JobStateChanged>(&event)) {
            m_jobState = state->to;
            if (is_terminal(state->to)) ended.emplace(state->to, state->error);
        }
    }
    if (ended)
        end(ended->first, ended->second);
    else if (any)
        Q_EMIT changed();
}

void CheckpointGrid::end(JobState how, const std::optional<Error>& error) {
    StateColumn& column = m_columns[static_cast<std::size_t>(m_current)];
    column.work = how == JobState::Finished ? Work::Done
                  : how == JobState::Failed ? Work::Failed
                                            : Work::Stopped;
    column.error = error;
    m_job.reset();
    for (int row = 0; row < rowCount(); ++row) {
        m_samples[static_cast<std::size_t>(row)].growing.clear();
        touch(row);
    }
    if (error) Q_EMIT failed(*error);
    startNext();
}

int CheckpointGrid::rowFor(const std::string& sample) {
    const auto known = std::find_if(m_samples.begin(), m_samples.end(),
                                    [&](const Sample& s) { return s.id == sample; });
    const auto row = static_cast<int>(known - m_samples.begin());
    if (known != m_samples.end()) return row;
    beginInsertRows({}, row, row);
    Sample fresh;
    fresh.id = sample;
    m_samples.push_back(std::move(fresh));
    endInsertRows();
    return row;
}

void CheckpointGrid::touch(int row) {
    std::erase_if(m_diffs, [row](const auto& cell) { return cell.first.first == row; });
    Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

void CheckpointGrid::takeProgress(const CaptionProgress& progress) {
    if (progress.variant == "base") return;  // it is there soon enough
    const int row = rowFor(progress.sample);
    m_samples[static_cast<std::size_t>(row)].growing = qs(progress.text_so_far);
    touch(row);
}

// The base answers with every state; its first answer stands.
void CheckpointGrid::takeCaption(const Caption& caption) {
    const int row = rowFor(caption.sample);
    Sample& sample = m_samples[static_cast<std::size_t>(row)];
    sample.image = qs(caption.image);
    sample.task = qs(caption.task);
    sample.prompt = qs(caption.prompt);
    if (caption.variant == "base") {
        if (sample.base.isEmpty()) sample.base = qs(caption.text);
    } else {
        m_columns[static_cast<std::size_t>(m_current)].captions[caption.sample] = qs(caption.text);
        sample.growing.clear();
    }
    touch(row);
}

// What only the whole comparison knows: references, proof, provenance.
void CheckpointGrid::takeComparison(const Comparison& comparison) {
    StateColumn& column = m_columns[static_cast<std::size_t>(m_current)];
    column.provenance = comparison.provenance;
    column.proven = comparison.self_test.passed();
    for (const ComparedSample& compared : comparison.samples) {
        const int row = rowFor(compared.sample.id);
        Sample& sample = m_samples[static_cast<std::size_t>(row)];
        sample.references = compared.sample.references;
        sample.image = qs(compared.sample.image);
        sample.task = qs(compared.sample.task);
        sample.prompt = qs(compared.sample.prompt);
        if (sample.base.isEmpty()) sample.base = qs(compared.base.text);
        column.captions[compared.sample.id] = qs(compared.adapted.text);
        touch(row);
    }
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

// ---- what is shown

void CheckpointGrid::setAgainst(Against against) {
    if (against == m_against) return;
    m_against = against;
    m_diffs.clear();
    for (int row = 0; row < rowCount(); ++row) touch(row);
    Q_EMIT changed();
}

void CheckpointGrid::retranslate() {
    if (empty()) return;
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    for (int row = 0; row < rowCount(); ++row) touch(row);
}

int CheckpointGrid::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_samples.size());
}

int CheckpointGrid::columnCount(const QModelIndex& parent) const {
    return parent.isValid() || empty() ? 0 : referenceColumn() + 1;
}

const GridState* CheckpointGrid::stateAt(int column) const {
    return column >= FirstState && column < referenceColumn() ? &at(column - FirstState).state
                                                              : nullptr;
}

const QString* CheckpointGrid::captionAt(int row, int column) const {
    const Sample& sample = m_samples[static_cast<std::size_t>(row)];
    if (column == BaseColumn) return sample.base.isEmpty() ? nullptr : &sample.base;
    if (!stateAt(column)) return nullptr;
    const auto& captions = at(column - FirstState).captions;
    const auto found = captions.find(sample.id);
    return found == captions.end() ? nullptr : &found->second;
}

QString CheckpointGrid::shownAt(int row, int column) const {
    const Sample& sample = m_samples[static_cast<std::size_t>(row)];
    if (column == SampleColumn) return sample.prompt;
    if (column == referenceColumn()) {
        QStringList all;
        for (const std::string& reference : sample.references) all << qs(reference);
        return all.isEmpty() ? QStringLiteral("–") : all.join(QLatin1Char('\n'));
    }
    if (const QString* caption = captionAt(row, column)) return *caption;
    if (column == BaseColumn) return QStringLiteral("…");
    const StateColumn& state = at(column - FirstState);
    if (state.work == Work::AtWork)
        return sample.growing.isEmpty() ? QStringLiteral("…")
                                        : sample.growing + QStringLiteral(" …");
    return state.work == Work::Waiting  ? tr("waits")
           : state.work == Work::Failed ? tr("failed")
                                        : tr("not asked");
}

const WordDiff& CheckpointGrid::diff(int row, int column) const {
    const auto [cell, fresh] = m_diffs.try_emplace({row, column});
    if (!fresh) return cell->second;
    const QString* caption = captionAt(row, column);
    const QString* before = nullptr;  // the nearest that is there
    if (caption && stateAt(column))
        for (int c = m_against == Against::Base ? BaseColumn : column - 1;
             c >= BaseColumn && !before; --c)
            before = captionAt(row, c);
    cell->second = before ? word_diff(ss(*before), ss(*caption))
                          : WordDiff{DiffSpan{DiffKind::Equal, ss(shownAt(row, column))}};
    return cell->second;
}

QString CheckpointGrid::verdict(int row, int column) const {
    const QString* caption = captionAt(row, column);
    const auto& references = m_samples[static_cast<std::size_t>(row)].references;
    if (!caption) return {};
    if (!references.empty() && exact_match(ss(*caption), references))
        return tr("equal to the reference");
    if (!stateAt(column)) return {};
    const WordDiff& marked = diff(row, column);
    const bool same = std::all_of(marked.begin(), marked.end(), [](const DiffSpan& span) {
        return span.kind == DiffKind::Equal;
    });
    if (same) return m_against == Against::Base ? tr("as the base") : tr("as before");
    return m_against == Against::Base ? tr("differs from the base") : tr("changed");
}

QString CheckpointGrid::origin(int column) const {
    if (column == BaseColumn) return tr("no adapter");
    const GridState* state = stateAt(column);
    if (!state) return {};
    const StateColumn& of = at(column - FirstState);
    if (of.error) return errorText(*of.error).oneLine();
    QStringList parts = {tr("adapter %1").arg(state->adapter)};
    if (of.provenance)
        parts << tr("fingerprint %1").arg(qs(of.provenance->adapter_fingerprint).left(12))
              << tr("scale %1").arg(fixedText(of.provenance->adapter_scale.value_or(1), 2));
    if (of.proven) parts << (*of.proven ? tr("self-test passed") : tr("self-test failed"));
    return parts.join(QStringLiteral(" · "));
}

int CheckpointGrid::equalIn(int column) const {
    int equal = 0, judged = 0;
    for (int row = 0; row < rowCount(); ++row) {
        const QString* caption = captionAt(row, column);
        const auto& references = m_samples[static_cast<std::size_t>(row)].references;
        if (!caption || references.empty()) continue;
        ++judged;
        equal += exact_match(ss(*caption), references);
    }
    return judged > 0 ? equal : -1;
}

QVariant CheckpointGrid::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const int row = index.row(), column = index.column();
    const Sample& sample = m_samples[static_cast<std::size_t>(row)];
    switch (role) {
        case Qt::DisplayRole:
            return shownAt(row, column);
        case Qt::ToolTipRole:
            return column == SampleColumn
                       ? QFileInfo(sample.image).fileName() + QLatin1Char('\n') + sample.prompt
                       : shownAt(row, column);
        case Qt::AccessibleTextRole: {
            const QString head =
                headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
            const QString said = verdict(row, column);
            const QString text = QStringLiteral("%1: %2").arg(head, shownAt(row, column));
            return said.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, said);
        }
        case ImageRole:
            return sample.image;
        case TaskRole:
            return sample.task;
        case MutedRole:
            return column > SampleColumn && column < referenceColumn() && !captionAt(row, column);
        default:
            return {};
    }
}

// The second line counts; it is there before there is anything to count, so that nothing moves.
QVariant CheckpointGrid::headerData(int section, Qt::Orientation orientation, int role) const {
    const bool spoken = role == Qt::AccessibleTextRole;
    if (orientation != Qt::Horizontal || empty() || (role != Qt::DisplayRole && !spoken)) return {};
    const QString name = section == SampleColumn        ? tr("Sample")
                         : section == BaseColumn        ? tr("Base")
                         : section == referenceColumn() ? tr("Reference")
                                                        : gridStateName(*stateAt(section));
    if (spoken) return name;
    const bool counts = section > SampleColumn && section < referenceColumn();
    const int equal = counts ? equalIn(section) : -1;
    return QStringLiteral("%1\n%2").arg(
        name, equal < 0 ? QStringLiteral("\u00a0")
                        : tr("%1 of %2 equal").arg(countText(equal), countText(rowCount())));
}

GridTable CheckpointGrid::table() const {
    GridTable out;
    for (int column = BaseColumn; column < referenceColumn(); ++column) {
        out.names << headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
        out.origins << origin(column);
    }
    for (int row = 0; row < rowCount(); ++row) {
        const Sample& sample = m_samples[static_cast<std::size_t>(row)];
        GridTable::Row line{sample.image, sample.task, sample.prompt, {}, {}, {}};
        QStringList references;
        for (const std::string& reference : sample.references) references << qs(reference);
        line.reference = references.join(QLatin1Char('\n'));
        for (int column = BaseColumn; column < referenceColumn(); ++column) {
            const QString* caption = captionAt(row, column);
            line.captions.push_back(caption ? *caption : QString());
            line.diffs.push_back(diff(row, column));
        }
        out.rows.push_back(std::move(line));
    }
    return out;
}

}  // namespace moelora::ui
