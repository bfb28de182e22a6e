// SPDX-License-Identifier: GPL-3.0-or-later
// Help and safety of the window: keys that are changed, fields that explain themselves, errors that
// lead to where they are mended, and what a dying program leaves.
#include <sys/wait.h>
#include <unistd.h>

#include <QClipboard>
#include <QComboBox>
#include <QDesktopServices>
#include <QDragEnterEvent>
#include <QFile>
#include <QFileDialog>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QScrollArea>
#include <QScrollBar>
#include <QTabBar>
#include <QToolButton>
#include <QTreeWidget>
#include <QWhatsThis>
#include <csignal>
#include <set>
#include <stdexcept>

#include "core/options/config.h"
#include "tests/support/window_fixture.h"
#include "ui/bridge/offers.h"
#include "ui/models/journal.h"
#include "ui/shell/actions.h"
#include "ui/shell/crash_note.h"
#include "ui/shell/diagnostics.h"
#include "ui/shell/navigation.h"
#include "ui/shell/shortcut_editor.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/option_help.h"
#include "ui/widgets/theme.h"

using namespace moelora;
using namespace moelora::ui;

class HelpTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    [[nodiscard]] QAction* action(const char* id) const { return find<QAction>(id); }
    // The row of an action in the editor of keys.
    [[nodiscard]] QTreeWidgetItem* row(const char* id) const {
        auto* list = find<QTreeWidget>("shortcutList");
        for (QTreeWidgetItemIterator at(list); *at; ++at)
            if ((*at)->data(0, Qt::UserRole).toString() == QLatin1String(id)) return *at;
        qFatal("no such action");
    }
    void giveKeys(const char* id, const char* keys) const {
        find<QTreeWidget>("shortcutList")->setCurrentItem(row(id));
        auto* edit = find<QKeySequenceEdit>("shortcutKeys");
        edit->setKeySequence(QKeySequence(QLatin1String(keys)));
        Q_EMIT edit->editingFinished();
    }
    // What a child that ends by `die` leaves.
    static QString noteOf(const QString& file, void (*die)()) {
        const pid_t child = fork();
        if (child == 0) {
            // The expected end is no news for the terminal.
            static_cast<void>(!freopen("/dev/null", "w", stderr));
            keepCrashNote(file);
            die();
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        QFile note(file);
        if (!WIFSIGNALED(status) || !note.open(QIODevice::ReadOnly)) return {};
        return QString::fromUtf8(note.readAll());
    }

  private Q_SLOTS:
    void init() { open(); }
    void cleanup() {
        workbench->settings.setList(QStringLiteral("shortcuts"), {});
        close();
    }

    void Shortcuts_AreChangedRefusedOnConflictAndKept() {
        action("shortcuts")->trigger();
        giveKeys("stop", "Ctrl+Shift+X");
        QCOMPARE(action("stop")->shortcut(), QKeySequence(QStringLiteral("Ctrl+Shift+X")));
        const auto why = [this] { return find<QLabel>("shortcutWhy")->text(); };
        QCOMPARE(why(), QString());
        giveKeys("pause", "F5");  // of another action
        QCOMPARE(action("pause")->shortcut(), QKeySequence(Qt::Key_F6));
        QVERIFY2(why().contains(QLatin1String("Start training")), qPrintable(why()));
        giveKeys("pause", "Ctrl+J");  // of a page
        QVERIFY2(why().contains(QLatin1String("next finding")), qPrintable(why()));
        giveKeys("pause", "P");  // would be typed
        QVERIFY2(why().contains(QLatin1String("text fields")), qPrintable(why()));
        QCOMPARE(action("pause")->shortcut(), QKeySequence(Qt::Key_F6));
        QCOMPARE(workbench->settings.list(QStringLiteral("shortcuts")),
                 QStringList{QStringLiteral("stop=Ctrl+Shift+X")});  // the difference alone
        restart();
        QCOMPARE(action("stop")->shortcut(), QKeySequence(QStringLiteral("Ctrl+Shift+X")));
        action("shortcuts")->trigger();
        press("shortcutsDefault");
        QCOMPARE(action("stop")->shortcut(), QKeySequence(QStringLiteral("Shift+F5")));
        QVERIFY(workbench->settings.list(QStringLiteral("shortcuts")).isEmpty());
    }
    void Shortcuts_EveryKeyOfTheBookIsThereAndThoseOfPagesAreSeen() {
        for (const char* keys :
             {"Ctrl+N",       "Ctrl+O", "Ctrl+S",   "Ctrl+Shift+S", "Ctrl+,", "Ctrl+Q",   "Ctrl+Z",
              "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+M",   "Ctrl+L",       "F1",     "Shift+F1", "F5",
              "Shift+F5",     "F6",     "Shift+F6", "F7",           "F8",     "F11"}) {
            const QKeySequence wanted(QLatin1String(keys), QKeySequence::PortableText);
            int found = 0;
            for (const QAction* a : window->findChildren<QAction*>())
                found += a->shortcuts().contains(wanted);
            QVERIFY2(found == 1, keys);
        }
        action("shortcuts")->trigger();
        QString shown;
        for (QTreeWidgetItemIterator at(find<QTreeWidget>("shortcutList")); *at; ++at)
            shown += (*at)->text(0) + QLatin1Char(' ') + (*at)->text(1) + QLatin1Char('\n');
        for (const char* keys : {"F3", "F2", "Ctrl+J", "N, P", "Esc", "Ctrl+Shift+Z, Ctrl+Y"})
            QVERIFY2(shown.contains(QLatin1String(keys)) ||
                         shown.contains(QString::fromLatin1(keys).replace(QLatin1String(", "),
                                                                          QLatin1String("; "))),
                     qPrintable(QLatin1String(keys) + QStringLiteral("\n") + shown));
    }
    void Preferences_ActAtOnceAndAreKept() {
        action("preferences")->trigger();
        auto* text = find<QComboBox>("preferText");
        const double usual = QApplication::font().pointSizeF();
        text->setCurrentIndex(2);
        Q_EMIT text->activated(2);
        QCOMPARE(QApplication::font().pointSizeF(), usual * 1.5);
        QCOMPARE(workbench->settings.textScale(), 150);
        auto* theme = find<QComboBox>("preferTheme");
        Q_EMIT theme->activated(Theme::Dark);
        QVERIFY(Theme::instance().dark());
        auto* language = find<QComboBox>("preferLanguage");
        language->setCurrentIndex(1);
        Q_EMIT language->activated(1);
        settle();
        QCOMPARE(find<QDialog>("preferences")->windowTitle(), QString::fromUtf8("首选项"));
        language->setCurrentIndex(0);
        Q_EMIT language->activated(0);
        Q_EMIT theme->activated(Theme::Light);
        action("textUsual")->trigger();
        QCOMPARE(QApplication::font().pointSizeF(), usual);
        action("textLarger")->trigger();
        QCOMPARE(workbench->settings.textScale(), 125);
        action("textSmaller")->trigger();
        QVERIFY(!action("textSmaller")->isEnabled());
        find<QDialog>("preferences")->close();
    }
    void Shortcuts_OfMenusAreUniqueInEachLanguage() {
        QStringList twice;
        for (const char* language : {"en", "zh_CN"}) {
            window->setLanguage(QLatin1String(language));
            std::map<QString, QString> seen;
            for (const QAction* a : window->findChildren<QAction*>()) {
                const QKeySequence letter = QKeySequence::mnemonic(a->text());
                auto* menu = a->associatedObjects().isEmpty()
                                 ? nullptr
                                 : qobject_cast<QMenu*>(a->associatedObjects().front());
                if (letter.isEmpty() || !menu) continue;
                const QString key = menu->title() + letter.toString();
                if (seen.contains(key)) twice << key + a->text() + seen[key];
                seen[key] = a->text();
            }
        }
        window->setLanguage(QStringLiteral("en"));
        QVERIFY2(twice.isEmpty(), qPrintable(twice.join(QLatin1String("; "))));
    }

    // Errors, good news and hints reach who listens instead of looking, each once.
    void Announcements_WhatTheWindowSaysIsAnnouncedOnce() {
        QWidget* bar = window->findChild<MessageBar*>();
        const auto announced = [](const QWidget* who) {
            return who->property("announced").toInt();
        };
        QCOMPARE(announced(bar), 0);
        workbench->report(Error{ErrorCode::OutputExists, {{"path", "/runs/x"}}, {}, {}});
        settle();
        QCOMPARE(announced(bar), 1);
        QVERIFY2(bar->accessibleName().contains(QLatin1String("/runs/x exists already.")),
                 qPrintable(bar->accessibleName()));
        workbench->say(QStringLiteral("It is done."));
        QCOMPARE(announced(bar), 2);
        QVERIFY(bar->accessibleName().contains(QLatin1String("It is done.")));
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(QStringLiteral("/pictures/a.jpg"))});
        QDragEnterEvent entry(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(window.get(), &entry);
        const auto* hint = find<QLabel>("dropHint");
        MOELORA_TRY_COMPARE(announced(hint), 1);
        QVERIFY(hint->accessibleName().contains(QLatin1String("1 picture,")));
        // The end of a run is news, its updates are not.
        prepare();
        action("start")->trigger();
        play(60);
        QCOMPARE(announced(bar), 2);
        play();
        QCOMPARE(announced(bar), 3);
        QVERIFY(bar->accessibleName().contains(QLatin1String("The training is done.")));
    }
    // Wherever the focus is: in a list, which takes letters as a search, or in a text field.
    void Menus_AltAndTheirLetterOpensThemInEachLanguage() {
        window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window.get()));
        prepare();
        go("data");
        QStringList closed;
        for (const char* language : {"en", "zh_CN"}) {
            window->setLanguage(QLatin1String(language));
            settle();
            window->activateWindow();
            MOELORA_TRY_VERIFY(QApplication::activeWindow() == window.get());
            const QList<QAction*> menus = window->menuBar()->actions();
            QCOMPARE(menus.size(), 5);
            QCOMPARE(QKeySequence::mnemonic(menus.front()->text()),
                     QKeySequence(Qt::ALT | Qt::Key_F));
            for (const char* focus : {"navigation", "sampleFilter", "caption1"}) {
                QWidget* at = QLatin1String(focus) == QLatin1String("navigation")
                                  ? window->findChild<Navigation*>()
                                  : find<QWidget>(focus);
                for (QAction* menu : menus) {
                    at->setFocus();
                    const QKeySequence letter = QKeySequence::mnemonic(menu->text());
                    QTest::keyClick(at, letter[0].key(), Qt::AltModifier);
                    if (!menu->menu()->isVisible())
                        closed
                            << QStringLiteral("%1 at %2").arg(menu->text(), QLatin1String(focus));
                    menu->menu()->close();
                    window->menuBar()->setActiveAction(nullptr);
                }
            }
        }
        window->setLanguage(QStringLiteral("en"));
        QVERIFY2(closed.isEmpty(), qPrintable(closed.join(QLatin1String("; "))));
    }
    void Help_F1ExplainsTheFieldWithRangeEffectAndPreset() {
        prepare();
        go("adapter");
        auto* rank = find<NumberEdit>("rank");
        rank->setFocus();
        const QString text = rank->whatsThis();
        for (const char* part : {"Allowed: 1 … ", "memory", "The preset says"})
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        QVERIFY(rank->accessibleDescription() == text);
        QVERIFY(!QWhatsThis::inWhatsThisMode());
        action("help")->trigger();
        bool shown = false;
        for (const QWidget* widget : QApplication::topLevelWidgets())
            shown |= widget->isVisible() && QLatin1String(widget->metaObject()->className()) ==
                                                QLatin1String("QWhatsThat");
        QVERIFY(shown);
        QWhatsThis::hideText();
        action("whatsThis")->trigger();
        QVERIFY(QWhatsThis::inWhatsThisMode());
        QWhatsThis::leaveWhatsThisMode();
    }
    void Help_EveryOptionSaysWhatItIsAndWhatIsAllowedInBothLanguages() {
        QStringList silent;
        for (const char* language : {"en", "zh_CN"}) {
            window->setLanguage(QLatin1String(language));
            RunOptions options;
            RunOptions::describe(options, [&](std::string_view group, auto& fields) {
                for (const OptionField& field : readFields(fields)) {
                    const QString help = helpOf(field, field);
                    const bool number =
                        field.kind == FieldKind::Int || field.kind == FieldKind::Double;
                    if (field.label.empty() || field.help.empty() ||
                        (number && !help.contains(rangeSentence(field))))
                        silent << qs(group) + QLatin1Char('.') + field.name;
                    // Chinese sentences have Chinese words for effects, too.
                    if (const QString effect = effectSentence(field);
                        QLatin1String(language) == QLatin1String("zh_CN") && !effect.isEmpty() &&
                        effect.at(0).unicode() < 0x2000 && !effect.at(0).isDigit())
                        silent << effect;
                }
            });
        }
        window->setLanguage(QStringLiteral("en"));
        QVERIFY2(silent.isEmpty(), qPrintable(silent.join(QLatin1Char(' '))));
    }

    void Ready_ThreeFaultsAreThreeLinesThatFocusTheirFields() {
        prepare();
        RunOptions options = workbench->project.options();
        options.adapter.rank = 0;
        options.train.batch_size = 0;
        options.train.learning_rate = -1;
        workbench->project.setOptions(options);
        settle();
        std::map<QString, QString> faults;  // field to page
        for (const Readiness& line : workbench->project.readiness())
            if (line.state == Readiness::Missing && !line.field.isEmpty())
                faults[line.field] = line.page;
        QCOMPARE(faults.size(), 3U);
        QVERIFY(!action("start")->isEnabled());
        for (const auto& [field, page] : faults) {
            go("train");
            workbench->showField(page, field);
            settle();  // fields of a page that is shown for the first time are made then
            QCOMPARE(window->currentPage(), page);
            const QWidget* focused = window->focusWidget();
            QVERIFY(focused);
            QCOMPARE(focused->objectName(), field.section(QLatin1Char('.'), 1));
        }
    }
    void Offers_EveryTargetOfTheTableIsAPlaceOfTheWindow() {
        prepare();
        for (const QString& target : offeredTargets())
            QVERIFY2(window->follow(target), qPrintable(target));
        QVERIFY(!window->follow(QStringLiteral("page/nowhere")));
    }
    void Offers_AnErrorLeadsToThePlaceWhereItIsMended() {
        prepare();
        workbench->report(
            Error{ErrorCode::OptionInvalid,
                  {{"option", "train.batch_size"}, {"value", "0"}, {"why", "it is too small"}},
                  {},
                  {}});
        settle();
        press("offer1");
        settle();
        QCOMPARE(window->currentPage(), QStringLiteral("train"));
        QCOMPARE(window->focusWidget()->objectName(), QStringLiteral("batch_size"));
        workbench->report(Error{
            ErrorCode::ImageUnreadable, {{"path", "a.jpg"}, {"why", "the file is empty"}}, {}, {}});
        settle();
        press("offer1");
        settle();
        QCOMPARE(window->currentPage(), QStringLiteral("data"));
        QCOMPARE(find<QTabBar>("dataPanes")->currentIndex(), 3);
    }

    void Offers_AnIssueOnAPageHasTheButtonsOfItsRemedy() {
        session->dataError =
            Error{ErrorCode::TableInvalid, {{"path", "d.csv"}}, {"read d.csv"}, {}};
        workbench->chooseData(QStringLiteral("/data/d.csv"));
        go("data");
        QStringList texts;
        QPushButton* name = nullptr;
        for (auto* button : window->page(QStringLiteral("data"))->findChildren<QPushButton*>())
            if (button->objectName() == QLatin1String("issueOffer") && button->isVisible()) {
                texts << button->text();
                if (button->text() == QLatin1String("Name the columns")) name = button;
            }
        QVERIFY2(name, qPrintable(texts.join(QLatin1Char(','))));
        QVERIFY(!texts.contains(QStringLiteral("Show the data")));  // that is here
        QTest::mouseClick(name, Qt::LeftButton);
        settle();
        QCOMPARE(window->focusWidget()->objectName(), QStringLiteral("columns"));
        session->dataError.reset();
    }
    // From the newest checkpoint: the same samples would stop it at the same place again.
    void Offers_ARunThatAnUpdateStoppedGoesOnWithoutSuchUpdates() {
        prepare();
        session->recording.fails = true;
        workbench->startTraining({});
        play();
        auto* first = find<QPushButton>("offer1");
        QVERIFY2(first->text().contains(QLatin1String("from update 120")),
                 qPrintable(first->text()));
        QStringList texts;
        for (const auto* button : window->findChildren<QPushButton*>())
            if (button->objectName().startsWith(QLatin1String("offer"))) texts << button->text();
        QVERIFY2(texts.contains(QStringLiteral("Choose another precision")) &&
                     texts.contains(QStringLiteral("Show the samples")),
                 qPrintable(texts.join(QLatin1Char(','))));
        go("runs");
        press("offer1");
        settle();
        QVERIFY(session->resumed.has_value());
        QVERIFY(session->resumed->overrides ==
                (std::vector<std::pair<std::string, std::string>>{{"train.on_nonfinite", "skip"}}));
        QCOMPARE(window->currentPage(), QStringLiteral("monitor"));
    }
    void Messages_AFullDiskSaysWhyTheRunWaitsAndGoesOn() {
        prepare();
        workbench->startTraining({});
        play(60);
        const Error full{ErrorCode::DiskFull, {{"path", "runs/x/checkpoints/step-40"}}, {}, {}};
        const std::vector<Event> waits = {
            IssueRaised{.job = 1, .issue = {Severity::Error, full, {}, 1}},
            JobStateChanged{.job = 1, .from = JobState::Running, .to = JobState::Paused}};
        session->publish(waits);
        bridge->drainNow();
        settle();
        QVERIFY2(window->message().contains(QLatin1String("no space left")),
                 qPrintable(window->message()));
        QCOMPARE(find<QPushButton>("offer1")->text(), QStringLiteral("Show the trash"));
        QCOMPARE(find<QPushButton>("offer2")->text(), QStringLiteral("Go on"));
        press("offer2");
        QCoreApplication::processEvents();  // and no longer, so that all comes in one go
        QCOMPARE(qs(session->commands.back()), QStringLiteral("resume"));
        QVERIFY(window->message().isEmpty());
        session->publish(waits);  // it is full still: nothing was made room
        bridge->drainNow();
        settle();
        QVERIFY(window->message().contains(QLatin1String("no space left")));
        workbench->train.togglePause();  // by its key
        bridge->drainNow();
        settle();
        QVERIFY2(window->message().isEmpty(), qPrintable(window->message()));
        // A pause that somebody asked for says nothing.
        workbench->train.togglePause();
        bridge->drainNow();
        settle();
        QVERIFY2(window->message().isEmpty(), qPrintable(window->message()));
    }
    void Messages_ALanguageWithoutLettersSaysWhatToInstall() {
        auto* application = static_cast<Application*>(qApp);
        application->setChineseFamilies({});
        window->setLanguage(QStringLiteral("zh_CN"));
        const QString said = window->message();
        window->setLanguage(QStringLiteral("en"));
        application->setChineseFamilies({QStringLiteral("Noto Sans CJK SC")});
        window->setLanguage(QStringLiteral("zh_CN"));
        const bool lacks = application->lacksLetters();
        window->setLanguage(QStringLiteral("en"));
        QVERIFY2(said.contains(QLatin1String("fonts-noto-cjk")), qPrintable(said));
        QVERIFY(!lacks);
    }
    void Offers_ARemedyThatChangesASettingDoesSoAndIsUndone() {
        prepare();
        QVERIFY(workbench->project.options().train.on_nonfinite == OnNonFinite::Stop);
        QVERIFY(window->follow(QStringLiteral("set/train.on_nonfinite=skip")));
        QVERIFY(workbench->project.options().train.on_nonfinite == OnNonFinite::Skip);
        workbench->project.history().undo();
        QVERIFY(workbench->project.options().train.on_nonfinite == OnNonFinite::Stop);
        QVERIFY(!window->follow(QStringLiteral("set/train.nothing=1")));
    }
    void Messages_DetailsAreShownOnDemand() {
        workbench->report(Error{ErrorCode::FileMissing, {{"path", "/a"}}, {"while reading b"}, {}});
        settle();
        auto* more = find<QToolButton>("messageDetails");
        QVERIFY(more->isVisible());
        press("messageDetails");
        bool shown = false;
        for (const QLabel* label : window->findChildren<QLabel*>())
            shown |= label->isVisible() && label->text() == QLatin1String("while reading b");
        QVERIFY(shown);
        workbench->report(Error{ErrorCode::FileMissing, {{"path", "/a"}}, {}, {}});
        settle();
        QVERIFY(!more->isVisible());
    }
    void Dialogs_BeginWhereTheLastAnswerOfTheirKindWas() {
        const QTemporaryDir folder;
        const auto ask = [&](const char* what, const char* name) {
            action(what)->trigger();
            return find<QFileDialog>(name);
        };
        QFileDialog* first = ask("openModel", "modelFolder");
        QCOMPARE(first->directory(), QDir::home());
        Q_EMIT first->fileSelected(folder.path());
        delete first;
        QFileDialog* again = ask("openModel", "modelFolder");
        QCOMPARE(again->directory(), QDir(folder.path()));
        delete again;
        QFileDialog* other = ask("openRun", "runFolder");
        QCOMPARE(other->directory(), QDir::home());
        delete other;
    }
    void Config_IsSavedAgainWithoutAQuestionAndANewOneIsUndone() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("train.json"));
        action("saveConfig")->trigger();
        auto* dialog = find<QFileDialog>("configFile");
        Q_EMIT dialog->fileSelected(file);
        dialog->close();
        QVERIFY(QFile::exists(file));
        RunOptions options = workbench->project.options();
        options.adapter.rank = 24;
        options.train.learning_rate = 3e-5;
        workbench->project.setOptions(options);
        action("saveConfig")->trigger();
        ConfigRequest request;
        request.config_path = ss(file);
        QCOMPARE(resolve_config(request)->options.adapter.rank, 24);
        action("newConfig")->trigger();
        QVERIFY(workbench->project.options().adapter.rank != 24);
        QVERIFY(workbench->project.configFile().isEmpty());
        workbench->project.history().undo();
        QCOMPARE(workbench->project.options().adapter.rank, 24);
    }

    void Journal_EditsOfAProgramThatDiedComeBack() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("journal.json"));
        auto dying = std::make_unique<Journal>(workbench->project, file);
        QVERIFY(!dying->left());
        RunOptions options = workbench->project.options();
        options.adapter.rank = 24;
        options.train.learning_rate = 3e-5;
        workbench->project.setOptions(options);
        MOELORA_TRY_VERIFY(QFile::exists(file));
        dying.reset();  // without close()
        workbench->project.setOptions(RunOptions{});
        Journal next(workbench->project, file);
        QVERIFY(next.left());
        window->sayEndedBadly(&next);
        settle();
        press("offer1");
        settle();
        QVERIFY(to_json(workbench->project.options()) == to_json(options));
        QVERIFY(workbench->project.configFile().isEmpty());  // what is saved lies elsewhere
        QVERIFY(!next.left());
        QVERIFY(window->message().isEmpty());
        next.close();
        const Journal third(workbench->project, file);
        QVERIFY(!third.left());  // a proper end leaves nothing
    }
    void Errors_NoRemedyInTheWindowIsOneOfTheCommandLine() {
        for (const char* language : {"en", "zh_CN"}) {
            window->setLanguage(QLatin1String(language));
            for (const ErrorEntry& entry : error_catalogue()) {
                const QString hint = errorText(Error{entry.code, {}, {}, {}}).hint;
                QVERIFY2(!hint.contains(QLatin1String("--")) &&
                             !hint.contains(QLatin1String("`moelora")),
                         qPrintable(hint));
            }
        }
        window->setLanguage(QStringLiteral("en"));
    }
    void Banner_ARunThatWasInterruptedCanGoOnWithOneClick() {
        window->sayEndedBadly(nullptr);  // the list of runs comes later
        const auto resume = [this]() -> QPushButton* {
            for (auto* button : window->findChildren<QPushButton*>())
                if (button->isVisible() && button->text().startsWith(QLatin1String("Go on from")))
                    return button;
            return nullptr;
        };
        QVERIFY(!resume());
        session->runs = test::recordedRuns();
        session->runs[0].status = RunStatus::Interrupted;
        session->runs[0].checkpoints = {{20, "checkpoints/step-20"}, {40, "checkpoints/step-40"}};
        workbench->refreshRuns();
        settle();
        MOELORA_TRY_VERIFY(resume() != nullptr);
        QCOMPARE(resume()->text(), QStringLiteral("Go on from update 40"));
        resume()->click();
        MOELORA_TRY_VERIFY(session->resumed.has_value());
        QCOMPARE(qs(session->resumed->run), qs(session->runs[0].path));
        QCOMPARE(window->currentPage(), QStringLiteral("monitor"));
        workbench->train.stop();
        bridge->drainNow();
    }
    void CrashNote_NamesTheSignalOrWhatWasThrownAndIsFoundByTheNextStart() {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("crash.txt"));
        QVERIFY(
            noteOf(file, [] { std::raise(SIGSEGV); }).startsWith(QLatin1String("signal SIGSEGV")));
        const QString thrown = noteOf(file, [] { std::terminate(); });
        QVERIFY2(thrown.startsWith(QLatin1String("terminated: no exception")), qPrintable(thrown));
        QVERIFY(thrown.contains(QLatin1String("signal SIGABRT")));
        keepCrashNote(file);
        QVERIFY(lastCrashNote().startsWith(QLatin1String("terminated")));
        QVERIFY(diagnosticsText(*workbench, {}).contains(QLatin1String("terminated")));
        dropCrashNote();
        QVERIFY(!QFile::exists(file));
    }
    void Session_ALogOutStopsTheRunAndAsksNobody() {
        prepare();
        workbench->startTraining({});
        play(40);
        QVERIFY(workbench->train.running());
        session->stopsSlowly = true;
        window->endSession();
        window->close();
        QVERIFY(!window->findChild<QMessageBox*>(QStringLiteral("askToStop")));
        QVERIFY(!window->isVisible());
        QCOMPARE(session->commands.back(), std::string("stop"));
        session->endStop();
        bridge->drainNow();
    }
    void Config_IsSavedAsTheCommandLineReadsItAndOpenedByADrop() {
        prepare();
        RunOptions options = workbench->project.options();
        options.adapter.rank = 24;
        workbench->project.setOptions(options);
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("birds.json"));
        QVERIFY(writeConfig(options, file));
        ConfigRequest request;
        request.config_path = ss(file);
        const auto read = resolve_config(request);
        QVERIFY(read && read->usable());
        QVERIFY(to_json(read->options) == to_json(options));
        workbench->project.setOptions(RunOptions{});
        workbench->openPath(file);
        settle();
        QCOMPARE(workbench->project.options().adapter.rank, 24);
        QCOMPARE(window->currentPage(), QStringLiteral("train"));
    }
    void Diagnostics_HoldTheLastLinesOfTheLogAndNoFolder() {
        prepare();
        workbench->startTraining({});
        play();
        workbench->report(
            Error{ErrorCode::FileMissing, {{"path", "/mnt/private/secret/a.json"}}, {}, {}});
        action("diagnostics")->trigger();
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY2(text.contains(QLatin1String("Checkpoint saved")), qPrintable(text));
        QVERIFY2(!text.contains(QLatin1String("private")), qPrintable(text));
        QVERIFY(text.contains(QLatin1String(".../a.json")));
    }
    void Diagnostics_LeaveOfAnyPathItsLastPartAlone() {
        const QString home = QDir::homePath();
        const std::pair<QString, QString> cases[] = {
            {home + QStringLiteral("/Kunden/Mueller GmbH/a.jpg is damaged"),
             QStringLiteral(".../a.jpg is damaged")},
            {QStringLiteral("~/Kunden/b.jpg"), QStringLiteral(".../b.jpg")},
            {QStringLiteral("why:/mnt/x/y"), QStringLiteral("why:.../y")},
            {QStringLiteral("file:///data/secret/c.json"), QStringLiteral(".../c.json")},
            {QStringLiteral("\"/data/Kunden/Akte Mueller/d.jpg\" is no picture"),
             QStringLiteral("\".../d.jpg\" is no picture")},
            {QStringLiteral("/data/one/a.jpg and /data/two/b.jpg"),
             QStringLiteral(".../a.jpg and .../b.jpg")},
            {QStringLiteral("2.5 samples/s, 3 / 40, n/a"),
             QStringLiteral("2.5 samples/s, 3 / 40, n/a")},
            {home, QStringLiteral("~")}};
        for (const auto& [text, expected] : cases) QCOMPARE(redacted(text), expected);
        const Error error = withoutFolders(
            Error{ErrorCode::ImageUnreadable,
                  {{"path", "/data/Kunden/Akte Mueller/unser Bild.jpg"}, {"why", "it is empty"}},
                  {},
                  {}});
        QCOMPARE(qs(error.arg("path")), QStringLiteral(".../unser Bild.jpg"));
        QCOMPARE(qs(error.arg("why")), QStringLiteral("it is empty"));
    }
    void Diagnostics_KnowTheFoldersOfTheProjectWhateverTheirNames() {
        workbench->chooseModel(QStringLiteral("/srv/Akte; Mueller/models/demo"));
        workbench->chooseData(QStringLiteral("/srv/Kunde \"X\"/captions"));
        session->dataError = Error{
            ErrorCode::FileMissing, {{"path", "/srv/Kunde \"X\"/captions/unsere Bilder"}}, {}, {}};
        settle();
        workbench->report(*session->dataError);
        action("diagnostics")->trigger();
        const QString text = QGuiApplication::clipboard()->text();
        for (const char* secret : {"Mueller", "Kunde", "Akte"})
            QVERIFY2(!text.contains(QLatin1String(secret)), qPrintable(text));
        QVERIFY2(text.contains(QLatin1String("unsere Bilder")), qPrintable(text));
    }
    void Diagnostics_HoldLibTorchDriverAndCard() {
        GpuReport card;
        card.name = "NVIDIA GeForce RTX 4060";
        card.capability = 89;
        session->computer.gpus = {card};
        session->computer.driver = "580.65.06";
        workbench->fit.askHardware();
        settle();
        action("diagnostics")->trigger();
        const QString text = QGuiApplication::clipboard()->text();
        for (const char* part :
             {"LibTorch 2.15.0", "RTX 4060", "sm_89", "Driver: 580.65.06", "AMD EPYC", "Qt "})
            QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    }
    // 1280 x 720 at 150 % is 853 x 480.
    void Window_OnASmallScreenPagesScrollAndNothingIsCut() {
        session->runs = test::recordedRuns();
        workbench->refreshRuns();
        prepare();
        window->resize(853, 480);
        settle();
        QCOMPARE(window->size(), QSize(853, 480));
        QStringList outside;
        for (const QString& id : window->pageIds()) {
            window->showPage(id);
            settle();
            auto* area = find<QScrollArea>("pageScroll");
            const QWidget* page = window->page(id);
            // Everything is within the page, and the page within reach of the scroll bars.
            if (page->width() < page->minimumSizeHint().width() ||
                page->height() < page->minimumSizeHint().height())
                outside << QStringLiteral("%1 is %2 x %3 and needs %4 x %5")
                               .arg(id)
                               .arg(page->width())
                               .arg(page->height())
                               .arg(page->minimumSizeHint().width())
                               .arg(page->minimumSizeHint().height());
            if (area->horizontalScrollBar()->maximum() <
                area->widget()->width() - area->viewport()->width())
                outside << id + QStringLiteral(" cannot be scrolled");
            for (const QWidget* child : page->findChildren<QWidget*>()) {
                const QWidget* parent = child->parentWidget();
                if (!child->isVisible() || child->isWindow() || !parent ||
                    parent->objectName() == QLatin1String("qt_scrollarea_viewport"))
                    continue;
                if (!parent->rect().adjusted(-2, -2, 2, 2).contains(child->geometry()))
                    outside << QStringLiteral("%1: %2 %3")
                                   .arg(id, QLatin1String(child->metaObject()->className()),
                                        child->objectName());
            }
        }
        outside.removeDuplicates();
        QVERIFY2(outside.isEmpty(), qPrintable(outside.join(QLatin1String("; "))));
    }
    // Every control that takes the focus is reached by Tab, and the walk comes back to its start.
    void Window_TabVisitsEveryControlOnce() {
        session->runs = test::recordedRuns();
        workbench->refreshRuns();
        prepare();
        window->activateWindow();
        QStringList missed;
        for (const QString& id : window->pageIds()) {
            window->showPage(id);
            settle();
            std::set<const QWidget*> visited;
            QWidget* first = window->page(id)->nextInFocusChain();
            QWidget* at = first;
            for (int steps = 0; steps < 5000; ++steps) {
                if (!visited.insert(at).second) break;
                at = at->nextInFocusChain();
            }
            QCOMPARE(at, first);
            for (const QWidget* control : window->page(id)->findChildren<QWidget*>())
                if (control->isVisible() && control->isEnabled() &&
                    (control->focusPolicy() & Qt::TabFocus) && !visited.contains(control))
                    missed << id + QLatin1Char(' ') + control->objectName();
        }
        QVERIFY2(missed.isEmpty(), qPrintable(missed.join(QLatin1String("; "))));
    }
};

MOELORA_UI_TEST(HelpTest)
#include "help_test.moc"
