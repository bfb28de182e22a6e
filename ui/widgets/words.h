// SPDX-License-Identifier: GPL-3.0-or-later
// A label all of whose lines are its least height while it is on screen. Of a text that is wrapped
// Qt takes one line for that, and a layout in want of room cuts the others off. The property
// "leastLines" keeps room for so many where texts come and go.
#pragma once

#include <QLabel>

class QTableView;

namespace moelora::ui {

class Words : public QLabel {
    Q_OBJECT
  public:
    using QLabel::QLabel;
    [[nodiscard]] QSize minimumSizeHint() const override;

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
};

// `widget` is never lower than so many lines of its letters and `more` pixels, nor than `least`,
// whatever size the letters come to have.
void keepLines(QWidget* widget, int lines, int more, int least = 0);
// Rows of a table hold a line of its letters, and are `least` high in small ones.
void keepRows(QTableView* table, int least = 30);

}  // namespace moelora::ui
