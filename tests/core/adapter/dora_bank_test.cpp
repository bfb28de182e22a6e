// SPDX-License-Identifier: GPL-3.0-or-later
// DoRA: known answers of adapters.md 18.3 in f64, the whole changed weight as the slow twin,
// gradients with the lengths held constant.
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "core/adapter/dora_bank.h"
#include "core/adapter/merge.h"
#include "core/options/presets.h"
#include "core/quant/quantized_matrix.h"
#include "tests/core/adapter/tiny_model.h"
#include "tests/support/gradcheck.h"

namespace moelora {
namespace {

using namespace test;

at::Tensor doubles(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).view(shape);
}

struct DoraSite {
    std::vector<SiteSpec> sites;
    AdapterOptions options;
    SiteTensors tensors;
    FrozenLinear base;
    std::unique_ptr<RoutingContext> context;
    std::unique_ptr<AdaptedLinear> site;

    DoraSite(at::Tensor weight, at::Tensor a, at::Tensor b, std::vector<std::int64_t> ranks,
             std::vector<double> scales, at::Tensor router = {}, at::Tensor bias = {}) {
        SiteSpec s;
        s.shape = {"layers.0.q_proj", "q_proj",       0, false, weight.size(1),
                   weight.size(0),    bias.defined(), 1};
        s.bank = BankKind::Dora;
        s.experts = static_cast<std::int64_t>(ranks.size());
        s.ranks = std::move(ranks);
        s.scales = std::move(scales);
        s.routed = router.defined();
        s.router = s.routed ? RouterKind::Token : RouterKind::None;
        options.bank = BankKind::Dora;
        options.dropout = 0;
        options.router = s.router;
        options.gate = s.routed ? GateKind::Softmax : GateKind::None;
        base.shape = s.shape;
        base.weight = std::move(weight);
        base.bias = std::move(bias);
        tensors.a = std::move(a);
        tensors.b = std::move(b);
        tensors.router_weight = std::move(router);
        sites = {s};
        tensors.magnitude = row_norms(base, s, tensors.a, at::zeros_like(tensors.b));
        build();
    }
    void build() {
        context = std::make_unique<RoutingContext>(sites, options, at::kCPU, 3);
        site = std::make_unique<AdaptedLinear>(sites[0], 0, options, tensors, *context,
                                               TaskTensors{}, &base);
    }
    at::Tensor run(const at::Tensor& x, bool training = false) {
        ForwardInfo info;
        info.training = training;
        context->begin_pass(info);
        return site->forward(base, x);
    }
};

const at::Tensor x = doubles({1.0, -2.0, .5}, {1, 1, 3});
const at::Tensor w = doubles({.5, -.25, 1.0, -1.0, .75, .3}, {2, 3});
const at::Tensor two_a = doubles({.1, .2, -.1, -.3, 0, .4}, {2, 3});
const at::Tensor two_b = doubles({1, -1, 2, .5}, {2, 2});
const at::Tensor router = doubles({.2, -.1, 0, 0, .3, .1}, {2, 3});

void expect_values(const at::Tensor& y, std::vector<double> expected) {
    EXPECT_TRUE(at::allclose(y.flatten(), at::tensor(expected, at::kDouble), 0, 1e-10))
        << y.flatten();
}

TEST(DoraBank, OneAndTwoExpertsAreTheKnownAnswers) {
    DoraSite one(w, two_a.narrow(0, 0, 1), two_b.narrow(1, 0, 1), {1}, {2});
    expect_values(one.tensors.magnitude, {1.1456439237, 1.2854960132});
    expect_values(one.run(x), {.8537273132, -2.8951176992});
    DoraSite two(w, two_a, two_b, {1, 1}, {2, 2}, router);
    expect_values(two.run(x), {1.0897399208, -2.6180948297});
}

// The definition: experts one by one with the whole changed weight, its lengths without gradient.
at::Tensor by_definition(const DoraSite& s, const at::Tensor& input, const at::Tensor& weights) {
    const at::Tensor plain = at::matmul(input, s.base.weight.t());
    at::Tensor y = s.base.bias.defined() ? plain + s.base.bias : plain;
    std::int64_t first = 0;
    for (std::size_t e = 0; e < s.sites[0].ranks.size(); ++e) {
        const std::int64_t r = s.sites[0].ranks[e];
        const at::Tensor changed = s.base.weight + at::mm(s.tensors.b.narrow(1, first, r),
                                                          s.tensors.a.narrow(0, first, r)) *
                                                       s.sites[0].scales[e];
        first += r;
        const at::Tensor lengths = at::linalg_vector_norm(changed.detach(), 2, 1);
        const auto row = static_cast<std::int64_t>(e);
        const at::Tensor delta =
            at::matmul(input, changed.t()) * (s.tensors.magnitude[row] / lengths) - plain;
        y = y + (weights.defined() ? delta * weights.narrow(-1, row, 1) : delta);
    }
    return y;
}

DoraSite drawn_site(bool routed) {
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(9);
    const auto draw = [&](at::IntArrayRef shape) { return at::randn(shape, gen, at::kDouble); };
    const std::vector<std::int64_t> ranks =
        routed ? std::vector<std::int64_t>{2, 1} : std::vector<std::int64_t>{3};
    const std::vector<double> scales =
        routed ? std::vector<double>{.5, 1.5} : std::vector<double>{.7};
    DoraSite s(draw({5, 4}), draw({3, 4}), draw({5, 3}), ranks, scales,
               routed ? draw({2, 4}) : at::Tensor(), draw({5}));
    s.tensors.magnitude = s.tensors.magnitude * 1.3;
    for (at::Tensor* t : s.tensors.all())
        if (t->defined()) *t = t->detach().requires_grad_();
    s.build();
    return s;
}

TEST(DoraBank, ValuesAndGradientsEqualTheDefinition) {
    for (const bool routed : {false, true}) {
        DoraSite s = drawn_site(routed);
        const at::Tensor input =
            at::linspace(-1, 1, 24, at::kDouble).view({2, 3, 4}).requires_grad_();
        const at::Tensor weights =
            routed ? at::softmax(at::matmul(input, s.tensors.router_weight.t()), -1) : at::Tensor();
        const at::Tensor y = s.run(input), want = by_definition(s, input, weights);
        EXPECT_TRUE(at::allclose(y, want, 1e-10, 1e-10));
        std::vector<at::Tensor> leaves = {input};
        for (const auto& [name, tensor] : s.tensors.named("t")) leaves.push_back(tensor);
        const at::Tensor dy = at::linspace(2, -1, y.numel(), at::kDouble).view_as(y);
        const auto got = torch::autograd::grad({y}, leaves, {dy}, true);
        const auto expected = torch::autograd::grad({want}, leaves, {dy});
        for (std::size_t i = 0; i < leaves.size(); ++i)
            EXPECT_TRUE(at::allclose(got[i], expected[i], 1e-9, 1e-9)) << i;
    }
}

TEST(DoraBank, LengthsFollowEveryUpdate) {
    DoraSite s = drawn_site(false);
    const at::NoGradGuard no_graph;
    const at::Tensor input = at::linspace(-1, 1, 8, at::kDouble).view({1, 2, 4});
    (void)s.run(input);
    s.tensors.b.add_(.25);
    EXPECT_TRUE(at::allclose(s.run(input), by_definition(s, input, {}), 1e-10, 1e-10));
    s.tensors.a.mul_(-.5);
    EXPECT_TRUE(at::allclose(s.run(input), by_definition(s, input, {}), 1e-10, 1e-10));
}

// As PEFT: the update, and the frozen layer inside it, see the dropped input.
TEST(DoraBank, DroppedInputsReachTheWholeUpdate) {
    DoraSite s = drawn_site(false);
    s.options.dropout = 0.5;
    s.build();
    const at::NoGradGuard no_graph;
    const at::Tensor input = at::linspace(.1, 1, 12, at::kDouble).view({1, 3, 4});
    const at::Tensor state = s.context->random_state().clone();
    const at::Tensor y = s.run(input, true);
    s.context->set_random_state(state);
    const at::Tensor dropped = s.context->noise()->drop(input.view({3, 4}), 0.5).view_as(input);
    const at::Tensor bias = s.base.bias;
    const at::Tensor update =
        by_definition(s, dropped, {}) - at::matmul(dropped, s.base.weight.t());
    EXPECT_TRUE(at::allclose(y, at::matmul(input, s.base.weight.t()) + update, 1e-10, 1e-10));
    EXPECT_FALSE(at::allclose(y, by_definition(s, input, {})));
}

TEST(DoraBank, LengthsOfAQuantisedLayerAreThoseOfItsValues) {
    DoraSite s = drawn_site(false);
    SiteSpec spec = s.sites[0];
    spec.shape.in = 64;
    spec.shape.out = 8;
    const auto gen = at::make_generator<at::CPUGeneratorImpl>(4);
    const auto draw = [&](at::IntArrayRef shape) { return at::randn(shape, gen, at::kFloat); };
    FrozenLinear packed;
    packed.shape = spec.shape;
    packed.quantized = std::make_shared<const QuantizedMatrix>(
        quantize(draw({8, 64}), QuantSpec{.format = QuantFormat::Nf4}));
    const at::Tensor a = draw({3, 64}), b = draw({8, 3});
    const at::Tensor changed = packed.dense_weight() + at::mm(b, a) * spec.scales[0];
    EXPECT_TRUE(at::allclose(row_norms(packed, spec, a, b)[0],
                             at::linalg_vector_norm(changed, 2, 1), 1e-5, 1e-6));
}

TEST(DoraBank, FoldedIntoTheWeightTheModelSaysTheSame) {
    const auto model = tiny_model();
    RunOptions run;
    run.adapter.preset = "dora";
    MOELORA_ASSERT_OK(apply_preset(run));
    run.adapter.targets = {"q_proj", "attn.qkv"};
    const auto adapter = make_adapter(*model, run.adapter);
    randomise(*adapter, 0.3);
    adapter->attach();
    const at::NoGradGuard no_graph;
    const at::Tensor want = logits(*model, tiny_batch(), adapter.get());
    adapter->detach();
    for (FrozenLinear* linear : model->linears())
        for (std::size_t i = 0; i < adapter->sites().size(); ++i)
            if (adapter->sites()[i].shape.path == linear->shape.path)
                linear->weight = folded(adapter->sites()[i], adapter->site_tensors(i),
                                        linear->weight, linear->bias)
                                     .weight;
    EXPECT_TRUE(at::allclose(logits(*model, tiny_batch()), want, 1e-5, 1e-5));
}

TEST(DoraBank, MixturesOfItHaveNoStaticForm) {
    const auto model = tiny_model();
    AdapterOptions options = tiny_options();
    options.bank = BankKind::Dora;
    const auto adapter = make_adapter(*model, options);
    ConstantWeights weights(adapter->sites().size(), at::full({3}, 1.0 / 3));
    const auto mixed = collapsed(*adapter, weights);
    ASSERT_FALSE(mixed.has_value());
    EXPECT_EQ(mixed.error().code, ErrorCode::ExportRefused);
    // One expert alone is a DoRA with its own lengths.
    const StoredAdapter alone = *single_expert(*adapter, 1);
    EXPECT_TRUE(at::equal(alone.tensors[0].magnitude[0], adapter->site_tensors(0).magnitude[1]));
}

}  // namespace
}  // namespace moelora
