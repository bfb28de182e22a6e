// SPDX-License-Identifier: GPL-3.0-or-later
// One adapted linear: known answers of adapters.md 18.3 in f64, and the invariants of section 19
// that concern a single site.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "core/ops/moe_lora.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

struct Fixture {
    std::vector<SiteSpec> sites;
    AdapterOptions options;
    SiteTensors tensors;
    FrozenLinear base;
    std::unique_ptr<RoutingContext> context;
    std::unique_ptr<AdaptedLinear> site;

    void build() {
        context = std::make_unique<RoutingContext>(sites, options, at::kCPU, 3);
        site = std::make_unique<AdaptedLinear>(sites[0], 0, options, tensors, *context);
    }
    at::Tensor run(const at::Tensor& x, bool training = false) {
        ForwardInfo info;
        info.training = training;
        context->begin_pass(info);
        return site->forward(base, x);
    }
    at::Tensor plain(const at::Tensor& x) const { return base.base(x); }
};

AdapterOptions mixture(std::int64_t experts, GateKind gate, std::int64_t k) {
    AdapterOptions o;
    o.num_experts = experts;
    o.gate = gate;
    o.top_k = k;
    o.dropout = 0;
    if (experts == 1) {
        o.router = RouterKind::None;
        o.gate = GateKind::None;
    }
    return o;
}

// A random site of the given ranks; B is not zero.
Fixture random_site(const AdapterOptions& options, std::vector<std::int64_t> ranks,
                    at::ScalarType type, std::int64_t in = 6, std::int64_t out = 5) {
    Fixture f;
    f.options = options;
    SiteSpec s;
    s.shape = {"layers.0.q_proj", "q_proj", 0, false, in, out, true};
    s.experts = static_cast<std::int64_t>(ranks.size());
    s.ranks = std::move(ranks);
    s.scales.assign(s.ranks.size(), 2.0);
    s.routed = s.experts > 1;
    s.top_k = options.gate == GateKind::TopK ? options.top_k : 0;
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(11);
    const auto draw = [&](at::IntArrayRef shape) {
        return at::randn(shape, gen, at::kDouble).mul(0.5).to(type);
    };
    f.tensors.a = draw({s.total_rank(), in}).requires_grad_();
    f.tensors.b = draw({out, s.total_rank()}).requires_grad_();
    if (s.routed) f.tensors.router_weight = draw({s.experts, in}).requires_grad_();
    f.base.shape = s.shape;
    f.base.weight = draw({out, in});
    f.base.bias = draw({out});
    f.sites = {s};
    f.build();
    return f;
}

at::Tensor input(at::ScalarType type, std::int64_t in = 6) {
    return at::randn({2, 3, in}, at::make_generator<at::CPUGeneratorImpl>(12), at::kDouble)
        .to(type);
}

// ---- known answers

Fixture known(const AdapterOptions& options) {
    Fixture f = random_site(options, {1, 1}, at::kDouble, 3, 2);
    const auto set = [](at::Tensor& t, std::vector<double> values, at::IntArrayRef shape) {
        t = at::tensor(values, at::kDouble).view(shape).requires_grad_();
    };
    set(f.tensors.a, {.1, .2, -.1, -.3, 0, .4}, {2, 3});
    set(f.tensors.b, {1, -1, 2, .5}, {2, 2});
    set(f.tensors.router_weight, {.2, -.1, 0, 0, .3, .1}, {2, 3});
    f.base.weight = at::tensor({.5, -.25, 1.0, -1.0, .75, .3}, at::kDouble).view({2, 3});
    f.base.bias = at::Tensor();
    f.build();
    return f;
}

