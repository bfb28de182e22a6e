// SPDX-License-Identifier: GPL-3.0-or-later
// moelora-workbench: makes session and window, fills them from the command line.
#include <QDir>
#include <QFileInfo>
#include <QThreadPool>
#include <QTimer>
#include <cstdio>

#include "app/gui/command_line.h"
#include "core/session/session.h"
#include "ui/bridge/text.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/theme.h"

namespace {

using namespace moelora;
using namespace moelora::ui;

constexpr int screenshotDelayMs = 1500, screenshotTries = 40;

int modeOf(const QString& name, int fallback) {
    const QStringList names = {QStringLiteral("system"), QStringLiteral("light"),
                               QStringLiteral("dark")};
    return name.isEmpty() ? fallback : std::max(0, static_cast<int>(names.indexOf(name)));
}

void fill(Workbench& workbench, MainWindow& window, const gui::CommandLine& line) {
    workbench.refreshRuns();
    if (line.demo) workbench.openDemo();
    const auto absolute = [](const QString& path) { return QFileInfo(path).absoluteFilePath(); };
    if (!line.model.isEmpty()) workbench.chooseModel(absolute(line.model));
    if (!line.data.isEmpty()) workbench.chooseData(absolute(line.data));
    if (!line.run.isEmpty())
        workbench.openRun(QFileInfo::exists(line.run) ? absolute(line.run) : line.run);
    if (!line.compare.isEmpty()) {
        workbench.compare.open(absolute(line.compare));
        window.showPage(QStringLiteral("compare"));
    }
    if (window.pageIds().contains(line.page)) window.showPage(line.page);
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

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        if (std::string_view(argv[i]) == "--self-test") qputenv("QT_QPA_PLATFORM", "offscreen");
    Application application(argc, argv);
    int exitCode = 0;
    const auto line = gui::parseCommandLine(QCoreApplication::arguments(), exitCode);
    if (!line) return exitCode;
    SessionBridge bridge;
    Session session(ss(line->runs), bridge.wakeup());
    bridge.setSession(&session);
    {
        Workbench workbench(bridge);
        application.setLanguage(line->language.isEmpty() ? workbench.settings.language()
                                                         : line->language);
        Theme::instance().setMode(
            static_cast<Theme::Mode>(modeOf(line->theme, workbench.settings.themeMode())));
        MainWindow window(workbench, application);
        if (line->selfTest) {
            exitCode = selfTest(window);
        } else {
            fill(workbench, window, *line);
            if (!line->screenshot.isEmpty()) {
                window.resize(1280, 720);
                takeScreenshot(window, line->screenshot);
            }
            window.show();
            exitCode = QApplication::exec();
        }
    }
    QThreadPool::globalInstance()->waitForDone();  // questions under way still use the session
    bridge.setSession(nullptr);
    return exitCode;
}
