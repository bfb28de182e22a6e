// SPDX-License-Identifier: GPL-3.0-or-later
// Issues of the engine, each with sign, sentence, place and remedy, and with buttons that do it.
// Hidden while there are none.
#pragma once

#include <QWidget>
#include <vector>

#include "core/base/issue.h"
#include "ui/bridge/offers.h"

class QVBoxLayout;

namespace moelora::ui {

class IssueList : public QWidget {
    Q_OBJECT
  public:
    explicit IssueList(QWidget* parent = nullptr);
    void setIssues(const std::vector<Issue>& issues);
    void setError(const Error& error);
    // With buttons from now on, without those that only lead to the page on which the list stands.
    void offerWays(const QString& page);
    static constexpr std::size_t shownAtMost = 20;

  Q_SIGNALS:
    void followed(const QString& target);  // offers.h

  private:
    struct Row {
        QString text, details;
        Severity severity = Severity::Warning;
        std::vector<Offer> offers;
        bool operator==(const Row&) const = default;
    };
    [[nodiscard]] Row rowOf(const Issue& issue) const;
    void show();
    void addRow(const Row& row);

    std::vector<Issue> m_issues;
    std::vector<Row> m_shown;
    QString m_page;  // "" = no buttons
    QVBoxLayout* m_rows;
};

}  // namespace moelora::ui
