// SPDX-License-Identifier: GPL-3.0-or-later
// English and Chinese are complete and say the same: parity of the .ts file, and a live switch of
// every visible text.
#include <QAbstractButton>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QRegularExpression>
#include <QThreadPool>
#include <QXmlStreamReader>

#include "core/options/options.h"
#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/pages/page.h"
#include "ui/shell/application.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/option_field.h"

using namespace moelora;
using namespace moelora::ui;

class TranslationsTest : public QObject {
    Q_OBJECT
    struct Message {
        QString source, translation, type;
    };
    static QList<Message> messages() {
        QFile file(QStringLiteral(MOELORA_SOURCE_DIR "/translations/moelora_zh_CN.ts"));
        if (!file.open(QIODevice::ReadOnly)) qFatal("no translation file");
        QXmlStreamReader xml(&file);
        QList<Message> all;
        Message current;
        while (!xml.atEnd()) {
            if (xml.readNext() != QXmlStreamReader::StartElement) continue;
            if (xml.name() == QLatin1String("source"))
                current = {xml.readElementText(), {}, {}};
            else if (xml.name() == QLatin1String("translation")) {
                current.type = xml.attributes().value(QLatin1String("type")).toString();
                current.translation = xml.readElementText();
                all << current;
            }
        }
        return all;
    }
    static QStringList marks(const QString& text) {
        QStringList found;
        static const QRegularExpression mark(QStringLiteral("%\\d|\\{[a-z_]+\\}"));
        for (auto it = mark.globalMatch(text); it.hasNext();) found << it.next().captured();
        found.sort();
        return found;
    }
    static QStringList texts(QWidget* root) {
        QStringList all;
        for (const QLabel* label : root->findChildren<QLabel*>()) all << label->text();
        for (const QAbstractButton* button : root->findChildren<QAbstractButton*>())
            all << button->text();
        for (const QMenu* menu : root->findChildren<QMenu*>()) all << menu->title();
        return all;
    }

    static bool sameInBoth(const QString& text) {
        return text.contains(QLatin1String("NVIDIA")) || text == QLatin1String("PEFT LoRA");
    }

  private Q_SLOTS:
    void Translations_NothingIsUnfinishedOrEmpty() {
        const auto all = messages();
        QVERIFY(all.size() > 400);
        for (const Message& m : all) {
            QVERIFY2(m.type.isEmpty(), qPrintable(m.source));
            QVERIFY2(!m.translation.isEmpty(), qPrintable(m.source));
        }
    }
    void Translations_KeepEveryPlaceholder() {
        for (const Message& m : messages())
            QVERIFY2(marks(m.source) == marks(m.translation),
                     qPrintable(m.source + QStringLiteral(" | ") + m.translation));
    }
    void Translations_CoverEveryErrorAndEveryOption() {
        QSet<QString> sources;
        for (const Message& m : messages()) sources << m.source;
        for (const ErrorEntry& entry : error_catalogue()) {
            QVERIFY2(sources.contains(qs(entry.what)), entry.id.data());
            QVERIFY2(sources.contains(qs(entry.hint)), entry.id.data());
        }
        RunOptions options;
        RunOptions::describe(options, [&](std::string_view, auto& group) {
            for (const OptionField& field : readFields(group))
                for (const std::string_view text : {field.label, field.help, field.unit})
                    QVERIFY2(text.empty() || sources.contains(qs(text)), text.data());
        });
    }
    void Translations_TheWindowSwitchesLiveAndBack() {
        SessionBridge bridge;
        test::FakeSession session(bridge.wakeup());
        bridge.setSession(&session);
        {
            Workbench workbench(bridge);
            MainWindow window(workbench, *static_cast<Application*>(qApp));
            window.show();
            const auto settle = [&] {
                for (const QString& id : window.pageIds()) {
                    window.showPage(id);
                    QTest::qWait(10);
                }
            };
            settle();
            const QStringList english = texts(&window);
            window.setLanguage(QStringLiteral("zh_CN"));
            settle();
            const QStringList chinese = texts(&window);
            QCOMPARE(chinese.size(), english.size());
            // Product names, numbers and one-letter labels are the same in both.
            static const QRegularExpression word(QStringLiteral("[A-Za-z]{3,} [A-Za-z]{2,}"));
            for (int i = 0; i < english.size(); ++i)
                if (word.match(english[i]).hasMatch())
                    QVERIFY2(english[i] != chinese[i] || sameInBoth(english[i]),
                             qPrintable(english[i]));
            window.setLanguage(QStringLiteral("en"));
            settle();
            QCOMPARE(texts(&window), english);
        }
        QThreadPool::globalInstance()->waitForDone();
    }
};

MOELORA_UI_TEST(TranslationsTest)
#include "translations_test.moc"
