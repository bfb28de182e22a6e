// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/shortcut_editor.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
enum Column { Name, Keys, ColumnCount };
constexpr int IdRole = Qt::UserRole;
constexpr QSize firstSize(560, 560);

QString shownKeys(const QList<QKeySequence>& keys) {
    return QKeySequence::listToString(keys, QKeySequence::NativeText);
}
}  // namespace

ShortcutEditor::ShortcutEditor(Actions& actions, Settings& settings, QWidget* parent)
    : QDialog(parent),
      m_actions(actions),
      m_settings(settings),
      m_list(new QTreeWidget),
      m_keys(new QKeySequenceEdit),
      m_label(makeLabel("field")),
      m_why(makeLabel("fieldError")),
      m_none(makeButton({}, false)),
      m_default(makeButton({}, false)),
      m_allDefault(makeButton({}, false)),
      m_close(makeButton({}, true)) {
    setObjectName(QStringLiteral("shortcutEditor"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_list->setObjectName(QStringLiteral("shortcutList"));
    m_keys->setObjectName(QStringLiteral("shortcutKeys"));
    m_why->setObjectName(QStringLiteral("shortcutWhy"));
    m_default->setObjectName(QStringLiteral("shortcutDefault"));
    m_allDefault->setObjectName(QStringLiteral("shortcutsDefault"));
    m_list->setColumnCount(ColumnCount);
    m_list->setUniformRowHeights(true);
    m_list->setAllColumnsShowFocus(true);
    m_list->header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(Keys, QHeaderView::ResizeToContents);
    m_list->header()->setStretchLastSection(false);
    m_label->setWordWrap(false);
    m_label->setBuddy(m_keys);
    m_why->setProperty("leastLines", 2);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    for (QWidget* part : {static_cast<QWidget*>(m_label), static_cast<QWidget*>(m_keys),
                          static_cast<QWidget*>(m_none), static_cast<QWidget*>(m_default)})
        line->addWidget(part, part == m_keys ? 1 : 0);
    auto* foot = new QHBoxLayout;
    foot->addWidget(m_allDefault);
    foot->addStretch();
    foot->addWidget(m_close);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(8);
    column->addWidget(m_list, 1);
    column->addLayout(line);
    column->addWidget(m_why);
    column->addLayout(foot);
    m_close->setDefault(false);
    m_close->setAutoDefault(false);
    resize(firstSize);
    connect(m_list, &QTreeWidget::currentItemChanged, this, [this] { showChosen(); });
    connect(m_list, &QTreeWidget::itemActivated, this, [this] { m_keys->setFocus(); });
    connect(m_keys, &QKeySequenceEdit::editingFinished, this,
            [this] { take(m_keys->keySequence()); });
    connect(m_none, &QPushButton::clicked, this, [this] { take({}); });
    connect(m_default, &QPushButton::clicked, this, [this] {
        QAction* action = m_actions[chosen().toLatin1().constData()];
        const QList<QKeySequence> keys = Actions::defaultKeys(chosen());
        for (const QKeySequence& one : keys)
            if (const QString why = m_actions.changeKeys(chosen(), one); !why.isEmpty()) {
                m_why->setText(why);
                return;
            }
        action->setShortcuts(keys);
        m_settings.setList(QStringLiteral("shortcuts"), m_actions.changedKeys());
        fill();
    });
    connect(m_allDefault, &QPushButton::clicked, this, [this] {
        m_actions.setChangedKeys({});
        m_settings.setList(QStringLiteral("shortcuts"), {});
        fill();
    });
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
    keepText(this, [this] { retranslate(); });
}

void ShortcutEditor::retranslate() {
    setWindowTitle(tr("Keyboard shortcuts"));
    m_list->setHeaderLabels({tr("Action"), tr("Keys")});
    m_list->setAccessibleName(tr("Actions and their keys"));
    m_label->setText(tr("Keys"));
    m_keys->setAccessibleName(tr("Press the new keys"));
    m_keys->setToolTip(tr("Press the new keys here; they are taken a moment later"));
    m_none->setText(tr("No keys"));
    m_default->setText(tr("Default"));
    m_allDefault->setText(tr("All as delivered"));
    m_close->setText(tr("Close"));
    fill();
}

void ShortcutEditor::fill() {
    const QString kept = chosen();
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    QTreeWidgetItem *menu = nullptr, *current = nullptr;
    QString menuId;
    for (const ActionRow& row : actionTable()) {
        const QString id = QLatin1String(row.id);
        if (id == QLatin1String("-")) continue;
        if (!menu || menuId != QLatin1String(row.menu)) {
            menuId = QLatin1String(row.menu);
            menu = new QTreeWidgetItem(m_list, {Actions::menuName(row.menu)});
            menu->setFlags(Qt::ItemIsEnabled);
            menu->setExpanded(true);
        }
        const QList<QKeySequence> keys = m_actions[row.id]->shortcuts();
        auto* item = new QTreeWidgetItem(menu, {Actions::name(row), shownKeys(keys)});
        item->setData(Name, IdRole, id);
        if (keys != Actions::defaultKeys(id)) {
            QFont font = item->font(Keys);
            font.setBold(true);
            item->setFont(Keys, font);
            item->setToolTip(Keys, tr("As delivered: %1").arg(shownKeys(Actions::defaultKeys(id))));
        }
        if (id == kept || !current) current = item;
    }
    fillPages();
    m_list->setCurrentItem(current);
    showChosen();
}

// Seen, and not to be changed.
void ShortcutEditor::fillPages() {
    auto* pages = new QTreeWidgetItem(m_list, {tr("On single pages (fixed)")});
    pages->setFlags(Qt::ItemIsEnabled);
    pages->setExpanded(true);
    for (const auto& [what, keys] : Actions::keysOfPages()) {
        auto* item = new QTreeWidgetItem(pages, {what, keys});
        item->setToolTip(Name, what);
        for (const int column : {Name, Keys}) item->setForeground(column, colors().muted);
    }
}

QString ShortcutEditor::chosen() const {
    const QTreeWidgetItem* item = m_list->currentItem();
    return item ? item->data(Name, IdRole).toString() : QString();
}

void ShortcutEditor::showChosen() {
    const QString id = chosen();
    const bool any = !id.isEmpty();
    for (QWidget* part : {static_cast<QWidget*>(m_keys), static_cast<QWidget*>(m_none),
                          static_cast<QWidget*>(m_default)})
        part->setEnabled(any);
    const QSignalBlocker quiet(m_keys);
    m_keys->setKeySequence(any ? m_actions[id.toLatin1().constData()]->shortcut() : QKeySequence());
    m_why->clear();
}

void ShortcutEditor::take(const QKeySequence& keys) {
    const QString id = chosen();
    if (id.isEmpty() || m_actions[id.toLatin1().constData()]->shortcut() == keys) return;
    const QString why = m_actions.changeKeys(id, keys);
    if (why.isEmpty()) {
        m_settings.setList(QStringLiteral("shortcuts"), m_actions.changedKeys());
        fill();
        return;
    }
    showChosen();
    m_why->setText(why);
}

}  // namespace moelora::ui
