// SPDX-License-Identifier: GPL-3.0-or-later
// Known answers of adapters.md 18.3 for the systems of section 11 and the initialisations of 12,
// and what those promise: the layer's weight stays, the start is the base, exports hold all of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapter/adapted_linear.h"
#include "core/adapter/merge.h"
#include "core/adapter/modulation_bank.h"
#include "core/quant/quantized_matrix.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

at::Tensor doubles(std::vector<double> values, at::IntArrayRef shape) {
    return at::tensor(values, at::kDouble).view(shape);
}

const at::Tensor x = doubles({1, -2, .5}, {1, 1, 3});
const at::Tensor w = doubles({.5, -.25, 1, -1, .75, .3}, {2, 3});

// One site of two experts with s = 2 whose tensors the test fills in.
struct Small {
    std::vector<SiteSpec> sites{1};
    AdapterOptions options;
    SiteTensors tensors;
    FrozenLinear base;

    Small(BankKind bank, RouterKind router, std::vector<std::int64_t> ranks) {
        SiteSpec& s = sites[0];
        s.shape = {"layers.0.q_proj", "q_proj", 0, false, 3, 2, false, 1};
        s.bank = options.bank = bank;
        s.router = options.router = router;
        s.experts = 2;
        s.routed = true;
        s.scales.assign(ranks.size(), 2.0);
        s.ranks = std::move(ranks);
        options.dropout = 0;
        base.shape = s.shape;
        base.weight = w;
    }
    at::Tensor run(at::Tensor* weights = nullptr) {
        RoutingContext context(sites, options, at::kCPU, 3);
        context.record_weights(true);
        context.begin_pass({});
        AdaptedLinear site(sites[0], 0, options, tensors, context, {}, &base);
        const at::Tensor delta = site.forward(base, x) - base.base(x);
        if (weights) *weights = context.recorded_weights().begin()->second.flatten();
        return delta.flatten();
    }
};

void expect_values(const at::Tensor& got, std::vector<double> expected, double tolerance = 1e-9) {
    EXPECT_TRUE(at::allclose(got.to(at::kDouble), at::tensor(expected, at::kDouble), 0, tolerance))
        << got;
}

TEST(SharedA, RoutersOnXAndOnAxAreTheKnownAnswers) {
    for (const RouterKind router : {RouterKind::Token, RouterKind::LowRank}) {
        SCOPED_TRACE(name_of_enum(router));
        Small hydra(BankKind::SharedA, router, {2, 2});
        hydra.tensors.a = doubles({.1, .2, -.1, -.3, 0, .4}, {2, 3});
        // B_0 = [[1, .5], [2, -1]], B_1 = [[-1, .25], [.5, 1.5]], side by side.
        hydra.tensors.b = doubles({1, .5, -1, .25, 2, -1, .5, 1.5}, {2, 4});
        const bool on_x = router == RouterKind::Token;
        hydra.tensors.router_weight =
            on_x ? doubles({.2, -.1, 0, 0, .3, .1}, {2, 3}) : doubles({.7, -.2, .1, .4}, {2, 2});
        at::Tensor weights;
        const at::Tensor delta = hydra.run(&weights);
        expect_values(delta, on_x ? std::vector{-.3956170081332, -1.046613347913}
                                  : std::vector{-.0207267242516, -.9044135850609});
        if (!on_x) expect_values(weights, {.4625701546563, .5374298453437}, 1e-6);
    }
}

TEST(LearntThreshold, IsTheKnownAnswerOfAdaMole) {
    Small adamole(BankKind::Lora, RouterKind::Token, {1, 1});
    adamole.options.gate = GateKind::ThresholdShifted;
    adamole.options.gate_level = 0;  // at most 1 / E
    adamole.options.gate_level_learned = true;
    adamole.sites[0].learns_level = true;
    adamole.tensors.a = doubles({.1, .2, -.1, -.3, 0, .4}, {2, 3});
    adamole.tensors.b = doubles({1, -1, 2, .5}, {2, 2});
    adamole.tensors.router_weight = doubles({.2, -.1, 0, 0, .3, .1}, {2, 3});
    adamole.tensors.threshold_weight = doubles({.3, .1, -.2}, {1, 3});
    adamole.tensors.threshold_bias = doubles({.05}, {1});
    at::Tensor weights;
    (void)adamole.run(&weights);
    expect_values(weights, {.9535671736483, .0464328263517}, 1e-6);
    const double kept = weights.flatten()[0].item<double>();  // (p - t) / (1 - 2 t)
    EXPECT_NEAR((kept - .7211151780) / (2 * kept - 1), .2562486982, 1e-6) << "the threshold itself";
    adamole.options.gate_level = 0.5;  // the same, said outright
    at::Tensor again;
    (void)adamole.run(&again);
    EXPECT_TRUE(at::equal(again, weights));
    adamole.tensors.threshold_bias.fill_(-50);  // no threshold at all: what is left is p
    (void)adamole.run(&weights);
    expect_values(weights, {.7211151780, .2788848220}, 1e-6);
}