void expect_delta(const AdapterOptions& options, double first, double second) {
    Fixture f = known(options);
    const at::Tensor x = at::tensor({1.0, -2.0, .5}, at::kDouble).view({1, 1, 3});
    EXPECT_TRUE(
        at::allclose(f.plain(x).view({-1}), at::tensor({1.5, -2.35}, at::kDouble), 0, 1e-15));
    const at::Tensor delta = (f.run(x) - f.plain(x)).view({-1});
    EXPECT_NEAR(delta[0].item<double>(), first, 1e-12);
    EXPECT_NEAR(delta[1].item<double>(), second, 1e-12);
}

TEST(AdaptedLinear, GateIsTheKnownAnswer) {
    Fixture f = known(mixture(2, GateKind::Softmax, 0));
    const at::Tensor x = at::tensor({1.0, -2.0, .5}, at::kDouble).view({1, 1, 3});
    f.context->record_weights(true);
    (void)f.run(x);
    const at::Tensor w = f.context->recorded_weights().at("layers.0.q_proj").view({-1});
    EXPECT_NEAR(w[0].item<double>(), .7211151780, 1e-7) << "recorded in f32";
    EXPECT_NEAR(w[1].item<double>(), .2788848220, 1e-7);
}

TEST(AdaptedLinear, SoftMixIsTheKnownAnswer) {
    expect_delta(mixture(2, GateKind::Softmax, 0), -0.44900366022057675, -1.037449731429722);
}

TEST(AdaptedLinear, TopOnePlainOfTheRecipeIsTheKnownAnswer) {
    expect_delta(mixture(2, GateKind::TopK, 1), -0.5047806246160041, -1.0095612492320083);
}

TEST(AdaptedLinear, EachExpertAloneIsTheKnownAnswer) {
    const double expected[2][2] = {{-.7, -1.4}, {.2, -.1}};
    for (std::int64_t e = 0; e < 2; ++e) {
        Fixture f = known(mixture(2, GateKind::Softmax, 0));
        f.sites[0].experts = 1;
        f.sites[0].ranks = {1};
        f.sites[0].scales = {2};
        f.sites[0].routed = false;
        f.options = mixture(1, GateKind::None, 0);
        SiteTensors one;
        one.a = f.tensors.a.narrow(0, e, 1);
        one.b = f.tensors.b.narrow(1, e, 1);
        f.tensors = one;
        f.build();
        const at::Tensor x = at::tensor({1.0, -2.0, .5}, at::kDouble).view({1, 1, 3});
        const at::Tensor delta = (f.run(x) - f.plain(x)).view({-1});
        EXPECT_NEAR(delta[0].item<double>(), expected[e][0], 1e-12);
        EXPECT_NEAR(delta[1].item<double>(), expected[e][1], 1e-12);
    }
}

// ---- gradients of the whole site

TEST(AdaptedLinear, GradientsEqualFiniteDifferencesForEveryGate) {
    AdapterOptions renormalised = mixture(3, GateKind::TopK, 2);
    renormalised.gate_renormalise = true;
    for (const AdapterOptions& o : {mixture(3, GateKind::Softmax, 0), mixture(3, GateKind::TopK, 2),
                                    mixture(3, GateKind::TopK, 1), renormalised}) {
        Fixture f = random_site(o, {2, 1, 3}, at::kDouble);
        const at::Tensor x = input(at::kDouble).requires_grad_();
        test::expect_gradients(
            {{"x", x}, {"a", f.tensors.a}, {"b", f.tensors.b}, {"router", f.tensors.router_weight}},
            [&] { return f.run(x).square().sum(); });
    }
}

// ---- invariants

TEST(AdaptedLinear, ZeroBGivesTheBase) {
    for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16}) {
        Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2},
                                type == at::kDouble ? at::kDouble : at::kFloat);
        f.base.weight = f.base.weight.to(type);
        f.base.bias = f.base.bias.to(type);
        const at::NoGradGuard no_grad;
        f.tensors.b.zero_();
        EXPECT_TRUE(at::equal(f.run(input(type)), f.plain(input(type))));
    }
}

