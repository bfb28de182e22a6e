// SPDX-License-Identifier: GPL-3.0-or-later
// IA3 and MoV (adapters.md 8, 12): known answers of section 18.3 in f64, the loop over experts as
// the slow twin, gradients.
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

at::Tensor doubles(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).view(shape);
}

// A site whose layer is the identity or W of section 18.3.
struct VectorSite {
    std::vector<SiteSpec> sites;
    AdapterOptions options;
    SiteTensors tensors;
    FrozenLinear base;
    std::unique_ptr<RoutingContext> context;
    std::unique_ptr<AdaptedLinear> site;

    VectorSite(at::Tensor weight, at::Tensor vectors, at::Tensor router, RouterKind kind,
               bool scales_input, std::int64_t heads = 1, const char* module = "k_proj") {
        SiteSpec s;
        s.shape = {std::string("layers.0.") + module,
                   module,
                   0,
                   false,
                   weight.size(1),
                   weight.size(0),
                   false,
                   heads};
        s.bank = BankKind::Vector;
        s.scales_input = scales_input;
        s.experts = vectors.size(0);
        s.routed = router.defined();
        s.router = s.routed ? kind : RouterKind::None;
        options.bank = BankKind::Vector;
        options.router = s.router;
        options.gate = s.routed ? GateKind::Softmax : GateKind::None;
        base.shape = s.shape;
        base.weight = std::move(weight);
        tensors.vector = std::move(vectors);
        tensors.router_weight = std::move(router);
        sites = {s};
        build();
    }
    void build() {
        context = std::make_unique<RoutingContext>(sites, options, at::kCPU, 3);
        site = std::make_unique<AdaptedLinear>(sites[0], 0, options, tensors, *context);
    }
    at::Tensor run(const at::Tensor& x, const at::Tensor& activation = {}) {
        context->begin_pass({});
        return site->forward(base, x, activation);
    }
};

const at::Tensor x = doubles({1.0, -2.0, .5}, {1, 1, 3});
const at::Tensor w = doubles({.5, -.25, 1.0, -1.0, .75, .3}, {2, 3});
const at::Tensor mov_vectors = doubles({1, 1.1, .9, .8, 1, 1.2}, {2, 3});
const at::Tensor token_router = doubles({.2, -.1, 0, 0, .3, .1}, {2, 3});

void expect_values(const at::Tensor& y, std::vector<double> expected) {
    EXPECT_TRUE(at::allclose(y.flatten(), at::tensor(expected, at::kDouble), 0, 1e-12))
        << y.flatten();
}

TEST(VectorBank, Ia3OutputAndInputAreTheKnownAnswers) {
    VectorSite out(w, doubles({1.1, .8}, {1, 2}), {}, RouterKind::None, false);
    expect_values(out.run(x), {1.65, -1.88});
    VectorSite in(w, doubles({.8, 1, 1.2}, {1, 3}), {}, RouterKind::None, true);
    expect_values(in.run(x), {1.5, -2.12});
}

TEST(VectorBank, MixedVectorsAreTheKnownAnswer) {
    VectorSite site(at::eye(3, at::kDouble), mov_vectors, token_router, RouterKind::Token, false);
    expect_values(site.run(x), {.9442230356045727, -2.144223035604573, .4918327232965706});
    // The activation that is scaled is what the router sees: here both are x.
    VectorSite activation(at::eye(3, at::kDouble), mov_vectors, token_router,
                          RouterKind::TokenActivation, false);
    expect_values(activation.run(x), {.9442230356045727, -2.144223035604573, .4918327232965706});
}

// S [heads, E, kv] of the reference is [E, heads * kv] here.
VectorSite two_heads() {
    return {at::eye(4, at::kDouble),
            doubles({1, 1.2, 1.1, 1, .8, 1, .9, 1.3}, {2, 4}),
            doubles({.2, -.1, 0, .3}, {2, 2}),
            RouterKind::PerHead,
            false,
            2};
}

TEST(VectorBank, HeadsRoutedApartAreTheKnownAnswer) {
    VectorSite site = two_heads();
    const at::Tensor heads = doubles({1, -2, .5, 3}, {1, 1, 4});
    const std::vector<double> expected = {.946211715726001, -2.292423431452002, .4749739894404883,
                                          3.6752340950356066};
    expect_values(site.run(heads), expected);
    // Behind the norm of the keys: the layer's own output passes, the normed heads are scaled.
    site.options.vector_place = VectorPlace::AfterNorm;
    site.build();
    EXPECT_TRUE(at::equal(site.run(heads), heads));
    expect_values(site.site->after_norm(heads.view({1, 1, 2, 2})), expected);
}

// A router that looks at the layer's input still does when the keys are scaled behind their norm.
TEST(VectorBank, TokenRouterBehindTheNormSeesTheInput) {
    const at::Tensor in = at::randn({2, 3, 3}, at::kDouble),
                     keys = at::randn({2, 3, 1, 2}, at::kDouble);
    const at::Tensor vectors = at::randn({2, 2}, at::kDouble);
    VectorSite site(w, vectors, token_router, RouterKind::Token, false);
    site.options.vector_place = VectorPlace::AfterNorm;
    site.build();
    EXPECT_TRUE(at::equal(site.run(in), at::linear(in, w)));
    const at::Tensor p = at::softmax(at::linear(in, token_router), -1);
    const at::Tensor expected = keys * at::matmul(p, vectors).unsqueeze(2);
    EXPECT_TRUE(at::allclose(site.site->after_norm(keys), expected, 0, 1e-13));
}