TEST(Modulation, IsTheKnownAnswerOfLime) {
    const at::Tensor y = doubles({1.5, -.5, .25}, {1, 3}), d = doubles({.2, .1, -.4}, {1, 3});
    AdapterOptions options;
    options.gate = GateKind::Relative;
    options.gate_temperature = 0.5;
    const ZeroParamRouter router(2, 0.7, RouterNorm::Token);
    RouterInput input;
    input.tokens = y;
    input.update = d;
    const Routed routed = RelativeGate(options).route(router.logits(input), nullptr);
    expect_values(routed.probabilities[0], {.8175744761936, .1824255238064}, 1e-12);
    expect_values(routed.weights[0], {.8888677724396, .1111322259932}, 1e-12);
    SiteSpec site;
    site.bank = BankKind::Modulation;
    site.experts = 2;
    site.ranks = {1};
    site.scales = {2};
    SiteTensors t;
    t.vector = doubles({1.1, .95, 1, .9, 1.05, 1.02}, {2, 3});
    t.shared_vector = doubles({.1, -.1, .2}, {3});
    t.shared_gate = doubles({.3}, {1});
    const ModulationBank bank(site, options, t);
    expect_values(bank.with_update(y, d, routed.weights)[0],
                  {1.721554710615, -.406888677889, -.1748890571811}, 1e-12);
}

// Batch mates change nothing, or everything: 11.5 offers both.
TEST(ZeroParamRouter, DividesByTheLargestValueOfATokenOrOfAll) {
    RouterInput both, alone;
    both.tokens = doubles({1, -2, 5, 4}, {2, 2});
    both.update = doubles({.1, .2, .3, .1}, {2, 2});
    alone.tokens = both.tokens.narrow(0, 0, 1);
    alone.update = both.update.narrow(0, 0, 1);
    const ZeroParamRouter by_token(2, 0.25, RouterNorm::Token),
        by_all(2, 0.25, RouterNorm::WholeSlice);
    EXPECT_TRUE(at::equal(by_token.logits(both)[0], by_token.logits(alone)[0]));
    expect_values(by_token.logits(alone)[0], {.75 * .5 + .25 * .5, -.75 + .25}, 1e-15);
    expect_values(by_all.logits(both)[0], {.75 * .2 + .25 / 3, -.75 * .4 + .25 * 2 / 3}, 1e-15);
}

// ---- starts from the layer's weight

SiteSpec square(std::int64_t experts, std::int64_t rank, double scale, double share) {
    SiteSpec site;
    site.shape = {"layers.0.q_proj", "q_proj", 0, false, 4, 4, false, 1};
    site.experts = experts;
    site.ranks.assign(static_cast<std::size_t>(experts), rank);
    site.scales.assign(static_cast<std::size_t>(experts), scale);
    site.start_share = share;
    return site;
}

at::Tensor update_of(const SiteSpec& site, const at::Tensor& a, const at::Tensor& b) {
    return at::mm(b, a).to(at::kDouble) * site.scales[0];
}

