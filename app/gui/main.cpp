// SPDX-License-Identifier: GPL-3.0-or-later
// moelora-workbench: makes session and window, fills them from the command line.
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QTimer>
#include <cstdio>
#include <memory>

#include "app/gui/command_line.h"
#include "app/gui/screenshots.h"
#include "app/gui/states.h"
#include "core/base/host_process.h"
#include "core/session/session.h"
#include "ui/bridge/text.h"
#include "ui/models/journal.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/crash_note.h"
#include "ui/shell/main_window.h"
#include "ui/shell/single_instance.h"
#include "ui/shell/tray.h"
#include "ui/widgets/theme.h"

namespace {

using namespace moelora;
using namespace moelora::ui;

constexpr int shorterRunUpdates = 120;
constexpr int screenshotDelayMs = 1500, screenshotTries = 40;
constexpr QSize screenshotSize(1280, 720);

QString settingsFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation);
}

int modeOf(const QString& name, int fallback) {
    const QStringList names = {QStringLiteral("system"), QStringLiteral("light"),
                               QStringLiteral("dark"), QStringLiteral("contrast")};
    return name.isEmpty() ? fallback : static_cast<int>(names.indexOf(name));
}

// `base`: the folder from which relative paths are meant.
void fill(Workbench& workbench, MainWindow& window, const gui::CommandLine& line,
          const QString& base) {
    workbench.refreshRuns();
    if (line.demo) workbench.openDemo();
    const auto absolute = [&](const QString& path) {
        return QDir::cleanPath(QDir(base).absoluteFilePath(path));
    };
    if (!line.model.isEmpty()) workbench.chooseModel(absolute(line.model));
    if (!line.data.isEmpty()) workbench.chooseData(absolute(line.data));
    if (!line.run.isEmpty())
        workbench.openRun(QFileInfo::exists(absolute(line.run)) ? absolute(line.run) : line.run);
    if (!line.compare.isEmpty()) {
        workbench.compare.open(absolute(line.compare));
        window.showPage(QStringLiteral("compare"));
    }
    if (!line.page.isEmpty()) window.showPage(line.page);
}

// A later start hands its folder and arguments over: they act here, and the window comes forward.
void takeOver(Workbench& workbench, MainWindow& window, const QStringList& request) {
    int exitCode = 0;
    if (request.size() > 1)
        if (const auto line = gui::parseCommandLine(request.mid(1), exitCode))
            fill(workbench, window, *line, request.front());
    window.tray().bringBack();
}

// The sample project from its beginning to its comparison, and a shorter run beside it, so that
// there is something to lay over one another; a third one waits.
bool makeContent(Workbench& workbench) {
    workbench.guide.startOver();
    workbench.guide.run();
    bool good = gui::waitFor([&] { return !workbench.guide.atWork(); }) &&
                workbench.guide.phase() == Guide::Done;
    RunOptions shorter = workbench.project.options();
    shorter.adapter.rank /= 2;
    shorter.train.max_steps = shorterRunUpdates;
    workbench.queue.add(QStringLiteral("half the rank"), shorter);
    workbench.queue.setGoing(true);
    good &=
        gui::waitFor([&] { return workbench.queue.waiting() == 0 && !workbench.train.running(); });
    workbench.queue.add(QStringLiteral("for the night"), workbench.project.options());
    workbench.openRun(workbench.runs.runs().empty() ? QString()
                                                    : qs(workbench.runs.runs().back().path));
    return gui::settle() && good;
}

// Every page empty, then with what the command line asks for; when it names nothing, with the
// sample project, which is trained for it.
int writePictures(Workbench& workbench, MainWindow& window, Application& application,
                  gui::CommandLine line) {
    const bool sample = line.run.isEmpty() && line.compare.isEmpty() && line.model.isEmpty() &&
                        line.data.isEmpty() && workbench.hasDemo();
    line.page.clear();
    window.resize(screenshotSize);
    window.show();
    bool good =
        gui::writeScreenshots(window, application, line.screenshots, QStringLiteral("empty-"));
    static_cast<void>(application.setLanguage(QStringLiteral("en")));
    fill(workbench, window, line, QDir::currentPath());
    good &= sample ? makeContent(workbench) : gui::settle();
    good &= gui::writeScreenshots(window, application, line.screenshots, {});
    if (sample) {
        Theme::instance().setMode(Theme::Light);
        good &= gui::writeStates(workbench, window, application, line.screenshots);
    }
    std::printf("screenshots: %s\n",
                good ? "all pages were written" : "not everything was written");
    return good ? 0 : 1;
}

