// SPDX-License-Identifier: GPL-3.0-or-later
// Known answers of adapters.md 18.2 (adapters_known_answers.py), in f64, through the context that
// the layers use.
#include "core/adapter/balance.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/adapter/gate.h"
#include "core/adapter/routing_context.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

at::Tensor rows(std::vector<double> values) {
    return at::tensor(values, at::kDouble).view({-1, 4});
}
const at::Tensor a = rows({1, 0, -1, 2, .1, 0, -.2, .05, 2, 1, 0, -1});
const at::Tensor b = rows({0, .5, 1, -.5, 1, .9, 0, -.2, -1, 2, .3, .1});
const at::Tensor c = rows({.2, .1, -.3, .4, 0, -1, 1, .5, .3, .6, -.6, 0});

AdapterOptions options() {
    AdapterOptions o;
    o.gate = GateKind::TopK;
    o.top_k = 2;
    o.balance = BalanceKind::Switch;
    o.balance_coef = 1;
    o.balance_tokens = TokenMask::Attention;
    return o;
}

SiteSpec site(std::int64_t layer, const char* module) {
    SiteSpec s;
    s.shape.path = "layers." + std::to_string(layer) + "." + module;
    s.shape.layer = layer;
    s.experts = 4;
    s.top_k = 2;
    s.routed = true;
    s.ranks = {1, 1, 1, 1};
    s.scales = {1, 1, 1, 1};
    return s;
}

const at::Tensor last_is_padding = at::tensor({1, 1, 0}, at::kLong).view({1, 3});

// The sum of take_layer_loss over the layers of a model with the sites a, b (layer 0), c (layer 1).
at::Tensor total(const AdapterOptions& o, const std::vector<at::Tensor>& logits,
                 const at::Tensor& mask, bool training = true) {
    std::vector<SiteSpec> sites{site(0, "a"), site(0, "b"), site(1, "c")};
    sites.resize(logits.size());
    RoutingContext context(sites, o, at::kCPU, 0);
    ForwardInfo info;
    info.attention_mask = mask;
    info.training = training;
    context.begin_pass(info);
    const TopKGate gate(o, 2);
    at::Tensor sum;
    for (std::int64_t layer = 0; layer < 2; ++layer) {
        context.begin_layer(false, layer);
        for (std::size_t s = 0; s < sites.size(); ++s)
            if (sites[s].shape.layer == layer)
                context.record(s, gate.route(logits[s], nullptr), {1, 3});
        const at::Tensor loss = context.take_layer_loss(false, layer);
        if (loss.defined()) sum = sum.defined() ? sum + loss : loss;
    }
    sum = context.of_all_layers(sum);
    return sum.defined() ? sum : at::zeros({}, at::kDouble);
}

double value(const AdapterOptions& o, const std::vector<at::Tensor>& logits,
             const at::Tensor& mask) {
    return total(o, logits, mask).item<double>();
}

TEST(Balance, SwitchIsTheKnownAnswer) {
    AdapterOptions o = options();
    EXPECT_NEAR(value(o, {a}, {}), 1.3184219870726264, 1e-12);
    EXPECT_NEAR(value(o, {a}, last_is_padding), 1.4232746356996766, 1e-12);
    o.balance_divide_by_k = false;
    EXPECT_NEAR(value(o, {a}, {}), 2.6368439741452527, 1e-12);
    EXPECT_NEAR(value(o, {a}, last_is_padding), 2.846549271399353, 1e-12);
}

TEST(Balance, OtherTermsAreTheKnownAnswers) {
    const struct {
        BalanceKind kind;
        double masked;
    } table[] = {{BalanceKind::ImportanceCv2, 0.3488539930914441},
                 {BalanceKind::ImportanceScv, 0.2616404948185833},
                 {BalanceKind::KlUniform, 0.12443700467029747},
                 {BalanceKind::ZLoss, 3.929557015562371},
                 {BalanceKind::SwitchBySample, 0.35581865892491915}};
    for (const auto& row : table) {
        SCOPED_TRACE(name_of_enum(row.kind));
        AdapterOptions o = options();
        o.balance = row.kind;
        EXPECT_NEAR(value(o, {a}, last_is_padding), row.masked, 1e-12);
        EXPECT_EQ(value(o, {a}, at::zeros({1, 3}, at::kLong)), 0) << "no token";
        const at::Tensor z = a.clone().requires_grad_();
        const at::Tensor g =
            torch::autograd::grad({total(o, {z}, at::zeros({1, 3}, at::kLong))}, {z})[0];
        EXPECT_TRUE(at::equal(g, at::zeros_like(g))) << "no token";
    }
}

