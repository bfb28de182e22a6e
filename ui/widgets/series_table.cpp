// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/series_table.h"

#include <algorithm>

#include "ui/bridge/text.h"

namespace moelora::ui {

void SeriesTable::setSeries(const std::vector<MetricSeries>& series) {
    std::vector<double> steps;
    for (const MetricSeries& s : series) {
        std::vector<double> own, merged;
        for (const QPointF& p : s.points)
            if (own.empty() || own.back() != p.x()) own.push_back(p.x());
        std::set_union(steps.begin(), steps.end(), own.begin(), own.end(),
                       std::back_inserter(merged));
        steps = std::move(merged);
    }
    const bool sameColumns = series.size() == m_series.size();
    const auto had = static_cast<int>(m_steps.size()), has = static_cast<int>(steps.size());
    // A run that goes on only adds rows: the reader's place in the table stays.
    const bool grows = sameColumns && has > had && had > 0 &&
                       std::equal(m_steps.begin(), m_steps.end(), steps.begin());
    if (grows)
        beginInsertRows({}, had, has - 1);
    else
        beginResetModel();
    m_series = series;
    m_steps = std::move(steps);
    if (grows)
        endInsertRows();
    else
        endResetModel();
}

int SeriesTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_steps.size());
}

int SeriesTable::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : 1 + static_cast<int>(m_series.size());
}

QVariant SeriesTable::data(const QModelIndex& index, int role) const {
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    const double step = m_steps[static_cast<std::size_t>(index.row())];
    if (index.column() == 0) return countText(static_cast<qint64>(step));
    const auto& points = m_series[static_cast<std::size_t>(index.column() - 1)].points;
    const auto at = std::lower_bound(points.begin(), points.end(), step,
                                     [](const QPointF& p, double x) { return p.x() < x; });
    return at != points.end() && at->x() == step ? realText(at->y(), 5) : QString();
}

QVariant SeriesTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    return section == 0 ? tr("Update") : m_series[static_cast<std::size_t>(section - 1)].name;
}

}  // namespace moelora::ui
