// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/option_form.h"

#include <QComboBox>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QWheelEvent>
#include <clocale>
#include <cstdlib>

#include "core/options/options.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/widgets/number_edit.h"

using namespace moelora;
using namespace moelora::ui;

class OptionFormTest : public QObject {
    Q_OBJECT
    AdapterOptions m_now, m_base;
    std::unique_ptr<OptionForm> m_form;

    void show() { m_form->setFields(readFields(m_now), readFields(m_base)); }
    static void type(QWidget* editor, const char* text) {
        editor->setFocus();
        static_cast<QAbstractSpinBox*>(editor)->selectAll();
        QTest::keyClicks(editor, QString::fromLatin1(text));
    }

  private Q_SLOTS:
    void init() {
        m_now = m_base = {};
        m_form = std::make_unique<OptionForm>();
        show();
        connect(m_form.get(), &OptionForm::edited, this,
                [this](const QString& name, const QString& value) {
                    QVERIFY(writeField(m_now, name, value));
                    show();
                });
        m_form->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_form.get()));
    }

    void OptionForm_EveryFieldOfDescribeHasARow() {
        for (const OptionField& field : readFields(m_now))
            QVERIFY2(m_form->editor(field.name), qPrintable(field.name));
    }
    void OptionForm_ALongListShowsItsBeginning() {
        m_now.targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj"};
        show();
        const auto* edit = qobject_cast<QLineEdit*>(m_form->editor(QStringLiteral("targets")));
        QVERIFY(edit && !edit->text().isEmpty());
        QCOMPARE(edit->cursorPosition(), 0);
    }
    void OptionForm_ARefusalIsSaidInTheLanguageOfTheWindow() {
        auto* application = static_cast<Application*>(qApp);
        type(m_form->editor(QStringLiteral("rank")), "0");
        const QString english = m_form->rejections().value(0);
        QVERIFY(!english.isEmpty());
        QVERIFY(application->setLanguage(QStringLiteral("zh_CN")));
        static const QRegularExpression chinese(QStringLiteral("\\p{Han}"));
        MOELORA_TRY_VERIFY(
            m_form->rejections().value(0).section(QChar(0xFF1A), 1).contains(chinese));
        QVERIFY(application->setLanguage(QStringLiteral("en")));
        MOELORA_TRY_COMPARE(m_form->rejections().value(0), english);
    }
    void OptionForm_AcceptsEveryKeystrokeThatIsAValue() {
        QSignalSpy edited(m_form.get(), &OptionForm::edited);
        type(m_form->editor(QStringLiteral("rank")), "16");
        QCOMPARE(edited.count(), 2);  // 1, then 16
        QCOMPARE(m_now.rank, 16);
    }
    void OptionForm_RejectsRankZeroAndSaysWhy() {
        type(m_form->editor(QStringLiteral("rank")), "0");
        QVERIFY(m_form->reason(QStringLiteral("rank")).contains(QString::fromUtf8("1 … 1024")));
        QCOMPARE(m_now.rank, 8);
    }
    void OptionForm_RejectsWordsAndFractionsInAnInteger() {
        for (const char* text : {"2.5", "x", "1e3"}) {
            type(m_form->editor(QStringLiteral("rank")), text);
            QVERIFY(!m_form->reason(QStringLiteral("rank")).isEmpty());
        }
    }
    void OptionForm_MarksWhatDiffersFromThePresetAndResetsIt() {
        QCOMPARE(m_form->modifiedCount(), 0);
        type(m_form->editor(QStringLiteral("alpha")), "32");
        QVERIFY(m_form->isModified(QStringLiteral("alpha")));
        QVERIFY(m_form->editor(QStringLiteral("alpha"))
                    ->accessibleName()
                    .contains(QLatin1String("changed")));
        m_form->reset(QStringLiteral("alpha"));
        QVERIFY(!m_form->isModified(QStringLiteral("alpha")));
        QCOMPARE(m_now.alpha, m_base.alpha);
    }
    void OptionForm_ResetTakesARejectedTextAway() {
        type(m_form->editor(QStringLiteral("rank")), "0");
        m_form->reset(QStringLiteral("rank"));
        QVERIFY(m_form->reason(QStringLiteral("rank")).isEmpty());
        QCOMPARE(static_cast<QAbstractSpinBox*>(m_form->editor(QStringLiteral("rank")))->text(),
                 QStringLiteral("8"));
    }
    void OptionForm_DisablesWhatDoesNotApply() {
        QVERIFY(!m_form->editor(QStringLiteral("top_k"))->isEnabled());
        static_cast<QComboBox*>(m_form->editor(QStringLiteral("gate")))
            ->setCurrentText(QStringLiteral("topk"));
        QVERIFY(m_form->editor(QStringLiteral("top_k"))->isEnabled());
    }
    void OptionForm_KeepsTheTextThatMeansTheSameNumber() {
        auto* edit = static_cast<NumberEdit*>(m_form->editor(QStringLiteral("dropout")));
        type(edit, "1e-1");
        QCOMPARE(m_now.dropout, 0.1);
        QCOMPARE(edit->text(), QStringLiteral("1e-1"));
    }
    void OptionForm_ReadsListsWithAndWithoutBlanks() {
        auto* edit = static_cast<QLineEdit*>(m_form->editor(QStringLiteral("targets")));
        edit->setFocus();
        QTest::keyClicks(edit, QStringLiteral("q_proj,v_proj , o_proj"));
        QCOMPARE(m_now.targets, (std::vector<std::string>{"q_proj", "v_proj", "o_proj"}));
    }
    void OptionForm_SearchFindsAWordOfTheHelpText() {
        m_form->setFilter(QStringLiteral("equally busy"));
        QVERIFY(m_form->editor(QStringLiteral("balance"))->isVisible());
        QVERIFY(!m_form->editor(QStringLiteral("rank"))->isVisible());
    }
    void OptionForm_OfARowThatTheSearchHidesNothingIsShown() {
        QTest::keyClicks(m_form->editor(QStringLiteral("rank")), QStringLiteral("6"));
        QVERIFY(m_form->isModified(QStringLiteral("rank")));
        m_form->setFilter(QStringLiteral("equally busy"));
        const auto resets = [this] {
            int seen = 0;
            for (const auto* button : m_form->findChildren<QToolButton*>())
                seen += button->isVisible() &&
                        button->accessibleName().startsWith(QLatin1String("Reset"));
            return seen;
        };
        QCOMPARE(resets(), 0);
        show();  // as after any change of an option
        QCOMPARE(resets(), 0);
        m_form->setFilter({});
        QCOMPARE(resets(), 1);
    }
    void OptionForm_LeavesTheWheelToThePage() {
        auto* edit = m_form->editor(QStringLiteral("num_experts"));
        m_form->editor(QStringLiteral("alpha"))->setFocus();
        const QPointF at = edit->rect().center();
        QWheelEvent wheel(at, edit->mapToGlobal(at), {}, QPoint(0, 120), Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(edit, &wheel);
        QCOMPARE(m_now.num_experts, m_base.num_experts);
    }
    // Also run where the desktop writes decimals with a comma.
    void Numbers_HaveAPointWhateverTheDesktopWrites() {
        QCOMPARE(QString::fromLatin1(std::localeconv()->decimal_point), QStringLiteral("."));
        QCOMPARE(std::strtod("1.5", nullptr), 1.5);
        TrainOptions options;
        options.weight_decay = 0.25;
        QVERIFY(writeField(options, QStringLiteral("learning_rate"), QStringLiteral("1.5e-4")));
        QCOMPARE(options.learning_rate, 1.5e-4);
        QVERIFY(!writeField(options, QStringLiteral("learning_rate"), QStringLiteral("0,5")));
        for (const OptionField& field : readFields(options))
            if (field.name == QLatin1String("weight_decay"))
                QCOMPARE(field.value, QStringLiteral("0.25"));
        QCOMPARE(fixedText(0.5, 1), QStringLiteral("0.5"));
    }
    void Fields_EveryGroupRoundTripsThroughItsTexts() {
        const RunOptions defaults;
        RunOptions written;
        RunOptions::describe(written, [&](std::string_view, auto& group) {
            for (const OptionField& field : readFields(group))
                QVERIFY2(writeField(group, field.name, field.value), qPrintable(field.name));
        });
        QCOMPARE(written == defaults, true);
    }
};

MOELORA_UI_TEST(OptionFormTest)
#include "option_form_test.moc"