// Every page once, in both languages and themes; what a program that starts must be able to do.
int selfTest(MainWindow& window) {
    for (const char* language : {"zh_CN", "en"}) {
        window.setLanguage(QString::fromLatin1(language));
        for (const int mode : {Theme::Dark, Theme::Light}) {
            window.setTheme(mode);
            for (const QString& id : window.pageIds()) {
                window.showPage(id);
                if (window.currentPage() != id || window.grab().isNull()) return 1;
            }
        }
    }
    std::puts("self-test: all pages were created");
    return 0;
}

// Waits until the jobs and questions of the start are answered, then writes the picture.
void takeScreenshot(MainWindow& window, const QString& file) {
    auto* timer = new QTimer(&window);
    auto tries = std::make_shared<int>(0);
    QObject::connect(timer, &QTimer::timeout, &window, [timer, tries, &window, file] {
        if (QThreadPool::globalInstance()->activeThreadCount() > 0 && ++*tries < screenshotTries)
            return;
        timer->stop();
        const bool written = window.grab().save(file);
        if (!written) std::fprintf(stderr, "%s cannot be written\n", qPrintable(file));
        QCoreApplication::exit(written ? 0 : 1);
    });
    timer->start(screenshotDelayMs);
}

// The window with its session, until it is closed. `instance`: nullptr for starts that make
// pictures or test themselves.
int run(Application& application, const gui::CommandLine& line, SingleInstance* instance) {
    int exitCode = 0;
    SessionBridge bridge;
    Session session(ss(line.runs), bridge.wakeup());
    bridge.setSession(&session);
    {
        Workbench workbench(bridge);
        application.setLanguage(line.language.isEmpty() ? workbench.settings.language()
                                                        : line.language);
        Theme::instance().setMode(
            static_cast<Theme::Mode>(modeOf(line.theme, workbench.settings.themeMode())));
        application.setTextScale(workbench.settings.textScale());
        std::unique_ptr<Journal> journal;
        MainWindow window(workbench, application);
        if (line.selfTest) {
            exitCode = selfTest(window);
        } else if (!line.screenshots.isEmpty()) {
            exitCode = writePictures(workbench, window, application, line);
        } else {
            fill(workbench, window, line, QDir::currentPath());
            if (!line.screenshot.isEmpty()) {
                window.resize(screenshotSize);
                takeScreenshot(window, line.screenshot);
            }
            if (instance) {
                journal = std::make_unique<Journal>(
                    workbench.project, settingsFolder() + QStringLiteral("/journal.json"));
                QObject::connect(
                    instance, &SingleInstance::requested, &window,
                    [&](const QStringList& request) { takeOver(workbench, window, request); });
                if (instance->endedBadly())
                    window.sayEndedBadly(journal.get());
                else
                    journal->forget();
            }
            window.show();
            exitCode = QApplication::exec();
            if (journal) journal->close();
        }
    }
    QThreadPool::globalInstance()->waitForDone();  // questions under way still use the session
    bridge.setSession(nullptr);
    return exitCode;
}

// Neither the settings nor the library of the user take part.
int picturesOf(Application& application, gui::CommandLine line) {
    const QTemporaryDir own;
    qputenv("XDG_CONFIG_HOME", own.path().toUtf8());
    if (line.runs.isEmpty()) line.runs = own.filePath(QStringLiteral("runs"));
    return run(application, line, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
    let_waiting_threads_sleep(argv);
    keep_large_blocks();
    QStringList words;
    for (int i = 1; i < argc; ++i) words << QString::fromLocal8Bit(argv[i]);
    switch (gui::screenFor(words)) {
        case gui::Screen::AsIs:
            break;
        case gui::Screen::Offscreen:
            qputenv("QT_QPA_PLATFORM", "offscreen");
            break;
        case gui::Screen::Missing:
            std::fputs(
                "moelora-workbench: there is no display (DISPLAY and WAYLAND_DISPLAY are not set). "
                "Start it on a desktop or with xvfb-run, or use moelora, which needs none.\n",
                stderr);
            return 1;
    }
    Application application(argc, argv);
    int exitCode = 0;
    const auto line = gui::parseCommandLine(QCoreApplication::arguments(), exitCode);
    if (!line) return exitCode;
    const bool alone =
        line->selfTest || !line->screenshot.isEmpty() || !line->screenshots.isEmpty();
    if (!line->screenshots.isEmpty()) return picturesOf(application, *line);
    if (alone) return run(application, *line, nullptr);
    SingleInstance instance(settingsFolder());
    if (!instance.first() &&
        instance.handOver(QStringList{QDir::currentPath()} + QCoreApplication::arguments()))
        return 0;
    keepCrashNote(settingsFolder() + QStringLiteral("/crash.txt"));
    exitCode = run(application, *line, &instance);
    dropCrashNote();
    return exitCode;
}
