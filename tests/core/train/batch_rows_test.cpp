// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_rows.h"

#include <gtest/gtest.h>

#include "tests/core/train/train_fixture.h"

namespace moelora {
namespace {

using test::batch_of;

TEST(BatchRows, EachRowIsTheSampleByItselfWithItsPictures) {
    const auto samples = test::read_samples();
    const std::vector<std::int64_t> numbers{0, 4, 11, 7, 2};
    const Batch batch = batch_of(samples, numbers);
    std::int64_t pictures = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const Batch row = rows_of(batch, static_cast<std::int64_t>(i), 1);
        const Batch alone = batch_of(samples, {numbers[i]});
        const std::int64_t tokens = alone.input_ids.size(1);
        EXPECT_TRUE(at::equal(row.input_ids.narrow(1, 0, tokens), alone.input_ids)) << i;
        EXPECT_TRUE(at::equal(row.labels.narrow(1, 0, tokens), alone.labels)) << i;
        EXPECT_EQ(row.attention_mask.sum().item<std::int64_t>(), tokens) << i;
        EXPECT_TRUE(at::equal(row.patches, alone.patches)) << i;
        EXPECT_TRUE(at::equal(row.task_ids, alone.task_ids)) << i;
        EXPECT_EQ(row.sample_ids, alone.sample_ids);
        EXPECT_EQ(row.targets, alone.targets);
        ASSERT_EQ(row.pixel_values.defined(), alone.pixel_values.defined()) << i;
        if (!alone.pixel_values.defined()) continue;
        EXPECT_TRUE(at::equal(row.pixel_values, alone.pixel_values)) << i;
        EXPECT_TRUE(at::equal(row.grid_thw, alone.grid_thw)) << i;
        EXPECT_EQ(largest_picture(row), largest_picture(alone));
        pictures += row.grid_thw.size(0);
    }
    EXPECT_EQ(pictures, batch.grid_thw.size(0));
    EXPECT_GT(largest_picture(batch), 0);
    const Batch two = rows_of(batch, 1, 2);
    EXPECT_EQ(two.sample_ids, (std::vector<std::string>{"sample 4", "sample 11"}));
    EXPECT_EQ(two.targets, rows_of(batch, 1, 1).targets + rows_of(batch, 2, 1).targets);
}

TEST(BatchRows, OfTextAloneHaveNoPictures) {
    EncodedSample sample;
    sample.ids = sample.labels = {5, 6, 7};
    const Batch batch = collate({sample, sample}, 0, PadSide::Right);
    const Batch row = rows_of(batch, 1, 1);
    EXPECT_FALSE(row.pixel_values.defined());
    EXPECT_EQ(largest_picture(row), 0);
    EXPECT_EQ(row.targets, 2);
}

}  // namespace
}  // namespace moelora
