// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/page.h"

#include "ui/widgets/basics.h"

namespace moelora::ui {

Page::Page(Workbench& workbench, const QString& id, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_body(new QVBoxLayout),
      m_head(new QHBoxLayout),
      m_id(id),
      m_title(makeLabel("title")),
      m_subtitle(makeLabel("muted")) {
    setObjectName(id);
    m_title->setWordWrap(false);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(0);
    texts->addWidget(m_title);
    texts->addWidget(m_subtitle);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addLayout(texts, 1);
    top->addLayout(m_head);
    m_head->setSpacing(8);
    m_body->setSpacing(12);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 14, 20, 14);
    layout->setSpacing(12);
    layout->addLayout(top);
    layout->addLayout(m_body, 1);
    m_timer.setObjectName(QStringLiteral("refresh of ") + id);  // for the watchdog
    m_timer.setSingleShot(true);
    m_timer.setInterval(refreshIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, &Page::refreshNow);
}

void Page::setTitle(const QString& title, const QString& subtitle) {
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_subtitle->setVisible(!subtitle.isEmpty());
    setWhatsThis(subtitle);
}

void Page::focusField(const QString&) {}

void Page::markStale() {
    m_stale = true;
    if (isVisible() && !m_timer.isActive()) m_timer.start();
}

void Page::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_stale) refreshNow();
}

void Page::refreshNow() {
    if (!isVisible()) return;
    m_stale = false;
    refresh();
}

void showReadiness(Chip* chip, const Readiness& readiness, bool remarks, const QString& problem) {
    if (readiness.state == Readiness::Missing)
        chip->show(problem, Tone::Bad);
    else
        chip->show(remarks ? Page::tr("ready, with remarks") : Page::tr("ready"),
                   remarks ? Tone::Warning : Tone::Good);
    chip->setToolTip(readiness.text);
}

}  // namespace moelora::ui
