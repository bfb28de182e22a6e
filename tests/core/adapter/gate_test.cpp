// SPDX-License-Identifier: GPL-3.0-or-later
// Known answers of adapters.md 18.1 (adapters_known_answers.py), in f64.
#include "core/adapter/gate.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace moelora {
namespace {

at::Tensor logits() {
    return at::tensor({1.0, 0.0, -1.0, 2.0, 0.1, 0.0, -0.2, 0.05, 2.0, 1.0, 0.0, -1.0}, at::kDouble)
        .view({3, 4});
}

at::Tensor rows(std::vector<double> values) {
    return at::tensor(values, at::kDouble).view({-1, 4});
}

TopKGate top(std::int64_t k, bool renormalise) {
    AdapterOptions o;
    o.gate_renormalise = renormalise;
    return TopKGate(o, k);
}

void expect_weights(const Gate& gate, const at::Tensor& expected) {
    const Routed routed = gate.route(logits(), nullptr);
    EXPECT_TRUE(at::allclose(routed.weights, expected, 0, 1e-12)) << routed.weights << expected;
}

// Gradient of y = Σ w_e c_e, c = [1, 2, 3, 4], to the logits of row 1.
void expect_gradient(const Gate& gate, const std::vector<double>& expected) {
    const at::Tensor z = logits().narrow(0, 0, 1).clone().requires_grad_();
    const at::Tensor c = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kDouble);
    const at::Tensor g =
        torch::autograd::grad({(gate.route(z, nullptr).weights * c).sum()}, {z})[0];
    EXPECT_TRUE(at::allclose(g, rows(expected), 0, 1e-12)) << g;
}

TEST(Gate, SoftmaxIsTheKnownAnswer) {
    const SoftmaxGate gate{AdapterOptions()};
    expect_weights(gate, rows({0.23688281808991013, 0.08714431874203257, 0.03205860328008499,
                               0.6439142598879724, 0.27801833598353237, 0.2515613932979934,
                               0.2059610489802125, 0.2644592217382617, 0.6439142598879724,
                               0.23688281808991013, 0.08714431874203257, 0.03205860328008499}));
    expect_gradient(gate, {-0.493427929853789, -0.09437767235096099, -0.002661002083448022,
                           0.5904666042881977});
}

TEST(Gate, NormalisedSigmoidIsTheKnownAnswer) {
    AdapterOptions o;
    o.gate = GateKind::NormalisedSigmoid;
    const SigmoidGate gate(o);
    expect_weights(gate, rows({0.3070646320059019, 0.21001369861587382, 0.11296276522584575,
                               0.3699589041523786, 0.2641215231575258, 0.25155428010955316,
                               0.2264823694717096, 0.2578418272612115, 0.36995890415237853,
                               0.30706463200590184, 0.2100136986158738, 0.11296276522584574}));
}

// Drawn only in training, and only where asked for: then by z + log u - log(1 - u), whose mean over
// many draws is z and whose variance is pi^2 / 3; tokens of one sample share theirs.
TEST(Gate, RelaxedDrawsAreLogisticAndOneASample) {
    AdapterOptions o;
    o.gate = GateKind::NormalisedSigmoid;
    Noise noise(at::kCPU, 3);
    const SigmoidGate plain(o);
    const Routed without = plain.route(logits(), &noise);
    EXPECT_TRUE(at::equal(without.weights, plain.route(logits(), nullptr).weights));
    o.gate_relaxed = true;
    const SigmoidGate relaxed(o);
    EXPECT_TRUE(at::equal(relaxed.route(logits(), nullptr).weights, without.weights));
    const at::Tensor many = at::full({20000, 4}, 0.7, at::kDouble);
    const at::Tensor drawn = relaxed.route(many, &noise).logits;
    EXPECT_NEAR(drawn.mean().item<double>(), 0.7, 0.03);
    EXPECT_NEAR(drawn.var().item<double>(), 3.2899, 0.1);
    const at::Tensor samples = at::tensor({0, 0, 1}, at::kLong);
    const at::Tensor shared =
        relaxed.route(at::zeros({3, 4}, at::kDouble), &noise, {}, samples).logits;
    EXPECT_TRUE(at::equal(shared[0], shared[1]));
    EXPECT_FALSE(at::equal(shared[1], shared[2]));
}

TEST(Gate, TopTwoPlainIsTheKnownAnswer) {
    expect_weights(top(2, false),
                   rows({0.23688281808991013, 0, 0, 0.6439142598879724, 0.27801833598353237, 0, 0,
                         0.2644592217382617, 0.6439142598879724, 0.23688281808991013, 0, 0}));
    expect_gradient(top(2, false), {-0.429359549378474, -0.24509686982900789, -0.09016609950556516,
                                    0.764622518713047});
}

