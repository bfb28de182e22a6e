// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "core/image/image.h"
#include "core/io/files.h"
#include "core/session/questions.h"
#include "core/session/samples.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using testing::HasSubstr;

std::string demo(const std::string& name) {
    return test::source_path("resources/demo/" + name);
}

struct DemoData {
    DataOptions data;
    CaptionSample first;
    DemoData() {
        data.path = demo("held_out/data.jsonl");
        const auto all = list_samples(data);
        EXPECT_TRUE(all && !all->empty());
        if (all && !all->empty()) first = all->front();
    }
};

TEST(SampleView, View_LearntTokensAreTheAnswerAndPicturesAreAsTheModelIsShownThem) {
    const DemoData d;
    const auto view = questions::view_sample(d.data, demo("model"), d.first.id);
    MOELORA_ASSERT_OK(view);
    std::string learnt, read;
    std::int64_t tokens = 0, places = 0, labels = 0;
    for (const SeenToken& token : view->tokens) {
        (token.learnt ? learnt : read) += token.text;
        tokens += token.count;
        labels += token.learnt ? token.count : 0;
        places += token.picture >= 0 ? token.count : 0;
    }
    EXPECT_EQ(learnt, d.first.references.front() + "<|im_end|>");
    EXPECT_THAT(read, HasSubstr(d.first.prompt));
    EXPECT_EQ(tokens, view->text + view->visual);
    EXPECT_EQ(places, view->visual);
    EXPECT_EQ(labels, view->learnt);
    EXPECT_THAT(view->rendered, HasSubstr(d.first.prompt));
    ASSERT_EQ(view->pictures.size(), 1U);
    const auto image = load_image(d.first.image, AlphaRule::Drop);
    MOELORA_ASSERT_OK(image);
    const Picture& shown = view->pictures.front();
    const RgbImage resized =
        resize_bicubic(*image, {shown.width, shown.height}, Resampler::Torchvision);
    EXPECT_EQ(shown.rgb, resized.pixels);  // to the last pixel
}

TEST(SampleView, View_ASampleThatIsTooLongIsShownAllTheSame) {
    DemoData d;
    d.data.max_length = 8;
    MOELORA_ASSERT_OK(questions::view_sample(d.data, demo("model"), d.first.id));
}

TEST(SampleView, View_ASampleThatIsNotThereIsNamed) {
    const DemoData d;
    const auto view = questions::view_sample(d.data, demo("model"), "no such");
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, ErrorCode::SampleUnknown);
}

TEST(SampleView, Samples_WhatIsLeftOutIsListedAndACaptionGoesBackToTheDatasOwn) {
    DemoData d;
    const auto count = list_samples(d.data)->size();
    d.data.exclude = {d.first.id};
    EXPECT_EQ(list_samples(d.data)->size(), count);
    ASSERT_FALSE(d.first.ids.empty());
    EXPECT_EQ(d.first.ids.front(), d.first.id);
    const test::TempDir folder;
    const std::string file = folder / "data.edits", was = d.first.references.front();
    MOELORA_ASSERT_OK(edit_caption(file, d.first.id, was, "new"));
    d.data.edits = file;
    EXPECT_EQ(list_samples(d.data)->front().references.front(), "new");
    MOELORA_ASSERT_OK(edit_caption(file, d.first.id, "new", "newer"));
    EXPECT_EQ(list_samples(d.data)->front().references.front(), "newer");
    MOELORA_ASSERT_OK(edit_caption(file, d.first.id, "newer", was));
    EXPECT_EQ(list_samples(d.data)->front().references.front(), was);
    EXPECT_THAT(*read_text(file), testing::Not(HasSubstr("newer")));
    EXPECT_EQ(caption_edits_beside(folder.path()), folder / "captions.edits");
    EXPECT_EQ(caption_edits_beside(d.data.path), d.data.path + ".edits");
}

// What the slider of pixels shows is what training reads.
TEST(SampleView, View_APictureUnderALimitIsResizedAndCountedAsTrainingDoes) {
    DemoData d;
    for (const std::int64_t most : {std::int64_t{0}, std::int64_t{16 * 1024}, std::int64_t{4096}}) {
        d.data.max_pixels = most;
        d.data.min_pixels = most;
        const auto view = questions::view_sample(d.data, demo("model"), d.first.id);
        MOELORA_ASSERT_OK(view);
        const auto resized = resized_picture(d.data, demo("model"), d.first.image);
        MOELORA_ASSERT_OK(resized);
        EXPECT_EQ(resized->tokens, view->visual) << most;
        EXPECT_EQ(resized->picture.rgb, view->pictures.front().rgb) << most;
        EXPECT_GT(resized->width, 0);
    }
    EXPECT_FALSE(resized_picture(d.data, demo("model"), demo("train.json")));
}

TEST(SampleView, View_TokensOfEverySampleAreThoseOfItsView) {
    DemoData d;
    const auto all = list_samples(d.data);
    const auto tokens = sample_tokens(d.data, demo("model"));
    MOELORA_ASSERT_OK(all);
    MOELORA_ASSERT_OK(tokens);
    ASSERT_GT(tokens->size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto view = questions::view_sample(d.data, demo("model"), (*tokens)[i].id);
        MOELORA_ASSERT_OK(view);
        EXPECT_EQ((*tokens)[i].text, view->text);
        EXPECT_EQ((*tokens)[i].visual, view->visual);
    }
}

}  // namespace
}  // namespace moelora
