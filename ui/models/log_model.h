// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, as lines for people: states, stages, checkpoints, evaluations, notes, issues and
// errors. Holds the newest lines only; texts are made when they are asked for, in the language of
// then. GUI thread only.
#pragma once

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <deque>
#include <vector>

#include "core/record/events.h"

namespace moelora::ui {

class LogModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { SeverityRole = Qt::UserRole, StepRole };
    static constexpr std::size_t linesKept = 5000;
    using QAbstractListModel::QAbstractListModel;

    void clear();
    void apply(const std::vector<Event>& events);
    void add(const Error& error);
    void retranslate();  // after a change of the language

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

  private:
    struct Line {
        Severity severity = Severity::Info;
        std::int64_t step = -1;  // -1 = none
        Event event;
    };
    void take(const Event& event, std::vector<Line>& fresh);
    void append(std::vector<Line> fresh);
    [[nodiscard]] QString textOf(const Line& line) const;

    std::deque<Line> m_lines;
    std::string m_stage;  // the last one said
};

// Lines of at least this severity that hold every word.
class LogFilter : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setLevel(Severity least);
    void setWords(const QString& words);
    [[nodiscard]] QString text() const;  // all lines shown, one a row

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    Severity m_least = Severity::Info;
    QStringList m_words;
};

}  // namespace moelora::ui