TEST(StartFromWeight, PissaIsTheKnownAnswer) {
    AdapterOptions o;
    o.init = ExpertInit::Pissa;
    const SiteSpec site = square(1, 2, 2, 1);
    SiteTensors t;
    start_from_weight(t, site, o, at::diag(doubles({4, 3, 2, 1}, {4})));
    expect_values(update_of(site, t.a, t.b).flatten(),
                  {4, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1e-6);
    EXPECT_TRUE(at::equal(t.a, t.start_a) && at::equal(t.b, t.start_b)) << "taken off in full";
}

TEST(StartFromWeight, PiecesOfGoatAreTheKnownAnswer) {
    AdapterOptions o;
    o.init = ExpertInit::SvdPieces;
    const SiteSpec site = square(2, 1, 16, 0.5);
    const at::Tensor weight = at::diag(doubles({4, 3, 2, 1}, {4}));
    SiteTensors t;
    start_from_weight(t, site, o, weight);
    const at::Tensor all = update_of(site, t.a, t.b);
    expect_values(all.diag(), {.4, 0, .2, 0}, 1e-6);
    EXPECT_LT((all - all.diag().diag()).abs().max().item<double>(), 1e-6);
    const at::Tensor left = weight - update_of(site, t.start_a, t.start_b) * site.start_share;
    expect_values(left.diag(), {3.8, 3, 1.9, 1}, 1e-6);
}

TEST(StartFromWeight, LoftqIsTheKnownAnswer) {
    AdapterOptions o;
    o.init = ExpertInit::Loftq;
    const at::Tensor weight = at::diag(doubles({4.3, 3, 2, 1.2}, {4}));
    const SiteSpec site = square(1, 1, 2, 0);
    SiteTensors t;
    start_from_weight(t, site, o, weight - weight.round());
    expect_values(update_of(site, t.a, t.b).diag(), {.3, 0, 0, 0}, 1e-6);
    EXPECT_FALSE(t.start_a.defined()) << "it makes up for something, so it stays";
}

TEST(Plan, ScaleOfGoatsPaperIsTheKnownAnswer) {
    LinearShape shape{"layers.0.q_proj", "q_proj", 0, false, 4, 4, false, 1};
    AdapterOptions o;
    o.targets = {"q_proj"};
    o.num_experts = 2;
    o.rank = 1;
    o.scale_rule = ScaleRule::GoatTheory;
    const auto sites = expand_sites({shape}, o);
    MOELORA_ASSERT_OK(sites);
    EXPECT_NEAR(sites->front().scales[0], 3.4641016151, 1e-10);
}

AdapterOptions pissa_options() {
    AdapterOptions o = tiny_options();
    o.num_experts = 1;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    o.balance = BalanceKind::None;
    o.init = ExpertInit::Pissa;
    return o;
}

TEST(StartFromWeight, PissaLeavesWeightsAndOutputAsTheyAreBitForBit) {
    const at::NoGradGuard no_grad;
    const auto model = tiny_model();
    const at::Tensor base = logits(*model, tiny_batch());
    std::vector<at::Tensor> before;
    for (const FrozenLinear* linear : model->linears()) before.push_back(linear->weight.clone());
    const auto adapter = make_adapter(*model, pissa_options());
    for (std::size_t i = 0; i < adapter->sites().size(); ++i)
        EXPECT_GT(adapter->site_tensors(i).b.abs().max().item<double>(), 0);
    adapter->attach();
    EXPECT_TRUE(at::equal(logits(*model, tiny_batch(), adapter.get()), base));
    for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_TRUE(at::equal(model->linears()[i]->weight, before[i]));
    randomise(*adapter);
    EXPECT_GT((logits(*model, tiny_batch(), adapter.get()) - base).abs().max().item<double>(),
              1e-2);
    for (const auto& [name, tensor] : adapter->stored_tensors()) {
        const bool start = name.ends_with(".start_a") || name.ends_with(".start_b");
        EXPECT_NE(tensor.requires_grad(), start) << name;
    }
}

// The same directions trained from the weight's principal part, as PiSSA states it: W - s B0 A0 as
// the base and s B A beside it.
TEST(StartFromWeight, PissaEqualsTrainingOnTheResidualWeight) {
    const at::Tensor weight = at::randn({5, 7}, at::kDouble),
                     input = at::randn({3, 7}, at::kDouble);
    AdapterOptions o = pissa_options();
    o.dropout = 0;
    SiteSpec site;
    site.shape = {"layers.0.q_proj", "q_proj", 0, false, 7, 5, false, 1};
    site.ranks = {2};
    site.scales = {4};
    site.start_share = 1;
    SiteTensors t;
    start_from_weight(t, site, o, weight);
    for (at::Tensor* tensor : {&t.a, &t.b, &t.start_a, &t.start_b})
        *tensor = tensor->to(at::kDouble);
    t.a = t.a + 0.1 * at::randn(t.a.sizes(), at::kDouble);
    t.b = t.b + 0.1 * at::randn(t.b.sizes(), at::kDouble);
    const LoraBank bank(site, o, t);
    const at::Tensor residual = weight - 4 * at::mm(t.start_b, t.start_a);
    const at::Tensor expected = input.mm((residual + 4 * at::mm(t.b, t.a)).t());
    EXPECT_LT(
        (bank.mix(input.mm(weight.t()), input, {}, nullptr) - expected).abs().max().item<double>(),
        1e-12);
}

TEST(StartFromWeight, MoreRanksThanDirectionsAreRefusedBeforeTheStart) {
    const auto model = tiny_model();
    AdapterOptions o = tiny_options();
    o.balance = BalanceKind::None;
    o.init = ExpertInit::SvdPieces;
    o.rank = 64;
    const auto refused = Adapter::create(*model, o, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("directions"));
}

// ---- loftq

TEST(StartFromWeight, LoftqMakesUpForQuantisationAndIsRefusedWithoutIt) {
    AdapterOptions o = pissa_options();
    o.init = ExpertInit::Loftq;
    const auto plain = tiny_model();
    auto refused = Adapter::create(*plain, o, 1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("is not quantised"));
    auto model = Qwen3VL::load(source_path("tests/golden/qwen3vl/right_padded_batch"),
                               ComputeDtype::Fp32, "cpu", {}, quant_options(Quantization::Nf4));
    MOELORA_ASSERT_OK(model);
    refused = Adapter::create(**model, o, 1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("not at hand"));
    std::map<std::string, at::Tensor> whole;
    for (const FrozenLinear* linear : plain->linears()) whole[linear->shape.path] = linear->weight;
    auto adapter = Adapter::create(**model, o, 1, [&](const LinearShape& shape) {
        return Result<at::Tensor>(whole.at(shape.path));
    });
    MOELORA_ASSERT_OK(adapter);
    std::map<std::string, const FrozenLinear*> held;
    for (const FrozenLinear* linear : (*model)->linears()) held[linear->shape.path] = linear;
    for (std::size_t i = 0; i < (*adapter)->sites().size(); ++i) {
        const SiteSpec& site = (*adapter)->sites()[i];
        const SiteTensors& t = (*adapter)->site_tensors(i);
        const at::Tensor lost =
            whole.at(site.shape.path).to(at::kDouble) - held.at(site.shape.path)->dense_weight();
        const at::Tensor left = lost - update_of(site, t.a.detach(), t.b.detach());
        const auto s = std::get<1>(at::linalg_svd(lost));
        const at::Tensor rest = s.narrow(0, site.ranks[0], s.size(0) - site.ranks[0]);
        EXPECT_GT(lost.norm().item<double>(), 1.02 * left.norm().item<double>()) << site.shape.path;
        EXPECT_NEAR(left.norm().item<double>(), rest.norm().item<double>(), 1e-5)
            << "no update of this rank is nearer";
    }
}

// ---- what they become without routing

std::vector<AdapterOptions> constant_systems() {
    std::vector<AdapterOptions> all;
    for (const BankKind bank : {BankKind::SharedA, BankKind::Modulation, BankKind::Lora}) {
        AdapterOptions o = tiny_options();
        o.bank = bank;
        o.gate = GateKind::Softmax;
        o.balance = BalanceKind::None;
        o.router = RouterKind::Task;
        o.task_embedding = 4;
        o.num_tasks = 2;
        o.modulation_shared = true;
        if (bank == BankKind::Lora) o.init = ExpertInit::SvdPieces;
        if (bank == BankKind::Lora) o.rank = 2;
        all.push_back(o);
    }
    all.push_back(pissa_options());
    return all;
}

at::Tensor of_first_task(Qwen3VL& model, Adapter& adapter) {
    const at::NoGradGuard no_grad;
    const TinyBatch batch = tiny_batch();
    ForwardInfo info = batch.info(false);
    info.task_ids = at::zeros({2}, at::kLong);
    info.patches = at::tensor({8, 36}, at::kLong);
    adapter.begin_pass(info);
    return model.logits(model.forward(batch.inputs).states);
}

TEST(Merge, SharedMatricesAndStartsCollapseToAPlainLoraWithTheSameLogits) {
    const at::Tensor real = tiny_batch().inputs.attention_mask.to(at::kBool);
    for (const AdapterOptions& o : constant_systems()) {
        SCOPED_TRACE(std::string(name_of_enum(o.bank)) + " " + std::string(name_of_enum(o.init)));
        const auto model = tiny_model();
        const auto adapter = make_adapter(*model, o);
        randomise(*adapter, 0.1);
        adapter->attach();
        const at::Tensor expected = of_first_task(*model, *adapter);
        adapter->detach();
        ConstantWeights weights(adapter->sites().size(), at::ones({1}));
        if (o.router == RouterKind::Task) weights = *weights_of_tasks(*adapter, {0});
        const auto stored = collapsed(*adapter, weights);
        MOELORA_ASSERT_OK(stored);
        EXPECT_EQ(stored->card.options.bank, BankKind::Lora);
        EXPECT_EQ(stored->card.options.preset, "lora");
        const auto plain = Adapter::assemble(*model, *stored);
        MOELORA_ASSERT_OK(plain);
        (*plain)->attach();
        EXPECT_LT((logits(*model, tiny_batch(), plain->get()) - expected)
                      .index({real})
                      .abs()
                      .max()
                      .item<double>(),
                  2e-5);
        const TempDir folder;
        MOELORA_ASSERT_OK(save_peft(**plain, folder.path()));
    }
}

// An expert's folder alone is the layer at that expert's weight 1, its part of the start included.
TEST(Merge, OneExpertOfThemAloneIsTheMixtureForcedToIt) {
    const at::Tensor real = tiny_batch().inputs.attention_mask.to(at::kBool);
    for (const AdapterOptions& o : constant_systems()) {
        if (o.num_experts == 1) continue;
        SCOPED_TRACE(std::string(name_of_enum(o.bank)));
        const auto model = tiny_model();
        const auto adapter = make_adapter(*model, o);
        randomise(*adapter, 0.1);
        adapter->attach();
        EXPECT_EQ(adapter->force_expert(99).error().arg("value"), "100");  // people count from 1
        MOELORA_ASSERT_OK(adapter->force_expert(1));
        const at::Tensor expected = of_first_task(*model, *adapter);
        adapter->detach();
        const auto one = Adapter::assemble(*model, *single_expert(*adapter, 1));
        MOELORA_ASSERT_OK(one);
        (*one)->attach();
        EXPECT_LT((logits(*model, tiny_batch(), one->get()) - expected)
                      .index({real})
                      .abs()
                      .max()
                      .item<double>(),
                  2e-5);
    }
}

TEST(Merge, AnAdapterThatIsNoPlainLoraIsNotWrittenAsOne) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, pissa_options());
    const TempDir folder;
    const auto refused = save_peft(*adapter, folder.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::ExportRefused);
}

