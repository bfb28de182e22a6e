// SPDX-License-Identifier: GPL-3.0-or-later
// The samples of a data set as a list, and what the filter line leaves of it. GUI thread only.
#pragma once

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ui/models/findings.h"
#include "ui/models/sample_filter.h"

namespace moelora::ui {

class SamplesModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { ImageRole = Qt::UserRole, TaskRole, ExcludedRole };
    using QAbstractListModel::QAbstractListModel;
    void setSamples(std::vector<CaptionSample> samples);
    [[nodiscard]] const CaptionSample* sample(int row) const;  // nullptr: no such row
    [[nodiscard]] const SampleIndex& index() const { return m_index; }
    void setCaption(int row, int caption, const std::string& text);
    // data.exclude: what is left out. As the engine reads it: an id is that sample, any other name
    // every sample with such a picture.
    void setExcluded(const std::vector<std::string>& names);
    // Tokens by id of a sample; of several captions of one picture the longest counts.
    void setTokens(const std::vector<SampleTokens>& tokens);
    void setIssues(const std::vector<Issue>& issues);
    [[nodiscard]] SampleFacts facts(int row) const;
    [[nodiscard]] bool isExcluded(const std::string& id) const { return m_excluded.contains(id); }
    // Row of the sample of this id, or of the one that it joined; -1 without any.
    [[nodiscard]] int rowOf(const std::string& id) const;
    using QAbstractListModel::index;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  private:
    std::vector<CaptionSample> m_samples;
    SampleIndex m_index;
    std::unordered_map<std::string, int> m_rows;     // by id
    std::vector<std::string> m_names;                // as given to setExcluded()
    std::unordered_set<std::string> m_excluded;      // ids
    std::unordered_map<int, std::int64_t> m_tokens;  // by row
    std::unordered_map<int, QString> m_issues;       // by row
};

class FilteredSamples : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    explicit FilteredSamples(SamplesModel* samples, QObject* parent = nullptr);
    void setFilter(SampleFilter filter);
    [[nodiscard]] const SampleFilter& filter() const { return m_filter; }
    void factsChanged() { invalidateFilter(); }
    // Only these samples, and of them what the filter leaves; empty = all.
    void setOnly(const std::vector<std::string>& ids);
    [[nodiscard]] bool only() const { return !m_only.empty(); }

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    SamplesModel* m_samples;
    SampleFilter m_filter;
    std::unordered_set<int> m_only;  // rows
};

}  // namespace moelora::ui
