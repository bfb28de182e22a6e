// SPDX-License-Identifier: GPL-3.0-or-later
// What an update was made of: its samples with picture, caption and the loss of their micro-batch.
// Chosen by a click into a curve, by its number, or as the highest peak of the loss.
#pragma once

#include <QAbstractListModel>

#include "ui/models/workbench.h"

class QLabel;
class QListView;
class QPushButton;
class QSpinBox;

namespace moelora::ui {

class UpdateSamples : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { ImageRole = Qt::UserRole, CaptionRole };
    using QAbstractListModel::QAbstractListModel;
    void setSamples(std::vector<UpdateSample> samples);
    void retranslate();
    [[nodiscard]] const std::vector<UpdateSample>& samples() const { return m_samples; }
    [[nodiscard]] const UpdateSample* sample(int row) const {
        return row >= 0 && row < rowCount() ? &m_samples[static_cast<std::size_t>(row)] : nullptr;
    }
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  private:
    std::vector<UpdateSample> m_samples;
};

class UpdatePane : public QWidget {
    Q_OBJECT
  public:
    explicit UpdatePane(Workbench& workbench, QWidget* parent = nullptr);
    void show(std::int64_t step);  // 1 = the first; others are brought into range
    void refresh();                // the run has grown, or is another one
    [[nodiscard]] std::int64_t step() const { return m_step; }
    [[nodiscard]] const UpdateSamples& model() const { return *m_model; }

  private:
    void retranslate();
    void ask();
    void showHead();
    void showExclusion();
    [[nodiscard]] std::vector<std::string> chosen() const;  // ids in the data
    // The update whose loss stands highest above the smoothed one; 0 = there is none.
    [[nodiscard]] std::int64_t highestPeak() const;
    [[nodiscard]] const RunData& run() const;

    Workbench& m_workbench;
    UpdateSamples* m_model;
    QLabel *m_label, *m_text;
    QSpinBox* m_number;
    QPushButton *m_peak, *m_exclude;
    QListView* m_list;
    std::int64_t m_step = 0;
    QString m_asked;  // run and update of what is shown
    std::optional<Error> m_error;
    bool m_pending = false;
    Latest<std::vector<UpdateSample>> m_ask;
};

}  // namespace moelora::ui
