// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include <QCloseEvent>
#include <QGuiApplication>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>
#include <QWhatsThis>
#include <algorithm>

#include "core/options/config.h"
#include "ui/bridge/text.h"
#include "ui/pages/adapter/adapter_page.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/export/export_page.h"
#include "ui/pages/model/model_page.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/pages/runs/runs_page.h"
#include "ui/pages/start/start_page.h"
#include "ui/pages/train/train_page.h"
#include "ui/shell/application.h"
#include "ui/shell/drop_hint.h"
#include "ui/shell/navigation.h"
#include "ui/shell/preferences.h"
#include "ui/shell/shortcut_editor.h"
#include "ui/shell/status_bar.h"
#include "ui/shell/tray.h"
#include "ui/widgets/ask_path.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int leastText = 100, mostText = 200, textStep = 25;
constexpr QSize smallestSize(640, 400);

// As large as the window, and never smaller than the page in it needs. Without a layout of its
// own: the scroll area would take the height that texts like best for the least one.
class Room : public QWidget {
  public:
    explicit Room(QStackedWidget* inner) : m_inner(inner) { inner->setParent(this); }
    [[nodiscard]] QSize minimumSizeHint() const override {
        return m_inner->currentWidget() ? m_inner->currentWidget()->minimumSizeHint()
                                        : m_inner->minimumSizeHint();
    }

  protected:
    void resizeEvent(QResizeEvent*) override { m_inner->resize(size()); }
    // Without a layout nobody hands on that the page needs another room.
    bool event(QEvent* event) override {
        if (event->type() == QEvent::LayoutRequest) updateGeometry();
        return QWidget::event(event);
    }

  private:
    QStackedWidget* m_inner;
};

// Of a drag whose first part lies on this computer.
QStringList localPaths(const QMimeData& mime) {
    QStringList paths;
    for (const QUrl& url : mime.urls()) {
        if (url.isLocalFile()) paths << url.toLocalFile();
        if (paths.isEmpty()) break;
    }
    return paths;
}

struct PageRow {
    const char *id, *text;
};
constexpr PageRow pageTable[] = {{"start", QT_TRANSLATE_NOOP("pages", "Start")},
                                 {"data", QT_TRANSLATE_NOOP("pages", "Data")},
                                 {"model", QT_TRANSLATE_NOOP("pages", "Model")},
                                 {"adapter", QT_TRANSLATE_NOOP("pages", "Adapter")},
                                 {"train", QT_TRANSLATE_NOOP("pages", "Train")},
                                 {"monitor", QT_TRANSLATE_NOOP("pages", "Monitor")},
                                 {"compare", QT_TRANSLATE_NOOP("pages", "Compare")},
                                 {"export", QT_TRANSLATE_NOOP("pages", "Export")},
                                 {"runs", QT_TRANSLATE_NOOP("pages", "Runs")}};
}  // namespace

MainWindow::MainWindow(Workbench& workbench, Application& application, QWidget* parent)
    : QMainWindow(parent),
      m_workbench(workbench),
      m_application(application),
      m_actions(this, menuBar()),
      m_navigation(new Navigation),
      m_stack(new QStackedWidget),
      m_messages(new MessageBar),
      m_tray(new Tray(workbench, this)),
      m_dropHint(new DropHint(this)) {
    setObjectName(QStringLiteral("mainWindow"));
    setAcceptDrops(true);
    makePages();
    makeCentre();
    setStatusBar(new StatusBar(workbench));
    connectActions();
    connectJobs();
    keepLook(this, [this] { m_actions.retheme(); });
    retranslate();
    m_actions.setChangedKeys(m_workbench.settings.list(QStringLiteral("shortcuts")));
    setMinimumSize(smallestSize);
    resize(1280, 720);
    if (const QByteArray geometry = m_workbench.settings.geometry(); !geometry.isEmpty())
        restoreGeometry(geometry);
    setTextScale(m_application.textScale());
    showPage(QStringLiteral("start"));
    updateState();
    if (!m_workbench.settings.putAside().isEmpty()) sayPutAside();
    if (m_application.lacksLetters()) sayLettersLack();
}