TEST(VectorBank, HeadsCountAsOneTokenInTheStatistics) {
    VectorSite site = two_heads();
    site.context->begin_statistics({});
    (void)site.run(at::randn({2, 3, 4}, at::kDouble));
    const auto records = site.context->take_statistics(1);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].tokens, 6);
    EXPECT_NEAR(records[0].weight[0] + records[0].weight[1], 1, 1e-12);
}

TEST(VectorBank, RouterOfADownProjectionSeesTheActivatedGateBranch) {
    const at::Tensor product = at::randn({2, 3, 3}, at::kDouble),
                     gate = at::randn({2, 3, 3}, at::kDouble);
    VectorSite site(w, mov_vectors, token_router, RouterKind::TokenActivation, true);
    EXPECT_TRUE(site.site->wants_activation());
    const at::Tensor p = at::softmax(at::linear(gate, token_router), -1);
    const at::Tensor expected = at::linear(product * at::matmul(p, mov_vectors), w);
    EXPECT_TRUE(at::allclose(site.run(product, gate), expected, 0, 1e-13));
}

// y_n = base_n ⊙ Σ_e w_e v_e, expert by expert and head by head.
TEST(VectorBank, MixedFirstEqualsTheLoopOverExperts) {
    for (const std::int64_t heads : {1, 2}) {
        const at::Tensor vectors = at::randn({3, 4}, at::kDouble),
                         router = at::randn({3, heads == 1 ? 5 : 2}, at::kDouble),
                         weight = at::randn({4, 5}, at::kDouble),
                         in = at::randn({2, 3, 5}, at::kDouble);
        VectorSite site(weight, vectors, router,
                        heads == 1 ? RouterKind::Token : RouterKind::PerHead, false, heads);
        const at::Tensor y = at::linear(in, weight);
        at::Tensor expected = at::zeros_like(y);
        for (std::int64_t h = 0; h < heads; ++h) {
            const std::int64_t width = 4 / heads;
            const at::Tensor part = y.narrow(2, h * width, width);
            const at::Tensor p = at::softmax(at::linear(heads == 1 ? in : part, router), -1);
            for (std::int64_t e = 0; e < 3; ++e)
                expected.narrow(2, h * width, width) +=
                    part * p.narrow(2, e, 1) * vectors[e].narrow(0, h * width, width);
        }
        EXPECT_TRUE(at::allclose(site.run(in), expected, 0, 1e-12));
    }
}

TEST(VectorBank, OnesAreTheIdentityAndScaleGoesFromBaseToTrained) {
    VectorSite ones(w, at::ones({2, 2}, at::kDouble), at::randn({2, 3}, at::kDouble),
                    RouterKind::Token, false);
    EXPECT_TRUE(at::allclose(ones.run(x), at::linear(x, w), 0, 1e-15));
    VectorSite site(w, doubles({1.1, .8}, {1, 2}), {}, RouterKind::None, false);
    site.site->set_scale(0.5);
    expect_values(site.run(x), {1.5 * 1.05, -2.35 * .9});
    site.site->set_scale(0);
    expect_values(site.run(x), {1.5, -2.35});
}

// adapters.md 19.1: the exception that is asserted as such, and warned of before a run.
TEST(VectorBank, OnesAreNotTheIdentityWhenTheChosenWeightsSumToLess) {
    VectorSite site(w, at::ones({2, 2}, at::kDouble), token_router, RouterKind::Token, false);
    site.options.gate = GateKind::TopK;
    site.sites[0].top_k = 1;
    site.build();
    expect_values(site.run(x), {1.5 * .7211151780228631, -2.35 * .7211151780228631});
    site.options.gate_renormalise = true;
    site.build();
    expect_values(site.run(x), {1.5, -2.35});
}

TEST(VectorBank, GradientsEqualFiniteDifferences) {
    for (const bool scales_input : {false, true}) {
        const at::Tensor vectors =
            at::randn({3, scales_input ? 5 : 4}, at::kDouble).requires_grad_();
        const at::Tensor router = at::randn({3, 5}, at::kDouble).requires_grad_();
        VectorSite site(at::randn({4, 5}, at::kDouble), vectors, router, RouterKind::Token,
                        scales_input);
        const at::Tensor in = at::randn({2, 2, 5}, at::kDouble).requires_grad_();
        test::expect_gradients({{"x", in}, {"vectors", vectors}, {"router", router}},
                               [&] { return site.run(in).square().sum(); });
    }
}

TEST(VectorBank, PairedRowsLeaveTheFirstHalfToTheBase) {
    for (const bool scales_input : {false, true}) {
        VectorSite site(w, at::randn({2, scales_input ? 3 : 2}, at::kDouble), token_router,
                        RouterKind::Token, scales_input);
        const at::Tensor in = at::randn({2, 3, 3}, at::kDouble);
        const at::Tensor alone = site.run(in);
        ForwardInfo info;
        info.paired = true;
        site.context->begin_pass(info);
        const at::Tensor both = site.site->forward(site.base, at::cat({in, in}), {});
        EXPECT_TRUE(at::equal(both.narrow(0, 0, 2), at::linear(in, w)));
        EXPECT_TRUE(at::allclose(both.narrow(0, 2, 2), alone, 0, 1e-14));
    }
}

}  // namespace
}  // namespace moelora