TEST(Balance, OtherTermsHaveTheGradientOfFiniteDifferences) {
    for (const BalanceKind kind :
         {BalanceKind::ImportanceCv2, BalanceKind::ImportanceScv, BalanceKind::KlUniform,
          BalanceKind::ZLoss, BalanceKind::SwitchThreshold, BalanceKind::SwitchBySample})
        for (const auto reduce : {BalanceReduce::MeanSites, BalanceReduce::PerLayerConcat,
                                  BalanceReduce::GlobalConcat}) {
            SCOPED_TRACE(name_of_enum(kind));
            AdapterOptions o = options();
            o.balance = kind;
            o.balance_reduce = reduce;
            const at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_(),
                             z = c.clone().requires_grad_();
            test::expect_gradients({{"a", x}, {"b", y}, {"c", z}}, [&] {
                return total(o, {x, y, z}, last_is_padding);
            });
        }
}

// Gates that choose token by token: k is the mean number of experts chosen, so the balanced value
// stays 1. By hand: loads 3/3, 2/3, 0, 0 sum to 5/3.
TEST(Balance, SwitchDividesByTheMeanNumberOfExpertsWhereItVaries) {
    const at::Tensor p = rows({.6, .2, .1, .1, .3, .5, .1, .1, .6, .4, 0, 0});
    const at::Tensor selected = rows({1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0});
    const double product = 1 * (.6 + .3 + .6) / 3 + 2.0 / 3 * (.2 + .5 + .4) / 3;
    EXPECT_NEAR(SwitchBalance(true).value({p, selected, {}, {}, {}}, 0).item<double>(),
                4 * product / (5.0 / 3), 1e-12);
    EXPECT_NEAR(SwitchBalance(false).value({p, selected, {}, {}, {}}, 0).item<double>(),
                4 * product, 1e-12);
    const at::Tensor none = at::zeros({3}, at::kDouble);
    EXPECT_EQ(SwitchBalance(true).value({p, selected, none, {}, {}}, 0).item<double>(), 0);
}

TEST(Balance, ReductionsAreTheKnownAnswers) {
    const struct {
        BalanceReduce reduce;
        double all, masked;
    } table[] = {{BalanceReduce::SumSites, 3.687389582926674, 3.78184518760935},
                 {BalanceReduce::MeanSites, 1.229129860975558, 1.26061506253645},
                 {BalanceReduce::PerLayerConcat, 2.0874375256705413, 2.1834271718651435},
                 {BalanceReduce::GlobalConcat, 1.031335909141, 1.028301967564}};
    for (const auto& row : table) {
        AdapterOptions o = options();
        o.balance_reduce = row.reduce;
        EXPECT_NEAR(value(o, {a, b, c}, {}), row.all, 1e-11);
        EXPECT_NEAR(value(o, {a, b, c}, last_is_padding), row.masked, 1e-11);
    }
    AdapterOptions undivided = options();
    undivided.balance_reduce = BalanceReduce::GlobalConcat;
    undivided.balance_divide_by_k = false;
    EXPECT_NEAR(value(undivided, {a, b, c}, {}), 2.062671818283, 1e-11);
    EXPECT_NEAR(value(undivided, {a, b, c}, last_is_padding), 2.056603935128, 1e-11);
}

