// SPDX-License-Identifier: GPL-3.0-or-later
// Issues of the engine, each with sign, sentence, place and remedy. Hidden while there are none.
#pragma once

#include <QWidget>
#include <vector>

#include "core/base/issue.h"

class QVBoxLayout;

namespace moelora::ui {

class IssueList : public QWidget {
    Q_OBJECT
  public:
    explicit IssueList(QWidget* parent = nullptr);
    void setIssues(const std::vector<Issue>& issues);
    void setError(const Error& error);
    static constexpr std::size_t shownAtMost = 20;

  private:
    void rebuild();

    std::vector<Issue> m_issues;
    QVBoxLayout* m_rows;
};

}  // namespace moelora::ui
