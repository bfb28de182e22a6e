// SPDX-License-Identifier: GPL-3.0-or-later
// What is dropped on the window, named on its command line or chosen from another page opens where
// it belongs; and what the status bar says and leads to.
#include <QComboBox>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSlider>
#include <QTemporaryDir>
#include <QToolButton>

#include "tests/support/window_fixture.h"
#include "ui/pages/adapter_box.h"
#include "ui/widgets/path_field.h"

using namespace moelora;
using namespace moelora::ui;

class OpeningTest : public QObject, private test::WindowFixture {
    Q_OBJECT
  private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void Window_WhatIsDroppedOpensWhereItBelongs() {
        const QTemporaryDir folder;
        const auto touch = [&](const QString& name) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
        };
        const auto drop = [this](const QStringList& paths) {
            QMimeData mime;
            QList<QUrl> urls;
            for (const QString& path : paths) urls << QUrl::fromLocalFile(path);
            mime.setUrls(urls);
            QDragEnterEvent entry(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton,
                                  Qt::NoModifier);
            QCoreApplication::sendEvent(window.get(), &entry);
            QVERIFY(entry.isAccepted());
            QDropEvent event(QPointF(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(window.get(), &event);
            settle();
        };
        prepare();
        const std::string data = workbench->project.options().data.path;
        touch(QStringLiteral("a.jpg"));
        touch(QStringLiteral("b c.PNG"));
        const QString first = folder.filePath(QStringLiteral("a.jpg")),
                      second = folder.filePath(QStringLiteral("b c.PNG"));
        drop({first, second});
        QCOMPARE(window->currentPage(), QStringLiteral("compare"));
        QCOMPARE(workbench->project.options().data.path, data);  // the project keeps its data
        session->runs = test::recordedRuns();
        workbench->refreshRuns();
        settle();
        MOELORA_TRY_VERIFY(find<QPushButton>("compareStart")->isEnabled());
        press("compareStart");
        QCOMPARE(session->compared->images, (std::vector<std::string>{ss(first), ss(second)}));
        session->play();
        bridge->drainNow();
        // An adapter of PEFT is compared, a bundle goes into the library.
        QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("peft")));
        touch(QStringLiteral("peft/adapter_config.json"));
        drop({folder.filePath(QStringLiteral("peft"))});
        QCOMPARE(find<AdapterBox>("compareAdapter")->path(),
                 folder.filePath(QStringLiteral("peft")));
        const std::size_t runs = session->runs.size();
        QFile bundle(folder.filePath(QStringLiteral("run.zip")));
        QVERIFY(bundle.open(QIODevice::WriteOnly));
        bundle.write(QByteArray::fromStdString(session->runs[1].path));
        bundle.close();
        drop({bundle.fileName()});
        QCOMPARE(window->currentPage(), QStringLiteral("runs"));
        MOELORA_TRY_COMPARE(session->runs.size(), runs + 1);
        QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("photos")));
        drop({folder.filePath(QStringLiteral("photos"))});
        QCOMPARE(window->currentPage(), QStringLiteral("data"));
        QCOMPARE(qs(workbench->project.options().data.path),
                 folder.filePath(QStringLiteral("photos")));
    }
    void Window_WhatADropWillDoIsSaidWhileItIsDragged_data() {
        QTest::addColumn<QString>("inside");  // of the folder that is dragged; or the file itself
        QTest::addColumn<QString>("english");
        QTest::addColumn<QString>("chinese");
        const auto row = [](const char* inside, const char* english, const char* chinese) {
            QTest::newRow(inside) << QString::fromUtf8(inside) << QString::fromUtf8(english)
                                  << QString::fromUtf8(chinese);
        };
        row("run.json", "this run opens on the page Monitor", "监视");
        row("comparison.json", "this comparison opens on the page Compare", "比较");
        row("adapter_config.json", "this adapter is chosen on the page Compare", "比较");
        row("config.json", "this model is chosen on the page Model", "模型");
        row("a.txt", "it is read as data, on the page Data", "数据");
        row("=run.zip", "this bundle goes into the library, on the page Runs", "运行记录");
        row("=a.jsonl", "it is read as data, on the page Data", "数据");
        row("=a.jpg", "base and adapter describe 1 picture, on the page Compare", "1 张图片");
    }
    void Window_WhatADropWillDoIsSaidWhileItIsDragged() {
        QFETCH(QString, inside);
        QFETCH(QString, english);
        QFETCH(QString, chinese);
        const QTemporaryDir folder;
        const bool alone = inside.startsWith(QLatin1Char('='));
        const QString path = folder.filePath(alone ? inside.mid(1) : inside);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(alone ? path : folder.path())});
        const auto* hint = find<QLabel>("dropHint");
        const QString page = window->currentPage();
        for (const auto& [language, words] :
             {std::pair{"en", english}, std::pair{"zh_CN", chinese}}) {
            window->setLanguage(QLatin1String(language));
            QDragEnterEvent entry(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton,
                                  Qt::NoModifier);
            QCoreApplication::sendEvent(window.get(), &entry);
            MOELORA_TRY_VERIFY(hint->isVisible());
            QVERIFY2(hint->text().contains(words), qPrintable(hint->text()));
            QVERIFY(window->rect().contains(hint->geometry()));
            QVERIFY(hint->heightForWidth(hint->width()) <= hint->height());
            QDragLeaveEvent leave;
            QCoreApplication::sendEvent(window.get(), &leave);
            QVERIFY(!hint->isVisible());
        }
        window->setLanguage(QStringLiteral("en"));
        QCOMPARE(window->currentPage(), page);  // nothing happened
    }
    void Window_TenThousandDraggedPicturesAreCountedBesideTheGuiThread() {
        QList<QUrl> urls;
        for (int i = 0; i < 10000; ++i)
            urls << QUrl::fromLocalFile(QStringLiteral("/pictures/%1.jpg").arg(i));
        QMimeData mime;
        mime.setUrls(urls);
        QDragEnterEvent entry(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &entry);
        QVERIFY(entry.isAccepted());
        const auto* hint = find<QLabel>("dropHint");
        QVERIFY(!hint->isVisible());  // what they are is not asked here
        MOELORA_TRY_VERIFY(hint->isVisible());
        QVERIFY2(hint->text().contains(QLatin1String("10,000 pictures")), qPrintable(hint->text()));
        QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &drop);
        QVERIFY(!hint->isVisible());
        // What is refused has no hint.
        QMimeData web;
        web.setUrls({QUrl(QStringLiteral("https://example.org/a.jpg"))});
        QDragEnterEvent refused(QPoint(5, 5), Qt::CopyAction, &web, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &refused);
        settle();
        QVERIFY(!refused.isAccepted() && !hint->isVisible());
    }
    // "moelora-workbench --run FOLDER" with a run that is nowhere in the library.
    // File managers offer the path as text, too, which a field would take as typed.
    void Window_AFileDroppedOnAFieldIsItsPathOrGoesToTheWindow() {
        prepare();
        const QTemporaryDir folder;
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(folder.path())});
        mime.setText(QStringLiteral("file://") + folder.path());
        const auto drop = [&](QWidget* on) {
            QDragEnterEvent entry(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton,
                                  Qt::NoModifier);
            QCoreApplication::sendEvent(on, &entry);
            QDropEvent event(QPointF(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
            if (entry.isAccepted()) QCoreApplication::sendEvent(on, &event);
            settle();
            return entry.isAccepted();
        };
        go("compare");
        auto* pictures = find<PathField>("compareData");
        QVERIFY(drop(pictures->line()));
        QCOMPARE(pictures->path(), folder.path());
        go("data");
        auto* filter = find<QLineEdit>("sampleFilter");
        static_cast<void>(drop(filter));
        QCOMPARE(filter->text(), QString());
        auto* caption = find<QPlainTextEdit>("caption1");
        const QString before = caption->toPlainText();
        static_cast<void>(drop(caption->viewport()));
        QCOMPARE(caption->toPlainText(), before);
        mime.setUrls({});  // words are still taken
        QVERIFY(drop(filter));
    }
    void Window_ARunOutsideOfTheLibraryOffersItsAdapterToCompareAndExport() {
        RunSummary run;
        run.id = "elsewhere";
        run.path = "/other/disk/elsewhere";
        run.model = "/models/demo";
        run.has_adapter = true;
        run.step = 60;
        run.checkpoints = {{20, "checkpoints/step-20"}, {60, "checkpoints/step-60"}};
        session->elsewhere = {run};
        workbench->openRun(qs(run.path));
        settle();
        QCOMPARE(window->currentPage(), QStringLiteral("monitor"));
        for (const char* name : {"compareAdapter", "exportAdapter"})
            QCOMPARE(find<AdapterBox>(name)->path(), qs(run.path));
        QCOMPARE(find<QSlider>("compareCheckpoint")->maximum(), 2);
        QVERIFY(workbench->runAt(qs(run.path)));
    }
    void Window_ARunIsNotOpenedWhileAnotherIsAtWork() {
        prepare();
        session->runs = test::recordedRuns();
        session->elsewhere = session->runs;
        workbench->startTraining({});
        play(40);
        go("runs");
        workbench->openRun(qs(session->runs[1].path));
        settle();
        QVERIFY2(window->message().contains(QLatin1String("Monitor shows the run that is at work")),
                 qPrintable(window->message()));
        QCOMPARE(window->currentPage(), QStringLiteral("runs"));
        // The one at work is shown already.
        workbench->openRun(QStringLiteral("runs/20261124-0912-soft"));
        settle();
        QCOMPARE(window->currentPage(), QStringLiteral("monitor"));
        workbench->train.stop();
        bridge->drainNow();
    }
    // The state that a comparison showed to be the best can be taken away.
    void Window_ACheckpointCanBeExported() {
        session->runs = test::recordedRuns();
        session->runs[0].checkpoints = {{20, "checkpoints/step-20"}, {400, "checkpoints/step-400"}};
        workbench->refreshRuns();
        window->showPage(QStringLiteral("export"));
        settle();
        auto* box = find<AdapterBox>("exportAdapter")->findChild<QComboBox*>();
        const QString wanted = qs(session->runs[0].path) + QStringLiteral("/checkpoints/step-20");
        QVERIFY(box->findData(wanted) > 0);
        QVERIFY(box->findData(qs(session->runs[0].path) + QStringLiteral("/checkpoints/step-400")) <
                0);  // the run itself
        box->setCurrentIndex(box->findData(wanted));
        Q_EMIT box->activated(box->currentIndex());
        settle();
        QCOMPARE(find<AdapterBox>("exportAdapter")->path(), wanted);
        QVERIFY(find<PathField>("exportFolder")->path().contains(QLatin1String("-20-adapter")));
        QVERIFY(find<AdapterBox>("compareAdapter")->findChild<QComboBox*>()->findData(wanted) < 0);
    }
    void Window_TheStatusBarSaysRoomAndQueueAndLeadsToTheirPages() {
        workbench->queue.add(QStringLiteral("night"), workbench->project.options());
        MOELORA_TRY_VERIFY(find<QToolButton>("queueCell")->text().contains(QLatin1Char('1')));
        QVERIFY(find<QToolButton>("diskCell")->text().contains(QLatin1String("free")));
        QVERIFY(find<QToolButton>("memoryCell")->text().contains(QLatin1String("12.0 GB")));
        QTest::mouseClick(find<QToolButton>("queueCell"), Qt::LeftButton);
        QCOMPARE(window->currentPage(), QStringLiteral("runs"));
        QTest::mouseClick(find<QToolButton>("device"), Qt::LeftButton);
        QCOMPARE(window->currentPage(), QStringLiteral("model"));
    }
};

MOELORA_UI_TEST(OpeningTest)
#include "opening_test.moc"