TEST(AdaptedLinear, ZeroRouterLogitsAverageTheExperts) {
    Fixture f = random_site(mixture(3, GateKind::Softmax, 0), {2, 1, 3}, at::kDouble);
    {
        const at::NoGradGuard no_grad;
        f.tensors.router_weight.zero_();
    }
    const at::Tensor x = input(at::kDouble);
    const at::Tensor rows = x.view({6, 6});
    const at::Tensor expected =
        moe_lora_reference(f.plain(x).view({6, 5}), rows, f.tensors.a, f.tensors.b,
                           at::full({6, 3}, 1.0 / 3, at::kDouble), {{2, 1, 3}, {2, 2, 2}});
    EXPECT_TRUE(at::allclose(f.run(x).view({6, 5}), expected, 0, 1e-13));
}

TEST(AdaptedLinear, OneExpertEqualsPlainLoraBitForBit) {
    Fixture one = random_site(mixture(1, GateKind::None, 0), {4}, at::kFloat);
    const at::Tensor x = input(at::kFloat);
    const at::Tensor plain = moe_lora(one.plain(x).view({6, 5}), x.view({6, 6}), one.tensors.a,
                                      one.tensors.b, {}, {{4}, {2.0}});
    EXPECT_TRUE(at::equal(one.run(x).view({6, 5}), plain));
    // A router kind and a gate among the axes change nothing where there is one expert.
    Fixture named = random_site(mixture(1, GateKind::None, 0), {4}, at::kFloat);
    named.options.router = RouterKind::Token;
    named.options.gate = GateKind::Softmax;
    named.build();
    EXPECT_TRUE(at::equal(named.run(x), one.run(x)));
}

TEST(AdaptedLinear, PermutedExpertsGiveTheSameOutput) {
    Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2}, at::kDouble);
    Fixture p = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2}, at::kDouble);
    const at::Tensor order = at::tensor({2, 0, 1}, at::kLong);
    p.tensors.a = f.tensors.a.view({3, 2, 6}).index_select(0, order).reshape({6, 6});
    p.tensors.b = f.tensors.b.view({5, 3, 2}).index_select(1, order).reshape({5, 6});
    p.tensors.router_weight = f.tensors.router_weight.index_select(0, order);
    p.build();
    EXPECT_TRUE(at::allclose(f.run(input(at::kDouble)), p.run(input(at::kDouble)), 0, 1e-13));
}

TEST(AdaptedLinear, ConcatenatedPathEqualsTheLoopOverExperts) {
    for (const auto type : {at::kDouble, at::kFloat}) {
        Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 1, 3}, type);
        const at::Tensor x = input(type);
        f.context->record_weights(true);
        const at::Tensor y = f.run(x).view({6, 5});
        const at::Tensor w = f.context->recorded_weights().at("layers.0.q_proj").view({6, 3});
        const at::Tensor expected =
            moe_lora_reference(f.plain(x).view({6, 5}), x.view({6, 6}), f.tensors.a, f.tensors.b,
                               w.to(type), {{2, 1, 3}, {2, 2, 2}});
        EXPECT_TRUE(at::allclose(y, expected, 0, 1e-5));
    }
}

TEST(AdaptedLinear, ATokenDoesNotSeeItsNeighbours) {
    // B = T, so a mix-up of the axes cannot hide behind shapes.
    Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2}, at::kDouble);
    const at::Tensor x =
        at::randn({3, 3, 6}, at::make_generator<at::CPUGeneratorImpl>(13), at::kDouble);
    const at::Tensor y = f.run(x);
    for (std::int64_t row = 0; row < 3; ++row)
        for (std::int64_t t = 0; t < 3; ++t)
            EXPECT_TRUE(
                at::allclose(f.run(x[row][t].view({1, 1, 6})).view({-1}), y[row][t], 0, 1e-13));
}

