// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/findings.h"

#include <gmock/gmock.h>

#include "core/eval/captions.h"

namespace moelora {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Caption caption(const std::string& text, StopReason stop = StopReason::EndToken) {
    Caption out;
    out.text = text;
    out.variant = "adapted";
    out.stop_reason = stop;
    return out;
}

TEST(RepeatedPart, FindsWordsAndPhrasesSaidOverAndOver) {
    EXPECT_EQ(repeated_part("a very very very very big dog"), "very");
    EXPECT_EQ(repeated_part("on the left, on the left, on the left"), "on the left");
    EXPECT_EQ(repeated_part("雪雪雪雪"), "雪");
    EXPECT_EQ(repeated_part("红色的车红色的车红色的车"), "红 色 的 车");
    EXPECT_EQ(repeated_part("ha ha ha"), "");
    EXPECT_EQ(repeated_part("a dog and a cat and a bird and a bus"), "");
    EXPECT_EQ(repeated_part("两辆汽车在一只乌龟的左边，一只猫在右边"), "");
    EXPECT_EQ(repeated_part(""), "");
}

TEST(FlagsOf, LengthIsJudgedAgainstTheReferences) {
    const std::vector<std::string> references = {"a red bus", "a big red bus on a road"};
    EXPECT_FALSE(flags_of(caption("a bus on a road"), references).any());
    EXPECT_TRUE(flags_of(caption("bus"), {"a big red bus on a road"}).odd_length);
    std::string text;
    for (int i = 0; i < 22; ++i) text += "word" + std::to_string(i) + " ";
    EXPECT_TRUE(flags_of(caption(text), references).odd_length);
    EXPECT_FALSE(flags_of(caption(text), {}).odd_length);
    EXPECT_TRUE(flags_of(caption(" \n"), references).empty);
    EXPECT_TRUE(flags_of(caption("a red", StopReason::Length), references).cut);
}

TEST(CaptionFindings, EqualFindingsMergeAndNameTheFirst) {
    const std::vector<CaptionSample> samples = {
        {"1", "a", "", "", {}}, {"2", "b", "", "", {}}, {"3", "c", "", "", {}}};
    const auto issues = caption_findings(
        samples,
        {caption("fine"), caption("cut", StopReason::Length), caption("also", StopReason::Length)});
    ASSERT_THAT(issues, SizeIs(1));
    EXPECT_EQ(issues[0].error.code, ErrorCode::CaptionCut);
    EXPECT_EQ(issues[0].count, 2);
    EXPECT_EQ(issues[0].where.item, "2");
    EXPECT_EQ(message_of(issues[0].error),
              "The caption of 2 (adapted) was cut at the length limit.");
    EXPECT_THAT(caption_findings(samples, {caption("x"), caption("y"), caption("z")}), IsEmpty());
}

TEST(CaptionFindings, OneCaptionForAllPicturesIsToldApartFromEqualPictures) {
    std::vector<CaptionSample> samples = {
        {"1", "a", "", "", {}}, {"2", "b", "", "", {}}, {"3", "c", "", "", {}}};
    const std::vector<Caption> one(3, caption("a dog"));
    const auto issues = caption_findings(samples, one);
    ASSERT_THAT(issues, SizeIs(1));
    EXPECT_EQ(issues[0].error.code, ErrorCode::CaptionsAllOne);
    samples[1].image = samples[2].image = "a";
    EXPECT_THAT(caption_findings(samples, one), IsEmpty());
}

std::vector<ComparedSample> compared(
    const std::vector<std::pair<const char*, const char*>>& texts) {
    std::vector<ComparedSample> out;
    for (const auto& [base, adapted] : texts) {
        ComparedSample s;
        s.sample.id = std::to_string(out.size() + 1);
        s.base = caption(base);
        s.base.variant = "base";
        s.adapted = caption(adapted);
        out.push_back(std::move(s));
    }
    return out;
}

TEST(ComparisonFindings, EqualColumnsAreANoticeAndAllOfThemAWarning) {
    EXPECT_THAT(comparison_findings(compared({{"a", "b"}, {"c", "d"}})), IsEmpty());
    auto issues = comparison_findings(compared({{"a", "a"}, {"c", "d"}}));
    ASSERT_THAT(issues, SizeIs(1));
    EXPECT_EQ(issues[0].severity, Severity::Info);
    EXPECT_THAT(message_of(issues[0].error), HasSubstr("1 of 2 captions are the same"));
    issues = comparison_findings(compared({{"a", "a"}, {"c", "c"}}));
    ASSERT_THAT(issues, SizeIs(1));
    EXPECT_EQ(issues[0].severity, Severity::Warning);
}

TEST(ComparisonFindings, BothColumnsAreJudgedApart) {
    auto samples = compared({{"go go go go", "fine"}, {"fine", ""}});
    const auto issues = comparison_findings(samples);
    ASSERT_THAT(issues, SizeIs(2));
    EXPECT_EQ(issues[0].error.code, ErrorCode::CaptionRepeats);
    EXPECT_EQ(issues[0].error.arg("variant"), "base");
    EXPECT_EQ(issues[1].error.code, ErrorCode::CaptionNothing);
    EXPECT_EQ(issues[1].error.arg("variant"), "adapted");
}

}  // namespace
}  // namespace moelora
