// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/label_loss.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace moelora {
namespace {

constexpr std::int64_t B = 3, T = 7, H = 12, V = 31;

at::Tensor random(at::IntArrayRef shape, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return at::randn(shape, generator, at::dtype(at::kDouble));
}

at::Tensor some_labels() {
    auto labels = at::full({B, T}, -100, at::kLong);
    labels.index_put_({0, 0}, 5);  // position 0 is no target: nothing predicts it
    labels.index_put_({0, 3}, 7);
    labels.index_put_({0, 6}, 30);
    for (std::int64_t t = 2; t < 6; ++t) labels.index_put_({2, t}, t * 3);
    return labels;  // row 1 has no target at all
}

// Slow twin: all logits, shift, cross-entropy with ignore index, as transformers writes it.
at::Tensor full_logits_loss(const at::Tensor& hidden, const at::Tensor& weight,
                            const at::Tensor& labels) {
    const at::Tensor logits = at::linear(hidden, weight);
    const at::Tensor wide = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
    return at::cross_entropy_loss(wide.slice(1, 0, T - 1).reshape({-1, V}),
                                  labels.slice(1, 1).reshape({-1}), {}, at::Reduction::Mean, -100);
}

struct Outcome {
    at::Tensor loss, gradient;
};

Outcome slow(const at::Tensor& hidden, const at::Tensor& weight, double factor) {
    const at::Tensor leaf = hidden.detach().clone().requires_grad_();
    const at::Tensor loss = full_logits_loss(leaf, weight, some_labels());
    (loss * factor).backward();
    return {loss.detach(), leaf.grad()};
}

Outcome fast(const at::Tensor& hidden, const at::Tensor& weight, double factor,
             LossBlock block = {}) {
    const at::Tensor leaf = hidden.detach().clone().requires_grad_();
    const auto [places, targets] = label_places(some_labels());
    const at::Tensor rows = leaf.flatten(0, 1).index_select(0, places);
    const at::Tensor loss = label_cross_entropy(rows, weight, targets, block);
    (loss * factor).backward();
    return {loss.detach(), leaf.grad()};
}

struct Case {
    at::ScalarType type;
    double tolerance;  // a few roundings of the dtype at values of order 1
};
class LabelLossTypes : public testing::TestWithParam<Case> {};

TEST_P(LabelLossTypes, LossAndGradientEqualTheFullLogitsLoss) {
    const auto [type, tolerance] = GetParam();
    const at::Tensor hidden = random({B, T, H}, 1).to(type), weight = random({V, H}, 2).to(type);
    const auto wanted = slow(hidden, weight, 0.5);
    for (const LossBlock block :
         {LossBlock{}, LossBlock{4, 7}, LossBlock{1, 31}, LossBlock{6, 1}}) {
        const auto found = fast(hidden, weight, 0.5, block);
        EXPECT_NEAR(found.loss.item<double>(), wanted.loss.item<double>(), tolerance);
        EXPECT_EQ(found.gradient.scalar_type(), type);
        EXPECT_LE((found.gradient - wanted.gradient).abs().max().item<double>(), tolerance);
    }
}

INSTANTIATE_TEST_SUITE_P(DTypes, LabelLossTypes,
                         testing::Values(Case{at::kDouble, 1e-14}, Case{at::kFloat, 1e-6},
                                         Case{at::kBFloat16, 4e-3}),
                         [](const auto& i) { return std::string(c10::toString(i.param.type)); });

TEST_P(LabelLossTypes, LossesOfRowsAreThoseOfEachRowByItself) {
    const auto [type, tolerance] = GetParam();
    const at::Tensor rows = random({5, H}, 8).to(type), weight = random({V, H}, 9).to(type);
    const at::Tensor targets = at::tensor({0, 30, 4, 4, 17}, at::kLong);
    const at::Tensor factors = random({5}, 10);
    const at::Tensor leaf = rows.clone().requires_grad_();
    const at::Tensor losses = label_losses(leaf, weight, targets, {2, 7});
    EXPECT_EQ(losses.sizes(), (std::vector<std::int64_t>{5}));
    (losses * factors.to(losses.scalar_type())).sum().backward();
    for (std::int64_t i = 0; i < 5; ++i) {
        const at::Tensor one = rows.narrow(0, i, 1).clone().requires_grad_();
        const at::Tensor loss = label_cross_entropy(one, weight, targets.narrow(0, i, 1));
        (loss * factors[i].item<double>()).backward();
        EXPECT_NEAR(losses[i].item<double>(), loss.item<double>(), tolerance);
        EXPECT_LE((leaf.grad()[i] - one.grad()[0]).abs().max().item<double>(), 4 * tolerance);
    }
}

TEST(LabelLoss, GradientMatchesFiniteDifferences) {
    const at::Tensor rows = random({5, H}, 3), weight = random({V, H}, 4);
    const at::Tensor targets = at::tensor({0, 30, 4, 4, 17}, at::kLong);
    const at::Tensor leaf = rows.clone().requires_grad_();
    label_cross_entropy(leaf, weight, targets).backward();
    const double h = 1e-6;
    for (std::int64_t i = 0; i < 5; ++i)
        for (std::int64_t j = 0; j < H; ++j) {
            auto moved = [&](double by) {
                at::Tensor copy = rows.clone();
                copy.index_put_({i, j}, copy.index({i, j}) + by);
                return label_cross_entropy(copy, weight, targets).item<double>();
            };
            EXPECT_NEAR(leaf.grad().index({i, j}).item<double>(), (moved(h) - moved(-h)) / (2 * h),
                        1e-8);
        }
}

TEST(LabelLoss, LargeLogitsStayFinite) {
    const at::Tensor rows = at::full({2, H}, 40.0, at::kFloat);
    const at::Tensor weight = random({V, H}, 5).to(at::kFloat) * 50;
    const at::Tensor targets = at::tensor({1, 2}, at::kLong);
    EXPECT_TRUE(std::isfinite(label_cross_entropy(rows, weight, targets).item<double>()));
}

TEST(LabelLoss, CountsTargetsAfterTheShift) {
    EXPECT_EQ(count_targets(some_labels()), 6);
    EXPECT_EQ(label_places(some_labels()).places.size(0), 6);
    const auto none = at::full({B, T}, -100, at::kLong);
    EXPECT_EQ(count_targets(none), 0);
    EXPECT_EQ(label_places(none).places.size(0), 0);
    EXPECT_EQ(count_targets(at::full({2, 1}, 3, at::kLong)), 0);
}

TEST(LabelLoss, NoGradientIsFormedWithoutAGraph) {
    const at::NoGradGuard no_graph;
    const at::Tensor rows = random({4, H}, 6).requires_grad_();
    const auto loss =
        label_cross_entropy(rows, random({V, H}, 7), at::tensor({1, 2, 3, 4}, at::kLong));
    EXPECT_FALSE(loss.requires_grad());
}

TEST(LabelLoss, WrongShapesAndTypesAreRefused) {
    const at::Tensor rows = random({4, H}, 8), weight = random({V, H}, 9);
    const at::Tensor targets = at::tensor({1, 2, 3, 4}, at::kLong);
    EXPECT_THROW((void)label_cross_entropy(rows.slice(0, 0, 0), weight, targets.slice(0, 0, 0)),
                 std::invalid_argument);
    EXPECT_THROW((void)label_cross_entropy(rows, weight.slice(1, 1), targets),
                 std::invalid_argument);
    EXPECT_THROW((void)label_cross_entropy(rows, weight.to(at::kFloat), targets),
                 std::invalid_argument);
    EXPECT_THROW((void)label_cross_entropy(rows, weight, targets + 27), std::invalid_argument);
    EXPECT_THROW((void)label_cross_entropy(rows, weight, targets.to(at::kInt)),
                 std::invalid_argument);
    EXPECT_THROW((void)label_cross_entropy(rows, weight.clone().requires_grad_(), targets),
                 std::invalid_argument);
}

}  // namespace
}  // namespace moelora
