// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/scores.h"

#include <gmock/gmock.h>

#include <sstream>

#include "core/base/json.h"
#include "core/eval/captions.h"
#include "core/eval/tokens.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using testing::ElementsAre;
using Tokens = std::vector<std::string>;

Tokens split(const std::string& text) {
    Tokens out;
    std::istringstream in(text);
    for (std::string token; in >> token;) out.push_back(token);
    return out;
}

Json fixture(const std::string& name) {
    const auto json = read_json(test::source_path("tests/golden/eval/" + name));
    EXPECT_TRUE(json) << name;
    return json.value_or(Json::array());
}

std::vector<TokenisedCaption> corpus_of(const Json& samples) {
    std::vector<TokenisedCaption> out;
    for (const Json& sample : samples) {
        TokenisedCaption c;
        c.caption = split(sample.at("caption"));
        for (const Json& reference : sample.at("references"))
            c.references.push_back(split(reference));
        out.push_back(std::move(c));
    }
    return out;
}

TEST(Scores, EqualPycocoevalcapWithinAMillionth) {
    const Json corpora = fixture("scores.json");
    ASSERT_GE(corpora.size(), 9U);
    for (const Json& recorded : corpora) {
        SCOPED_TRACE(recorded.at("name").get<std::string>());
        const auto corpus = corpus_of(recorded.at("samples"));
        const CaptionScores ours = corpus_scores(corpus);
        const double bleu[] = {ours.bleu1, ours.bleu2, ours.bleu3, ours.bleu4};
        for (std::size_t n = 0; n < 4; ++n)
            EXPECT_NEAR(bleu[n], recorded.at("bleu").at(n).get<double>(), 1e-6) << n + 1;
        EXPECT_NEAR(ours.rouge_l, recorded.at("rouge_l").get<double>(), 1e-6);
        EXPECT_NEAR(ours.cider_d, recorded.at("cider_d").get<double>(), 1e-6);
        const std::vector<double> cider = cider_d(corpus);
        for (std::size_t i = 0; i < corpus.size(); ++i) {
            EXPECT_NEAR(rouge_l(corpus[i]), recorded.at("rouge_l_each").at(i).get<double>(), 1e-6);
            EXPECT_NEAR(cider[i], recorded.at("cider_d_each").at(i).get<double>(), 1e-6);
        }
    }
}

TEST(Scores, NothingScoresNothing) {
    EXPECT_EQ(corpus_scores({}), CaptionScores{});
}

TEST(Tokens, EqualPtbTokenizerOnOrdinaryCaptions) {
    const Json lines = fixture("tokens.json");
    ASSERT_GE(lines.size(), 40U);
    for (const Json& line : lines)
        EXPECT_EQ(metric_tokens(line.at("text").get<std::string>()),
                  line.at("tokens").get<Tokens>())
            << line.at("text");
}

TEST(Tokens, HanCharactersStandAloneAndTheirMarksFall) {
    EXPECT_THAT(metric_tokens("雪地里，两辆car在。"),
                ElementsAre("雪", "地", "里", "两", "辆", "car", "在"));
    EXPECT_THAT(metric_tokens("「ねこ」！"), ElementsAre("ね", "こ"));
    EXPECT_THAT(metric_tokens("고양이 둘."), ElementsAre("고양이", "둘"));
}

TEST(Tokens, OddBytesAndMarksDoNoHarm) {
    EXPECT_THAT(metric_tokens(""), ElementsAre());
    EXPECT_THAT(metric_tokens(" .,;'\"-- \t\n"), ElementsAre());
    EXPECT_THAT(metric_tokens("a\xFF\xFE b\xE9"), ElementsAre("a\uFFFD\uFFFD", "b\uFFFD"));
    EXPECT_THAT(metric_tokens("'''''"), ElementsAre());
    EXPECT_THAT(metric_tokens("s 's n't"), ElementsAre("s", "'s", "n't"));
}

TEST(ScoreCaptions, EachTaskIsACorpusOfItsOwnWithItsCounts) {
    const std::vector<CaptionSample> samples = {{"1", "", "", "tags", {"car x2 | snow"}},
                                                {"2", "", "", "tags", {"dog x1 | night"}},
                                                {"3", "", "", "chinese", {"雪地里有两辆汽车。"}},
                                                {"4", "", "", "", {"a red bus"}},
                                                {"5", "", "", "tags", {}},
                                                {"6", "", "", "tags", {"never captioned"}}};
    std::vector<Caption> captions;
    const char* texts[] = {"car x2 | snow", "dog x2 | night", "雪地里有三辆汽车。", "A red bus.",
                           "x"};
    for (std::size_t i = 0; i < 5; ++i) {
        Caption caption;
        caption.sample = samples[i].id;
        caption.text = texts[i];
        captions.push_back(caption);
    }
    const CaptionMetrics metrics = score_captions(samples, captions);
    EXPECT_EQ(metrics.samples, 4);
    EXPECT_EQ(metrics.exact, 1);  // case and marks count for an exact match
    EXPECT_EQ(metrics.by_task.at("tags"), (std::pair<std::int64_t, std::int64_t>(1, 2)));
    ASSERT_EQ(metrics.scores_by_task.size(), 2U);
    const std::vector<TokenisedCaption> tags = {tokenised(texts[0], samples[0].references),
                                                tokenised(texts[1], samples[1].references)};
    EXPECT_EQ(metrics.scores_by_task.at("tags"), corpus_scores(tags));
    EXPECT_NEAR(metrics.scores_by_task.at("chinese").bleu1, 7.0 / 8, 1e-6);
    EXPECT_GT(metrics.scores.bleu1, 0.8);
    EXPECT_LT(metrics.scores.bleu1, 1);
}

}  // namespace
}  // namespace moelora
