// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/samples_model.h"

#include <algorithm>
#include <utility>

#include "ui/bridge/text.h"

namespace moelora::ui {

void SamplesModel::setSamples(std::vector<CaptionSample> samples) {
    beginResetModel();
    m_samples = std::move(samples);
    m_index.set(m_samples);
    m_rows.clear();
    m_tokens.clear();
    m_issues.clear();
    for (int row = 0; row < rowCount(); ++row) {
        const CaptionSample& one = m_samples[static_cast<std::size_t>(row)];
        m_rows.emplace(one.id, row);
        for (const std::string& id : one.ids) m_rows.emplace(id, row);
    }
    const std::vector<std::string> names = std::exchange(m_names, {});
    setExcluded(names);
    endResetModel();
}

void SamplesModel::setCaption(int row, int caption, const std::string& text) {
    if (row < 0 || row >= rowCount()) return;
    auto& captions = m_samples[static_cast<std::size_t>(row)].references;
    if (caption < 0 || caption >= static_cast<int>(captions.size())) return;
    captions[static_cast<std::size_t>(caption)] = text;
    Q_EMIT dataChanged(index(row), index(row));
}

int SamplesModel::rowOf(const std::string& id) const {
    const auto found = m_rows.find(id);
    return found == m_rows.end() ? -1 : found->second;
}

void SamplesModel::setExcluded(const std::vector<std::string>& names) {
    if (names == m_names) return;
    m_names = names;
    m_excluded.clear();
    std::unordered_set<std::string> pictures;
    for (const std::string& name : names)
        if (m_rows.contains(name))
            m_excluded.insert(name);
        else
            pictures.insert(name);
    const auto isNamed = [&](const CaptionSample& sample) {
        return pictures.contains(sample.image_id) || pictures.contains(sample.image) ||
               pictures.contains(sample.image.substr(sample.image.rfind('/') + 1));
    };
    if (!pictures.empty())
        for (const CaptionSample& sample : m_samples)
            if (isNamed(sample)) {
                m_excluded.insert(sample.id);
                m_excluded.insert(sample.ids.begin(), sample.ids.end());
            }
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {ExcludedRole, Qt::AccessibleTextRole});
}

void SamplesModel::setTokens(const std::vector<SampleTokens>& tokens) {
    m_tokens.clear();
    for (const SampleTokens& one : tokens)
        if (const int row = rowOf(one.id); row >= 0) {
            std::int64_t& most = m_tokens.try_emplace(row, 0).first->second;
            most = std::max(most, one.all());
        }
}

void SamplesModel::setIssues(const std::vector<Issue>& issues) {
    m_issues.clear();
    for (const Issue& issue : issues) {
        const ErrorText text = errorText(issue.error);
        const QString line = QStringLiteral("%1 %2 %3 %4\n")
                                 .arg(text.code, qs(name_of(issue.severity)),
                                      severityName(issue.severity), text.what);
        for (const std::string& id : m_index.idsOf(issue))
            if (const int row = rowOf(id); row >= 0) m_issues[row] += line;
    }
}

SampleFacts SamplesModel::facts(int row) const {
    SampleFacts out;
    if (const auto found = m_tokens.find(row); found != m_tokens.end()) out.tokens = found->second;
    if (const auto found = m_issues.find(row); found != m_issues.end()) out.issues = found->second;
    return out;
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
            return s->references.empty() ? QString() : qs(s->references.front());
        case Qt::AccessibleTextRole:
            return isExcluded(s->id)
                       ? tr("Left out: %1").arg(data(index, Qt::DisplayRole).toString())
                       : data(index, Qt::DisplayRole);
        case ExcludedRole:
            return isExcluded(s->id);
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

void FilteredSamples::setOnly(const std::vector<std::string>& ids) {
    m_only.clear();
    for (const std::string& id : ids)
        if (const int row = m_samples->rowOf(id); row >= 0) m_only.insert(row);
    invalidateFilter();
}

bool FilteredSamples::filterAcceptsRow(int row, const QModelIndex&) const {
    if (!m_only.empty() && !m_only.contains(row)) return false;
    const CaptionSample* sample = m_samples->sample(row);
    return sample && m_filter.accepts(*sample, m_samples->facts(row));
}

}  // namespace moelora::ui
