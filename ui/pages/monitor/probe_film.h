// SPDX-License-Identifier: GPL-3.0-or-later
// How the captions of the probe pictures came about: one row a picture, one column a moment, each
// cell marked against the moment before.
#pragma once

#include <QAbstractTableModel>
#include <QTableView>

#include "ui/bridge/picture_loader.h"
#include "ui/models/run_model.h"

namespace moelora::ui {

class FilmModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Role { HtmlRole = Qt::UserRole, ImageRole };
    using QAbstractTableModel::QAbstractTableModel;
    void setProbes(const std::vector<ProbeColumn>& columns);
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  private:
    [[nodiscard]] const Caption* caption(int row, int column) const;

    std::vector<ProbeColumn> m_columns;
    std::vector<std::string> m_samples;  // in the order of the first moment
};

class ProbeFilm : public QTableView {
    Q_OBJECT
  public:
    explicit ProbeFilm(PictureLoader& pictures, QWidget* parent = nullptr);
    void setProbes(const std::vector<ProbeColumn>& columns);

  private:
    FilmModel* m_model;
};

}  // namespace moelora::ui
