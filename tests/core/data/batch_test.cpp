// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/batch.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "tests/core/data/encoder.h"

namespace moelora {
namespace {

using test::DataFolder;

class Encoding : public testing::Test, public test::EncoderFixture {
  protected:
    void SetUp() override {
        folder_.picture("a.png", 100, 32, 32);
        folder_.picture("b.png", 0, 64, 32);
    }
    Conversation question(const std::vector<std::string>& pictures, const std::string& answer) {
        Conversation out;
        out.messages.push_back({"user", {}});
        for (const std::string& name : pictures)
            out.messages[0].parts.push_back({ChatPart::Kind::Image, folder_ / name});
        out.messages[0].parts.push_back({ChatPart::Kind::Text, "Describe it."});
        out.messages.push_back({"assistant", {{ChatPart::Kind::Text, answer}}});
        return out;
    }
    std::int64_t pads(const EncodedSample& sample) const {
        return std::count(sample.ids.begin(), sample.ids.end(), encoder.tokens.image_pad);
    }
    DataFolder folder_;
};

TEST_F(Encoding, Encoder_PadsEqualThePatchesAndLengthIsKnownBefore) {
    const Conversation conversation = question({"a.png", "b.png"}, "A turtle.");
    const auto sample = encoder.encode(conversation, "1");
    MOELORA_ASSERT_OK(sample);
    ASSERT_EQ(sample->images.size(), 2u);
    EXPECT_EQ(sample->images[0].tokens, 1);
    EXPECT_EQ(sample->images[1].tokens, 2);
    EXPECT_EQ(pads(*sample), 3);
    const auto length = encoder.measure(conversation);
    MOELORA_ASSERT_OK(length);
    EXPECT_EQ(length->visual, 3);
    EXPECT_EQ(length->all(), static_cast<std::int64_t>(sample->ids.size()));
}

// The published counts, from files that hold a header and no picture.
TEST_F(Encoding, Encoder_VisualTokensAreCountedFromHeadersAlone) {
    encoder.processor = ProcessorConfig{};
    struct Row {
        std::int64_t height, width, tokens;
    };
    constexpr Row rows[] = {{280, 280, 81}, {480, 640, 300}, {720, 1280, 880}, {427, 640, 260}};
    for (const auto& [height, width, tokens] : rows) {
        folder_.header_only("claim.png", width, height);
        const auto length = encoder.measure(question({"claim.png"}, "A turtle."));
        MOELORA_ASSERT_OK(length);
        EXPECT_EQ(length->visual, tokens) << height << " x " << width;
        EXPECT_FALSE(encoder.encode(question({"claim.png"}, "A turtle."), "1"))
            << "there is nothing to decode";
    }
}

TEST_F(Encoding, Encoder_WithoutAnswerEndsInTheGenerationPrompt) {
    Conversation two = question({"a.png"}, "One.");
    two.messages.push_back({"user", {{ChatPart::Kind::Text, "More?"}}});
    two.messages.push_back({"assistant", {{ChatPart::Kind::Text, "Two."}}});
    const auto sample = encoder.encode(two, "1", false);
    MOELORA_ASSERT_OK(sample);
    EXPECT_TRUE(sample->rendered.ends_with("Describe it.<|im_end|>\n<|im_start|>assistant\n"));
    EXPECT_TRUE(std::all_of(sample->labels.begin(), sample->labels.end(),
                            [](TokenId label) { return label == -100; }));
}

TEST_F(Encoding, Encoder_LongSamplesAreRefusedNotCut) {
    encoder.data.max_length = 16;
    const auto sample = encoder.encode(question({"a.png"}, std::string(200, 'x')), "line 9");
    ASSERT_FALSE(sample.has_value());
    EXPECT_EQ(sample.error().code, ErrorCode::SampleTooLong);
    EXPECT_EQ(sample.error().arg("sample"), "line 9");
}

TEST_F(Encoding, Encoder_MissingPictureIsNamed) {
    const auto sample = encoder.encode(question({"absent.png"}, "x"), "1");
    ASSERT_FALSE(sample.has_value());
    EXPECT_NE(message_of(sample.error()).find("absent.png"), std::string::npos);
}

TEST(TaskNumbers, AreThoseOfTheListAndSeveralWithABar) {
    const std::vector<std::string> names = {"chinese", "count", "tags"};
    EXPECT_EQ(task_numbers(names, "count"), std::vector<std::int64_t>{1});
    EXPECT_EQ(task_numbers(names, "tags|chinese"), (std::vector<std::int64_t>{2, 0}));
    EXPECT_EQ(task_numbers(names, "poems"), std::vector<std::int64_t>{-1});
    EXPECT_TRUE(task_numbers(names, "").empty());
}

TEST_F(Encoding, Collate_ListsOfTasksArePadded) {
    auto one = encoder.encode(question({"a.png"}, "A turtle."), "one");
    MOELORA_ASSERT_OK(one);
    EncodedSample two = *one;
    one->tasks = {2, 0};
    two.tasks = {1};
    const Batch batch = collate({*one, two}, pad, PadSide::Left);
    EXPECT_TRUE(at::equal(batch.task_ids, at::tensor({2, 0, 1, -1}, at::kLong).view({2, 2})));
}

TEST_F(Encoding, Collate_PadsOnTheAskedSideOnly) {
    auto one = encoder.encode(question({"a.png"}, "A turtle."), "short");
    auto two = encoder.encode(question({"a.png", "b.png"}, "Two turtles on the beach."), "long");
    MOELORA_ASSERT_OK(one);
    MOELORA_ASSERT_OK(two);
    one->tasks = {3};
    one->sample_type = 1;
    const auto n = static_cast<std::int64_t>(one->ids.size());
    const auto t = static_cast<std::int64_t>(two->ids.size());
    ASSERT_LT(n, t);
    for (const PadSide side : {PadSide::Left, PadSide::Right}) {
        const Batch batch = collate({*one, *two}, pad, side);
        ASSERT_EQ(batch.input_ids.sizes(), (at::IntArrayRef{2, t}));
        const std::int64_t from = side == PadSide::Left ? t - n : 0;
        const auto row = batch.input_ids[0].narrow(0, from, n);
        EXPECT_TRUE(at::equal(row, at::tensor(one->ids, at::kLong)));
        EXPECT_TRUE(
            at::equal(batch.labels[0].narrow(0, from, n), at::tensor(one->labels, at::kLong)));
        EXPECT_EQ(batch.attention_mask[0].sum().item<std::int64_t>(), n);
        EXPECT_EQ(batch.attention_mask[0].narrow(0, from, n).sum().item<std::int64_t>(), n);
        const auto rest = batch.input_ids[0].narrow(0, side == PadSide::Left ? 0 : n, t - n);
        EXPECT_TRUE((rest == pad).all().item<bool>());
        EXPECT_EQ(batch.sample_ids, (std::vector<std::string>{"short", "long"}));
        EXPECT_EQ(batch.task_ids[0].item<std::int64_t>(), 3);
        EXPECT_EQ(batch.task_ids[1].item<std::int64_t>(), -1);
        EXPECT_TRUE(at::equal(batch.sample_types, at::tensor({1, -1}, at::kLong)));
        EXPECT_EQ(batch.patches.sum().item<std::int64_t>(), batch.pixel_values.size(0));
        EXPECT_EQ(batch.targets,
                  (batch.labels.narrow(1, 1, t - 1) != -100).sum().item<std::int64_t>());
    }
}

TEST_F(Encoding, Collate_PicturesFollowEachOther) {
    const auto one = encoder.encode(question({"b.png"}, "x"), "1");
    const auto two = encoder.encode(question({"a.png", "b.png"}, "y"), "2");
    MOELORA_ASSERT_OK(one);
    MOELORA_ASSERT_OK(two);
    const Batch batch = collate({*one, *two}, pad, PadSide::Right);
    const std::vector<std::int64_t> grid{1, 2, 4, 1, 2, 2, 1, 2, 4};
    EXPECT_TRUE(at::equal(batch.grid_thw.flatten(), at::tensor(grid, at::kLong)));
    EXPECT_EQ(batch.pixel_values.sizes(), (at::IntArrayRef{20, 1536}));
    EXPECT_TRUE(at::equal(batch.pixel_values.narrow(0, 0, 8), batch.pixel_values.narrow(0, 12, 8)));
}

TEST_F(Encoding, Collate_TextAloneHasNoPictureTensors) {
    const auto sample = encoder.encode(question({}, "x"), "1");
    MOELORA_ASSERT_OK(sample);
    const Batch batch = collate({*sample}, pad, PadSide::Right);
    EXPECT_FALSE(batch.pixel_values.defined());
    EXPECT_FALSE(batch.grid_thw.defined());
}

TEST_F(Encoding, Collate_ALabelInTheFirstColumnIsNoTarget) {
    EncodedSample sample;
    sample.ids = {5, 6, 7};
    sample.labels = {5, 6, -100};
    EXPECT_EQ(collate({sample}, pad, PadSide::Right).targets, 1);
}

}  // namespace
}  // namespace moelora
