// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/runs_model.h"

#include <QDateTime>
#include <QLocale>
#include <algorithm>

#include "ui/bridge/text.h"

namespace moelora::ui {

void RunsModel::setRuns(std::vector<RunSummary> runs) {
    std::stable_sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
        return a.started_utc > b.started_utc;
    });
    beginResetModel();
    m_runs = std::move(runs);
    endResetModel();
}

void RunsModel::setDetails(const std::string& path, RunDetails details) {
    m_details[path] = std::move(details);
    if (const int row = rowOf(qs(path)); row >= 0)
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

const RunDetails* RunsModel::details(int row) const {
    const RunSummary* r = run(row);
    const auto at = r ? m_details.find(r->path) : m_details.end();
    return at == m_details.end() ? nullptr : &at->second;
}

std::vector<RunSummary> RunsModel::withoutDetails() const {
    std::vector<RunSummary> missing;
    for (const RunSummary& run : m_runs)
        if (const auto at = m_details.find(run.path);
            at == m_details.end() || at->second.step != run.step)
            missing.push_back(run);
    return missing;
}

void RunsModel::retranslate() {
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_runs.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const RunSummary* RunsModel::run(int row) const {
    return row >= 0 && row < static_cast<int>(m_runs.size())
               ? &m_runs[static_cast<std::size_t>(row)]
               : nullptr;
}

int RunsModel::rowOf(const QString& idOrPath) const {
    const std::string wanted = ss(idOrPath);
    for (std::size_t i = 0; i < m_runs.size(); ++i)
        if (m_runs[i].id == wanted || m_runs[i].path == wanted) return static_cast<int>(i);
    return -1;
}

int RunsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
    const RunSummary* r = run(index.row());
    if (!r) return {};
    if (role == Qt::TextAlignmentRole && (index.column() == Steps || index.column() == Loss))
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) return qs(r->path);
    if (role == Qt::AccessibleTextRole && index.column() == Curve) {
        const RunDetails* d = details(index.row());
        return d && !d->curve.empty()
                   ? tr("from %1 to %2")
                         .arg(realText(d->curve.front().y(), 3), realText(d->curve.back().y(), 3))
                   : QString();
    }
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case Name: {
            QString name = qs(r->name.empty() ? r->id : r->name);
            if (r->starred) name.prepend(QStringLiteral("★ "));
            for (const std::string& tag : r->tags) name += QStringLiteral("  #") + qs(tag);
            return name;
        }
        case Status:
            return statusName(r->status);
        case Preset:
            return qs(r->preset);
        case Curve:
            return {};  // drawn by the view
        case Steps:
            return QStringLiteral("%1 / %2").arg(countText(r->step), countText(r->total_steps));
        case Loss:
            return r->step > 0 ? realText(r->last_loss) : QStringLiteral("–");
        case Started: {
            const QDateTime time = QDateTime::fromString(qs(r->started_utc), Qt::ISODate);
            return time.isValid() ? QLocale().toString(time.toLocalTime(), QLocale::ShortFormat)
                                  : qs(r->started_utc);
        }
        default:
            return qs(r->note);
    }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    const bool number = section == Steps || section == Loss;
    if (role == Qt::TextAlignmentRole)  // as its cells
        return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    const QString names[ColumnCount] = {tr("Run"),        tr("State"), tr("Method"),  tr("Updates"),
                                        tr("Loss curve"), tr("Loss"),  tr("Started"), tr("Note")};
    return names[section];
}

}  // namespace moelora::ui
