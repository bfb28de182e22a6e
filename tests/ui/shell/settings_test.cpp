// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers, and what it does with a file of settings that is none.
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSettings>

#include "tests/support/window_fixture.h"

using namespace moelora;
using namespace moelora::ui;

class SettingsTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    static QString folder() {
        return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation);
    }
    static QString file() { return folder() + QStringLiteral("/workbench.ini"); }
    static void write(const QByteArray& content) {
        QDir().mkpath(folder());
        QFile out(file());
        if (!out.open(QIODevice::WriteOnly) || out.write(content) < 0) qFatal("no settings");
    }
    static QStringList kept() {
        return QDir(folder()).entryList({QStringLiteral("workbench.ini.bad-*")}, QDir::Files);
    }

  private Q_SLOTS:
    void cleanup() {
        if (window) close();
        QDir(folder()).removeRecursively();
    }

    void Settings_ADamagedFileIsKeptWithItsDateAndSaidOnce_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no key") << QByteArray("theme=2\nthis is no line of settings\n");
        QTest::newRow("binary") << QByteArray(
            "\x7f"
            "ELF\x02\x01\x00\xff\n[[[\n",
            12);
    }
    void Settings_ADamagedFileIsKeptWithItsDateAndSaidOnce() {
        QFETCH(QByteArray, content);
        write(content);
        open();
        QCOMPARE(kept().size(), 1);
        const QString name = kept().first();
        static const QRegularExpression dated(
            QStringLiteral("^workbench\\.ini\\.bad-2\\d{7}-\\d{6}$"));
        QVERIFY2(dated.match(name).hasMatch(), qPrintable(name));
        QFile copy(folder() + QLatin1Char('/') + name);
        QVERIFY(copy.open(QIODevice::ReadOnly));
        QCOMPARE(copy.readAll(), content);
        QVERIFY2(window->message().contains(name), qPrintable(window->message()));
        QCOMPARE(workbench->settings.themeMode(), 0);  // none of its values is used
        window->setLanguage(QStringLiteral("zh_CN"));
        settle();
        QVERIFY2(window->message().contains(name) &&
                     window->message().contains(QString::fromUtf8("设置")),
                 qPrintable(window->message()));
        window->setLanguage(QStringLiteral("en"));
        restart();
        QCOMPARE(window->message(), QString());
        QCOMPARE(kept().size(), 1);
    }
    void Settings_ASecondDamageLeavesTheFirstFileAlone() {
        write("first, no key\n");
        { const Settings once; }
        write("second, no key\n");
        { const Settings again; }
        QCOMPARE(kept().size(), 2);
        QVERIFY(!QFile::exists(file()));
    }
    void Settings_AWholeOrMissingFileIsNotPutAside() {
        QCOMPARE(Settings().putAside(), QString());
        Settings settings;
        settings.setThemeMode(2);
        settings.setTextScale(175);
        settings.setLanguage(QStringLiteral("zh_CN"));
        settings.addRecent(QStringLiteral("data"), QStringLiteral("/data/一"));
        settings.setList(QStringLiteral("guide"), {QStringLiteral("a"), QStringLiteral("b, c")});
        settings.setState(QStringLiteral("monitor"), QByteArray("\0\xff", 2));
        const Settings later;
        QCOMPARE(later.putAside(), QString());
        QCOMPARE(later.themeMode(), 2);
        QCOMPARE(later.textScale(), 175);
        QCOMPARE(later.language(), QStringLiteral("zh_CN"));
        QCOMPARE(later.recent(QStringLiteral("data")), QStringList{QStringLiteral("/data/一")});
        QCOMPARE(later.list(QStringLiteral("guide")),
                 (QStringList{QStringLiteral("a"), QStringLiteral("b, c")}));
        QCOMPARE(later.state(QStringLiteral("monitor")), QByteArray("\0\xff", 2));
        QVERIFY(kept().isEmpty());
    }
};

MOELORA_UI_TEST(SettingsTest)
#include "settings_test.moc"
