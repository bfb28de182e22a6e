// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/captions.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace moelora {
namespace {

using testing::ElementsAre;

std::string text_of(const WordDiff& diff, DiffKind left_out) {
    std::string text;
    for (const DiffSpan& span : diff)
        if (span.kind != left_out) text += span.text;
    return text;
}

DiffSpan equal(const char* text) {
    return {DiffKind::Equal, text};
}
DiffSpan deleted(const char* text) {
    return {DiffKind::Deleted, text};
}
DiffSpan inserted(const char* text) {
    return {DiffKind::Inserted, text};
}

TEST(DiffUnits, WordsKeepTheirBlanksAndHanCharactersStandAlone) {
    EXPECT_THAT(diff_units("Two  cars\nleft."), ElementsAre("Two  ", "cars\n", "left."));
    EXPECT_THAT(diff_units(" a"), ElementsAre(" ", "a"));
    EXPECT_THAT(diff_units("两辆car在、 雪。"),
                ElementsAre("两", "辆", "car", "在", "、 ", "雪", "。"));
    EXPECT_THAT(diff_units("ねこ 고양이 둘"), ElementsAre("ね", "こ ", "고양이 ", "둘"));
    EXPECT_THAT(diff_units("a\u3000b"), ElementsAre("a\u3000", "b"));
    EXPECT_THAT(diff_units(""), ElementsAre());
}

TEST(WordDiff, OneReplacedWordIsOnePair) {
    EXPECT_THAT(word_diff("A red bus.", "A blue bus."),
                ElementsAre(equal("A "), deleted("red "), inserted("blue "), equal("bus.")));
    EXPECT_THAT(word_diff("雪地里，两辆汽车。", "雪地里，三辆汽车。"),
                ElementsAre(equal("雪地里，"), deleted("两"), inserted("三"), equal("辆汽车。")));
}

TEST(WordDiff, TextGoesOnWithoutRepeatingTheLastWord) {
    EXPECT_THAT(word_diff("a dog", "a dog runs"), ElementsAre(equal("a dog"), inserted(" runs")));
    EXPECT_THAT(word_diff("a  b", "a b"),
                ElementsAre(equal("a"), deleted("  "), inserted(" "), equal("b")));
}

TEST(WordDiff, EqualEmptyAndForeignTexts) {
    EXPECT_THAT(word_diff("", ""), ElementsAre());
    EXPECT_THAT(word_diff("same text", "same text"), ElementsAre(equal("same text")));
    EXPECT_THAT(word_diff("", "x y"), ElementsAre(inserted("x y")));
    EXPECT_THAT(word_diff("a b", "c d"), ElementsAre(deleted("a b"), inserted("c d")));
}

TEST(WordDiff, SpansGiveBothTextsBackForAnyBytes) {
    const std::vector<std::string> parts = {"a",  "b ",     "cat",  "  ", "雪", "车",      "，",
                                            "\n", "\u3000", "\xFF", "é",  "😀",  "\xE9\x9B"};
    std::mt19937 random(7);
    const auto any_text = [&] {
        std::string text;
        for (auto left = random() % 12; left > 0; --left) text += parts[random() % parts.size()];
        return text;
    };
    for (int round = 0; round < 2000; ++round) {
        const std::string before = any_text(), after = any_text();
        const WordDiff diff = word_diff(before, after);
        ASSERT_EQ(text_of(diff, DiffKind::Inserted), before);
        ASSERT_EQ(text_of(diff, DiffKind::Deleted), after);
        for (std::size_t i = 1; i < diff.size(); ++i) ASSERT_NE(diff[i].kind, diff[i - 1].kind);
        std::string joined;
        for (const std::string& unit : diff_units(before)) joined += unit;
        ASSERT_EQ(joined, before);
    }
}

TEST(WordDiff, TheScriptIsTheShortest) {
    // The classic pair of Myers' paper: the longest common subsequence has 4 of 7 and 6 units.
    const WordDiff diff = word_diff("甲乙丙甲乙乙甲", "丙乙甲乙甲丙");
    EXPECT_EQ(text_of(diff, DiffKind::Inserted), "甲乙丙甲乙乙甲");
    std::size_t kept = 0;
    for (const DiffSpan& span : diff)
        if (span.kind == DiffKind::Equal) kept += diff_units(span.text).size();
    EXPECT_EQ(kept, 4u);
}

TEST(ExactMatch, OnlyOuterWhiteSpaceIsForgiven) {
    EXPECT_TRUE(exact_match(" A bus.\n", {"A car.", "A bus."}));
    EXPECT_TRUE(exact_match("车", {"\u3000\u00A0车\u2003\t"}));
    EXPECT_TRUE(exact_match(" \n", {""}));
    EXPECT_FALSE(exact_match("a bus.", {"A bus."}));
    EXPECT_FALSE(exact_match("A  bus.", {"A bus."}));
    EXPECT_FALSE(exact_match("\u200BA bus.", {"A bus."}));  // no white space in Unicode
    EXPECT_FALSE(exact_match("A bus.", {}));
}

CaptionSample sample_of(const char* id, const char* task, std::vector<std::string> references) {
    return {id, {}, {}, task, std::move(references)};
}
Caption caption_of(const char* sample, const char* text) {
    Caption caption;
    caption.sample = sample;
    caption.text = text;
    return caption;
}

TEST(ScoreCaptions, CountsPerTaskAndLeavesOutWhatCannotBeJudged) {
    const std::vector<CaptionSample> samples = {
        sample_of("1", "tags", {"a"}),  sample_of("2", "tags", {"b"}),
        sample_of("3", "count", {"c"}), sample_of("4", "count", {}),
        sample_of("5", "", {"d", "e"}), sample_of("6", "", {"f"})};
    const std::vector<Caption> captions = {caption_of("5", "e"), caption_of("1", "a "),
                                           caption_of("2", "a"), caption_of("3", "C"),
                                           caption_of("4", "x")};
    const CaptionMetrics metrics = score_captions(samples, captions);
    EXPECT_EQ(metrics.samples, 4);
    EXPECT_EQ(metrics.exact, 2);
    EXPECT_EQ(metrics.by_task.size(), 2u);
    EXPECT_EQ(metrics.by_task.at("tags"), (std::pair<std::int64_t, std::int64_t>{1, 2}));
    EXPECT_EQ(metrics.by_task.at("count"), (std::pair<std::int64_t, std::int64_t>{0, 1}));
}

}  // namespace
}  // namespace moelora
