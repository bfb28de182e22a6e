// SPDX-License-Identifier: GPL-3.0-or-later
// Where the data comes from, in what form it was recognised and why, and what was left out; the
// list of remarks opens by itself where they leave nothing to look at.
#pragma once

#include "ui/models/workbench.h"
#include "ui/widgets/basics.h"

namespace moelora::ui {

class IssueList;
class OptionForm;
class PathField;

class SourceCard : public Card {
    Q_OBJECT
  public:
    explicit SourceCard(Workbench& workbench, QWidget* parent = nullptr);
    void refresh();
    void focusPath();
    // Opens the options of reading on "columns" or another of them; false: it is none.
    bool focusReading(const QString& name);

  private:
    void makeReading();
    void openReading(bool open);
    void offerReading();
    void choosePictures();
    void openIssues(bool open);
    void retranslate();
    void showSummary(const DatasetSummary& data, const Readiness& readiness);
    void showIssues(std::size_t count);

    Workbench& m_workbench;
    PathField* m_path;
    Chip* m_chip;
    QLabel* m_facts;
    QToolButton* m_open;
    IssueList* m_issues;
    QWidget* m_issueArea;
    QToolButton* m_read;
    OptionForm* m_form;
    QWidget* m_formArea;
    QPushButton* m_pictures;
    std::string m_offeredFor;  // the data set for which the fold has opened by itself
};

}  // namespace moelora::ui
