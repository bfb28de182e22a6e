// SPDX-License-Identifier: GPL-3.0-or-later
// A written comparison as a list of samples; what was captioned so far while it is made. GUI thread
// only.
#pragma once

#include <QAbstractListModel>
#include <optional>

#include "core/record/events.h"

namespace moelora::ui {

enum class Verdict {
    Better,
    Worse,
    Changed,
    Same
};  // Better / Worse: the exact match was won / lost
[[nodiscard]] Verdict verdictOf(const ComparedSample& sample);
[[nodiscard]] QString verdictName(Verdict verdict);

// How much better the adapted caption is than the base's by its references, by sample: won or lost
// exact matches first, then ROUGE-L. 0 without references.
[[nodiscard]] std::vector<double> gainsOf(const std::vector<ComparedSample>& samples);

class ComparisonModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { ImageRole = Qt::UserRole, VerdictRole, TaskRole, GainRole };
    explicit ComparisonModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void clear();
    // A pair of captions that came before the comparison is whole.
    void addPair(ComparedSample pair);
    // References, proof and provenance are there.
    [[nodiscard]] bool whole() const { return m_whole; }
    void setGains(std::vector<double> gains);  // of gainsOf(), for GainRole
    void setComparison(Comparison comparison, const QString& folder);
    [[nodiscard]] bool empty() const { return m_comparison.samples.empty(); }
    [[nodiscard]] const Comparison& comparison() const { return m_comparison; }
    [[nodiscard]] QString folder() const { return m_folder; }
    void setFolder(const QString& folder) { m_folder = folder; }  // it was written there
    [[nodiscard]] const ComparedSample* sample(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  private:
    Comparison m_comparison;
    std::vector<double> m_gains;
    QString m_folder;
    bool m_whole = false;
};

}  // namespace moelora::ui