void MainWindow::makePages() {
    m_trainPage = new TrainPage(m_workbench);
    m_monitorPage = new MonitorPage(m_workbench);
    for (Page* page :
         {static_cast<Page*>(new StartPage(m_workbench)),
          static_cast<Page*>(new DataPage(m_workbench)),
          static_cast<Page*>(new ModelPage(m_workbench)),
          static_cast<Page*>(new AdapterPage(m_workbench)), static_cast<Page*>(m_trainPage),
          static_cast<Page*>(m_monitorPage), static_cast<Page*>(new ComparePage(m_workbench)),
          static_cast<Page*>(new ExportPage(m_workbench)),
          static_cast<Page*>(new RunsPage(m_workbench))}) {
        m_pages[page->id()] = page;
        m_stack->addWidget(page);
        m_navigation->addPage(page->id(), page->id());
    }
    connect(m_navigation, &Navigation::chosen, this, [this](const QString& id) {
        m_stack->setCurrentWidget(m_pages.at(id));
        // Before it was shown a page guesses its size; what it needs is known now.
        QMetaObject::invokeMethod(m_pages.at(id), &QWidget::updateGeometry, Qt::QueuedConnection);
        m_messages->leavePage();
    });
}

void MainWindow::makeCentre() {
    auto* right = new QWidget;
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* messages = new QWidget;  // keeps the page's margins around the bar
    auto* margin = new QVBoxLayout(messages);
    margin->setContentsMargins(20, 0, 20, 0);
    margin->addWidget(m_messages);
    column->addWidget(messages);
    // On a small screen, or with large letters, a page scrolls instead of being cut.
    m_area = qobject_cast<QScrollArea*>(scrolled(new Room(m_stack), "pageScroll"));
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    column->addWidget(m_area, 1);
    auto* centre = new QWidget;
    auto* row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_navigation);
    row->addWidget(right, 1);
    setCentralWidget(centre);
}

