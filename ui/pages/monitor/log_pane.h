// SPDX-License-Identifier: GPL-3.0-or-later
// The log of the run shown: lines with their weight, filter by weight and words, copy.
#pragma once

#include <QWidget>

#include "ui/models/log_model.h"

class QComboBox;
class QLineEdit;
class QListView;
class QPushButton;

namespace moelora::ui {

class LogPane : public QWidget {
    Q_OBJECT
  public:
    explicit LogPane(LogModel& log, QWidget* parent = nullptr);
    void copy() const;  // the lines shown, onto the clipboard
    [[nodiscard]] int shown() const { return m_filter->rowCount(); }
    [[nodiscard]] QLineEdit* search() const { return m_search; }
    [[nodiscard]] QComboBox* level() const { return m_level; }

  private:
    void retranslate();

    LogModel& m_log;
    LogFilter* m_filter;
    QListView* m_view;
    QComboBox* m_level;
    QLineEdit* m_search;
    QPushButton* m_copy;
};

}  // namespace moelora::ui