TEST(AdaptedLinear, SwitchedOffGivesTheBaseBitForBit) {
    Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2}, at::kFloat);
    const at::Tensor x = input(at::kFloat);
    const at::Tensor on = f.run(x);
    f.context->enabled = false;
    EXPECT_TRUE(at::equal(f.run(x), f.plain(x)));
    EXPECT_FALSE(at::equal(on, f.plain(x)));
    f.context->enabled = true;
    EXPECT_TRUE(at::equal(f.run(x), on));
}

TEST(AdaptedLinear, ScaleMultipliesTheWholeUpdate) {
    Fixture f = random_site(mixture(3, GateKind::TopK, 2), {2, 2, 2}, at::kDouble);
    const at::Tensor x = input(at::kDouble);
    const at::Tensor full = f.run(x) - f.plain(x);
    f.site->set_scale(0.5);
    EXPECT_TRUE(at::allclose(f.run(x) - f.plain(x), full * 0.5, 0, 1e-13));
    f.site->set_scale(0);
    EXPECT_TRUE(at::allclose(f.run(x), f.plain(x), 0, 1e-13));
}

// ---- dropout

AdapterOptions dropping(DropoutSite site, DropoutDraw draw, double rate) {
    AdapterOptions o = mixture(2, GateKind::Softmax, 0);
    o.dropout = rate;
    o.dropout_site = site;
    o.dropout_draw = draw;
    return o;
}

const struct {
    DropoutSite site;
    DropoutDraw draw;
} kinds[] = {{DropoutSite::Input, DropoutDraw::Shared},
             {DropoutSite::Input, DropoutDraw::PerExpert},
             {DropoutSite::Rank, DropoutDraw::Shared}};

TEST(AdapterDropout, RateZeroMakesTrainingEqualEvaluation) {
    for (const auto& kind : kinds) {
        Fixture f = random_site(dropping(kind.site, kind.draw, 0), {2, 2}, at::kFloat);
        EXPECT_TRUE(at::equal(f.run(input(at::kFloat), true), f.run(input(at::kFloat), false)));
    }
}

TEST(AdapterDropout, EvaluationUsesNoNoiseAndNoRandomNumbers) {
    for (const auto& kind : kinds) {
        Fixture f = random_site(dropping(kind.site, kind.draw, 0.5), {2, 2}, at::kFloat);
        const at::Tensor state = f.context->random_state().clone();
        const at::Tensor y = f.run(input(at::kFloat));
        EXPECT_TRUE(at::equal(y, f.run(input(at::kFloat))));
        EXPECT_TRUE(at::equal(state, f.context->random_state()));
        EXPECT_FALSE(at::equal(y, f.run(input(at::kFloat), true)));
        EXPECT_FALSE(at::equal(state, f.context->random_state()));
    }
}

TEST(AdapterDropout, MeanOverManyDrawsIsTheUpdateWithoutDropout) {
    for (const auto& kind : kinds) {
        Fixture f = random_site(dropping(kind.site, kind.draw, 0.25), {2, 2}, at::kDouble);
        const at::Tensor x = input(at::kDouble).narrow(0, 0, 1).expand({4000, 3, 6}).contiguous();
        const at::Tensor noisy = f.run(x, true).mean(0), clean = f.run(x).mean(0);
        EXPECT_TRUE(at::allclose(noisy, clean, 0, 0.15)) << (noisy - clean).abs().max();
        EXPECT_FALSE(at::allclose(noisy, clean, 0, 1e-9));
    }
}

