// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/comparison_model.h"

#include <QCoreApplication>

#include "core/eval/captions.h"
#include "core/eval/scores.h"
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

std::vector<double> gainsOf(const std::vector<ComparedSample>& samples) {
    std::vector<double> out;
    for (const ComparedSample& s : samples) {
        const auto& references = s.sample.references;
        if (references.empty()) {
            out.push_back(0);
            continue;
        }
        const auto judged = [&](const std::string& text) {
            return rouge_l(tokenised(text, references)) + (exact_match(text, references) ? 1 : 0);
        };
        out.push_back(judged(s.adapted.text) - judged(s.base.text));
    }
    return out;
}

void ComparisonModel::setGains(std::vector<double> gains) {
    m_gains = std::move(gains);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {GainRole});
}

void ComparisonModel::clear() {
    setComparison({}, {});
}

void ComparisonModel::addPair(ComparedSample pair) {
    beginInsertRows({}, rowCount(), rowCount());
    m_comparison.samples.push_back(std::move(pair));
    m_whole = false;
    endInsertRows();
}

void ComparisonModel::setComparison(Comparison comparison, const QString& folder) {
    beginResetModel();
    m_whole = !comparison.samples.empty();
    m_comparison = std::move(comparison);
    m_gains.clear();
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
        case GainRole: {
            const auto row = static_cast<std::size_t>(index.row());
            return row < m_gains.size() ? m_gains[row] : 0.0;
        }
        default:
            return {};
    }
}

}  // namespace moelora::ui
