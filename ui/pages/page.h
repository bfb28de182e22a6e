// SPDX-License-Identifier: GPL-3.0-or-later
// Base of all pages: title line, and drawing that happens at most ten times a second and never
// while hidden.
#pragma once

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/models/workbench.h"

namespace moelora::ui {

class Chip;

class Page : public QWidget {
    Q_OBJECT
  public:
    Page(Workbench& workbench, const QString& id, QWidget* parent = nullptr);
    [[nodiscard]] QString id() const { return m_id; }
    // refresh() within 100 ms when the page is visible, else when it is shown.
    void markStale();
    static constexpr int refreshIntervalMs = 100;
    // Gives the focus to the editor of an option ("train.batch_size"), as far as the page has one.
    virtual void focusField(const QString& path);

  protected:
    virtual void refresh() = 0;
    void setTitle(const QString& title, const QString& subtitle);
    void showEvent(QShowEvent* event) override;

    Workbench& m_workbench;
    QVBoxLayout* m_body;
    QHBoxLayout* m_head;  // right of the title

  private:
    void refreshNow();

    QString m_id;
    QLabel *m_title, *m_subtitle;
    QTimer m_timer;
    bool m_stale = true;
};

// What the ready list says of something that was read, in a word; `problem` where it blocks.
void showReadiness(Chip* chip, const Readiness& readiness, bool remarks, const QString& problem);

}  // namespace moelora::ui
