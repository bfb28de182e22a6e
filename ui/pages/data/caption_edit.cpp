// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/caption_edit.h"

#include <QKeyEvent>
#include <QPlainTextEdit>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int linesLeast = 2, linesMost = 6;
}

CaptionEdit::CaptionEdit(QWidget* parent)
    : QWidget(parent),
      m_column(new QVBoxLayout(this)),
      m_note(makeLabel("fieldError")),
      m_more(makeLabel("muted")) {
    m_note->setObjectName(QStringLiteral("captionNote"));
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    m_column->addWidget(m_note);
    m_column->addWidget(m_more);
    m_note->hide();
    m_more->hide();
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMs);
    connect(&m_rest, &QTimer::timeout, this, &CaptionEdit::handOn);
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] {
        for (QPlainTextEdit* edit : m_edits) fit(edit);
    });
}

void CaptionEdit::retranslate() {
    m_note->setText(tr("A caption cannot be empty; leave the sample out instead."));
    for (std::size_t i = 0; i < m_edits.size(); ++i) {
        m_edits[i]->setAccessibleName(tr("Caption %1").arg(i + 1));
        m_edits[i]->setToolTip(
            tr("Type to correct the caption. It is kept beside the data, whose files stay as they "
               "are. Ctrl+Enter keeps it at once, Escape takes it back."));
    }
}

void CaptionEdit::grow() {
    auto* edit = new QPlainTextEdit;
    edit->setObjectName(QStringLiteral("caption%1").arg(m_edits.size() + 1));
    edit->setTabChangesFocus(true);
    edit->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    edit->installEventFilter(this);
    connect(edit, &QPlainTextEdit::textChanged, this, [this, edit] {
        fit(edit);
        m_rest.start();
    });
    m_column->insertWidget(static_cast<int>(m_edits.size()), edit);
    m_edits.push_back(edit);
}

// As high as its text, within reason.
void CaptionEdit::fit(QPlainTextEdit* edit) {
    const int lines = std::clamp(static_cast<int>(std::ceil(edit->document()->size().height())),
                                 linesLeast, linesMost);
    edit->setFixedHeight(edit->fontMetrics().lineSpacing() * lines + 16);
}

void CaptionEdit::setCaptions(const QString& key, const QStringList& captions) {
    if (key == m_key && captions == m_captions) return;
    const bool typing = key == m_key && m_rest.isActive();
    if (!typing) {
        handOn();  // what was typed at the sample before
        m_rest.stop();
    }
    m_key = key;
    m_captions = captions;
    const auto shown = std::min<qsizetype>(captions.size(), shownAtMost);
    const bool more = static_cast<qsizetype>(m_edits.size()) < shown;
    while (static_cast<qsizetype>(m_edits.size()) < shown) grow();
    if (more) retranslate();
    for (std::size_t i = 0; i < m_edits.size(); ++i) {
        QPlainTextEdit* edit = m_edits[i];
        const auto at = static_cast<qsizetype>(i);
        edit->setVisible(at < shown);
        if (at >= shown || (typing && edit->hasFocus())) continue;
        const QSignalBlocker quiet(edit);
        if (edit->toPlainText() != captions[at]) edit->setPlainText(captions[at]);
        fit(edit);
    }
    m_note->hide();
    m_more->setVisible(captions.size() > shown);
    m_more->setText(
        tr("... and %1 more").arg(countText(static_cast<qint64>(captions.size() - shown))));
}

void CaptionEdit::editFirst() {
    if (m_edits.empty() || !m_edits.front()->isVisible()) return;
    m_edits.front()->setFocus(Qt::ShortcutFocusReason);
    m_edits.front()->moveCursor(QTextCursor::End);
}

void CaptionEdit::handOn() {
    m_rest.stop();
    bool empty = false;
    const QString key = m_key;
    const QStringList before = m_captions;
    for (std::size_t i = 0; i < m_edits.size() && static_cast<qsizetype>(i) < before.size(); ++i) {
        const auto at = static_cast<qsizetype>(i);
        const QString text = m_edits[i]->toPlainText().trimmed();
        if (text == before[at]) continue;
        if (text.isEmpty()) {
            empty = true;
            continue;
        }
        m_captions[at] = text;
        Q_EMIT edited(key, static_cast<int>(i), before[at], text);
    }
    m_note->setVisible(empty);
}

bool CaptionEdit::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::FocusOut) handOn();
    if (event->type() == QEvent::Resize)
        if (auto* edit = qobject_cast<QPlainTextEdit*>(watched)) fit(edit);
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
        handOn();
        return true;
    }
    if (key->key() != Qt::Key_Escape || !m_rest.isActive()) return false;
    m_rest.stop();
    for (std::size_t i = 0; i < m_edits.size(); ++i)
        if (m_edits[i] == watched && static_cast<qsizetype>(i) < m_captions.size()) {
            const QSignalBlocker quiet(m_edits[i]);
            m_edits[i]->setPlainText(m_captions[static_cast<qsizetype>(i)]);
        }
    m_note->hide();
    return true;
}

}  // namespace moelora::ui