// Sites of unequal k in one layer: the mean number of experts chosen divides, whichever comes
// first.
TEST(Balance, SitesOfUnequalKAreTakenTogetherByTheirMean) {
    AdapterOptions o = options();
    o.balance_reduce = BalanceReduce::PerLayerConcat;
    const auto together = [&](std::int64_t first, std::int64_t second) {
        std::vector<SiteSpec> sites{site(0, "a"), site(0, "b")};
        sites[0].top_k = first;
        sites[1].top_k = second;
        RoutingContext context(sites, o, at::kCPU, 0);
        ForwardInfo info;
        info.training = true;
        context.begin_pass(info);
        context.begin_layer(false, 0);
        context.record(0, TopKGate(o, first).route(a, nullptr), {1, 3});
        context.record(1, TopKGate(o, second).route(a, nullptr), {1, 3});
        return context.take_layer_loss(false, 0).item<double>();
    };
    const at::Tensor p = a.softmax(1);
    const auto chosen = [&](std::int64_t k) {
        return at::zeros_like(p).scatter(1, std::get<1>(p.topk(k, 1)), 1);
    };
    const double mean =
        SwitchBalance(true)
            .value({at::cat({p, p}), at::cat({chosen(1), chosen(2)}), {}, {}, {}}, 0)
            .item<double>();
    EXPECT_NEAR(together(1, 2), mean, 1e-12);
    EXPECT_NEAR(together(2, 1), mean, 1e-12);
}

TEST(Balance, GradientIsTheKnownAnswer) {
    const at::Tensor z = a.clone().requires_grad_();
    const at::Tensor g = torch::autograd::grad({total(options(), {z}, last_is_padding)}, {z})[0];
    EXPECT_TRUE(at::allclose(g,
                             rows({0.02823712409315102, -0.0767564613103555, -0.028237124093151014,
                                   0.07675646131035552, 0.12719962807730856, -0.13646641025338713,
                                   -0.11172924683660448, 0.1209960290126831, 0, 0, 0, 0}),
                             0, 1e-12))
        << g;
}

TEST(Balance, GradientsEqualFiniteDifferencesForEveryReduction) {
    for (const auto reduce : {BalanceReduce::SumSites, BalanceReduce::MeanSites,
                              BalanceReduce::PerLayerConcat, BalanceReduce::GlobalConcat}) {
        AdapterOptions o = options();
        o.balance_reduce = reduce;
        const at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_(),
                         z = c.clone().requires_grad_();
        test::expect_gradients({{"a", x}, {"b", y}, {"c", z}}, [&] {
            return total(o, {x, y, z}, last_is_padding);
        });
    }
}

// adapters.md 18.2, AdaMoLE's form with a threshold of 0.2; the gate there is the threshold's.
TEST(Balance, FormOfAdaMoleIsTheKnownAnswer) {
    AdapterOptions o = options();
    o.gate = GateKind::ThresholdShifted;
    o.gate_level = 0.2;
    const Routed fixed = ThresholdGate(o).route(a, nullptr);
    const at::Tensor mask = at::tensor({1, 1, 0}, at::kDouble);
    BalanceInput input{fixed.probabilities, fixed.selected, {}, {}, {}};
    const ThresholdBalance term(0.2);
    EXPECT_NEAR(term.value(input, 0).item<double>(), 0.9038450857596, 1e-12);
    input.mask = mask;
    const double masked = term.value(input, 0).item<double>();
    input.level = at::full({3, 1}, 0.2, at::kDouble);
    EXPECT_NEAR(ThresholdBalance(0.7).value(input, 0).item<double>(), masked, 1e-12)
        << "a learnt threshold replaces the option's";
}

TEST(Balance, AllExpertsActiveIsConstant) {
    AdapterOptions o = options();
    const at::Tensor z = a.clone().requires_grad_();
    const SwitchBalance term(true);
    const Routed routed = TopKGate(o, 4).route(z, nullptr);
    const at::Tensor value_of = term.value({routed.probabilities, routed.selected, {}, {}, {}}, 4);
    EXPECT_NEAR(value_of.item<double>(), 1.0, 1e-12);
    const at::Tensor g = torch::autograd::grad({value_of}, {z})[0];
    EXPECT_LT(g.abs().max().item<double>(), 1e-16);
}