void MainWindow::connectActions() {
    const auto on = [this](const char* id, auto slot) {
        connect(m_actions[id], &QAction::triggered, this, slot);
    };
    TrainJob& train = m_workbench.train;
    on("demo", [this] {
        m_workbench.openDemo();
        showPage(QStringLiteral("data"));
    });
    on("openModel", [this] {
        chooseFolder(QStringLiteral("modelFolder"), tr("Choose model folder"),
                     &Workbench::chooseModel);
    });
    on("openData", [this] {
        chooseFolder(QStringLiteral("dataFolder"), tr("Choose data folder"),
                     &Workbench::chooseData);
    });
    on("openRun", [this] {
        chooseFolder(QStringLiteral("runFolder"), tr("Open run folder"), &Workbench::openRun);
    });
    on("quit", [this] { close(); });
    OptionsHistory& history = m_workbench.project.history();
    on("undo", [&history] { history.undo(); });
    on("redo", [&history] { history.redo(); });
    connect(&history, &QUndoStack::indexChanged, this, [this] { nameUndo(); });
    on("log", [this] {
        showPage(QStringLiteral("monitor"));
        m_monitorPage->showLog();
    });
    on("start", [this] { m_trainPage->start(); });
    on("pause", [&train] { train.togglePause(); });
    on("pauseFree", [&train] { train.pauseAndFree(); });
    on("stop", [&train] { train.stop(); });
    on("discard", [this] { askToDiscard(); });
    on("save", [&train] { train.saveNow(); });
    on("caption", [&train] { train.captionNow(); });
    for (const PageRow& row : pageTable)
        on(("page." + std::string(row.id)).c_str(),
           [this, id = QString::fromLatin1(row.id)] { showPage(id); });
    for (int mode = 0; mode <= Theme::HighContrast; ++mode)
        on(("theme." + std::to_string(mode)).c_str(), [this, mode] { setTheme(mode); });
    for (const char* code : {"en", "zh_CN"})
        on(("language." + std::string(code)).c_str(),
           [this, code = QString::fromLatin1(code)] { setLanguage(code); });
    on("fullScreen", [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    on("help", [this] { explainFocus(); });
    on("whatsThis", [] { QWhatsThis::enterWhatsThisMode(); });
    on("shortcuts", [this] { editShortcuts(); });
    on("openConfig", [this] { openConfig(); });
    on("newConfig", [this] { startAnew(); });
    on("saveConfig", [this] { saveConfig(); });
    on("saveConfigAs", [this] { saveConfigAs(); });
    on("preferences", [this] { (new Preferences(*this, m_workbench, m_application))->open(); });
    on("textLarger", [this] { setTextScale(m_application.textScale() + textStep); });
    on("textSmaller", [this] { setTextScale(m_application.textScale() - textStep); });
    on("textUsual", [this] { setTextScale(leastText); });
    on("guide", [this] { showPage(QStringLiteral("start")); });
    on("about", [this] { showAbout(); });
    on("diagnostics", [this] { copyDiagnostics(); });
}

void MainWindow::connectJobs() {
    const auto update = [this] { updateState(); };
    connect(&m_workbench, &Workbench::pageWanted, this, &MainWindow::showPage);
    connect(&m_workbench, &Workbench::fieldWanted, this,
            [this](const QString& page, const QString& field) {
                showPage(page);
                if (!field.isEmpty()) m_pages.at(page)->focusField(field);
            });
    connect(&m_workbench, &Workbench::failed, this, &MainWindow::showError);
    connect(&m_workbench, &Workbench::targetWanted, this, &MainWindow::follow);
    connect(&m_application, &QGuiApplication::commitDataRequest, this, [this] { endSession(); });
    connect(&m_workbench, &Workbench::said, this, [this](const QString& text) {
        m_messages->showMessage(Tone::Good, [text] { return MessageBar::Message{text, {}, {}}; });
    });
    connect(
        &m_workbench, &Workbench::warned, this, [this](const QString& text, const QString& target) {
            m_messages->showMessage(Tone::Warning, [this, text, target] {
                MessageBar::Message message{text, {}, {}};
                if (!target.isEmpty())
                    message.buttons.push_back({tr("Show it"), [this, target] { follow(target); }});
                return message;
            });
        });
    connect(&m_workbench.project, &Project::readinessChanged, this, update);
    connect(&m_workbench.compare, &CompareJob::stateChanged, this, update);
    connect(&m_workbench.grid, &CheckpointGrid::changed, this, update);
    connect(&m_workbench.train, &TrainJob::stateChanged, this, [this] {
        updateState();
        sayPaused();
        if (m_closing && !m_workbench.train.running()) close();
    });
    connect(&m_workbench.train.model(), &RunModel::changed, this, [this](int parts) {
        if (parts & RunModel::State) sayPaused();
    });
    connect(&m_workbench.train, &TrainJob::finished, this, [this](bool ok) {
        if (ok)
            m_messages->showMessage(Tone::Good, [] {
                return MessageBar::Message{
                    tr("The training is done."),
                    tr("Compare shows what it changed; Export takes the adapter away."),
                    {}};
            });
    });
}

void MainWindow::showPage(const QString& id) {
    m_navigation->choose(id);
}

QString MainWindow::currentPage() const {
    return m_navigation->current();
}

QStringList MainWindow::pageIds() const {
    QStringList ids;
    for (const PageRow& row : pageTable) ids << QLatin1String(row.id);
    return ids;
}

QString MainWindow::message() const {
    return m_messages->isHidden() ? QString() : m_messages->text();
}

void MainWindow::updateState() {
    const TrainJob& train = m_workbench.train;
    const bool running = train.running(),
               training = train.state() == JobState::Running || train.state() == JobState::Paused;
    const bool ready = m_workbench.project.ready();
    m_actions["start"]->setEnabled(!running && ready);
    for (const char* id : {"stop", "discard"})
        m_actions[id]->setEnabled(running && !train.stopping());
    for (const char* id : {"pause", "pauseFree", "save", "caption"})
        m_actions[id]->setEnabled(running && training);
    m_actions["demo"]->setEnabled(m_workbench.hasDemo());
    std::map<QString, Navigation::Mark> marks;
    for (const Readiness& r : m_workbench.project.readiness()) {
        Navigation::Mark& mark = marks[r.page];
        const bool untouched = m_workbench.project.options().model.path.empty();
        if (r.state == Readiness::Missing)
            mark = untouched ? Navigation::None : Navigation::Problem;
        if (r.state == Readiness::Ok && mark == Navigation::None && !untouched)
            mark = Navigation::Ready;
    }
    // Train is ready when nothing holds the start back, wherever that stands.
    Navigation::Mark& ofTrain = marks[QStringLiteral("train")];
    if (ready)
        ofTrain = Navigation::Ready;
    else if (ofTrain == Navigation::Ready)
        ofTrain = Navigation::None;
    marks[QStringLiteral("monitor")] = running ? Navigation::Busy : Navigation::None;
    marks[QStringLiteral("compare")] = m_workbench.compare.running() || m_workbench.grid.running()
                                           ? Navigation::Busy
                                           : Navigation::None;
    for (const auto& [id, mark] : marks) m_navigation->setMark(id, mark);
}

// Fields that a page of its own has stand there; the rest of the options on Train.
bool MainWindow::follow(const QString& target) {
    const QString kind = target.section(QLatin1Char('/'), 0, 0),
                  rest = target.section(QLatin1Char('/'), 1);
    if (kind == QLatin1String("action")) {
        const QAction* action = findChild<QAction*>(rest);
        if (action) m_actions[rest.toLatin1().constData()]->trigger();
        return action != nullptr;
    }
    if (kind == QLatin1String("set")) {
        RunOptions options = m_workbench.project.options();
        const QString path = rest.section(QLatin1Char('='), 0, 0);
        if (!set_option(options, ss(path), ss(rest.section(QLatin1Char('='), 1)))) return false;
        m_workbench.project.setOptions(std::move(options));
        return follow(QStringLiteral("field/") + path);
    }
    const QString name = rest.section(QLatin1Char('/'), 0, 0);
    if (kind == QLatin1String("field")) {
        const QString group = rest.section(QLatin1Char('.'), 0, 0);
        static const QStringList ofData = {
            QStringLiteral("data.path"),           QStringLiteral("data.exclude"),
            QStringLiteral("data.edits"),          QStringLiteral("data.probes"),
            QStringLiteral("data.columns"),        QStringLiteral("data.image_root"),
            QStringLiteral("data.encoding"),       QStringLiteral("data.parts"),
            QStringLiteral("data.tasks"),          QStringLiteral("data.sample_types"),
            QStringLiteral("data.on_bad_picture"), QStringLiteral("data.template"),
            QStringLiteral("data.task"),           QStringLiteral("data.task_from_folder"),
            QStringLiteral("data.inline_in_place")};
        const QString page = group == QLatin1String("adapter") || group == QLatin1String("model")
                                 ? group
                             : ofData.contains(rest) ? QStringLiteral("data")
                                                     : QStringLiteral("train");
        showPage(page);
        m_pages.at(page)->focusField(rest);
        return true;
    }
    if (!m_pages.contains(name)) return false;
    showPage(name);
    if (kind == QLatin1String("page")) return true;
    if (kind == QLatin1String("press")) {
        auto* button = m_pages.at(name)->findChild<QPushButton*>(rest.section(QLatin1Char('/'), 1));
        if (button) button->click();
        return button != nullptr;
    }
    auto* panes = m_pages.at(name)->findChild<QTabBar*>();
    const int pane = rest.section(QLatin1Char('/'), 1).toInt();
    if (!panes || pane >= panes->count()) return false;
    panes->setCurrentIndex(pane);
    return true;
}

void MainWindow::setLanguage(const QString& code) {
    m_workbench.settings.setLanguage(code);
    if (!m_application.setLanguage(code))
        m_messages->showMessage(Tone::Warning, [] {
            return MessageBar::Message{tr("This language is not installed."), {}, {}};
        });
    retranslate();
    if (m_application.lacksLetters()) sayLettersLack();
}

void MainWindow::setTheme(int mode) {
    m_workbench.settings.setThemeMode(mode);
    Theme::instance().setMode(static_cast<Theme::Mode>(mode));
    m_actions[("theme." + std::to_string(mode)).c_str()]->setChecked(true);
}

void MainWindow::setTextScale(int percent) {
    const int allowed = std::clamp(percent, leastText, mostText);
    m_workbench.settings.setTextScale(allowed);
    m_application.setTextScale(allowed);
    m_actions["textLarger"]->setEnabled(allowed < mostText);
    m_actions["textSmaller"]->setEnabled(allowed > leastText);
    m_actions["textUsual"]->setEnabled(allowed != leastText);
}

void MainWindow::retranslate() {
    setWindowTitle(tr("MoE-LoRA Workbench"));
    m_actions.retranslate();
    nameUndo();
    for (const PageRow& row : pageTable)
        m_navigation->setText(QLatin1String(row.id),
                              QCoreApplication::translate("pages", row.text));
    m_actions[("language." + m_application.language().toStdString()).c_str()]->setChecked(true);
    m_actions[("theme." + std::to_string(Theme::instance().mode())).c_str()]->setChecked(true);
}

// "Undo Rank r: 16": what would be taken back stands in the menu.
void MainWindow::nameUndo() {
    const OptionsHistory& history = m_workbench.project.history();
    const auto name = [](QAction* action, const QString& plain, const QString& what, bool can) {
        action->setText(can ? QStringLiteral("%1  %2").arg(plain, what) : plain);
        action->setEnabled(can);
    };
    name(m_actions["undo"], QCoreApplication::translate("actions", "&Undo"), history.undoText(),
         history.canUndo());
    name(m_actions["redo"], QCoreApplication::translate("actions", "&Redo"), history.redoText(),
         history.canRedo());
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::LanguageChange) retranslate();
}

void MainWindow::chooseFolder(const QString& purpose, const QString& title,
                              void (Workbench::*use)(const QString&)) {
    askPath(this, {PathQuestion::Folder, purpose, title},
            [this, use](const QString& path) { (m_workbench.*use)(path); });
}

QSize MainWindow::roomNeeded() const {
    return size() - m_area->viewport()->size() + m_stack->minimumSizeHint();
}

// The run saves its checkpoint before the session goes: that joins every job.
void MainWindow::endSession() {
    m_sessionEnds = true;
    m_workbench.queue.setGoing(false);
    if (m_workbench.train.running()) m_workbench.train.stop();
}

// What the field, or whatever is around it, says of itself.
void MainWindow::explainFocus() {
    QWidget* widget = focusWidget() ? focusWidget() : m_stack->currentWidget();
    QString text;
    for (QWidget* at = widget; at && text.isEmpty(); at = at->parentWidget())
        text = !at->whatsThis().isEmpty() ? at->whatsThis() : at->toolTip();
    if (text.isEmpty()) text = m_stack->currentWidget()->whatsThis();
    QWhatsThis::showText(widget->mapToGlobal(QPoint(0, widget->height())), text, widget);
}

void MainWindow::editShortcuts() {
    auto* editor = new ShortcutEditor(m_actions, m_workbench.settings, this);
    editor->open();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_workbench.train.running() && !m_sessionEnds && !askToStop()) {
        event->ignore();
        return;
    }
    m_workbench.settings.setGeometry(saveGeometry());
    m_tray->release();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QStringList paths = localPaths(*event->mimeData());
    if (paths.isEmpty()) return;
    event->acceptProposedAction();
    m_dropHint->showFor(paths);
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent* event) {
    m_dropHint->leave();
    QMainWindow::dragLeaveEvent(event);
}

void MainWindow::dropEvent(QDropEvent* event) {
    m_dropHint->leave();
    event->acceptProposedAction();
    m_workbench.openPaths(localPaths(*event->mimeData()));
}

}  // namespace moelora::ui
