// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/screenshots.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTabBar>
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

void wait(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

bool write(const ui::MainWindow& window, const QString& file) {
    const bool written = const_cast<ui::MainWindow&>(window).grab().save(file);
    if (!written) std::fprintf(stderr, "%s cannot be written\n", qPrintable(file));
    return written;
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

bool writeScreenshots(ui::MainWindow& window, ui::Application& application, const QString& folder,
                      const QString& prefix) {
    if (!QDir().mkpath(folder)) return false;
    const std::pair<ui::Theme::Mode, const char*> themes[] = {{ui::Theme::Light, "light"},
                                                              {ui::Theme::Dark, "dark"}};
    bool good = true;
    for (const char* language : {"en", "zh_CN"}) {
        good &= application.setLanguage(QLatin1String(language));
        for (const auto& [mode, theme] : themes) {
            ui::Theme::instance().setMode(mode);
            for (const QString& page : window.pageIds()) {
                window.showPage(page);
                const QString name = QStringLiteral("%1/%2%3%4-%5-%6.png");
                auto* panes = window.page(page)->findChild<QTabBar*>();
                const int states = panes && panes->isVisible() ? panes->count() : 1;
                for (int state = 0; state < states; ++state) {
                    if (panes) panes->setCurrentIndex(state);
                    static_cast<void>(settle());
                    good &= write(window, name.arg(folder, prefix, page,
                                                   state > 0 ? QStringLiteral("-%1").arg(state + 1)
                                                             : QString(),
                                                   QLatin1String(language), QLatin1String(theme)));
                }
                if (panes) panes->setCurrentIndex(0);
            }
        }
    }
    return good;
}

}  // namespace moelora::gui