TEST(Gate, TopTwoRenormalisedIsTheKnownAnswer) {
    expect_weights(top(2, true),
                   rows({0.2689414213699951, 0, 0, 0.7310585786300049, 0.5124973964842103, 0, 0,
                         0.4875026035157897, 0.7310585786300049, 0.2689414213699951, 0, 0}));
    expect_gradient(top(2, true), {-0.5898357997244457, 0, 0, 0.5898357997244456});
}

TEST(Gate, TopOnePlainTrainsItsRouter) {
    expect_weights(top(1, false), rows({0, 0, 0, 0.6439142598879724, 0.27801833598353237, 0, 0, 0,
                                        0.6439142598879724, 0, 0, 0}));
    expect_gradient(top(1, false), {-0.6101288979621666, -0.22445387802486985, -0.08257196721655219,
                                    0.9171547432035886});
}

TEST(Gate, TopOneRenormalisedIsOneAndHasNoGradientAtAll) {
    const at::Tensor z = logits().requires_grad_();
    const Routed routed = top(1, true).route(z, nullptr);
    EXPECT_TRUE(at::equal(routed.weights, rows({0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0})));
    const at::Tensor g = torch::autograd::grad({(routed.weights * z.detach()).sum()}, {z})[0];
    EXPECT_TRUE(at::equal(g, at::zeros_like(g)));
}

AdapterOptions of(GateKind gate, double level) {
    AdapterOptions o;
    o.gate = gate;
    o.gate_level = level;
    o.top_k = 2;
    return o;
}

TEST(Gate, TemperatureIsTheKnownAnswer) {
    AdapterOptions o;
    o.gate_temperature = 0.5;
    expect_weights(
        SoftmaxGate(o),
        rows({0.11705891323853293, 0.01584220117850692, 0.002144008783584634, 0.8649548767993754,
              0.3055879998395454, 0.2501942932402252, 0.16771025016264196, 0.2765074567575874,
              0.8649548767993754, 0.11705891323853293, 0.01584220117850692, 0.002144008783584634}));
}

TEST(Gate, TopPIsTheKnownAnswer) {
    const Routed routed = TopPGate(of(GateKind::TopP, 0.8)).route(logits(), nullptr);
    const at::Tensor expected = rows(
        {0.23688281808991013, 0, 0, 0.6439142598879724, 0.27801833598353237, 0.2515613932979934,
         0.2059610489802125, 0.2644592217382617, 0.6439142598879724, 0.23688281808991013, 0, 0});
    EXPECT_TRUE(at::allclose(routed.weights, expected, 0, 1e-12));
    EXPECT_TRUE(at::equal(routed.selected, (expected > 0).to(at::kDouble)));
}

// adapters.md 19.4; what is left of the last expert may be less than the rounding of the sum.
TEST(Gate, TopPOfOneKeepsAllBitForBit) {
    const at::Tensor z = at::tensor({40.0, 0.0, -40.0, 39.0}, at::kFloat).view({1, 4});
    const Routed routed = TopPGate(of(GateKind::TopP, 1)).route(z, nullptr);
    EXPECT_TRUE(at::equal(routed.weights, routed.probabilities));
}

TEST(Gate, ThresholdsAreTheKnownAnswers) {
    expect_weights(ThresholdGate(of(GateKind::ThresholdShifted, 0.2)),
                   rows({0.07671181831019114, 0, 0, 0.9232881816898089, 0.390091679917662,
                         0.2578069664899669, 0.02980524490106247, 0.3222961086913086,
                         0.9232881816898089, 0.07671181831019114, 0, 0}));
    expect_weights(ThresholdGate(of(GateKind::Threshold, 0.25)),
                   rows({0, 0, 0, 1, 0.35013186144895325, 0.31681240948559525, 0,
                         0.3330557290654516, 1, 0, 0, 0}));
}

TEST(Gate, ThresholdThatNoExpertReachesGivesZeroAndNoNan) {
    for (const GateKind gate : {GateKind::Threshold, GateKind::ThresholdShifted}) {
        const at::Tensor z = logits().requires_grad_();
        const Routed routed = ThresholdGate(of(gate, 0.3)).route(z, nullptr);
        EXPECT_TRUE(at::equal(routed.weights[1], at::zeros({4}, at::kDouble)));
        EXPECT_NEAR(routed.weights[0].sum().item<double>(), 1, 1e-14);
        const at::Tensor g = torch::autograd::grad({(routed.weights * z.detach()).sum()}, {z})[0];
        EXPECT_TRUE(at::isfinite(g).all().item<bool>());
        EXPECT_TRUE(at::equal(g[1], at::zeros({4}, at::kDouble)));
    }
}

