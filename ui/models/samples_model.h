// SPDX-License-Identifier: GPL-3.0-or-later
// The samples of a data set as a list, and what the filter line leaves of it. GUI thread only.
#pragma once

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <vector>

#include "ui/models/sample_filter.h"

namespace moelora::ui {

class SamplesModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { ImageRole = Qt::UserRole, TaskRole };
    using QAbstractListModel::QAbstractListModel;
    void setSamples(std::vector<CaptionSample> samples);
    [[nodiscard]] const CaptionSample* sample(int row) const;  // nullptr: no such row

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  private:
    std::vector<CaptionSample> m_samples;
};

class FilteredSamples : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    explicit FilteredSamples(SamplesModel* samples, QObject* parent = nullptr);
    void setFilter(SampleFilter filter);

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    SamplesModel* m_samples;
    SampleFilter m_filter;
};

}  // namespace moelora::ui
