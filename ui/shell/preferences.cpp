// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/preferences.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QGridLayout>
#include <QStandardPaths>
#include <QUrl>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/models/workbench.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int textSizes[] = {100, 125, 150, 175, 200};
const std::pair<const char*, const char*> languages[] = {{"en", "English"}, {"zh_CN", "简体中文"}};
}  // namespace

Preferences::Preferences(MainWindow& window, Workbench& workbench, Application& application)
    : QDialog(&window),
      m_window(window),
      m_application(application),
      m_language(new QComboBox),
      m_theme(new QComboBox),
      m_text(new QComboBox),
      m_runsHow(makeLabel("muted")),
      m_keys(makeButton({}, false)),
      m_close(makeButton({}, true)) {
    setObjectName(QStringLiteral("preferences"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_language->setObjectName(QStringLiteral("preferLanguage"));
    m_theme->setObjectName(QStringLiteral("preferTheme"));
    m_text->setObjectName(QStringLiteral("preferText"));
    for (const auto& [code, name] : languages)
        m_language->addItem(QString::fromUtf8(name), QLatin1String(code));
    for (const int size : textSizes) m_text->addItem(QStringLiteral("%1 %").arg(size), size);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    const auto add = [grid](QLabel*& name, QComboBox* box) {
        name = makeLabel("field");
        name->setWordWrap(false);
        name->setBuddy(box);
        const int row = grid->rowCount();
        grid->addWidget(name, row, 0);
        grid->addWidget(box, row, 1, 1, 2);
    };
    add(m_languageName, m_language);
    add(m_themeName, m_theme);
    add(m_textName, m_text);
    addFolder(m_runsName, qs(workbench.session.runs_dir()), grid);
    grid->addWidget(m_runsHow, grid->rowCount(), 1, 1, 2);
    addFolder(m_settingsName, QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation),
              grid);
    auto* foot = new QHBoxLayout;
    foot->addWidget(m_keys);
    foot->addStretch();
    foot->addWidget(m_close);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(16);
    column->addLayout(grid);
    column->addStretch();
    column->addLayout(foot);
    connect(m_language, &QComboBox::activated, this,
            [this] { m_window.setLanguage(m_language->currentData().toString()); });
    connect(m_theme, &QComboBox::activated, this, [this](int mode) { m_window.setTheme(mode); });
    connect(m_text, &QComboBox::activated, this,
            [this] { m_window.setTextScale(m_text->currentData().toInt()); });
    connect(m_keys, &QPushButton::clicked, this,
            [this] { m_window.follow(QStringLiteral("action/shortcuts")); });
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
    keepText(this, [this] { retranslate(); });
}

void Preferences::addFolder(QLabel*& name, const QString& folder, QGridLayout* grid) {
    const int row = grid->rowCount();
    name = makeLabel("field");
    name->setWordWrap(false);
    auto* path = makeLabel("mono");
    path->setText(QDir::toNativeSeparators(folder));
    path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QPushButton* open = makeButton(QStringLiteral("folder"), false);
    connect(open, &QPushButton::clicked, this, [folder] {
        QDir().mkpath(folder);
        QDesktopServices::openUrl(QUrl::fromLocalFile(folder));
    });
    m_opens.push_back(open);
    grid->addWidget(name, row, 0);
    grid->addWidget(path, row, 1);
    grid->addWidget(open, row, 2);
}

void Preferences::retranslate() {
    setWindowTitle(tr("Preferences"));
    m_languageName->setText(tr("Language"));
    m_themeName->setText(tr("Colours"));
    m_textName->setText(tr("Size of the text"));
    m_runsName->setText(tr("Runs are kept in"));
    m_settingsName->setText(tr("Settings are kept in"));
    m_runsHow->setText(
        tr("Another folder or drive: start the program with --runs FOLDER, or set "
           "MOELORA_RUNS."));
    for (QPushButton* open : m_opens) open->setText(tr("Open"));
    m_opens.front()->setAccessibleName(tr("Open the folder of the runs"));
    m_opens.back()->setAccessibleName(tr("Open the folder of the settings"));
    m_keys->setText(tr("Keyboard shortcuts ..."));
    m_close->setText(tr("Close"));
    m_theme->clear();
    m_theme->addItems({tr("of the desktop"), tr("light"), tr("dark"), tr("high contrast")});
    m_theme->setCurrentIndex(Theme::instance().mode());
    m_language->setCurrentIndex(std::max(0, m_language->findData(m_application.language())));
    m_text->setCurrentIndex(std::max(0, m_text->findData(m_application.textScale())));
    const std::pair<QComboBox*, QLabel*> named[] = {
        {m_language, m_languageName}, {m_theme, m_themeName}, {m_text, m_textName}};
    for (const auto& [box, name] : named) box->setAccessibleName(name->text());
}

}  // namespace moelora::ui
