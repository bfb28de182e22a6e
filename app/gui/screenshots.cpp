// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/screenshots.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
#include <QThreadPool>
#include <QTimer>
#include <cstdio>

#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/theme.h"

namespace moelora::gui {

namespace {
constexpr int beatMs = 120, quietBeats = 3;
constexpr QSize smallestScreen(1280, 720);

void wait(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

// A page that needs more than the smallest screen would have to be scrolled there.
bool fits(const ui::MainWindow& window, const QString& file) {
    const QSize needed = window.roomNeeded();
    if (needed.width() <= smallestScreen.width() && needed.height() <= smallestScreen.height())
        return true;
    std::fprintf(stderr, "%s: the page needs a window of %d x %d\n", qPrintable(file),
                 needed.width(), needed.height());
    return false;
}

bool write(const ui::MainWindow& window, const QString& file) {
    const bool written = const_cast<ui::MainWindow&>(window).grab().save(file);
    if (!written) std::fprintf(stderr, "%s cannot be written\n", qPrintable(file));
    return written && fits(window, file);
}
}  // namespace

bool settle(int patienceMs) {
    QElapsedTimer clock;
    clock.start();
    for (int quiet = 0; quiet < quietBeats;) {
        if (clock.elapsed() > patienceMs) return false;
        wait(beatMs);
        quiet = QThreadPool::globalInstance()->activeThreadCount() > 0 ? 0 : quiet + 1;
    }
    return true;
}

bool waitFor(const std::function<bool()>& done) {
    constexpr int patienceMs = 900'000;
    QElapsedTimer clock;
    clock.start();
    while (!done()) {
        if (clock.elapsed() > patienceMs) return false;
        wait(beatMs);
    }
    return true;
}

namespace {
// What a pane shows only when it is asked: the routing of a sample, the findings of the doctor.
void askPane(const QWidget* page) {
    for (const char* name : {"traceRouting", "examine", "gridFill"}) {
        auto* button = page->findChild<QPushButton*>(QLatin1String(name));
        if (!button || !button->isVisible() || !button->isEnabled() ||
            button->property("asked").toBool())
            continue;
        button->setProperty("asked", true);
        button->click();
        wait(beatMs);
        static_cast<void>(waitFor([button] { return button->isEnabled() && button->isVisible(); }));
    }
}

// The page as it is, then each other pane of it, or several runs over one another.
bool writePage(ui::MainWindow& window, const QString& page, const QString& name) {
    window.showPage(page);
    static_cast<void>(settle());
    bool good = write(window, name.arg(QString()));
    auto* panes = window.page(page)->findChild<QTabBar*>();
    for (int pane = 1; panes && panes->isVisible() && pane < panes->count(); ++pane) {
        panes->setCurrentIndex(pane);
        static_cast<void>(settle());
        askPane(window.page(page));
        static_cast<void>(settle());
        good &= write(window, name.arg(QStringLiteral("-%1").arg(pane + 1)));
    }
    if (panes) panes->setCurrentIndex(0);
    auto* runs =
        page == QLatin1String("runs") ? window.page(page)->findChild<QTableView*>() : nullptr;
    if (runs && runs->isVisible() && runs->model()->rowCount() > 1) {
        runs->selectAll();
        static_cast<void>(settle());
        good &= write(window, name.arg(QStringLiteral("-overlay")));
        runs->selectRow(0);
    }
    return good;
}
}  // namespace

bool writeState(ui::MainWindow& window, ui::Application& application, const QString& folder,
                const QString& state, const QStringList& pages) {
    bool good = QDir().mkpath(folder);
    window.resize(smallestScreen);
    for (const char* language : {"zh_CN", "en"}) {
        good &= application.setLanguage(QLatin1String(language));
        for (const auto& [mode, theme] :
             {std::pair{ui::Theme::Dark, "dark"}, {ui::Theme::Light, "light"}}) {
            ui::Theme::instance().setMode(mode);
            for (const QString& page : pages) {
                window.showPage(page);
                wait(2 * beatMs);
                const QString file =
                    QStringLiteral("%1/%2-%3-%4-%5.png")
                        .arg(folder, state, page, QLatin1String(language), QLatin1String(theme));
                good &= window.grab().save(file);  // a message takes room, its size is not judged
            }
        }
    }
    return good;
}

bool writeScreenshots(ui::MainWindow& window, ui::Application& application, const QString& folder,
                      const QString& prefix) {
    if (!QDir().mkpath(folder)) return false;
    window.resize(smallestScreen);  // a job at work or a message may have made it larger
    const std::pair<ui::Theme::Mode, const char*> themes[] = {
        {ui::Theme::Light, "light"},
        {ui::Theme::Dark, "dark"},
        {ui::Theme::HighContrast, "contrast"}};
    bool good = true;
    for (const char* language : {"en", "zh_CN"}) {
        good &= application.setLanguage(QLatin1String(language));
        for (const auto& [mode, theme] : themes) {
            ui::Theme::instance().setMode(mode);
            for (const QString& page : window.pageIds())
                good &= writePage(window, page,
                                  QStringLiteral("%1/%2%3%4-%5-%6.png")
                                      .arg(folder, prefix, page, QStringLiteral("%1"),
                                           QLatin1String(language), QLatin1String(theme)));
        }
    }
    return good;
}

}  // namespace moelora::gui