TEST(Gate, RelativeAndSoftTopTwoAreTheKnownAnswers) {
    expect_weights(
        RelativeGate(of(GateKind::Relative, 0.5)),
        rows({0.18830765179873435, 0.05824359815640879, 0.01999380457092622, 0.7334549437366042,
              0.2841994823838002, 0.25127038623286024, 0.19735622011024087, 0.2671739094767463,
              0.7334549437366041, 0.18830765179873432, 0.05824359815640878, 0.019993804570926213}));
    expect_weights(
        RelativeGate(of(GateKind::SoftTopK, 0)),
        rows({0.19273025663363494, 0.06036345753333595, 0.020814210147730907, 0.726092074058078,
              0.2850688104768128, 0.2512082800417345, 0.1961844294202934, 0.26753847803787195,
              0.7260920740580781, 0.192730256633635, 0.060363457533335954, 0.02081421014773091}));
}

// LiME's sparse form: p where it reaches half of the largest, at most 2k, renormalised.
TEST(Gate, HardRelativeKeepsWhatIsNearTheLikeliest) {
    AdapterOptions o = of(GateKind::Relative, 0.5);
    o.gate_softness = 0;
    o.top_k = 1;
    expect_weights(RelativeGate(o),
                   rows({0, 0, 0, 1, 0.5124973964842103, 0, 0, 0.4875026035157897, 1, 0, 0, 0}));
    o.top_k = 2;
    const at::Tensor p = SoftmaxGate{AdapterOptions()}.route(logits(), nullptr).weights;
    EXPECT_TRUE(at::allclose(RelativeGate(o).route(logits(), nullptr).weights[1], p[1], 0, 1e-12));
}

TEST(Gate, StraightThroughIsOneForwardAndSoftmaxBackward) {
    const StraightThroughGate gate{AdapterOptions()};
    EXPECT_TRUE(at::equal(gate.route(logits(), nullptr).weights,
                          rows({0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0})));
    expect_gradient(gate, {-0.493427929853789, -0.09437767235096099, -0.002661002083448022,
                           0.5904666042881977});
}

TEST(Gate, EveryGateIsWhatThePlanAsksFor) {
    SiteSpec site;
    site.experts = 4;
    site.routed = true;
    for (const auto& [kind, name] : EnumNames<GateKind>::table) {
        if (kind == GateKind::None) continue;
        SCOPED_TRACE(name);
        AdapterOptions o = of(kind, 0.6);
        site.top_k = kind == GateKind::TopK ? 2 : 0;
        const Routed routed = make_gate(site, o)->route(logits(), nullptr);
        const at::Tensor used = routed.selected.sum(1);
        const auto active = static_cast<double>(active_experts(site, o));
        if (active > 0)
            EXPECT_TRUE(at::equal(used, at::full_like(used, active)));
        else
            EXPECT_GT((used.max() - used.min()).item<double>(), 0) << "it decides token by token";
        EXPECT_TRUE(at::logical_or(routed.selected > 0, routed.weights == 0).all().item<bool>());
    }
}

TEST(Gate, JitterMultipliesLogitsInTrainingOnly) {
    AdapterOptions o;
    o.gate_jitter = 0.2;
    const SoftmaxGate gate(o);
    const at::Tensor z = at::full({20000, 2}, 3.0, at::kDouble);
    Noise noise(at::kCPU, 5);
    const at::Tensor factor = gate.route(z, &noise).logits / 3;
    EXPECT_GE(factor.min().item<double>(), 0.8);
    EXPECT_LE(factor.max().item<double>(), 1.2);
    EXPECT_NEAR(factor.mean().item<double>(), 1, 2e-3);
    EXPECT_NEAR(factor.std().item<double>(), 0.4 / std::sqrt(12), 2e-3);  // of an even draw
    EXPECT_TRUE(at::equal(gate.route(z, nullptr).weights, at::full({20000, 2}, 0.5, at::kDouble)));
    o.gate_jitter_on = GateJitterOn::Input;  // the site's business
    EXPECT_TRUE(at::equal(SoftmaxGate(o).route(z, &noise).logits, z));
}

TEST(Gate, AllExpertsActiveEqualsSoftmaxBitForBit) {
    const at::Tensor p = SoftmaxGate{AdapterOptions()}.route(logits(), nullptr).weights;
    EXPECT_TRUE(at::equal(top(4, false).route(logits(), nullptr).weights, p));
    EXPECT_TRUE(at::equal(top(4, true).route(logits(), nullptr).weights, p));
}

TEST(Gate, TiesGoToTheLowerIndex) {
    for (const auto type : {at::kFloat, at::kDouble}) {
        const at::Tensor z = at::zeros({64, 8}, type);
        const at::Tensor one = top(1, false).route(z, nullptr).selected;
        const at::Tensor three = top(3, false).route(z, nullptr).selected;
        EXPECT_EQ(one.select(1, 0).sum().item<double>(), 64);
        EXPECT_EQ(one.sum().item<double>(), 64);
        EXPECT_EQ(three.narrow(1, 0, 3).sum().item<double>(), 192);
        EXPECT_EQ(three.sum().item<double>(), 192);
    }
}

