// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/path_field.h"

#include <QAction>
#include <QDir>
#include <QDropEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QUrl>

#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

PathField::PathField(What what, QWidget* parent)
    : QWidget(parent),
      m_what(what),
      m_line(new QLineEdit),
      m_choose(makeButton(QStringLiteral("folder"), false)),
      m_recent(makeIconButton(QStringLiteral("recent"))),
      m_menu(new QMenu(this)) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    setFocusProxy(m_line);
    m_line->setProperty("takesPaths", true);
    m_line->installEventFilter(this);
    layout->addWidget(m_line, 1);
    layout->addWidget(m_choose);
    layout->addWidget(m_recent);
    m_recent->setMenu(m_menu);
    m_recent->setPopupMode(QToolButton::InstantPopup);
    m_recent->setVisible(false);
    connect(m_line, &QLineEdit::editingFinished, this, [this] {
        if (m_line->isModified()) take(m_line->text());
    });
    if (what == FolderOrFile) {
        m_kinds = new QMenu(this);
        QAction* folder = m_kinds->addAction(QString(), this, [this] { choose(false); });
        QAction* file = m_kinds->addAction(QString(), this, [this] { choose(true); });
        m_choose->setMenu(m_kinds);
        keepText(this, [this, folder, file] {
            folder->setText(tr("Folder ..."));
            file->setText(tr("File ..."));
        });
    } else {
        connect(m_choose, &QPushButton::clicked, this, [this] { choose(false); });
    }
    keepText(this, [this] {
        m_choose->setText(tr("Choose"));
        m_recent->setToolTip(tr("Recent"));
        setNames(m_name, m_line->placeholderText());
    });
}

// A dropped file is the path, whatever text comes with it. Several are a matter of the window.
bool PathField::eventFilter(QObject* object, QEvent* event) {
    const bool drag = event->type() == QEvent::DragEnter || event->type() == QEvent::DragMove ||
                      event->type() == QEvent::Drop;
    if (object != m_line || !drag) return QWidget::eventFilter(object, event);
    auto* drop = static_cast<QDropEvent*>(event);
    const QString path = droppedPath(drop->mimeData());
    if (path.isEmpty()) return QWidget::eventFilter(object, event);
    if (drop->mimeData()->urls().size() > 1) {
        drop->ignore();
        return true;
    }
    drop->acceptProposedAction();
    if (event->type() == QEvent::Drop) take(path);
    return true;
}

void PathField::setNames(const QString& name, const QString& placeholder) {
    m_name = name;
    m_line->setAccessibleName(name);
    m_line->setPlaceholderText(placeholder);
    m_choose->setAccessibleName(tr("Choose: %1").arg(name));
    m_recent->setAccessibleName(tr("Recent: %1").arg(name));
}

void PathField::setPath(const QString& path) {
    if (m_line->text() != path) {
        m_line->setText(path);
        m_line->setCursorPosition(0);  // a long path shows its beginning
    }
    m_line->setModified(false);
    m_line->setToolTip(path);
}

QString PathField::path() const {
    return m_line->text().trimmed();
}

void PathField::setRecent(const QStringList& paths) {
    m_menu->clear();
    for (const QString& path : paths) {
        QAction* action =
            m_menu->addAction(QDir::toNativeSeparators(path), this, [this, path] { take(path); });
        action->setEnabled(QFileInfo::exists(path));
    }
    m_recent->setVisible(!paths.isEmpty());
}

void PathField::choose(bool file) {
    const auto what = m_what == NewFolder ? PathQuestion::NewFolder
                      : file              ? PathQuestion::File
                                          : PathQuestion::Folder;
    askPath(this,
            {what,
             objectName() + QStringLiteral("Path"),
             m_name,
             file ? m_filter : QString(),
             {},
             path()},
            [this](const QString& chosen) { take(chosen); });
}

void PathField::take(const QString& path) {
    const QString clean = path.trimmed().isEmpty() ? QString() : QDir::cleanPath(path.trimmed());
    setPath(clean);
    Q_EMIT chosen(clean);
}

}  // namespace moelora::ui
