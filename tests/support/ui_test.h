// SPDX-License-Identifier: GPL-3.0-or-later
// Main function of a window test: offscreen (or MOELORA_TEST_PLATFORM), a home folder of its own,
// fixed language and theme.
#pragma once

#include <QDir>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "ui/shell/application.h"
#include "ui/widgets/theme.h"

// Waiting for what comes: a machine may be slow, what never comes is still a failure.
#define MOELORA_TRY_VERIFY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, 60000)
#define MOELORA_TRY_COMPARE(got, expected) QTRY_COMPARE_WITH_TIMEOUT(got, expected, 60000)

#define MOELORA_UI_TEST(Class)                                                                    \
    int main(int argc, char** argv) {                                                             \
        const QTemporaryDir home;                                                                 \
        qputenv("HOME", home.path().toUtf8());                                                    \
        for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"})           \
            qputenv(name, (home.path() + QStringLiteral("/") + QLatin1String(name)).toUtf8());    \
        qputenv(                                                                                  \
            "QT_QPA_PLATFORM",                                                                    \
            qEnvironmentVariable("MOELORA_TEST_PLATFORM", QStringLiteral("offscreen")).toUtf8()); \
        QStandardPaths::setTestModeEnabled(true);                                                 \
        moelora::ui::Application application(argc, argv);                                         \
        application.setLanguage(QStringLiteral("en"));                                            \
        moelora::ui::Theme::instance().setMode(moelora::ui::Theme::Light);                        \
        Class test;                                                                               \
        return QTest::qExec(&test, argc, argv);                                                   \
    }
