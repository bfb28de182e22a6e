// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/comparison_model.h"

#include <QCoreApplication>

#include "core/eval/captions.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

Verdict verdictOf(const ComparedSample& s) {
    if (s.base.text == s.adapted.text) return Verdict::Same;
    const bool before = exact_match(s.base.text, s.sample.references);
    const bool after = exact_match(s.adapted.text, s.sample.references);
    return after && !before   ? Verdict::Better
           : before && !after ? Verdict::Worse
                              : Verdict::Changed;
}

QString verdictName(Verdict verdict) {
    static constexpr const char* table[] = {
        QT_TRANSLATE_NOOP("names", "now equal to the reference"),
        QT_TRANSLATE_NOOP("names", "no longer equal to the reference"),
        QT_TRANSLATE_NOOP("names", "changed"), QT_TRANSLATE_NOOP("names", "same as the base")};
    return QCoreApplication::translate("names", table[static_cast<int>(verdict)]);
}

void ComparisonModel::clear() {
    setComparison({}, {});
}

void ComparisonModel::setComparison(Comparison comparison, const QString& folder) {
    beginResetModel();
    m_comparison = std::move(comparison);
    m_folder = folder;
    endResetModel();
}

const ComparedSample* ComparisonModel::sample(int row) const {
    const auto& samples = m_comparison.samples;
    return row >= 0 && row < static_cast<int>(samples.size())
               ? &samples[static_cast<std::size_t>(row)]
               : nullptr;
}

int ComparisonModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_comparison.samples.size());
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const {
    const ComparedSample* s = sample(index.row());
    if (!s) return {};
    switch (role) {
        case Qt::DisplayRole:
            return qs(s->adapted.text);
        case Qt::AccessibleTextRole:
            return QStringLiteral("%1. %2").arg(qs(s->adapted.text), verdictName(verdictOf(*s)));
        case Qt::ToolTipRole:
            return qs(s->sample.image);
        case ImageRole:
            return qs(s->sample.image);
        case VerdictRole:
            return static_cast<int>(verdictOf(*s));
        case TaskRole:
            return qs(s->sample.task);
        default:
            return {};
    }
}

}  // namespace moelora::ui
