// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/actions.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <QMenuBar>
#include <QRegularExpression>

#include "ui/widgets/theme.h"

namespace moelora::ui {

const std::vector<ActionRow>& actionTable() {
    static const std::vector<ActionRow> table = {
        {"demo", QT_TRANSLATE_NOOP("actions", "Open the &demo"), "", "play", "file", ""},
        {"openModel", QT_TRANSLATE_NOOP("actions", "Choose &model folder ..."), "Ctrl+Shift+M",
         "model", "file", ""},
        {"openData", QT_TRANSLATE_NOOP("actions", "Choose data &folder ..."), "Ctrl+Shift+D",
         "folder", "file", ""},
        {"openRun", QT_TRANSLATE_NOOP("actions", "Open &run folder ..."), "", "runs", "file", ""},
        {"-", "", "", "", "file", ""},
        {"newConfig", QT_TRANSLATE_NOOP("actions", "&New configuration"), "Ctrl+N", "", "file", ""},
        {"openConfig", QT_TRANSLATE_NOOP("actions", "Open a &configuration ..."), "Ctrl+O", "open",
         "file", ""},
        {"saveConfig", QT_TRANSLATE_NOOP("actions", "&Save the configuration"), "Ctrl+S", "save",
         "file", ""},
        {"saveConfigAs", QT_TRANSLATE_NOOP("actions", "Save the configuration &as ..."),
         "Ctrl+Shift+S", "", "file", ""},
        {"-", "", "", "", "file", ""},
        {"quit", QT_TRANSLATE_NOOP("actions", "&Quit"), "Ctrl+Q", "", "file", ""},
        {"undo", QT_TRANSLATE_NOOP("actions", "&Undo"), "Ctrl+Z", "", "edit", ""},
        {"redo", QT_TRANSLATE_NOOP("actions", "&Redo"), "Ctrl+Shift+Z; Ctrl+Y", "", "edit", ""},
        {"-", "", "", "", "edit", ""},
        {"preferences", QT_TRANSLATE_NOOP("actions", "&Preferences ..."), "Ctrl+,", "", "edit", ""},
        {"start", QT_TRANSLATE_NOOP("actions", "&Start training"), "F5", "play", "run", ""},
        {"pause", QT_TRANSLATE_NOOP("actions", "&Pause or continue"), "F6", "pause", "run", ""},
        {"pauseFree", QT_TRANSLATE_NOOP("actions", "Pause and give memory &back"), "Shift+F6", "",
         "run", ""},
        {"stop", QT_TRANSLATE_NOOP("actions", "S&top and save"), "Shift+F5", "stop", "run", ""},
        {"discard", QT_TRANSLATE_NOOP("actions", "Stop and &discard ..."), "", "", "run", ""},
        {"save", QT_TRANSLATE_NOOP("actions", "Save a &checkpoint now"), "F7", "save", "run", ""},
        {"caption", QT_TRANSLATE_NOOP("actions", "Caption p&robes now"), "F8", "caption", "run",
         ""},
        {"page.start", QT_TRANSLATE_NOOP("actions", "&Start page"), "Ctrl+1", "start", "view", ""},
        {"page.data", QT_TRANSLATE_NOOP("actions", "&Data"), "Ctrl+2", "data", "view", ""},
        {"page.model", QT_TRANSLATE_NOOP("actions", "M&odel"), "Ctrl+3", "model", "view", ""},
        {"page.adapter", QT_TRANSLATE_NOOP("actions", "&Adapter"), "Ctrl+4", "adapter", "view", ""},
        {"page.train", QT_TRANSLATE_NOOP("actions", "&Train"), "Ctrl+5", "train", "view", ""},
        {"page.monitor", QT_TRANSLATE_NOOP("actions", "&Monitor"), "Ctrl+6; Ctrl+M", "monitor",
         "view", ""},
        {"page.compare", QT_TRANSLATE_NOOP("actions", "&Compare"), "Ctrl+7", "compare", "view", ""},
        {"page.export", QT_TRANSLATE_NOOP("actions", "&Export"), "Ctrl+8", "export", "view", ""},
        {"page.runs", QT_TRANSLATE_NOOP("actions", "&Runs"), "Ctrl+9", "runs", "view", ""},
        {"log", QT_TRANSLATE_NOOP("actions", "Lo&g"), "Ctrl+L", "", "view", ""},
        {"-", "", "", "", "view", ""},
        {"theme.0", QT_TRANSLATE_NOOP("actions", "Colours of the deskto&p"), "", "", "view",
         "theme"},
        {"theme.1", QT_TRANSLATE_NOOP("actions", "&Light"), "", "", "view", "theme"},
        {"theme.2", QT_TRANSLATE_NOOP("actions", "Dar&k"), "", "", "view", "theme"},
        {"theme.3", QT_TRANSLATE_NOOP("actions", "&High contrast"), "", "", "view", "theme"},
        {"-", "", "", "", "view", ""},
        {"language.en", "English", "", "", "view", "language"},
        {"language.zh_CN", "简体中文", "", "", "view", "language"},
        {"-", "", "", "", "view", ""},
        {"textLarger", QT_TRANSLATE_NOOP("actions", "Larger te&xt"), "Ctrl++; Ctrl+=", "", "view",
         ""},
        {"textSmaller", QT_TRANSLATE_NOOP("actions", "Shri&nk the text"), "Ctrl+-", "", "view", ""},
        {"textUsual", QT_TRANSLATE_NOOP("actions", "Us&ual size of the text"), "Ctrl+0", "", "view",
         ""},
        {"fullScreen", QT_TRANSLATE_NOOP("actions", "&Full screen"), "F11", "", "view", ""},
        {"help", QT_TRANSLATE_NOOP("actions", "&Explain what has the focus"), "F1", "", "help", ""},
        {"whatsThis", QT_TRANSLATE_NOOP("actions", "Explain what is &clicked"), "Shift+F1", "",
         "help", ""},
        {"guide", QT_TRANSLATE_NOOP("actions", "&Guided start"), "", "start", "help", ""},
        {"shortcuts", QT_TRANSLATE_NOOP("actions", "&Keyboard shortcuts ..."), "", "", "help", ""},
        {"-", "", "", "", "help", ""},
        {"diagnostics", QT_TRANSLATE_NOOP("actions", "Copy &diagnostics"), "", "copy", "help", ""},
        {"about", QT_TRANSLATE_NOOP("actions", "&About MoE-LoRA Workbench"), "", "", "help", ""}};
    return table;
}

namespace {
constexpr std::pair<const char*, const char*> menus[] = {
    {"file", QT_TRANSLATE_NOOP("actions", "&File")},
    {"edit", QT_TRANSLATE_NOOP("actions", "&Edit")},
    {"run", QT_TRANSLATE_NOOP("actions", "&Run")},
    {"view", QT_TRANSLATE_NOOP("actions", "&View")},
    {"help", QT_TRANSLATE_NOOP("actions", "&Help")}};

QString translate(const char* text) {
    return QCoreApplication::translate("actions", text);
}
const ActionRow* rowOf(const QString& id) {
    for (const ActionRow& row : actionTable())
        if (id == QLatin1String(row.id) && id != QLatin1String("-")) return &row;
    return nullptr;
}

// A letter or digit alone would be taken from the text fields.
bool typesText(const QKeySequence& keys) {
    const QKeyCombination first = keys[0];
    const bool plain =
        !(first.keyboardModifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    return plain && (first.key() < Qt::Key_Escape || first.key() == Qt::Key_Delete ||
                     first.key() == Qt::Key_Backspace || first.key() == Qt::Key_Tab ||
                     first.key() == Qt::Key_Return || first.key() == Qt::Key_Enter);
}

// Keys of single pages, which stay theirs.
struct PageKeys {
    const char *keys, *text;
};
constexpr PageKeys pageKeys[] = {
    {"Ctrl+F", QT_TRANSLATE_NOOP("actions", "Data: filter")},
    {"F3", QT_TRANSLATE_NOOP("actions", "Data: next hit of the filter, again from the first")},
    {"Ctrl+Up", QT_TRANSLATE_NOOP("actions", "Data: sample before")},
    {"Ctrl+Down", QT_TRANSLATE_NOOP("actions", "Data: next sample")},
    {"Ctrl+J", QT_TRANSLATE_NOOP("actions", "Data: next finding")},
    {"F2", QT_TRANSLATE_NOOP("actions", "Data: correct the caption")},
    {"Del", QT_TRANSLATE_NOOP("actions", "Data, in the grid: leave the sample out")},
    {"N; P", QT_TRANSLATE_NOOP("actions", "Compare, in the list: next, previous difference")},
    {"1; 2; 0", QT_TRANSLATE_NOOP("actions", "Compare, Blind: left, right, the same")},
    {"+; -; Home", QT_TRANSLATE_NOOP("actions", "Charts: closer, wider, the whole run")},
    {"T", QT_TRANSLATE_NOOP("actions", "Charts: as a table")},
    {"Esc", QT_TRANSLATE_NOOP("actions", "Doctor, Compare: cancel what is at work")}};

QList<QKeySequence> listOf(const QString& text) {
    if (text.isEmpty()) return {};  // Qt would make one empty sequence of it
    return QKeySequence::listFromString(text, QKeySequence::PortableText);
}
QString textOf(const QList<QKeySequence>& keys) {
    return QKeySequence::listToString(keys, QKeySequence::PortableText);
}
}  // namespace

QList<QKeySequence> Actions::defaultKeys(const QString& id) {
    const ActionRow* row = rowOf(id);
    return row ? listOf(QLatin1String(row->keys)) : QList<QKeySequence>();
}

std::vector<std::pair<QString, QString>> Actions::keysOfPages() {
    std::vector<std::pair<QString, QString>> out;
    for (const PageKeys& page : pageKeys)
        out.emplace_back(
            translate(page.text),
            QKeySequence::listToString(listOf(QLatin1String(page.keys)), QKeySequence::NativeText));
    return out;
}

QString Actions::name(const ActionRow& row) {
    QString text = QLatin1String(row.group) == QLatin1String("language")
                       ? QString::fromUtf8(row.text)
                       : translate(row.text);
    // Chinese menus carry the letter in brackets behind the word.
    static const QRegularExpression letter(QStringLiteral("\\(&[A-Za-z]\\)"));
    return text.remove(letter).remove(QLatin1Char('&')).remove(QStringLiteral(" ...")).trimmed();
}

QString Actions::menuName(const char* id) {
    static const QRegularExpression letter(QStringLiteral("\\(&[A-Za-z]\\)"));
    for (const auto& [menu, text] : menus)
        if (QLatin1String(menu) == QLatin1String(id))
            return translate(text).remove(letter).remove(QLatin1Char('&'));
    return {};
}

void Actions::setChangedKeys(const QStringList& lines) {
    for (const auto& [id, action] : m_actions) action->setShortcuts(defaultKeys(id));
    for (const QString& line : lines) {
        const qsizetype equals = line.indexOf(QLatin1Char('='));
        const auto found = m_actions.find(line.left(equals));
        if (equals > 0 && found != m_actions.end())
            found->second->setShortcuts(listOf(line.mid(equals + 1)));
    }
}

QStringList Actions::changedKeys() const {
    QStringList lines;
    for (const auto& [id, action] : m_actions)
        if (action->shortcuts() != defaultKeys(id))
            lines << id + QLatin1Char('=') + textOf(action->shortcuts());
    return lines;
}

QString Actions::changeKeys(const QString& id, const QKeySequence& keys) {
    const QString shown = keys.toString(QKeySequence::NativeText);
    if (!keys.isEmpty()) {
        if (typesText(keys))
            return QCoreApplication::translate(
                       "actions", "%1 alone is needed in text fields. Add Ctrl or Alt.")
                .arg(shown);
        const QString taken = QCoreApplication::translate(
            "actions", "%1 belongs to \"%2\". Choose other keys, or change those first.");
        for (const auto& [other, action] : m_actions)
            if (other != id && action->shortcuts().contains(keys))
                return taken.arg(shown, name(*rowOf(other)));
        for (const PageKeys& page : pageKeys)
            if (listOf(QLatin1String(page.keys)).contains(keys))
                return taken.arg(shown, translate(page.text));
    }
    m_actions.at(id)->setShortcut(keys);
    return {};
}

Actions::Actions(QWidget* window, QMenuBar* bar) {
    for (const auto& [id, text] : menus) m_menus[QLatin1String(id)] = bar->addMenu(QString());
    std::map<QString, QActionGroup*> groups;
    for (const ActionRow& row : actionTable()) {
        QMenu* menu = m_menus.at(QLatin1String(row.menu));
        if (QLatin1String(row.id) == QLatin1String("-")) {
            menu->addSeparator();
            continue;
        }
        auto* action = new QAction(window);
        action->setObjectName(QLatin1String(row.id));
        action->setShortcuts(listOf(QLatin1String(row.keys)));
        if (*row.group) {
            QActionGroup*& group = groups[QLatin1String(row.group)];
            if (!group) group = new QActionGroup(window);
            action->setCheckable(true);
            group->addAction(action);
        }
        menu->addAction(action);
        m_actions[QLatin1String(row.id)] = action;
    }
    retranslate();
    retheme();
}

QAction* Actions::operator[](const char* id) const {
    return m_actions.at(QLatin1String(id));
}

void Actions::retranslate() {
    for (const auto& [id, text] : menus) m_menus.at(QLatin1String(id))->setTitle(translate(text));
    for (const ActionRow& row : actionTable())
        if (const auto it = m_actions.find(QLatin1String(row.id)); it != m_actions.end())
            it->second->setText(QLatin1String(row.group) == QLatin1String("language")
                                    ? QString::fromUtf8(row.text)
                                    : translate(row.text));
}

void Actions::retheme() {
    for (const ActionRow& row : actionTable())
        if (*row.icon) m_actions.at(QLatin1String(row.id))->setIcon(icon(QLatin1String(row.icon)));
}

}  // namespace moelora::ui
