// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/decode.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

// Three prompts of different lengths: two pictures, none, one.
class Decode : public ::testing::Test {
  protected:
    void SetUp() override {
        tiny_ = test::load_tiny("left_padded_batch");
        options_.max_new_tokens = 5;
    }
    static std::vector<TokenId> ids_of(const at::Tensor& row) {
        const at::Tensor flat = row.flatten().contiguous();
        return {flat.const_data_ptr<TokenId>(), flat.const_data_ptr<TokenId>() + flat.numel()};
    }
    [[nodiscard]] DecodeBatch batch() const {
        DecodeBatch out;
        out.inputs = tiny_.inputs();
        for (const ModelInputs& row : test::single_rows(tiny_))
            out.prompts.push_back(ids_of(row.input_ids));
        return out;
    }
    std::vector<Generation> run(const DecodeBatch& one, const OnToken& on_token = {}) {
        bool cancelled = false;
        return decode(*tiny_.model, one, options_, {}, on_token, cancelled);
    }
    test::TinyModel tiny_;
    GenerateOptions options_;
};

TEST_F(Decode, GreedyGivesTheTokensOfTransformers) {
    const auto out = run(batch());
    ASSERT_EQ(out.size(), 3U);
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(out[row].ids, ids_of(tiny_.find("greedy")[static_cast<std::int64_t>(row)]));
        EXPECT_EQ(out[row].stop_reason, StopReason::Length);
    }
}

TEST_F(Decode, BatchOfDifferentLengthsEqualsSingleRows) {
    for (const bool sampling : {false, true}) {
        options_.do_sample = sampling;
        options_.top_k = 40;
        options_.repetition_penalty = 1.2;
        const auto together = run(batch());
        const auto rows = test::single_rows(tiny_);
        for (std::size_t row = 0; row < 3; ++row) {
            DecodeBatch alone;
            alone.inputs = rows[row];
            alone.prompts = {ids_of(rows[row].input_ids)};
            alone.first_row = row;
            EXPECT_EQ(run(alone)[0].ids, together[row].ids) << "row " << row;
        }
    }
}

TEST_F(Decode, FinishedRowsAreNotReportedAndTheEndTokenIsLeftOut) {
    DecodeBatch ended = batch();
    const auto open = run(ended);
    const std::vector<TokenId>& answer = open[0].ids;
    const auto end =
        std::find_if(answer.begin() + 1, answer.end(), [&](TokenId id) { return id != answer[0]; });
    ASSERT_NE(end, answer.end()) << "the answer has no later token to end at";
    ended.end_ids = {*end};
    std::vector<std::size_t> calls(3);
    const auto out = run(ended, [&](std::size_t row, TokenId) {
        ++calls[row];
        return true;
    });
    EXPECT_EQ(out[0].ids, std::vector<TokenId>(answer.begin(), end));
    EXPECT_EQ(out[0].stop_reason, StopReason::EndToken);
    for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(calls[row], out[row].ids.size());
}

TEST_F(Decode, CallbackCancelsAfterTheStep) {
    bool cancelled = false;
    int calls = 0;
    const auto out = decode(
        *tiny_.model, batch(), options_, {}, [&](std::size_t, TokenId) { return ++calls != 4; },
        cancelled);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(calls, 6) << "the step is finished for all rows";
    for (const Generation& one : out) {
        EXPECT_EQ(one.stop_reason, StopReason::Cancelled);
        EXPECT_EQ(one.ids.size(), 2U);
    }
}

TEST_F(Decode, EveryPassIsAnnounced) {
    std::vector<std::int64_t> widths;
    bool cancelled = false;
    const auto out = decode(
        *tiny_.model, batch(), options_,
        [&](const ForwardInfo& info) {
            EXPECT_FALSE(info.training);
            widths.push_back(info.attention_mask.defined() ? info.attention_mask.size(1) : 1);
        },
        {}, cancelled);
    const std::int64_t prompt = tiny_.inputs().input_ids.size(1);
    EXPECT_EQ(widths,
              (std::vector<std::int64_t>{prompt, prompt + 1, prompt + 2, prompt + 3, prompt + 4}));
    EXPECT_EQ(out.size(), 3U);
}

TEST_F(Decode, TheSeedDecidesTheDrawWhateverTheThreads) {
    options_.do_sample = true;
    options_.temperature = 2;
    options_.seed = 11;
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = run(batch());
    at::set_num_threads(2);
    const auto two = run(batch());
    at::set_num_threads(threads);
    options_.seed = 12;
    const auto other = run(batch());
    bool differs = false;
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(one[row].ids, two[row].ids);
        differs = differs || one[row].ids != other[row].ids;
    }
    EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace moelora