TEST(Gate, WeightsSumToOneWhereTheyAreRenormalised) {
    const at::Tensor z =
        at::randn({100, 6}, at::make_generator<at::CPUGeneratorImpl>(1), at::kDouble);
    for (std::int64_t k = 1; k <= 6; ++k)
        EXPECT_TRUE(at::allclose(top(k, true).route(z, nullptr).weights.sum(1),
                                 at::ones({100}, at::kDouble), 0, 1e-14));
}

TEST(Gate, PermutedExpertsGivePermutedWeights) {
    const at::Tensor z =
        at::randn({50, 6}, at::make_generator<at::CPUGeneratorImpl>(2), at::kDouble);
    const at::Tensor order = at::tensor({4, 2, 0, 5, 1, 3}, at::kLong);
    for (const bool renormalise : {false, true}) {
        const at::Tensor w = top(2, renormalise).route(z, nullptr).weights.index_select(1, order);
        const at::Tensor v = top(2, renormalise).route(z.index_select(1, order), nullptr).weights;
        EXPECT_TRUE(at::allclose(w, v, 0, 1e-15));
    }
}

AdapterOptions noisy(GateDropoutOn on) {
    AdapterOptions o;
    o.gate_dropout = 0.25;
    o.gate_dropout_on = on;
    return o;
}

TEST(Gate, DropoutOnLogitsPullsThemToZeroAndKeepsTheSum) {
    const SoftmaxGate gate(noisy(GateDropoutOn::Logits));
    const at::Tensor z = at::full({20000, 2}, 1.0, at::kDouble);
    Noise noise(at::kCPU, 5);
    const Routed routed = gate.route(z, &noise);
    EXPECT_TRUE(at::allclose(routed.weights.sum(1), at::ones({20000}, at::kDouble)));
    // One of two logits dropped, the other 1 / 0.75: probability 2 · 0.75 · 0.25 of a token.
    const double share = (routed.weights.select(1, 0) != 0.5).to(at::kDouble).mean().item<double>();
    EXPECT_NEAR(share, 0.375, 0.02);
    const double high = routed.weights.max().item<double>();
    EXPECT_NEAR(high, 1 / (1 + std::exp(-1 / 0.75)), 1e-12);
    EXPECT_TRUE(at::equal(gate.route(z, nullptr).weights, at::full({20000, 2}, 0.5, at::kDouble)));
}

TEST(Gate, DropoutOnProbabilitiesCanSilenceAToken) {
    AdapterOptions o = noisy(GateDropoutOn::Probabilities);
    const TopKGate gate(o, 1);
    const at::Tensor z = at::tensor({1.0, 0.0}, at::kDouble).repeat({20000, 1});
    Noise noise(at::kCPU, 5);
    const at::Tensor w = gate.route(z, &noise).weights;
    const auto share = [](const at::Tensor& rows_of) {
        return rows_of.to(at::kDouble).mean().item<double>();
    };
    EXPECT_NEAR(share(w.sum(1) == 0), 0.0625, 0.01) << "both dropped, nothing renormalised";
    EXPECT_NEAR(share(w.select(1, 1) > 0), 0.25 * 0.75, 0.01) << "the winner dropped";
    EXPECT_NEAR(w.max().item<double>(), 0.7310585786300049 / 0.75, 1e-12);
}

// All experts are chosen; what dropout took away is shared out among those that are left.
TEST(Gate, DropoutLeavesARenormalisedSumOfOneWithAllExpertsToo) {
    AdapterOptions o = noisy(GateDropoutOn::Probabilities);
    o.gate_renormalise = true;
    const TopKGate gate(o, 4);
    const at::Tensor z =
        at::randn({200, 4}, at::make_generator<at::CPUGeneratorImpl>(2), at::kDouble);
    Noise noise(at::kCPU, 5);
    const at::Tensor w = gate.route(z, &noise).weights, sum = w.sum(1);
    EXPECT_TRUE((w == 0).any().item<bool>()) << "else nothing was dropped";
    EXPECT_TRUE(at::logical_or((sum - 1).abs() < 1e-12, sum == 0).all().item<bool>());
}

TEST(Gate, NoiseOfTheSameStateIsTheSame) {
    const SoftmaxGate gate(noisy(GateDropoutOn::Logits));
    Noise noise(at::kCPU, 5);
    const at::Tensor state = noise.state();
    const at::Tensor first = gate.route(logits(), &noise).weights;
    const at::Tensor second = gate.route(logits(), &noise).weights;
    noise.set_state(state);
    EXPECT_TRUE(at::equal(first, gate.route(logits(), &noise).weights));
    EXPECT_FALSE(at::equal(first, second));
}

}  // namespace
}  // namespace moelora