// ---- one router for a block

TEST(PerBlock, SitesOfABlockShareOneRouterAndOneRecord) {
    const auto model = tiny_model();
    AdapterOptions o = tiny_options();
    o.targets = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
    o.router_scope = RouterScope::PerBlock;
    const auto adapter = make_adapter(*model, o);
    randomise(*adapter);
    std::map<std::string, std::string> router_of;
    std::int64_t routers = 0;
    for (const SiteSpec& site : adapter->sites()) {
        if (site.shape.layer == 0) router_of[site.shape.module] = site.router_of;
        routers += site.routes() ? 1 : 0;
    }
    for (const char* own : {"q_proj", "o_proj", "gate_proj"}) EXPECT_EQ(router_of[own], "") << own;
    for (const char* taken : {"k_proj", "v_proj"})
        EXPECT_THAT(router_of[taken], HasSubstr("q_proj"));
    for (const char* taken : {"up_proj", "down_proj"})
        EXPECT_THAT(router_of[taken], HasSubstr("gate_proj"));
    adapter->attach();
    adapter->begin_statistics({});
    (void)pass(*model, *adapter, false);
    const auto records = adapter->take_statistics(1);
    EXPECT_EQ(static_cast<std::int64_t>(records.size()), routers);
    MOELORA_ASSERT_OK(measured_weights(*adapter, records));
}

TEST(PerBlock, UnequalExpertsInABlockAreRefused) {
    const auto model = tiny_model();
    AdapterOptions o = tiny_options();
    o.targets = {"gate_proj", "down_proj"};
    o.router_scope = RouterScope::PerBlock;
    o.site_axes = {"down_proj: experts=2"};
    const auto refused = Adapter::create(*model, o, 1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(message_of(refused.error()), HasSubstr("one router cannot serve both"));
}

}  // namespace
}  // namespace moelora
