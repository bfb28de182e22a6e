// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/sampler.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/base/json.h"
#include "core/infer/generator.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

TEST(Sampler, ProcessorsGiveTheScoresOfTransformers) {
    const auto file = read_json(test::source_path("tests/golden/qwen3vl/sampler.json"));
    MOELORA_ASSERT_OK(file);
    std::size_t dropped = 0;
    for (const Json& row : file->at("cases")) {
        SCOPED_TRACE(row.dump().substr(0, 160));
        at::Tensor scores = at::tensor(row["scores"].get<std::vector<float>>());
        apply_repetition_penalty(scores, row["seen"].get<std::vector<TokenId>>(),
                                 row["repetition_penalty"].get<double>());
        scores.div_(row["temperature"].get<double>());
        apply_top_k(scores, row["top_k"].get<std::int64_t>());
        apply_top_p(scores, row["top_p"].get<double>());
        for (std::int64_t i = 0; i < scores.size(0); ++i) {
            const Json& expected = row["expected"][static_cast<std::size_t>(i)];
            const float got = scores[i].item<float>();
            ASSERT_EQ(std::isinf(got), expected.is_null()) << "id " << i;
            if (expected.is_null())
                ++dropped;
            else
                EXPECT_NEAR(got, expected.get<float>(), 1e-6) << "id " << i;
        }
    }
    EXPECT_EQ(file->at("cases").size(), 9U);
    EXPECT_GT(dropped, 80U);
}

TEST(Sampler, DrawsFollowTheProbabilities) {
    GenerateOptions options;
    options.do_sample = true;
    Sampler sampler(options, 0);
    std::vector<int> counts(3);
    const at::Tensor logits = at::tensor({0.5, 0.3, 0.2}).log().to(at::kFloat);
    constexpr int draws = 20000;
    for (int n = 0; n < draws; ++n) {
        at::Tensor scores = logits.clone();
        ++counts[static_cast<std::size_t>(sampler.next(scores, {}))];
    }
    // Five standard deviations of a count of 20000 draws: at most 354.
    EXPECT_NEAR(counts[0], 10000, 354);
    EXPECT_NEAR(counts[1], 6000, 325);
    EXPECT_NEAR(counts[2], 4000, 283);
}

TEST(Sampler, DroppedTokensAreNeverDrawn) {
    GenerateOptions options;
    options.do_sample = true;
    options.top_k = 1;
    for (std::uint64_t stream = 0; stream < 50; ++stream) {
        Sampler sampler(options, stream);
        at::Tensor scores = at::tensor({0.0F, 0.1F, 0.2F, 0.05F});
        EXPECT_EQ(sampler.next(scores, {}), 2);
    }
}

TEST(Sampler, GreedyKeepsToTheBestAfterThePenalty) {
    GenerateOptions options;
    options.repetition_penalty = 2;
    options.temperature = 0.1;
    Sampler sampler(options, 0);
    at::Tensor scores = at::tensor({1.0F, 1.5F, -1.0F});
    EXPECT_EQ(sampler.next(scores, {1, 1, 2}), 0) << "1.5 / 2 is below 1.0";
    EXPECT_FLOAT_EQ(scores[2].item<float>(), -2);
}

}  // namespace
}  // namespace moelora
