// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_filter.h"

#include "tests/support/ui_test.h"
#include "ui/models/samples_model.h"

using namespace moelora;
using namespace moelora::ui;

class SampleFilterTest : public QObject {
    Q_OBJECT
    // Names of the samples that the filter lets through.
    static QString left(const char* text) {
        const std::vector<CaptionSample> samples = {
            {.id = "1",
             .image = "/d/val/dog.png",
             .prompt = "What is it?",
             .task = "count",
             .references = {"A dog."}},
            {.id = "2",
             .image = "/d/train/cat.webp",
             .prompt = "Tags",
             .task = "tags",
             .references = {"cat | hat", "a cat with a hat"}},
            {.id = "3",
             .image = "/d/train/bird.jpg",
             .prompt = "Tags",
             .task = "",
             .references = {}}};
        const SampleFilter filter = SampleFilter::parse(QString::fromUtf8(text));
        if (!filter.error().isEmpty()) return QStringLiteral("! ") + filter.error();
        const SampleFacts facts[] = {
            {400, {}},
            {40, QStringLiteral("DATA-007 error Error The sample 2 is too long\n")},
            {-1, QStringLiteral("DATA-006 warning Warning A caption is empty.\n")}};
        QString out;
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (filter.accepts(samples[i], facts[i])) out += QString::fromStdString(samples[i].id);
        return out;
    }

  private Q_SLOTS:
    void Filter_TheGrammarMeansWhatTheHelpSays_data() {
        QTest::addColumn<QString>("expected");
        const std::pair<const char*, const char*> rows[] = {
            {"", "123"},
            {"CAT", "2"},
            {"tags", "23"},  // the task of one, the prompt of both
            {"caption:dog", "1"},
            {"caption:cat caption:hat", "2"},
            {"caption:\"with a\"", "2"},
            {"name:*.webp", "2"},
            {"name:d?g*", "1"},
            {"path:*/train/*", "23"},
            {"task=count", "1"},
            {"task!=tags", "13"},
            {"chars>6", "2"},
            {"chars<=6", "13"},
            {"captions=2", "2"},
            {"missing:caption", "3"},
            {"missing:task", "3"},
            {"tokens:400", "1"},
            {"tokens>39", "12"},
            {"tokens<400", "2"},  // what is not counted is neither more nor less
            {"issue:DATA-007", "2"},
            {"issue:warning", "3"},
            {"issue:*", "23"},
            {"NOT issue:*", "1"},
            {"empty", ""},  // a word alone is not looked for in findings
            {"tokens>many", "! many is no number"},
            {"NOT missing:caption", "12"},
            {"NOT dog AND tags", "23"},
            {"dog OR bird AND missing:task", "13"},  // AND before OR
            {"(dog OR bird) AND missing:task", "3"},
            {"NOT (dog OR cat)", "3"},
            {"size>3", "! there is no field size"},
            {"chars>many", "! many is no number"},
            {"(dog", "! a bracket is not closed"},
            {"dog)", "! a bracket is closed but not open"},
            {"dog OR", "! a term is missing"},
            {"\"dog", "! a quotation mark is open"}};
        for (const auto& [text, expected] : rows)
            QTest::newRow(text) << QString::fromUtf8(expected);
    }
    void Filter_TheGrammarMeansWhatTheHelpSays() {
        QFETCH(QString, expected);
        QCOMPARE(left(QTest::currentDataTag()), expected);
    }
    void Samples_TheFilterLeavesTheOrder() {
        SamplesModel model;
        model.setSamples({{.id = "1", .references = {"a"}},
                          {.id = "2", .references = {"b"}},
                          {.id = "3", .references = {"ab"}}});
        FilteredSamples shown(&model);
        shown.setFilter(SampleFilter::parse(QStringLiteral("a")));
        QCOMPARE(shown.rowCount(), 2);
        QCOMPARE(shown.index(1, 0).data().toString(), QStringLiteral("ab"));
        shown.setFilter({});
        QCOMPARE(shown.rowCount(), 3);
    }
};

MOELORA_UI_TEST(SampleFilterTest)
#include "sample_filter_test.moc"
