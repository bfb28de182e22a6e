// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runs_filter.h"

#include <QFileInfo>
#include <algorithm>
#include <limits>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
bool holds(const QString& text, const QString& word) {
    return text.contains(word, Qt::CaseInsensitive);
}

bool anyTag(const RunSummary& run, const QString& word) {
    return std::any_of(run.tags.begin(), run.tags.end(),
                       [&](const std::string& tag) { return holds(qs(tag), word); });
}

bool fits(const RunSummary& run, const QString& word) {
    const QString tag = QStringLiteral("tag:"), status = QStringLiteral("status:");
    if (word.startsWith(tag)) return anyTag(run, word.mid(tag.size()));
    if (word.startsWith(status)) {
        const QString wanted = word.mid(status.size());
        return holds(qs(name_of(run.status)), wanted) || holds(statusName(run.status), wanted);
    }
    if (holds(qs(name_of(run.status)), word) || holds(statusName(run.status), word)) return true;
    for (const QString& text :
         {qs(run.name), qs(run.id), qs(run.note), qs(run.preset),
          QFileInfo(qs(run.model)).fileName(), QFileInfo(qs(run.data)).fileName()})
        if (holds(text, word)) return true;
    return anyTag(run, word);
}
}  // namespace

RunsFilter::RunsFilter(RunsModel& runs, QObject* parent)
    : QSortFilterProxyModel(parent), m_runs(runs) {
    setSourceModel(&runs);
}

void RunsFilter::setWords(const QString& words) {
    m_words = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

const RunSummary* RunsFilter::run(const QModelIndex& index) const {
    return m_runs.run(mapToSource(index).row());
}

const RunDetails* RunsFilter::details(const QModelIndex& index) const {
    return m_runs.details(mapToSource(index).row());
}

QModelIndex RunsFilter::indexOf(const QString& idOrPath) const {
    return mapFromSource(m_runs.index(m_runs.rowOf(idOrPath), 0));
}

bool RunsFilter::filterAcceptsRow(int row, const QModelIndex&) const {
    const RunSummary* run = m_runs.run(row);
    return run && std::all_of(m_words.begin(), m_words.end(),
                              [run](const QString& word) { return fits(*run, word); });
}

// By the values, which their texts do not sort like; a run without updates has no loss and comes
// last from the smallest on.
bool RunsFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const RunSummary *a = m_runs.run(left.row()), *b = m_runs.run(right.row());
    if (!a || !b) return false;
    const auto loss = [](const RunSummary& run) {
        return run.step > 0 ? run.last_loss : std::numeric_limits<double>::infinity();
    };
    switch (left.column()) {
        case RunsModel::Steps:
            return a->step < b->step;
        case RunsModel::Loss:
            return loss(*a) < loss(*b);
        case RunsModel::Started:
            return a->started_utc < b->started_utc;
        case RunsModel::Curve:
            return false;
        default:
            return left.data().toString().compare(right.data().toString(), Qt::CaseInsensitive) < 0;
    }
}

}  // namespace moelora::ui
