// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decode_graphs.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "tests/core/model/fake_graphs.h"
#include "tests/core/model/tiny_model.h"

namespace moelora {
namespace {

constexpr double rounding = 2e-5;

// One answer after another, token by token, beside the launched passes.
class Beside {
  public:
    Beside(const test::TinyModel& tiny, DecodeGraphs& graphs, std::int64_t most)
        : model_(*tiny.model), graphs_(graphs) {
        const ModelInputs inputs = tiny.inputs();
        rows_ = inputs.input_ids.size(0);
        const std::int64_t capacity = inputs.input_ids.size(1) + most;
        launched_ = model_.make_cache(rows_, capacity);
        cache_ = &graphs.begin(model_, rows_, capacity, false);
        (void)model_.forward(inputs, &launched_);
        (void)model_.forward(inputs, cache_);
    }
    // The largest difference of the logits behind this token of every row.
    double step(std::int64_t token) {
        const at::Tensor ids = at::full({rows_, 1}, token % 40, at::kLong);
        const at::Tensor expected =
            model_.logits(model_.forward({ids, {}, {}, {}}, &launched_).states.select(1, 0));
        return test::max_difference(graphs_.next(model_, ids), expected);
    }
    [[nodiscard]] std::int64_t length() const { return cache_->length; }

  private:
    Qwen3VL& model_;
    DecodeGraphs& graphs_;
    KVCache launched_;
    KVCache* cache_ = nullptr;
    std::int64_t rows_ = 0;
};

class DecodeGraphsTest : public ::testing::Test {
  protected:
    at::NoGradGuard frozen_;
    test::FakeGraphs device_;
    DecodeGraphs graphs_{device_.recorder()};
};

// Pictures, padding on the left, windows that the answer outgrows, families without norms.
TEST_F(DecodeGraphsTest, ReplaysAreTheLaunchedPassesForEveryFamily) {
    std::vector<std::pair<const char*, std::string>> folders = {
        {test::vision_fixtures, "left_padded_batch"}};
    for (const std::string& name : test::tiny_names(test::text_fixtures))
        folders.emplace_back(test::text_fixtures, name);
    for (const auto& [root, name] : folders) {
        const auto tiny = test::load_tiny(name, root);
        if (!tiny.find("greedy").defined()) continue;  // padded on the right
        DecodeGraphs graphs(device_.recorder());
        Beside answers(tiny, graphs, 30);
        for (std::int64_t token = 1; token <= 30; ++token)
            ASSERT_LE(answers.step(token), rounding) << name << ", token " << token;
        EXPECT_GE(graphs.counts().replayed, 26) << name;
    }
}

TEST_F(DecodeGraphsTest, ABucketIsRecordedAtItsSecondUseAndNeverAgain) {
    const auto tiny = test::load_tiny("left_padded_batch");
    for (int answer = 1; answer <= 3; ++answer) {
        Beside answers(tiny, graphs_, 200);
        const std::int64_t begin = answers.length();
        for (std::int64_t token = 1; token <= 150; ++token)
            ASSERT_LE(answers.step(token), rounding) << "answer " << answer << ", token " << token;
        EXPECT_EQ(answers.length(), begin + 150);
        const std::int64_t buckets =
            (begin + 149) / DecodeGraphs::bucket - begin / DecodeGraphs::bucket + 1;
        ASSERT_GE(buckets, 3);
        EXPECT_EQ(device_.asked, buckets);
        EXPECT_EQ(device_.shared, buckets - 1) << "recordings share their memory";
        EXPECT_EQ(graphs_.counts().launched, buckets) << "the first of each bucket";
        EXPECT_EQ(device_.replays, 150 * answer - buckets);
        EXPECT_EQ(graphs_.counts().replayed, device_.replays);
    }
}

// Had a recording kept a token, the logits would not follow another one.
TEST_F(DecodeGraphsTest, AReplayReadsTheTokenItIsGiven) {
    const auto tiny = test::load_tiny("left_padded_batch");
    for (const std::int64_t token : {3, 3, 4}) {
        Beside answers(tiny, graphs_, 20);
        for (int n = 0; n < 4; ++n) ASSERT_LE(answers.step(7), rounding);
        ASSERT_EQ(device_.asked, 1);
        const int before = device_.replays;
        ASSERT_LE(answers.step(token), rounding);
        EXPECT_EQ(device_.replays, before + 1);
    }
}

TEST_F(DecodeGraphsTest, AnotherBatchOrAnotherModelIsRecordedAnew) {
    const auto tiny = test::load_tiny("left_padded_batch");
    Qwen3VL& model = *tiny.model;
    const auto asked = [&](std::int64_t rows, std::int64_t capacity, bool paired) {
        KVCache& cache = graphs_.begin(model, rows, capacity, paired);
        const at::Tensor ids = at::full({rows, 2}, 5, at::kLong);
        (void)model.forward({ids, {}, {}, {}}, &cache);
        for (int n = 0; n < 3; ++n) (void)graphs_.next(model, ids.narrow(1, 0, 1));
        return device_.asked;
    };
    EXPECT_EQ(asked(2, 40, false), 1);
    EXPECT_EQ(asked(2, 40, false), 1);
    EXPECT_EQ(asked(2, 250, false), 1) << "still within the cache's size";
    EXPECT_EQ(asked(2, 257, false), 2);
    EXPECT_EQ(asked(2, 40, false), 2);
    EXPECT_EQ(asked(2, 40, true), 3);
    EXPECT_EQ(asked(1, 40, true), 4);
    model.note_change();
    EXPECT_EQ(asked(1, 40, true), 5);
    graphs_.forget();
    EXPECT_EQ(asked(1, 40, true), 6);
}

TEST_F(DecodeGraphsTest, WhatChangesUnderAnAnswerIsNotReplayed) {
    const auto tiny = test::load_tiny("left_padded_batch");
    Beside answers(tiny, graphs_, 20);
    ASSERT_LE(answers.step(3), rounding);
    tiny.model->note_change();
    EXPECT_THROW((void)answers.step(3), std::logic_error);
}

TEST_F(DecodeGraphsTest, ADeviceThatRefusesIsAskedOnceAndNothingElseChanges) {
    device_.refuses = true;
    const auto tiny = test::load_tiny("left_padded_batch");
    Beside answers(tiny, graphs_, 200);
    for (std::int64_t token = 1; token <= 150; ++token)
        ASSERT_LE(answers.step(token), rounding) << token;
    EXPECT_EQ(device_.asked, 1);
    EXPECT_EQ(graphs_.counts().launched, 150);
    EXPECT_EQ(graphs_.take_failure(), "operation not permitted");
    EXPECT_EQ(graphs_.take_failure(), std::nullopt) << "said once";
}

TEST_F(DecodeGraphsTest, TheCpuRecordsNothing) {
    EXPECT_FALSE(recorder_of(at::kCPU));
}

}  // namespace
}  // namespace moelora
