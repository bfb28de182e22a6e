// SPDX-License-Identifier: GPL-3.0-or-later
// English and Chinese are complete and say the same: parity of the .ts file, and a live switch of
// every visible text.
#include <QAbstractButton>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDirIterator>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QSet>
#include <QThreadPool>
#include <QXmlStreamReader>
#include <memory>
#include <system_error>

#include "core/options/options.h"
#include "core/options/presets.h"
#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/memory_text.h"
#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/pages/adapter/preset_texts.h"
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
                current.translation =
                    xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
                all << current;
            }
        }
        return all;
    }
    // All of core's code, each text in one piece.
    static QString engineSource() {
        QString all;
        QDirIterator files(QStringLiteral(MOELORA_SOURCE_DIR "/core"),
                           {QStringLiteral("*.cpp"), QStringLiteral("*.h")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (!file.open(QIODevice::ReadOnly)) qFatal("a source file cannot be read");
            all += QString::fromUtf8(file.readAll());
        }
        static const QRegularExpression joint(QStringLiteral("\"\\s*\\n\\s*\"")),
            space(QStringLiteral("\\s+"));
        return all.remove(joint).replace(space, QStringLiteral(" "));
    }
    static QStringList marks(const QString& text) {
        QStringList found;
        static const QRegularExpression mark(QStringLiteral("%\\d|%L?n|\\{[a-z0-9_]+\\}"));
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
        return text.contains(QLatin1String("NVIDIA")) || text == QLatin1String("PEFT");
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
    void Translations_CountsAreSingularAndPluralInEnglishAndOneInChinese() {
        auto* application = static_cast<Application*>(qApp);
        const auto samples = [](int count) {
            return QCoreApplication::translate("moelora::ui::DataPage", "%Ln sample(s)", "", count);
        };
        QCOMPARE(samples(1), QStringLiteral("1 sample"));
        QCOMPARE(samples(2), QStringLiteral("2 samples"));
        QCOMPARE(samples(10000), QStringLiteral("10,000 samples"));
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        const QString one = samples(1), two = samples(2);
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        QCOMPARE(one, QString::fromUtf8("1 个样本"));
        QCOMPARE(two, QString::fromUtf8("2 个样本"));
        QCOMPARE(samples(1), QStringLiteral("1 sample"));
    }
    void Translations_EveryCountHasBothItsFormsInEnglish() {
        QFile file(QStringLiteral(MOELORA_SOURCE_DIR "/translations/moelora_en.ts"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(&file);
        QHash<QString, QStringList> forms;
        QString source;
        while (!xml.atEnd()) {
            if (xml.readNext() != QXmlStreamReader::StartElement) continue;
            if (xml.name() == QLatin1String("source")) source = xml.readElementText();
            if (xml.name() == QLatin1String("numerusform")) forms[source] << xml.readElementText();
        }
        int counts = 0;
        for (const Message& m : messages()) {
            if (!m.source.contains(QLatin1String("%Ln"))) continue;
            ++counts;
            const QStringList both = forms.value(m.source);
            QVERIFY2(both.size() >= 2, qPrintable(m.source));
            for (const QString& form : both) {
                QCOMPARE(marks(form), marks(m.source));
                QVERIFY2(!form.contains(QLatin1String("(s)")), qPrintable(form));
            }
            QVERIFY2(both[0] != both[1], qPrintable(m.source));
        }
        QVERIFY(counts > 30);
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
    void Translations_EveryDifferenceBetweenPaperAndCodeIsToldInChinese() {
        const auto known = translatedDifferences();
        auto* application = static_cast<Application*>(qApp);
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        static const QRegularExpression chinese(QStringLiteral("\\p{Han}"));
        QStringList english;
        std::size_t used = 0;
        for (const Preset& preset : presets())
            for (const QString& line : presetDifferences(preset)) {
                ++used;
                if (!line.contains(chinese)) english << line;
            }
        application->setLanguage(QStringLiteral("en"));
        QVERIFY2(english.isEmpty(), qPrintable(english.join(QLatin1Char('\n'))));
        QVERIFY(used > 60 && known.size() > 60);
    }
    // Names such as "fp32" are the same everywhere; words are explained, and stay as files have
    // them.
    void Translations_CoverEveryWordAmongTheChoices() {
        auto* application = static_cast<Application*>(qApp);
        static const QSet<QString> names = {QStringLiteral("torchvision"), QStringLiteral("pillow"),
                                            QStringLiteral("lora"),        QStringLiteral("dora"),
                                            QStringLiteral("softmax"),     QStringLiteral("adamw")};
        static const QRegularExpression symbol(QStringLiteral("[0-9/]"));
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        QStringList plain;
        RunOptions options;
        RunOptions::describe(options, [&](std::string_view, auto& group) {
            for (const OptionField& field : readFields(group))
                for (const QString& choice : field.choices)
                    if (!names.contains(choice) && !choice.contains(symbol)) {
                        const QString shown = choiceText(choice);
                        if (shown == choice || !shown.contains(choice)) plain << choice;
                    }
        });
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        QVERIFY2(plain.isEmpty(), qPrintable(plain.join(QLatin1String(", "))));
        QCOMPARE(choiceText(QStringLiteral("cosine")), QStringLiteral("cosine"));
    }
    void Reasons_AreShownInTheLanguageOfTheWindow() {
        auto* application = static_cast<Application*>(qApp);
        const Error error{
            ErrorCode::OptionInvalid,
            {{"option", "adapter.rank"}, {"value", "0"}, {"why", "it must be from 1 to 1024"}},
            {},
            {}};
        const Error nested{
            ErrorCode::RunInvalid,
            {{"path", "/r"}, {"why", "/r/run.json is not valid JSON: it is not an object"}},
            {},
            {}};
        QVERIFY(errorText(error).what.endsWith(QLatin1String("it must be from 1 to 1024")));
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        const QString one = errorText(error).what, two = errorText(nested).what;
        const QString unknown = reasonText("no one has said this before");
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        QVERIFY2(one.contains(QString::fromUtf8("必须在 1 到 1024 之间")), qPrintable(one));
        QVERIFY2(two.contains(QString::fromUtf8("它不是对象")) &&
                     two.contains(QLatin1String("/r/run.json")) &&
                     !two.contains(QLatin1String("valid")),
                 qPrintable(two));
        QCOMPARE(unknown, QStringLiteral("no one has said this before"));
    }
    void Remarks_AboutDataAndDevicesAreShownInTheLanguageOfTheWindow() {
        auto* application = static_cast<Application*>(qApp);
        const char* english[] = {
            "CPU, 2 threads, AVX2 (no NVIDIA driver); fp16 is only emulated here, fp32 is used",
            "data.jsonl has messages[].role and messages[].content, 500 of 500 pictures found; "
            "not taken: 3 of 4 pictures have a .txt file of the same name"};
        for (const char* text : english) QCOMPARE(remarkText(text), QLatin1String(text));
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        const QString device = remarkText(english[0]), data = remarkText(english[1]);
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        QCOMPARE(device, QString::fromUtf8("CPU，2 线程，AVX2（没有 NVIDIA 驱动）；fp16 "
                                           "在此处只能模拟，改用 fp32"));
        QCOMPARE(data, QString::fromUtf8("data.jsonl 含 messages[].role 和 messages[].content，"
                                         "找到 500 张图片中的 500 张；未采用：4 张图片中有 3 "
                                         "张带同名 .txt 文件"));
    }
    // What "Fit to this device" would change, and what MEM-003 lists.
    void Reasons_EveryChangeOfTheMemoryLadderHasItsWords() {
        QFile file(QStringLiteral(MOELORA_SOURCE_DIR "/core/session/estimate.cpp"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        static const QRegularExpression setting(
            QStringLiteral("\"((?:train|device|model|data|adapter)\\.\\w+=)([^\",]*)"));
        QStringList changes;
        const QString source = QString::fromUtf8(file.readAll());
        for (auto it = setting.globalMatch(source); it.hasNext();) {
            const QRegularExpressionMatch found = it.next();
            changes << found.captured(1) +
                           (found.captured(2).isEmpty() ? QStringLiteral("4") : found.captured(2));
        }
        QVERIFY(changes.size() >= 10);
        auto* application = static_cast<Application*>(qApp);
        QStringList english, shown;
        for (const QString& change : changes) english << memoryChangeText(ss(change));
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        for (const QString& change : changes) shown << memoryChangeText(ss(change));
        const QString hint =
            errorText(Error{ErrorCode::BudgetExceeded,
                            {{"needed", "3 GB"},
                             {"budget", "2GiB"},
                             {"changes",
                              "train.pack_tokens=1 (2.1 GB); adapter.rank=4, and adapter.alpha "
                              "halved, too (2.0 GB)"}},
                            {},
                            {}})
                .hint;
        const QString elsewhere =
            errorText(Error{ErrorCode::RunElsewhere,
                            {{"what", "dtype"}, {"found", "bf16"}, {"expected", "fp32"}},
                            {},
                            {}})
                .what;
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        for (qsizetype i = 0; i < changes.size(); ++i) {
            QVERIFY2(english[i] != changes[i], qPrintable(changes[i]));
            QVERIFY2(shown[i] != english[i], qPrintable(changes[i]));
        }
        QVERIFY2(!hint.contains(QLatin1String("pack_tokens")) &&
                     !hint.contains(QLatin1String("halved")) &&
                     hint.contains(QLatin1String("(2.0 GB)")),
                 qPrintable(hint));
        QVERIFY2(!elsewhere.contains(QLatin1String("dtype")), qPrintable(elsewhere));
    }
    // A reason that core no longer gives would stay in the list for ever.
    void Reasons_EachStandsInTheEngineOrComesFromTheSystem() {
        static const QRegularExpression joint(QStringLiteral("\\{\\d\\}|; "));
        QString all = engineSource();
        for (int code = 1; code < 134; ++code)
            all += qs(std::generic_category().message(code)) + QLatin1Char('\n');
        QVERIFY(reasonTemplates().size() > 400);
        QStringList stale;
        for (const std::string_view reason : reasonTemplates())
            for (const QString& part : qs(reason).split(joint))
                if (QString text = part.trimmed();
                    text.size() >= 4 &&
                    !all.contains(text.replace(QLatin1Char('"'), QLatin1String("\\\""))))
                    stale << qs(reason);
        QVERIFY2(stale.isEmpty(), qPrintable(stale.join(QLatin1Char('\n'))));
    }
    // Of the reasons that core makes of one text. Those with values in them cannot be read off it.
    void Reasons_WholeOnesInTheEngineAreAllTranslated() {
        static const QRegularExpression given(QStringLiteral(
            "(?:\"why\", |\\b(?:refuse|refused|bad|bad_record|bad_row|invalid|mismatch|"
            "refuse_tensor|no_backend)\\((?:\\w+, )*)"
            "\"((?:[^\"\\\\]|\\\\.)*)\"[})]"));
        QSet<QString> known;
        for (const std::string_view reason : reasonTemplates()) known << qs(reason);
        QStringList missing;
        int seen = 0;
        for (auto it = given.globalMatch(engineSource()); it.hasNext(); ++seen)
            if (const QString text =
                    it.next().captured(1).replace(QLatin1String("\\\""), QStringLiteral("\""));
                !known.contains(text))
                missing << text;
        QVERIFY(seen > 150);
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
    }
    void Presets_EachHasATitleAndASentenceOfItsOwnInBothLanguages() {
        QStringList sources;
        for (const Message& m : messages()) sources << m.source;
        QSet<QString> titles;
        for (const Preset& preset : presets()) {
            const QString title = presetTitle(preset), sentence = presetSentence(preset);
            QVERIFY2(sources.contains(title), qPrintable(title));
            QVERIFY2(sources.contains(sentence), qPrintable(sentence));
            titles << title;
        }
        QCOMPARE(static_cast<std::size_t>(titles.size()), presets().size());
    }
    // Systems without the package of Qt's translations have our words for what Qt shows.
    void Translations_QtsOwnButtonsMenusAndFileDialogsAreChinese() {
        static const QRegularExpression chinese(QStringLiteral("[\\x{4e00}-\\x{9fff}]"));
        auto* application = static_cast<Application*>(qApp);
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        const QDialogButtonBox box(QDialogButtonBox::Close | QDialogButtonBox::Cancel |
                                   QDialogButtonBox::Save);
        for (const QAbstractButton* button : box.buttons())
            QVERIFY2(button->text().contains(chinese), qPrintable(button->text()));
        QLineEdit line(QStringLiteral("text"));
        const std::unique_ptr<QMenu> menu(line.createStandardContextMenu());
        for (const QAction* action : menu->actions())
            if (!action->isSeparator())
                QVERIFY2(action->text().contains(chinese), qPrintable(action->text()));
        QFileDialog dialog;
        dialog.setOption(QFileDialog::DontUseNativeDialog);
        dialog.setFileMode(QFileDialog::Directory);
        for (const QLabel* label : dialog.findChildren<QLabel*>())
            if (!label->text().isEmpty())
                QVERIFY2(label->text().contains(chinese), qPrintable(label->text()));
        for (const QPushButton* button : dialog.findChildren<QPushButton*>())
            QVERIFY2(button->text().contains(chinese), qPrintable(button->text()));
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        const QDialogButtonBox english(QDialogButtonBox::Close);
        QVERIFY(!english.buttons().front()->text().contains(chinese));
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
                QThreadPool::globalInstance()->waitForDone();  // what the first page asks
                QTest::qWait(2 * Page::refreshIntervalMs);
                for (const QString& id : window.pageIds()) {
                    window.showPage(id);
                    QTest::qWait(10);
                }
            };
            settle();
            settle();  // the page Model asks about disks when it is shown, and shows it later
            // The first page has asked about this computer by now, but not on every machine heard.
            QTRY_VERIFY_WITH_TIMEOUT(!texts(&window).contains(QStringLiteral("looking")), 20000);
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
