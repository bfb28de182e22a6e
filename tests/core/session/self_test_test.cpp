// SPDX-License-Identifier: GPL-3.0-or-later
// A self-test must fail when something is wrong: each test here answers its questions wrongly on
// purpose, as a broken program would.
#include "core/session/self_test.h"

#include <gmock/gmock.h>

#include "core/base/json.h"
#include "core/session/caption_files.h"
#include "core/session/compare_html.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using testing::HasSubstr;

// A model of three tokens: the base likes token 0, the adapter token 1, and pictures count.
Result<std::vector<float>> good_model(Side side, const TestQuestion& question) {
    const float picture = question.sample->image.empty() ? 0 : question.other_picture ? -1 : 1;
    const bool on = side == Side::AdapterOn;
    return std::vector<float>{on ? 0.5F : 2.0F, on ? 2.5F : 1.0F, 0.1F * picture};
}

std::vector<CaptionSample> samples() {
    return {{"text", "", "", "", {}}, {"picture", "/a.png", "", "", {}}};
}

// Greedy captions of good_model: they part at the second token.
std::vector<ComparedSample> captions() {
    ComparedSample s;
    s.sample = samples()[1];
    s.base.tokens = {2, 0};
    s.adapted.tokens = {2, 1, 1};
    ComparedSample longer = s;  // one goes on where the other ends: says nothing
    longer.adapted.tokens = {2, 0, 1};
    return {longer, s};
}

SelfTest tested(const AskModel& ask) {
    auto test = test_adapter(ask, samples(), {28, false});
    EXPECT_TRUE(test);
    SelfTest out = test.value_or(SelfTest{});
    EXPECT_TRUE(test_columns(ask, captions(), 1e-6, out));
    return out;
}

std::string badge_of(const SelfTest& test) {
    Comparison c;
    c.self_test = test;
    return comparison_page(c, {});
}

TEST(SelfTest, AGoodComparisonPasses) {
    const SelfTest test = tested(good_model);
    EXPECT_TRUE(test.passed());
    EXPECT_EQ(self_test_failure(test), "");
    EXPECT_EQ(test.max_logit_difference, 1.5);
    EXPECT_EQ(test.pictures, 1);
    EXPECT_EQ(test.caption_pairs, 1);
    EXPECT_THAT(badge_of(test), HasSubstr("Self-test passed"));
}

TEST(SelfTest, AnUnattachedAdapterFails) {
    const SelfTest test =
        tested([](Side, const TestQuestion& question) { return good_model(Side::Base, question); });
    EXPECT_FALSE(test.passed());
    EXPECT_THAT(self_test_failure(test), HasSubstr("the adapter changes nothing"));
    EXPECT_THAT(badge_of(test), HasSubstr("Self-test failed"));
    EXPECT_THAT(badge_of(test), HasSubstr("the adapter changes nothing"));
}

TEST(SelfTest, AnAdapterThatHasLearntNothingYetPassesAndIsNamed) {
    const auto base = [](Side, const TestQuestion& question) {
        return good_model(Side::Base, question);
    };
    const auto fresh = test_adapter(base, samples(), {28, true});
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(fresh->untrained);
    EXPECT_TRUE(fresh->passed());
    EXPECT_EQ(self_test_failure(*fresh), "");
    EXPECT_THAT(badge_of(*fresh), HasSubstr("has not learnt anything yet"));
    // The weights of the last say nothing where the model answers otherwise.
    const auto trained = test_adapter(good_model, samples(), {28, true});
    ASSERT_TRUE(trained);
    EXPECT_FALSE(trained->untrained);
}

TEST(SelfTest, AnAdapterThatCannotBeSwitchedOffFails) {
    const SelfTest test = tested([](Side side, const TestQuestion& question) {
        return good_model(side == Side::AdapterOff ? Side::AdapterOn : side, question);
    });
    EXPECT_FALSE(test.passed());
    EXPECT_THAT(self_test_failure(test), HasSubstr("is not the base"));
}

TEST(SelfTest, AnIgnoredPictureFails) {
    const SelfTest test = tested([](Side side, const TestQuestion& question) {
        TestQuestion same = question;
        same.other_picture = false;
        return good_model(side, same);
    });
    EXPECT_TRUE(test.picture_ignored);
    EXPECT_FALSE(test.passed());
    EXPECT_THAT(self_test_failure(test), HasSubstr("the picture is not looked at"));
    EXPECT_THAT(badge_of(test), HasSubstr("the picture is not looked at"));
}

TEST(SelfTest, SwappedColumnsFail) {
    auto test = test_adapter(good_model, samples(), {28, false});
    ASSERT_TRUE(test);
    auto swapped = captions();
    for (ComparedSample& s : swapped) std::swap(s.base, s.adapted);
    ASSERT_TRUE(test_columns(good_model, swapped, 1e-6, *test));
    EXPECT_TRUE(test->columns_swapped);
    EXPECT_FALSE(test->passed());
    EXPECT_THAT(self_test_failure(*test), HasSubstr("they are swapped"));
    EXPECT_THAT(badge_of(*test), HasSubstr("they are swapped"));
}

TEST(SelfTest, WhatRoundingMayDecideIsNotHeldAgainstTheColumns) {
    SelfTest test;
    auto swapped = captions();
    for (ComparedSample& s : swapped) std::swap(s.base, s.adapted);
    ASSERT_TRUE(test_columns(good_model, swapped, 1.0, test));  // logits known to nothing
    EXPECT_FALSE(test.columns_swapped);
}

TEST(SelfTest, SamplesWithoutPicturesAreNotJudgedByThem) {
    const auto test = test_adapter(good_model, {samples()[0]}, {28, false});
    ASSERT_TRUE(test);
    EXPECT_EQ(test->pictures, 0);
    EXPECT_TRUE(test->passed());
}

TEST(CocoResults, IdsAreThoseOfTheDataAndOneEntryAPictureStands) {
    const auto captioned = [](const char* id, const char* image, const char* image_id,
                              const char* text) {
        EvaluatedSample s;
        s.sample = {id, image, "", "", {}, image_id};
        s.caption.text = text;
        return s;
    };
    const Json results = Json::parse(coco_results(
        {captioned("1", "/x/COCO_val2014_000000391895.jpg", "", "a bus"),
         captioned("2", "/x/b.jpg", "42", "a \"dog\""), captioned("3", "/x/b.jpg", "42", "again"),
         captioned("4", "/x/猫.jpg", "rows/4", "一只猫")}));
    EXPECT_EQ(results, Json::parse(R"([{"image_id":391895,"caption":"a bus"},
        {"image_id":42,"caption":"a \"dog\""},{"image_id":"猫","caption":"一只猫"}])"));
    // Names that end alike are no ids: each picture keeps its caption.
    EXPECT_EQ(Json::parse(coco_results({captioned("1", "/x/birds/0.png", "birds/0.png", "a"),
                                        captioned("2", "/x/cats/0.png", "cats/0.png", "b"),
                                        captioned("3", "/x/cats/1.png", "cats/1.png", "c")})),
              Json::parse(R"([{"image_id":"birds/0.png","caption":"a"},
        {"image_id":"cats/0.png","caption":"b"},{"image_id":1,"caption":"c"}])"));
}

}  // namespace
}  // namespace moelora
