// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace moelora {
namespace {

constexpr double tiny = 4e-16;  // the literals below are rounded

std::vector<double> curve(const TrainOptions& options, std::int64_t total, std::int64_t warmup) {
    std::vector<double> f;
    for (std::int64_t t = 0; t <= total + 1; ++t)
        f.push_back(schedule_factor(options, t, total, warmup));
    return f;
}

// A schedule for the learning rate 1.
TrainOptions of(LrScheduleKind kind) {
    TrainOptions options;
    options.schedule = kind;
    options.learning_rate = 1;
    return options;
}

void expect_curve(const std::vector<double>& found, const std::vector<double>& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t t = 0; t < wanted.size(); ++t) EXPECT_NEAR(found[t], wanted[t], tiny) << t;
}

// Recorded from transformers 5.23.0: get_scheduler with base lr 1, t = 0..T+1.
TEST(Schedule, LinearEqualsTransformers) {
    expect_curve(
        curve(of(LrScheduleKind::Linear), 10, 3),
        {0, 1 / 3.0, 2 / 3.0, 1, 6 / 7.0, 5 / 7.0, 4 / 7.0, 3 / 7.0, 2 / 7.0, 1 / 7.0, 0, 0});
    expect_curve(curve(of(LrScheduleKind::Linear), 3, 1), {0, 1, 0.5, 0, 0});
    expect_curve(curve(of(LrScheduleKind::Linear), 4, 0), {1, 0.75, 0.5, 0.25, 0, 0});
}

TEST(Schedule, CosineEqualsTransformers) {
    expect_curve(curve(of(LrScheduleKind::Cosine), 3, 0),
                 {1, 0.75, 0.2500000000000001, 0, 0.24999999999999978});
    expect_curve(
        curve(of(LrScheduleKind::Cosine), 10, 3),
        {0, 1 / 3.0, 2 / 3.0, 1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572,
         0.38873953302184283, 0.18825509907063326, 0.04951556604879048, 0, 0.04951556604879043});
}

TEST(Schedule, CosineOfSeveralCyclesEqualsTransformers) {
    TrainOptions options = of(LrScheduleKind::Cosine);
    options.schedule_cycles = 1.5;
    expect_curve(
        curve(options, 10, 3),
        {0, 1 / 3.0, 2 / 3.0, 1, 0.6112604669781572, 0.04951556604879048, 0.18825509907063315,
         0.8117449009293667, 0.9504844339512096, 0.38873953302184294, 0, 0.3887395330218426});
}

TEST(Schedule, CosineWithRestartsEqualsTransformers) {
    TrainOptions options = of(LrScheduleKind::CosineRestarts);
    expect_curve(
        curve(options, 10, 3),
        {0, 1 / 3.0, 2 / 3.0, 1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572,
         0.38873953302184283, 0.18825509907063326, 0.04951556604879048, 0, 0});
    options.schedule_cycles = 2;
    expect_curve(
        curve(options, 10, 0),
        {1, 0.9045084971874737, 0.6545084971874737, 0.34549150281252633, 0.09549150281252633, 1,
         0.9045084971874737, 0.6545084971874738, 0.3454915028125262, 0.09549150281252633, 0, 0});
}

TEST(Schedule, PolynomialEqualsTransformers) {
    TrainOptions options = of(LrScheduleKind::Polynomial);
    options.learning_rate = 1e-4;
    expect_curve(curve(options, 10, 3), {0, 1 / 3.0, 2 / 3.0, 1, 0.8572857142857144,
                                         0.7145714285714286, 0.5718571428571428, 0.4291428571428572,
                                         0.28642857142857137, 0.14371428571428577, 0.001, 0.001});
    options.learning_rate = 1e-2;
    options.schedule_power = 2;
    options.schedule_end = 1e-3;
    expect_curve(curve(options, 4, 0), {1, 0.60625, 0.325, 0.15625, 0.1, 0.1});
}

TEST(Schedule, InverseSquareRootEqualsTransformers) {
    TrainOptions options = of(LrScheduleKind::InverseSqrt);
    expect_curve(curve(options, 10, 3),
                 {0, 1 / 3.0, 2 / 3.0, 1, 0.8660254037844387, 0.7745966692414834,
                  0.7071067811865475, 0.6546536707079771, 0.6123724356957945, 0.5773502691896258,
                  0.5477225575051661, 0.5222329678670935});
    expect_curve(curve(options, 3, 0), {1, 0.9999500037496877, 0.9999000149975006,
                                        0.9998500337415648, 0.9998000599800071});
    options.schedule_timescale = 5;
    expect_curve(curve(options, 4, 1), {0, 1, 0.9128709291752769, 0.8451542547285166,
                                        0.7905694150420948, 0.7453559924999299});
}

TEST(Schedule, ConstantWarmsUpAndStays) {
    expect_curve(curve(of(LrScheduleKind::Constant), 3, 2), {0, 0.5, 1, 1, 1});
    expect_curve(curve(of(LrScheduleKind::Constant), 2, 0), {1, 1, 1, 1});
}

TEST(Schedule, FirstWarmUpUpdateHasRateZeroAndLastIsNotZero) {
    EXPECT_EQ(schedule_factor(of(LrScheduleKind::Linear), 0, 310, 5), 0);
    EXPECT_NEAR(1e-4 * schedule_factor(of(LrScheduleKind::Linear), 309, 310, 0), 3.2258e-07, 1e-11);
}

TEST(Schedule, WarmUpBelowOneIsAShareRoundedUp) {
    EXPECT_EQ(warmup_updates(0, 10), 0);
    EXPECT_EQ(warmup_updates(0.3, 10), 3);
    EXPECT_EQ(warmup_updates(0.999, 10), 10);
    EXPECT_EQ(warmup_updates(0.1, 12), 2);
    EXPECT_EQ(warmup_updates(1, 10), 1);
    EXPECT_EQ(warmup_updates(2.7, 10), 2);
}

TrainOptions options(std::int64_t batch, std::int64_t accumulation, double epochs,
                     std::int64_t max_steps = 0) {
    TrainOptions o;
    o.batch_size = batch;
    o.gradient_accumulation = accumulation;
    o.epochs = epochs;
    o.max_steps = max_steps;
    return o;
}

TEST(CountSteps, PublishedRunHas310Updates) {
    const auto c = count_steps(496, options(1, 8, 5));
    EXPECT_EQ(c.batches_per_epoch, 496);
    EXPECT_EQ(c.updates_per_epoch, 62);
    EXPECT_EQ(c.total_updates, 310);
    EXPECT_EQ(c.epochs, 5);
}

TEST(CountSteps, PartialGroupAndPartialBatchCount) {
    const auto c = count_steps(11, options(2, 4, 2));  // 6 batches, groups of 4 and 2
    EXPECT_EQ(c.batches_per_epoch, 6);
    EXPECT_EQ(c.updates_per_epoch, 2);
    EXPECT_EQ(c.total_updates, 4);
    EXPECT_EQ(count_steps(11, options(1, 2, 0.5)).total_updates, 3);
    EXPECT_EQ(count_steps(3, options(1, 8, 1)).total_updates, 1);
}

TEST(CountSteps, MaxStepsRulesTheEpochs) {
    const auto c = count_steps(11, options(2, 2, 1, 12));  // 3 updates an epoch
    EXPECT_EQ(c.total_updates, 12);
    EXPECT_EQ(c.epochs, 4);
    EXPECT_EQ(count_steps(11, options(2, 2, 9, 4)).epochs, 2);
}

}  // namespace
}  // namespace moelora
