// SPDX-License-Identifier: GPL-3.0-or-later
// Findings of the data doctor by kind, with what can be done about the chosen ones: show their
// samples, leave them out of the data (or take them back), write the list to a file. GUI thread
// only.
#pragma once

#include <QWidget>
#include <functional>

#include "ui/models/findings.h"

class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace moelora::ui {

class FindingsList : public QWidget {
    Q_OBJECT
  public:
    explicit FindingsList(QWidget* parent = nullptr);
    // The list stays as it is (choice, open groups) when the issues are the same.
    void setIssues(const std::vector<Issue>& issues);
    // From now on: which samples an issue is about, and which of them are left out.
    void setSamples(const SampleIndex* index, std::function<bool(const std::string&)> isOut);
    void refresh();  // samples were left out or taken back
    [[nodiscard]] bool writeTo(const QString& path) const;

  Q_SIGNALS:
    void samplesWanted(const std::vector<std::string>& ids, const QString& what);
    void exclusionWanted(const std::vector<std::string>& ids, bool out);
    void written(const QString& path);
    void notWritten(const QString& path);

  private:
    void retranslate();
    void fill();
    void addGroup(const FindingGroup& group, std::size_t number);
    void mark(QTreeWidgetItem* item);
    void showButtons();
    [[nodiscard]] std::vector<Issue> chosen() const;
    [[nodiscard]] std::vector<std::string> idsOf(const std::vector<Issue>& issues) const;
    [[nodiscard]] bool allOut(const std::vector<std::string>& ids) const;
    void exportList();

    std::vector<Issue> m_issues;
    std::vector<FindingGroup> m_groups;
    const SampleIndex* m_index = nullptr;
    std::function<bool(const std::string&)> m_isOut;
    QTreeWidget* m_tree;
    QPushButton *m_show, *m_exclude, *m_export;
};

}  // namespace moelora::ui
