// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/token_budget.h"

#include <gtest/gtest.h>

#include <numeric>

namespace moelora {
namespace {

std::vector<SampleTokens> samples_of(const std::vector<std::int64_t>& lengths) {
    std::vector<SampleTokens> out;
    for (const std::int64_t length : lengths)
        out.push_back({std::to_string(out.size()), {}, length - length / 2, length / 2});
    return out;
}

TEST(TokenBudget, WithoutSamplesThereIsNothingToShow) {
    const TokenCounts none = token_budget({}, 100);
    EXPECT_EQ(none.limit, 100);
    EXPECT_EQ(none.max, 0);
    EXPECT_TRUE(none.histogram.empty());
    EXPECT_TRUE(none.worst.empty());
}

TEST(TokenBudget, EverySampleStandsInTheBinOfItsLength) {
    for (const std::int64_t longest : {1, 23, 24, 25, 1000, 262144}) {
        std::vector<std::int64_t> lengths;
        for (std::int64_t i = 0; i < 500; ++i) lengths.push_back(1 + i * (longest - 1) / 499);
        const TokenCounts found = token_budget(samples_of(lengths), longest);
        ASSERT_FALSE(found.histogram.empty());
        EXPECT_LE(found.histogram.size(), 24U);
        std::int64_t edge = found.histogram.front().from;
        for (const TokenBin& bin : found.histogram) {
            EXPECT_EQ(bin.from, edge) << "no gap";
            edge = bin.to;
            EXPECT_EQ(bin.samples,
                      std::count_if(lengths.begin(), lengths.end(), [&](std::int64_t length) {
                          return length >= bin.from && length < bin.to;
                      }));
        }
        EXPECT_EQ(found.max, longest);
        EXPECT_EQ(found.over_limit, 0) << "the limit itself is allowed";
    }
}

TEST(TokenBudget, TheTwentyLongestAreNamedTheEarlierOfEqualOnesFirst) {
    std::vector<std::int64_t> lengths(50, 10);
    lengths[7] = 90;
    lengths[30] = 95;
    lengths[31] = 90;
    const TokenCounts found = token_budget(samples_of(lengths), 89);
    ASSERT_EQ(found.worst.size(), 20U);
    std::vector<std::string> ids;
    for (const SampleTokens& sample : found.worst) ids.push_back(sample.id);
    ids.resize(5);
    EXPECT_EQ(ids, (std::vector<std::string>{"30", "7", "31", "0", "1"}));
    EXPECT_EQ(found.worst[0].visual, 47);
    EXPECT_EQ(found.worst[0].text, 48);
    EXPECT_EQ(found.over_limit, 3);
    EXPECT_EQ(found.p50, 10);
}

}  // namespace
}  // namespace moelora
