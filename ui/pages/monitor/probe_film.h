// SPDX-License-Identifier: GPL-3.0-or-later
// How the captions of the probe pictures came about: one row a picture, one column a moment, each
// cell marked against the moment before; last the reference, with what the newest caption lacks.
#pragma once

#include <QAbstractTableModel>
#include <QTableView>
#include <map>

#include "ui/bridge/picture_loader.h"
#include "ui/models/run_model.h"

namespace moelora::ui {

class FilmModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Role { HtmlRole = Qt::UserRole, ImageRole };
    using QAbstractTableModel::QAbstractTableModel;
    void setProbes(const std::vector<ProbeColumn>& columns);
    void setReferences(std::map<std::string, std::string> bySample);
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

  private:
    [[nodiscard]] const Caption* caption(int row, int column) const;
    [[nodiscard]] bool isReference(int column) const {
        return column == 1 + static_cast<int>(m_columns.size());
    }
    [[nodiscard]] QVariant reference(int row, int role) const;

    std::map<std::string, std::string> m_references;  // empty: there is no such column
    std::vector<ProbeColumn> m_columns;
    std::vector<std::string> m_samples;  // in the order of the first moment
};

class ProbeFilm : public QTableView {
    Q_OBJECT
  public:
    explicit ProbeFilm(PictureLoader& pictures, QWidget* parent = nullptr);
    void setProbes(const std::vector<ProbeColumn>& columns);
    void setReferences(std::map<std::string, std::string> bySample) {
        m_model->setReferences(std::move(bySample));
    }

  private:
    FilmModel* m_model;
};

}  // namespace moelora::ui
