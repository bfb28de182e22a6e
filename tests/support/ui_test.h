// SPDX-License-Identifier: GPL-3.0-or-later
// Main function of a window test: offscreen, a home folder of its own, fixed language and theme.
#pragma once

#include <QDir>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "ui/shell/application.h"
#include "ui/widgets/theme.h"

#define MOELORA_UI_TEST(Class)                                                                 \
    int main(int argc, char** argv) {                                                          \
        const QTemporaryDir home;                                                              \
        qputenv("HOME", home.path().toUtf8());                                                 \
        for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"})        \
            qputenv(name, (home.path() + QStringLiteral("/") + QLatin1String(name)).toUtf8()); \
        qputenv("QT_QPA_PLATFORM", "offscreen");                                               \
        QStandardPaths::setTestModeEnabled(true);                                              \
        moelora::ui::Application application(argc, argv);                                      \
        application.setLanguage(QStringLiteral("en"));                                         \
        moelora::ui::Theme::instance().setMode(moelora::ui::Theme::Light);                     \
        Class test;                                                                            \
        return QTest::qExec(&test, argc, argv);                                                \
    }
