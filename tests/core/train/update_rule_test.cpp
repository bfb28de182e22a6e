// SPDX-License-Identifier: GPL-3.0-or-later
// The two-weight problem of training_semantics.md 14: five samples, accumulation 2 (groups of 2, 2
// and 1), clipping at 1, one epoch; values recorded with torch's AdamW and transformers' schedulers
// in fp64. The same UpdateRule drives the Trainer.
#include "core/train/update_rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/train/schedule.h"

namespace moelora {
namespace {

struct Update {
    double loss, norm, lr, w0, w1;
};
struct Row {
    const char* name;
    LrScheduleKind schedule;
    double warmup, weight_decay;
    Update updates[3];
};

const Row rows[] = {
    {"LinearNoDecay",
     LrScheduleKind::Linear,
     0,
     0,
     {{2.6562500000, 4.5893899377, 0.1, 0.4000000011, -0.1500000020},
      {3.7462500148, 6.3520174088, 0.0666666667, 0.3389673055, -0.0852216998},
      {0.5245975492, 4.4056905611, 0.0333333333, 0.3072619298, -0.0638066799}}},
    {"LinearDecay",
     LrScheduleKind::Linear,
     0,
     0.1,
     {{2.6562500000, 4.5893899377, 0.1, 0.3950000011, -0.1475000020},
      {3.7193000147, 6.3297018225, 0.0666666667, 0.3313393077, -0.0817389998},
      {0.4944177049, 4.2770848811, 0.0333333333, 0.2985309961, -0.0600514754}}},
    {"CosineNoDecay",
     LrScheduleKind::Cosine,
     0,
     0,
     {{2.6562500000, 4.5893899377, 0.1, 0.4000000011, -0.1500000020},
      {3.7462500148, 6.3520174088, 0.075, 0.3313382185, -0.0771244120},
      {0.4976631587, 4.2910997276, 0.025, 0.3075591868, -0.0610631471}}},
    {"LinearWarmUp",
     LrScheduleKind::Linear,
     1,
     0,
     {{2.6562500000, 4.5893899377, 0, 0.5, -0.25},
      {4.6250000000, 7.0577971067, 0.1, 0.4084509563, -0.1528325467},
      {0.8080870027, 5.4680178402, 0.05, 0.3608928927, -0.1207100172}}},
};

constexpr double inputs[5][2] = {{1, 0}, {2, -1}, {0.5, 1}, {-1, 2}, {3, 0.5}};
constexpr double wanted[5] = {1, -1, 0.5, 2, 0.25};

// One weight each, so that the gradient norm runs over several parameters.
struct Problem {
    at::Tensor w0 = at::full({1}, 0.5, at::kDouble).requires_grad_();
    at::Tensor w1 = at::full({1}, -0.25, at::kDouble).requires_grad_();

