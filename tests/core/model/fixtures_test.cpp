// SPDX-License-Identifier: GPL-3.0-or-later
// Six tiny random networks as transformers 5.23.0 computes them (make_fixtures.py).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

class Fixture : public ::testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { tiny_ = test::load_tiny(GetParam()); }
    test::TinyModel tiny_;
    const at::NoGradGuard frozen_;
};

TEST_P(Fixture, PositionsAreEqual) {
    const ModelInputs in = tiny_.inputs();
    const at::Tensor positions =
        mrope_positions(in.input_ids, in.attention_mask, in.grid_thw, tiny_.model->config());
    const at::Tensor real = tiny_.real().squeeze(2).expand_as(positions);
    EXPECT_TRUE(
        at::equal(positions.masked_select(real), tiny_.find("position_ids").masked_select(real)));
}

TEST_P(Fixture, LogitsWithin3e5) {
    test::expect_recorded_logits(tiny_);
}

TEST_P(Fixture, CachedGreedyTokensAreEqual) {
    test::expect_recorded_greedy_tokens(tiny_);
}

TEST_P(Fixture, BatchEqualsSingleRows) {
    test::expect_rows_as_in_the_batch(tiny_);
}

TEST_P(Fixture, APackIsItsRowsAlone) {
    test::expect_a_pack_as_its_rows(tiny_);
}

TEST_P(Fixture, CachedStepsEqualTheFullForward) {
    const at::Tensor full = tiny_.logits();
    const ModelInputs in = tiny_.inputs();
    // The last tokens of every row are text (or padding on the right, which is not compared).
    const std::int64_t length = in.input_ids.size(1), kept = length - 1;
    const auto part = [&](const at::Tensor& all, std::int64_t begin, std::int64_t count) {
        return all.narrow(1, begin, count);
    };
    KVCache cache = tiny_.model->make_cache(in.input_ids.size(0), length);
    const auto prefill =
        tiny_.model->forward({part(in.input_ids, 0, kept), part(in.attention_mask, 0, kept),
                              in.pixel_values, in.grid_thw},
                             &cache);
    const auto last = tiny_.model->forward(
        {part(in.input_ids, kept, 1), part(in.attention_mask, kept, 1), {}, {}}, &cache);
    const at::Tensor steps = tiny_.model->logits(at::cat({prefill.states, last.states}, 1));
    EXPECT_LE(
        test::max_difference(steps.masked_select(tiny_.real()), full.masked_select(tiny_.real())),
        1e-5);
    EXPECT_EQ(cache.length, length);
    EXPECT_ANY_THROW((void)tiny_.model->forward({part(in.input_ids, kept, 1), {}, {}, {}}, &cache))
        << "the cache is full";
}

INSTANTIATE_TEST_SUITE_P(Qwen3VL, Fixture, ::testing::ValuesIn(test::tiny_names()),
                         [](const auto& row) { return row.param; });

TEST(Fixtures, SixFoldersAreThere) {
    EXPECT_EQ(test::tiny_names().size(), 6U);
}

}  // namespace
}  // namespace moelora
