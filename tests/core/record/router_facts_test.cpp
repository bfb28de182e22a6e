// SPDX-License-Identifier: GPL-3.0-or-later
// adapters.md 3.6, by hand.
#include "core/record/router_facts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace moelora {
namespace {

RouterRecord with_load(std::vector<double> load) {
    RouterRecord record;
    record.load = std::move(load);
    record.tokens = 100;
    return record;
}

TEST(RouterFacts, LoadRatioIsTheLargestOverTheSmallest) {
    EXPECT_DOUBLE_EQ(load_ratio(with_load({0.6, 0.3, 0.15, 0.95})), 0.95 / 0.15);
    EXPECT_EQ(load_ratio(with_load({1, 1, 1})), 1);
    EXPECT_EQ(load_ratio(with_load({0, 1})), INFINITY);
    RouterRecord empty = with_load({0, 0});
    empty.tokens = 0;
    EXPECT_EQ(load_ratio(empty), 1);
}

// With four experts an even share is 0.25; a tenth of that is 0.025.
TEST(RouterFacts, DeadExpertsHaveLessThanATenthOfAnEvenShare) {
    EXPECT_EQ(dead_experts(with_load({0.5, 0.45, 0.025, 0.024})), 1);
    EXPECT_EQ(dead_experts(with_load({1, 0, 0, 0})), 3);
    EXPECT_EQ(dead_experts(with_load({0.25, 0.25, 0.25, 0.25})), 0);
    RouterRecord empty = with_load({0, 0});
    empty.tokens = 0;
    EXPECT_EQ(dead_experts(empty), 0) << "no token says nothing";
}

// H(1/2, 1/4, 1/4) = 1.5 ln 2, so exp H is 2 to the power of 1.5.
TEST(RouterFacts, MarginalExpertsAreTheExponentialOfTheEntropy) {
    RouterRecord record;
    record.probability = {0.5, 0.25, 0.25};
    record.marginal_entropy = 1.5 * std::log(2) / std::log(3);
    EXPECT_NEAR(marginal_experts(record), std::pow(2, 1.5), 1e-12);
    EXPECT_EQ(marginal_experts(RouterRecord{}), 0) << "an older record";
}

}  // namespace
}  // namespace moelora
