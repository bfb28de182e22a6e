// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/samples_model.h"

#include "ui/bridge/text.h"

namespace moelora::ui {

void SamplesModel::setSamples(std::vector<CaptionSample> samples) {
    beginResetModel();
    m_samples = std::move(samples);
    endResetModel();
}

const CaptionSample* SamplesModel::sample(int row) const {
    return row >= 0 && row < rowCount() ? &m_samples[static_cast<std::size_t>(row)] : nullptr;
}

int SamplesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_samples.size());
}

QVariant SamplesModel::data(const QModelIndex& index, int role) const {
    const CaptionSample* s = sample(index.row());
    if (!s) return {};
    switch (role) {
        case Qt::DisplayRole:
        case Qt::AccessibleTextRole:
            return s->references.empty() ? QString() : qs(s->references.front());
        case Qt::ToolTipRole:
        case ImageRole:
            return qs(s->image);
        case TaskRole:
            return qs(s->task);
        default:
            return {};
    }
}

FilteredSamples::FilteredSamples(SamplesModel* samples, QObject* parent)
    : QSortFilterProxyModel(parent), m_samples(samples) {
    setSourceModel(samples);
}

void FilteredSamples::setFilter(SampleFilter filter) {
    m_filter = std::move(filter);
    invalidateFilter();
}

bool FilteredSamples::filterAcceptsRow(int row, const QModelIndex&) const {
    const CaptionSample* sample = m_samples->sample(row);
    return sample && m_filter.accepts(*sample);
}

}  // namespace moelora::ui
