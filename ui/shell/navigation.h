// SPDX-License-Identifier: GPL-3.0-or-later
// The list of pages at the left edge, each with its readiness mark.
#pragma once

#include <QListWidget>

namespace moelora::ui {

class Navigation : public QListWidget {
    Q_OBJECT
  public:
    enum Mark { None, Ready, Problem, Busy };
    explicit Navigation(QWidget* parent = nullptr);
    void addPage(const QString& id, const QString& iconName);
    void setText(const QString& id, const QString& text);
    void setMark(const QString& id, Mark mark);
    void choose(const QString& id);
    [[nodiscard]] QString current() const;

  Q_SIGNALS:
    void chosen(const QString& id);

  private:
    [[nodiscard]] QListWidgetItem* itemOf(const QString& id) const;
    void redraw(QListWidgetItem* item);
    void fitLetters();
};

}  // namespace moelora::ui
