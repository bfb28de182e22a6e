// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/decode.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/shared_data.h"
#include "tests/support/tensors.h"

namespace moelora {
namespace {

class Decode : public ::testing::Test {
  protected:
    void SetUp() override {
        MOELORA_NEED_SHARED_DATA();
        const std::string folder = test::shared_data_dir() + "/qwen3vl_golden";
        auto loaded = Qwen3VL::load(folder, ComputeDtype::Fp32, "cpu");
        MOELORA_ASSERT_OK(loaded);
        model_ = std::move(*loaded);
        fixture_ = test::read_tensors(folder + "/fixture.safetensors");
        options_.max_new_tokens = 8;
    }
    struct Prompt {
        std::vector<TokenId> ids;
        at::Tensor pixels, grids;
    };
    [[nodiscard]] std::vector<TokenId> ids(std::int64_t row, std::int64_t begin,
                                           std::int64_t count) const {
        const at::Tensor part = fixture_.at("input_ids")[row].narrow(0, begin, count).contiguous();
        return {part.const_data_ptr<TokenId>(), part.const_data_ptr<TokenId>() + count};
    }
    // 25 tokens with two pictures, 10 with one, 3 with none.
    [[nodiscard]] std::vector<Prompt> prompts() const {
        const at::Tensor pixels = fixture_.at("pixel_values"),
                         grids = fixture_.at("image_grid_thw");
        return {{ids(0, 3, 25), pixels.narrow(0, 0, 48), grids.narrow(0, 0, 2)},
                {ids(1, 0, 10), pixels.narrow(0, 48, 16), grids.narrow(0, 2, 1)},
                {{5, 6, 7}, {}, {}}};
    }
    static DecodeBatch batch_of(const std::vector<Prompt>& prompts) {
        DecodeBatch batch;
        std::size_t length = 0;
        for (const Prompt& one : prompts) length = std::max(length, one.ids.size());
        std::vector<at::Tensor> rows, masks, pixels, grids;
        for (const Prompt& one : prompts) {
            const auto pad = static_cast<std::int64_t>(length - one.ids.size());
            const at::Tensor row = at::tensor(one.ids, at::kLong);
            rows.push_back(at::cat({at::zeros({pad}, at::kLong), row}));
            masks.push_back(at::cat({at::zeros({pad}, at::kLong), at::ones_like(row)}));
            if (one.pixels.defined()) pixels.push_back(one.pixels);
            if (one.pixels.defined()) grids.push_back(one.grids);
            batch.prompts.push_back(one.ids);
        }
        batch.inputs = {at::stack(rows), at::stack(masks),
                        pixels.empty() ? at::Tensor() : at::cat(pixels),
                        grids.empty() ? at::Tensor() : at::cat(grids)};
        return batch;
    }
    std::vector<Generation> run(const DecodeBatch& batch, const OnToken& on_token = {}) {
        bool cancelled = false;
        return decode(*model_, batch, options_, {}, on_token, cancelled);
    }
    std::unique_ptr<Qwen3VL> model_;
    test::TensorMap fixture_;
    GenerateOptions options_;
};

TEST_F(Decode, GreedyGivesTheRecordedTokens) {
    const auto out = run(batch_of({prompts()[0]}));
    const at::Tensor expected = fixture_.at("gen_tokens");
    EXPECT_TRUE(at::equal(at::tensor(out[0].ids, at::kLong), expected));
    EXPECT_EQ(out[0].stop_reason, StopReason::Length);
}

TEST_F(Decode, BatchOfDifferentLengthsEqualsSingleRows) {
    for (const bool sampling : {false, true}) {
        options_.do_sample = sampling;
        options_.top_k = 40;
        options_.repetition_penalty = 1.2;
        const auto together = run(batch_of(prompts()));
        for (std::size_t row = 0; row < 3; ++row) {
            DecodeBatch alone = batch_of({prompts()[row]});
            alone.first_row = row;
            EXPECT_EQ(run(alone)[0].ids, together[row].ids) << "row " << row;
        }
    }
}

TEST_F(Decode, FinishedRowsAreNotReportedAndTheEndTokenIsLeftOut) {
    DecodeBatch batch = batch_of(prompts());
    const auto free = run(batch);
    // An end id that row 0 reaches in its third step.
    batch.end_ids = {free[0].ids[2]};
    std::vector<std::size_t> calls(3);
    const auto out = run(batch, [&](std::size_t row, TokenId) {
        ++calls[row];
        return true;
    });
    EXPECT_EQ(out[0].ids, std::vector<TokenId>(free[0].ids.begin(), free[0].ids.begin() + 2));
    EXPECT_EQ(out[0].stop_reason, StopReason::EndToken);
    for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(calls[row], out[row].ids.size());
}

TEST_F(Decode, CallbackCancelsAfterTheStep) {
    DecodeBatch batch = batch_of(prompts());
    bool cancelled = false;
    int calls = 0;
    const auto out = decode(
        *model_, batch, options_, {}, [&](std::size_t, TokenId) { return ++calls != 4; },
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
        *model_, batch_of(prompts()), options_,
        [&](const ForwardInfo& info) {
            EXPECT_FALSE(info.training);
            widths.push_back(info.attention_mask.defined() ? info.attention_mask.size(1) : 1);
        },
        {}, cancelled);
    EXPECT_EQ(widths, (std::vector<std::int64_t>{25, 1, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(out.size(), 3U);
}

TEST_F(Decode, TheSeedDecidesTheDrawWhateverTheThreads) {
    options_.do_sample = true;
    options_.temperature = 2;
    options_.seed = 11;
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = run(batch_of(prompts()));
    at::set_num_threads(2);
    const auto two = run(batch_of(prompts()));
    at::set_num_threads(threads);
    options_.seed = 12;
    const auto other = run(batch_of(prompts()));
    bool differs = false;
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(one[row].ids, two[row].ids);
        differs = differs || one[row].ids != other[row].ids;
    }
    EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace moelora
