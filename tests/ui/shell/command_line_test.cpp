// SPDX-License-Identifier: GPL-3.0-or-later
// What the window's program says of a command line it cannot use.
#include "app/gui/command_line.h"

#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/shell/main_window.h"

using namespace moelora;
using namespace moelora::ui;

class CommandLineTest : public QObject {
    Q_OBJECT
    // Exit code; 0 and a line when it can be used.
    static int codeOf(const QStringList& arguments) {
        int code = 0;
        const auto line = gui::parseCommandLine(
            QStringList{QStringLiteral("moelora-workbench")} + arguments, code);
        return line.has_value() ? 0 : code;
    }

  private Q_SLOTS:
    void CommandLine_EveryPageThemeAndLanguageIsTaken() {
        SessionBridge bridge;
        test::FakeSession session(bridge.wakeup());
        bridge.setSession(&session);
        Workbench workbench(bridge);
        const MainWindow window(workbench, *static_cast<Application*>(qApp));
        for (const QString& page : window.pageIds())
            QCOMPARE(codeOf({QStringLiteral("--page"), page}), 0);
        for (const char* theme : {"system", "light", "dark", "contrast"})
            QCOMPARE(codeOf({QStringLiteral("--theme"), QLatin1String(theme)}), 0);
        for (const char* code : {"en", "zh_CN"})
            QCOMPARE(codeOf({QStringLiteral("--lang"), QLatin1String(code)}), 0);
        QThreadPool::globalInstance()->waitForDone();
    }
    void CommandLine_UnknownNamesAndArgumentsEndWithTwo_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("theme") << QStringList{QStringLiteral("--theme"), QStringLiteral("purple")};
        QTest::newRow("page") << QStringList{QStringLiteral("--page=x")};
        QTest::newRow("empty page") << QStringList{QStringLiteral("--page=")};
        QTest::newRow("language") << QStringList{QStringLiteral("--lang"), QStringLiteral("fr")};
        QTest::newRow("argument") << QStringList{QStringLiteral("folder")};
        QTest::newRow("option") << QStringList{QStringLiteral("--colour")};
    }
    void CommandLine_UnknownNamesAndArgumentsEndWithTwo() {
        QFETCH(QStringList, arguments);
        QCOMPARE(codeOf(arguments), 2);
    }
    void CommandLine_WithoutADisplayOnlyWhatNeedsNoneIsStarted() {
        const auto screen = [](const char* argument) {
            return gui::screenFor({QString::fromLatin1(argument)});
        };
        const char* names[] = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"};
        QByteArray before[3];
        for (int i = 0; i < 3; ++i) {
            before[i] = qgetenv(names[i]);
            qunsetenv(names[i]);
        }
        QVERIFY(screen("--demo") == gui::Screen::Missing);
        for (const char* alone : {"--screenshots", "--screenshot", "--self-test", "--help"})
            QVERIFY2(screen(alone) == gui::Screen::Offscreen, alone);
        QVERIFY(screen("-platform") == gui::Screen::AsIs);
        qputenv("DISPLAY", ":0");
        QVERIFY(screen("--demo") == gui::Screen::AsIs);
        QVERIFY(screen("--self-test") == gui::Screen::Offscreen);
        for (int i = 0; i < 3; ++i)
            if (before[i].isNull())
                qunsetenv(names[i]);
            else
                qputenv(names[i], before[i]);
    }
};

MOELORA_UI_TEST(CommandLineTest)
#include "command_line_test.moc"