TEST(AdapterDropout, SharedDrawIsOneMaskForAllExperts) {
    // Two equal experts with equal weights: with one mask they act as one of twice the weight.
    for (const auto draw : {DropoutDraw::Shared, DropoutDraw::PerExpert}) {
        Fixture f = random_site(dropping(DropoutSite::Input, draw, 0.5), {1, 1}, at::kDouble);
        {
            const at::NoGradGuard no_grad;
            f.tensors.router_weight.zero_();
            f.tensors.a.fill_(1.0);
            f.tensors.b.fill_(1.0);
        }
        const at::Tensor x = at::ones({1, 200, 6}, at::kDouble);
        // h of an expert is 2 · (kept inputs); the update 0.5 · 2 · (h_0 + h_1).
        const at::Tensor kept = ((f.run(x, true) - f.plain(x)).select(2, 0) / 2).round();
        const bool always_even = at::remainder(kept, 2).eq(0).all().item<bool>();
        EXPECT_EQ(always_even, draw == DropoutDraw::Shared);
    }
}

TEST(AdapterDropout, GradientsUseTheMaskOfTheForward) {
    for (const auto& kind : kinds) {
        Fixture f = random_site(dropping(kind.site, kind.draw, 0.5), {2, 1}, at::kDouble);
        const at::Tensor x = input(at::kDouble).requires_grad_();
        const at::Tensor state = f.context->random_state().clone();
        test::expect_gradients(
            {{"x", x}, {"a", f.tensors.a}, {"b", f.tensors.b}, {"router", f.tensors.router_weight}},
            [&] {
                f.context->set_random_state(state);
                return f.run(x, true).square().sum();
            });
    }
}

// ---- first values

TEST(FreshTensors, DependOnSeedAndSiteAlone) {
    SiteSpec s = random_site(mixture(2, GateKind::Softmax, 0), {4, 4}, at::kFloat).sites[0];
    const AdapterOptions o = mixture(2, GateKind::Softmax, 0);
    at::manual_seed(1);
    const SiteTensors first = fresh_tensors(s, o, 42, 3);
    at::manual_seed(2);
    const SiteTensors again = fresh_tensors(s, o, 42, 3);
    EXPECT_TRUE(at::equal(first.a, again.a));
    EXPECT_TRUE(at::equal(first.router_weight, again.router_weight));
    EXPECT_FALSE(at::equal(first.a, fresh_tensors(s, o, 42, 4).a));
    EXPECT_FALSE(at::equal(first.a, fresh_tensors(s, o, 43, 3).a));
}

TEST(FreshTensors, FollowTheirDistributions) {
    SiteSpec s = random_site(mixture(2, GateKind::Softmax, 0), {8, 4}, at::kFloat).sites[0];
    s.shape.in = 1024;
    s.shape.out = 512;
    s.router_bias = true;
    AdapterOptions o = mixture(2, GateKind::Softmax, 0);
    SiteTensors t = fresh_tensors(s, o, 1, 0);
    const auto largest = [](const at::Tensor& v) { return v.abs().max().item<double>(); };
    const auto deviation = [](const at::Tensor& v) { return v.std().item<double>(); };
    const double bound = 1 / 32.0;
    EXPECT_LE(largest(t.a), bound);
    EXPECT_NEAR(deviation(t.a), bound / std::sqrt(3.0), 0.02 * bound);
    EXPECT_EQ(largest(t.b), 0);
    EXPECT_LE(largest(t.router_weight), bound);
    EXPECT_GT(largest(t.router_bias), 0);
    o.init = ExpertInit::NormalZero;
    o.init_std = 0.02;
    o.router_init_std = 0.5;
    t = fresh_tensors(s, o, 1, 0);
    EXPECT_NEAR(deviation(t.a), 0.02, 0.001);
    EXPECT_NEAR(deviation(t.router_weight), 0.5, 0.05);
    EXPECT_EQ(largest(t.router_bias), 0);
    EXPECT_EQ(largest(t.b), 0);
    o.init = ExpertInit::DefaultBoth;
    t = fresh_tensors(s, o, 1, 0);
    EXPECT_NEAR(largest(t.b.narrow(1, 0, 8)), 1 / std::sqrt(8.0), 0.01);
    EXPECT_NEAR(largest(t.b.narrow(1, 8, 4)), 0.5, 0.01);
}

}  // namespace
}  // namespace moelora
