// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/single_instance.h"

#include <QSignalSpy>
#include <QTemporaryDir>

#include "tests/support/ui_test.h"

using namespace moelora::ui;

class SingleInstanceTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void SecondStart_HandsItsArgumentsToTheFirst() {
        const QTemporaryDir folder;
        SingleInstance first(folder.path());
        QVERIFY(first.first());
        QVERIFY(!first.endedBadly());
        QSignalSpy requested(&first, &SingleInstance::requested);
        const SingleInstance second(folder.path());
        QVERIFY(!second.first());
        const QStringList arguments = {QStringLiteral("/home"), QStringLiteral("--run"),
                                       QString::fromUtf8("试 \"1\"")};
        QVERIFY(second.handOver(arguments));
        MOELORA_TRY_COMPARE(requested.count(), 1);
        QCOMPARE(requested[0][0].toStringList(), arguments);
    }
    void FirstStart_AfterAProperEndIsFirstAgain() {
        const QTemporaryDir folder;
        { const SingleInstance once(folder.path()); }
        const SingleInstance again(folder.path());
        QVERIFY(again.first());
        QVERIFY(!again.endedBadly());
    }
    void FirstStart_NoticesThatTheLastOneDied() {
        const QTemporaryDir folder;
        QFile lock(folder.filePath(QStringLiteral("workbench.lock")));
        QVERIFY(lock.open(QIODevice::WriteOnly));
        // As QLockFile writes it, of a process that cannot exist.
        lock.write("4194305\nmoelora-workbench\n" + QSysInfo::machineHostName().toUtf8() + "\n");
        lock.close();
        const SingleInstance instance(folder.path());
        QVERIFY(instance.first());
        QVERIFY(instance.endedBadly());
    }
};

MOELORA_UI_TEST(SingleInstanceTest)
#include "single_instance_test.moc"