    [[nodiscard]] std::vector<NamedTensor> parameters() const { return {{"w0", w0}, {"w1", w1}}; }
    [[nodiscard]] at::Tensor loss(std::int64_t sample) const {
        return (w0 * inputs[sample][0] + w1 * inputs[sample][1] - wanted[sample]).square().mean();
    }
    [[nodiscard]] double value(int weight) const { return (weight == 0 ? w0 : w1).item<double>(); }
};

TrainOptions options_of(const Row& row) {
    TrainOptions o;
    o.batch_size = 1;
    o.gradient_accumulation = 2;
    o.epochs = 1;
    o.learning_rate = 0.1;
    o.schedule = row.schedule;
    o.warmup_steps = row.warmup;
    o.weight_decay = row.weight_decay;
    o.max_grad_norm = 1;
    return o;
}

struct Made {
    double loss = 0, norm = 0, lr = 0;
};

Made make_update(UpdateRule& rule, const Problem& problem, std::int64_t update) {
    const std::int64_t first = 2 * update, count = std::min<std::int64_t>(2, 5 - first);
    Made made;
    rule.begin();
    for (std::int64_t i = first; i < first + count; ++i) {
        const at::Tensor loss = problem.loss(i);
        rule.accumulate(loss, count);
        made.loss += loss.item<double>() / static_cast<double>(count);
    }
    made.norm = rule.gradient_norm().item<double>();
    made.lr = rule.apply(made.norm);
    return made;
}

class KnownAnswers : public testing::TestWithParam<Row> {};

TEST_P(KnownAnswers, ThreeUpdatesEqualTheRecordedValues) {
    const Row& row = GetParam();
    const TrainOptions options = options_of(row);
    const Problem problem;
    const auto counts = count_steps(5, options);
    ASSERT_EQ(counts.total_updates, 3);
    UpdateRule rule(problem.parameters(), options, counts.total_updates);
    for (std::int64_t u = 0; u < 3; ++u) {
        const Update& expected = row.updates[u];
        const Made made = make_update(rule, problem, u);
        EXPECT_NEAR(made.loss, expected.loss, 1e-10) << u;
        EXPECT_NEAR(made.norm, expected.norm, 1e-10) << u;
        EXPECT_NEAR(made.lr, expected.lr, 1e-10) << u;
        EXPECT_NEAR(problem.value(0), expected.w0, 1e-10) << u;
        EXPECT_NEAR(problem.value(1), expected.w1, 1e-10) << u;
    }
    EXPECT_EQ(rule.updates_made(), 3);
}

INSTANTIATE_TEST_SUITE_P(Section14, KnownAnswers, testing::ValuesIn(rows),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(UpdateRule, RestoredAfterEveryUpdateContinuesBitEqual) {
    const TrainOptions options = options_of(rows[1]);
    for (std::int64_t stop = 1; stop < 3; ++stop) {
        const Problem whole, resumed;
        UpdateRule uninterrupted(whole.parameters(), options, 3);
        std::vector<NamedTensor> saved;
        for (std::int64_t u = 0; u < 3; ++u) {
            make_update(uninterrupted, whole, u);
            if (u + 1 != stop) continue;
            for (const auto& s : uninterrupted.state()) saved.push_back({s.name, s.tensor.clone()});
            const at::NoGradGuard no_graph;
            resumed.w0.copy_(whole.w0);
            resumed.w1.copy_(whole.w1);
        }
        UpdateRule rule(resumed.parameters(), options, 3);
        ASSERT_TRUE(rule.restore(saved, stop));
        for (std::int64_t u = stop; u < 3; ++u) make_update(rule, resumed, u);
        EXPECT_EQ(resumed.value(0), whole.value(0)) << stop;
        EXPECT_EQ(resumed.value(1), whole.value(1)) << stop;
    }
}

TEST(UpdateRule, RestoreNamesWhatDoesNotFitAndChangesNothing) {
    const Problem problem;
    UpdateRule rule(problem.parameters(), options_of(rows[0]), 3);
    make_update(rule, problem, 0);
    std::vector<NamedTensor> good;
    for (const auto& s : rule.state()) good.push_back({s.name, s.tensor.clone()});

    auto expect_refused = [&](const std::vector<NamedTensor>& state, const std::string& named) {
        const auto status = rule.restore(state, 2);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ErrorCode::CheckpointInvalid);
        EXPECT_NE(status.error().arg("why").find(named), std::string::npos)
            << status.error().arg("why");
        EXPECT_EQ(rule.updates_made(), 1);
        for (std::size_t i = 0; i < good.size(); ++i)
            EXPECT_TRUE(at::equal(rule.state()[i].tensor, good[i].tensor));
    };
    auto missing = good;
    missing.erase(missing.begin() + 3);
    expect_refused(missing, "w1.v");
    auto shaped = good;
    shaped[0].tensor = at::zeros({2}, at::kDouble);
    expect_refused(shaped, "w0.m");
    auto infinite = good;
    infinite[1].tensor = at::full({1}, std::numeric_limits<double>::infinity(), at::kDouble);
    expect_refused(infinite, "w0.v");
    auto extra = good;
    extra.push_back({"w2.m", at::zeros({1})});
    expect_refused(extra, "6 entries");
}

TEST(UpdateRule, ClippingZeroMeansNoneAndTheNormIsStillGiven) {
    TrainOptions options = options_of(rows[0]);
    options.max_grad_norm = 0;
    const Problem problem;
    UpdateRule rule(problem.parameters(), options, 3);
    EXPECT_NEAR(make_update(rule, problem, 0).norm, 4.5893899377, 1e-10);
    // Without clipping m holds 0.1 of the raw gradient.
    const double m0 = rule.state()[0].tensor.item<double>();
    const double m1 = rule.state()[2].tensor.item<double>();
    EXPECT_NEAR(std::hypot(m0, m1), 0.45893899377, 1e-10);
}

TEST(UpdateRule, SkippedUpdateMovesTheScheduleOnly) {
    const Problem problem;
    UpdateRule rule(problem.parameters(), options_of(rows[0]), 3);
    make_update(rule, problem, 0);
    const double before = problem.value(0), m = rule.state()[0].tensor.item<double>();
    EXPECT_NEAR(rule.skip(), 0.1 * 2 / 3, 1e-15);
    EXPECT_EQ(problem.value(0), before);
    EXPECT_EQ(rule.state()[0].tensor.item<double>(), m);
    EXPECT_EQ(rule.updates_made(), 2);
}

TEST(UpdateRule, DiscardedGradientsLeaveNoTrace) {
    const Problem problem, twin;
    UpdateRule rule(problem.parameters(), options_of(rows[0]), 3);
    UpdateRule other(twin.parameters(), options_of(rows[0]), 3);
    rule.begin();
    rule.accumulate(problem.loss(4), 1);
    rule.discard();
    make_update(rule, problem, 0);
    make_update(other, twin, 0);
    EXPECT_EQ(problem.value(0), twin.value(0));
    EXPECT_EQ(problem.value(1), twin.value(1));
}

}  // namespace
}  // namespace moelora