TEST(Balance, ResponseMaskCountsAnswersOnly) {
    AdapterOptions o = options();
    o.balance_tokens = TokenMask::Response;
    std::vector<SiteSpec> sites{site(0, "a")};
    RoutingContext context(sites, o, at::kCPU, 0);
    ForwardInfo info;
    info.attention_mask = at::ones({1, 3}, at::kLong);
    info.labels = at::tensor({-100, -100, 5}, at::kLong).view({1, 3});
    info.training = true;
    context.begin_pass(info);
    context.begin_layer(false, 0);
    context.record(0, TopKGate(o, 2).route(a, nullptr), {1, 3});
    const at::Tensor last = a.narrow(0, 2, 1);
    const Routed routed = TopKGate(o, 2).route(last, nullptr);
    EXPECT_NEAR(context.take_layer_loss(false, 0).item<double>(),
                SwitchBalance(true)
                    .value({routed.probabilities, routed.selected, {}, {}, {}}, 2)
                    .item<double>(),
                1e-12);
}

// Picture, question and padding: of the three tokens the first, and the second.
TEST(Balance, ImageAndTextMasksCountTheirTokensOnly) {
    std::vector<SiteSpec> sites{site(0, "a")};
    for (const auto& [mask, row] : {std::pair{TokenMask::Image, 0}, {TokenMask::Text, 1}}) {
        AdapterOptions o = options();
        o.balance_tokens = mask;
        RoutingContext context(sites, o, at::kCPU, 0);
        ForwardInfo info;
        info.token_kinds = at::tensor({0, 1, -1}, at::kLong).view({1, 3});
        info.attention_mask = at::tensor({1, 1, 0}, at::kLong).view({1, 3});
        info.training = true;
        context.begin_pass(info);
        context.begin_layer(false, 0);
        context.record(0, TopKGate(o, 2).route(a, nullptr), {1, 3});
        const Routed routed = TopKGate(o, 2).route(a.narrow(0, row, 1), nullptr);
        EXPECT_NEAR(context.take_layer_loss(false, 0).item<double>(),
                    SwitchBalance(true)
                        .value({routed.probabilities, routed.selected, {}, {}, {}}, 2)
                        .item<double>(),
                    1e-12);
    }
}

TEST(Balance, NoTokenGivesZeroAndNoNan) {
    const at::Tensor none = at::zeros({1, 3}, at::kLong);
    EXPECT_EQ(value(options(), {a}, none), 0.0);
}

TEST(Balance, RecomputedLayerGivesTheSameValueOnce) {
    std::vector<SiteSpec> sites{site(0, "a")};
    RoutingContext context(sites, options(), at::kCPU, 0);
    ForwardInfo info;
    info.training = true;
    context.begin_pass(info);
    const Routed routed = TopKGate(options(), 2).route(a, nullptr);
    for (int run = 0; run < 2; ++run) {
        context.begin_layer(false, 0);
        context.record(0, routed, {1, 3});
        context.record(0, routed, {1, 3});
        EXPECT_NEAR(context.take_layer_loss(false, 0).item<double>(), 1.3184219870726264, 1e-12);
        EXPECT_FALSE(context.take_layer_loss(false, 0).defined());
    }
}

TEST(Balance, IsSilentOutsideTrainingAndWithoutCoefficient) {
    EXPECT_EQ(total(options(), {a}, {}, false).item<double>(), 0.0);
    AdapterOptions o = options();
    o.balance_coef = 0;
    EXPECT_EQ(value(o, {a}, {}), 0.0);
    o.balance_coef = 0.01;
    EXPECT_NEAR(value(o, {a}, {}), 0.013184219870726264, 1e-14);
}

// ---- LoRAMoE

// Gates of two samples of two tokens (adapters.md 18.2).
const at::Tensor gates = rows({.4, .3, .2, .1, .25, .25, .25, .25, .1, .2, .3, .4, .7, .1, .1, .1});

double localized(const at::Tensor& p, std::vector<std::int64_t> types, double delta,
                 LocalizedForm form = LocalizedForm::Cv2, bool padded = false,
                 bool by_length = false) {
    BalanceInput input;
    input.probabilities = p;
    input.selected = at::ones_like(p);
    if (padded) input.mask = at::tensor({1.0, 1.0, 1.0, 0.0}, at::kDouble);
    const auto samples = static_cast<std::int64_t>(types.size());
    input.sample_of_token = at::arange(samples).repeat_interleave(p.size(0) / samples);
    input.sample_types = at::tensor(types, at::kLong);
    return LocalizedBalance(delta, form, by_length).value(input, 4).item<double>();
}

