// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/log_model.h"

#include <algorithm>

#include "ui/bridge/plural.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

void LogModel::clear() {
    beginResetModel();
    m_lines.clear();
    m_stage.clear();
    endResetModel();
}

void LogModel::apply(const std::vector<Event>& events) {
    std::vector<Line> fresh;
    for (const Event& event : events) take(event, fresh);
    append(std::move(fresh));
}

void LogModel::add(const Error& error) {
    append({{Severity::Error, -1, IssueRaised{.issue = {Severity::Error, error, {}, 1}}}});
}

void LogModel::take(const Event& event, std::vector<Line>& fresh) {
    if (const auto* changed = std::get_if<JobStateChanged>(&event)) {
        fresh.push_back({changed->error ? Severity::Error : Severity::Info, -1, event});
    } else if (const auto* stage = std::get_if<StageProgress>(&event)) {
        if (stage->stage != m_stage) fresh.push_back({Severity::Info, -1, event});
        m_stage = stage->stage;
    } else if (std::holds_alternative<RunStarted>(event)) {
        fresh.push_back({Severity::Info, -1, event});
    } else if (const auto* evaluation = std::get_if<EvalRecorded>(&event)) {
        fresh.push_back({Severity::Info, evaluation->record.step, event});
    } else if (const auto* saved = std::get_if<CheckpointSaved>(&event)) {
        fresh.push_back({Severity::Info, saved->info.step, event});
    } else if (const auto* note = std::get_if<NoteRaised>(&event)) {
        fresh.push_back({Severity::Warning, note->note.step, event});
    } else if (const auto* issue = std::get_if<IssueRaised>(&event)) {
        fresh.push_back({issue->issue.severity, -1, event});
    }
}

void LogModel::append(std::vector<Line> fresh) {
    if (fresh.empty()) return;
    if (fresh.size() > linesKept)
        fresh.erase(fresh.begin(), fresh.end() - static_cast<std::ptrdiff_t>(linesKept));
    const std::size_t room = linesKept - fresh.size();
    if (m_lines.size() > room) {
        const std::size_t gone = m_lines.size() - room;
        beginRemoveRows({}, 0, static_cast<int>(gone) - 1);
        m_lines.erase(m_lines.begin(), m_lines.begin() + static_cast<std::ptrdiff_t>(gone));
        endRemoveRows();
    }
    const auto first = static_cast<int>(m_lines.size());
    beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
    std::move(fresh.begin(), fresh.end(), std::back_inserter(m_lines));
    endInsertRows();
}

void LogModel::retranslate() {
    if (!m_lines.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

QString LogModel::textOf(const Line& line) const {
    if (const auto* e = std::get_if<JobStateChanged>(&line.event))
        return e->error ? tr("%1: %2").arg(stateName(e->to), errorText(*e->error).oneLine())
                        : stateName(e->to);
    if (const auto* e = std::get_if<StageProgress>(&line.event)) return stageName(e->stage);
    if (const auto* e = std::get_if<RunStarted>(&line.event))
        return tr("Run %1 on %2, %3: %4, %5 trainable parameters at %Ln layer(s)", "",
                  many(e->sites))
            .arg(qs(e->run), remarkText(e->device), qs(e->dtype),
                 tr("%Ln update(s)", "", many(e->total_steps)), countText(e->trainable_parameters));
    if (const auto* e = std::get_if<EvalRecorded>(&line.event))
        return tr("Evaluation: loss %1 over %Ln token(s)", "", many(e->record.targets))
            .arg(realText(e->record.loss));
    if (const auto* e = std::get_if<CheckpointSaved>(&line.event))
        return tr("Checkpoint saved: %1").arg(qs(e->info.path));
    if (const auto* e = std::get_if<NoteRaised>(&line.event))
        return QStringLiteral("%1  %2").arg(qs(e->note.code), reasonText(e->note.message));
    if (const auto* e = std::get_if<IssueRaised>(&line.event)) {
        const QString place = placeText(e->issue.where);
        const QString text = errorText(e->issue.error).oneLine();
        return place.isEmpty() ? text : QStringLiteral("%1  [%2]").arg(text, place);
    }
    return {};
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    const Line& line = m_lines[static_cast<std::size_t>(index.row())];
    switch (role) {
        case SeverityRole:
            return static_cast<int>(line.severity);
        case StepRole:
            return static_cast<qlonglong>(line.step);
        case Qt::DisplayRole: {
            const QString text = textOf(line);
            return line.step < 0 ? text : tr("update %1: %2").arg(countText(line.step), text);
        }
        case Qt::AccessibleTextRole:
            return QStringLiteral("%1: %2").arg(severityName(line.severity),
                                                data(index, Qt::DisplayRole).toString());
        default:
            return {};
    }
}

void LogFilter::setLevel(Severity least) {
    m_least = least;
    invalidateFilter();
}

void LogFilter::setWords(const QString& words) {
    m_words = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (index.data(LogModel::SeverityRole).toInt() < static_cast<int>(m_least)) return false;
    const QString text = m_words.isEmpty() ? QString() : index.data().toString();
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString& word) {
        return text.contains(word, Qt::CaseInsensitive);
    });
}

QString LogFilter::text() const {
    QStringList lines;
    for (int row = 0; row < rowCount(); ++row)
        lines << index(row, 0).data(Qt::AccessibleTextRole).toString();
    return lines.join(QLatin1Char('\n'));
}

}  // namespace moelora::ui