TEST(Balance, LocalizedIsTheKnownAnswer) {
    EXPECT_NEAR(localized(gates, {1, 0}, .1), .11759256307951933, 1e-12);
    EXPECT_NEAR(localized(gates, {1, 0}, .1, LocalizedForm::VarOverMean), .05909026297085998,
                1e-12);
    EXPECT_NEAR(localized(gates, {0, 1}, .1), .1245855984374363, 1e-12);
    EXPECT_NEAR(localized(gates, {1, 0}, 0), .10857142852799999, 1e-12);
    EXPECT_NEAR(localized(gates, {1, 0}, .1, LocalizedForm::Cv2, true), .28691901770875033, 1e-12);
    EXPECT_NEAR(localized(gates, {1, 0}, .1, LocalizedForm::Cv2, true, true), .21044126922465523,
                1e-12);
    EXPECT_NEAR(localized(gates.narrow(0, 0, 2), {1}, .1), .12828399328657542, 1e-12);
    EXPECT_NEAR(localized(rows({.225, .225, .275, .275}), {1}, .1), 0, 1e-12);
    EXPECT_NEAR(localized(rows({.25, .25, .25, .25}), {1}, .1), .013333333312000008, 1e-12);
    EXPECT_NEAR(localized(rows({.275, .275, .225, .225}), {1}, .1), .05228245588636547, 1e-12);
}

TEST(Balance, LocalizedCountsOnlySamplesWithAType) {
    EXPECT_EQ(localized(gates, {-1, -1}, .1), 0);
    EXPECT_NEAR(localized(gates, {1, -1}, .1), localized(gates.narrow(0, 0, 2), {1}, .1), 1e-15);
}

// adapters.md 19.6: experts may change places, of the localized term only within a half, or the
// halves together with the types.
TEST(Balance, PermutedExpertsHaveTheSameBalance) {
    const at::Tensor order = at::tensor({2, 0, 3, 1}, at::kLong);
    const Routed routed = TopKGate(options(), 2).route(a, nullptr);
    const auto term = [&](const at::Tensor& p, const at::Tensor& selected) {
        return SwitchBalance(true).value({p, selected, {}, {}, {}}, 2).item<double>();
    };
    EXPECT_NEAR(
        term(routed.probabilities.index_select(1, order), routed.selected.index_select(1, order)),
        term(routed.probabilities, routed.selected), 1e-15);
    const auto permuted = [](std::vector<std::int64_t> places) {
        return gates.index_select(1, at::tensor(places, at::kLong));
    };
    for (const LocalizedForm form : {LocalizedForm::Cv2, LocalizedForm::VarOverMean}) {
        const double before = localized(gates, {1, 0}, .1, form);
        EXPECT_NEAR(localized(permuted({1, 0, 3, 2}), {1, 0}, .1, form), before, 1e-15);
        EXPECT_NEAR(localized(permuted({2, 3, 0, 1}), {0, 1}, .1, form), before, 1e-15);
        EXPECT_GT(std::abs(localized(permuted({2, 0, 3, 1}), {1, 0}, .1, form) - before), 1e-4);
    }
}

TEST(Balance, LocalizedGradientEqualsFiniteDifferencesThroughTheContext) {
    AdapterOptions o = options();
    o.gate = GateKind::Softmax;
    o.balance = BalanceKind::Localized;
    o.balance_reduce = BalanceReduce::SumSites;
    std::vector<SiteSpec> sites{site(0, "a")};
    sites[0].top_k = 0;
    const at::Tensor z = at::cat({a, b.narrow(0, 0, 1)}).clone().requires_grad_();
    for (const bool by_length : {false, true}) {
        o.balance_by_length = by_length;
        RoutingContext context(sites, o, at::kCPU, 0);
        ForwardInfo info;
        info.attention_mask = at::tensor({1, 1, 1, 0}, at::kLong).view({2, 2});
        info.sample_types = at::tensor({1, 0}, at::kLong);
        info.training = true;
        context.begin_pass(info);
        test::expect_gradients({{"z", z}}, [&] {
            context.begin_layer(false, 0);
            context.record(0, SoftmaxGate(o).route(z, nullptr), {2, 2});
            return context.take_layer_loss(false, 0);
        });
    }
}

}  // namespace
}  // namespace moelora
