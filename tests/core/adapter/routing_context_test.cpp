// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/routing_context.h"

#include <gtest/gtest.h>

#include <cmath>

namespace moelora {
namespace {

SiteSpec site(bool vision = false) {
    SiteSpec s;
    s.shape.path = vision ? "visual.q" : "layers.3.q_proj";
    s.shape.module = "q_proj";
    s.shape.layer = 3;
    s.shape.vision = vision;
    s.experts = 2;
    s.top_k = 1;
    s.routed = true;
    s.ranks = {1, 1};
    s.scales = {1, 1};
    return s;
}

AdapterOptions options() {
    AdapterOptions o;
    o.gate = GateKind::TopK;
    o.top_k = 1;
    return o;
}

// Two rows of three tokens; the last of row 1 is padding.
const at::Tensor probabilities =
    at::tensor({.9, .1, .8, .2, .3, .7, .6, .4, .2, .8, .5, .5}, at::kDouble).view({6, 2});
const at::Tensor mask = at::tensor({1, 1, 1, 1, 1, 0}, at::kLong).view({2, 3});

Routed routed() {
    return TopKGate(options(), 1).route(probabilities.log(), nullptr);
}

ForwardInfo batch() {
    ForwardInfo info;
    info.attention_mask = mask;
    info.task_ids = at::tensor({1, 0}, at::kLong);
    return info;
}

// What is asked later ends where the first answer begins; so does what is learnt from, whether the
// samples stand in rows or in a pack.
TEST(RoutingContext, APromptEndsWhereTheFirstAnswerBegins) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    const at::Tensor rows = at::arange(8, at::kFloat).view({8, 1});
    const auto means = [&](const ForwardInfo& info, const at::Tensor& tokens,
                           at::IntArrayRef leading) {
        context.begin_pass(info);
        const at::Tensor found = context.prompt_means(0, tokens, leading, at::kFloat).flatten();
        return std::vector<float>(found.const_data_ptr<float>(),
                                  found.const_data_ptr<float>() + found.numel());
    };
    ForwardInfo info;
    info.training = true;
    info.attention_mask = at::tensor({1, 1, 1, 1, 1, 1, 1, 0}, at::kLong).view({2, 4});
    EXPECT_EQ(means(info, rows, {2, 4}), (std::vector<float>{1.5, 5}));
    info.labels = at::tensor({-100, 7, -100, -100, -100, -100, 7, -100}, at::kLong).view({2, 4});
    EXPECT_EQ(means(info, rows, {2, 4}), (std::vector<float>{0, 4.5}));
    ForwardInfo packed;
    packed.training = true;
    packed.labels = info.labels.view({1, 8}).narrow(1, 0, 7);
    packed.pack.lengths = {4, 3};
    packed.pack.patches = {0, 0};
    packed.pack.samples = {1, 1};
    EXPECT_EQ(means(packed, rows.narrow(0, 0, 7), {1, 7}), (std::vector<float>{0, 4.5}));
}

TEST(RoutingStatistics, AreMeansOverTheMaskAndByTask) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({"tags", "count"});
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    const auto records = context.take_statistics(7);
    ASSERT_EQ(records.size(), 1u);
    const RouterRecord& r = records[0];
    EXPECT_EQ(r.step, 7);
    EXPECT_EQ(r.site, "layers.3.q_proj");
    EXPECT_EQ(r.layer, 3);
    EXPECT_EQ(r.module, "q_proj");
    EXPECT_EQ(r.tokens, 5);
    EXPECT_NEAR(r.weight[0], (.9 + .8 + .6) / 5, 1e-12);
    EXPECT_NEAR(r.weight[1], (.7 + .8) / 5, 1e-12);
    EXPECT_NEAR(r.load[0], 3.0 / 5, 1e-12);
    EXPECT_NEAR(r.load[1], 2.0 / 5, 1e-12);
    double entropy = 0, effective = 0;
    for (const double p : {.9, .8, .3, .6, .2}) {
        const double h = -p * std::log(p) - (1 - p) * std::log(1 - p);
        entropy += h / 5 / std::log(2.0);
        effective += std::exp(h) / 5;
    }
    EXPECT_NEAR(r.entropy, entropy, 1e-12);
    EXPECT_NEAR(r.effective_experts, effective, 1e-12);
    ASSERT_EQ(r.by_task.size(), 2u);
    EXPECT_NEAR(r.by_task.at("count")[0], (.9 + .8) / 3, 1e-12);
    EXPECT_NEAR(r.by_task.at("tags")[1], .8 / 2, 1e-12);
}

// By hand: p of the five real tokens, and its entropy; a top-1 gate chooses, so w is not p.
TEST(RoutingStatistics, ProbabilitiesAreThoseBeforeTheGateChooses) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({});
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    const RouterRecord r = context.take_statistics(1).at(0);
    const double p = (.9 + .8 + .3 + .6 + .2) / 5;
    ASSERT_EQ(r.probability.size(), 2u);
    EXPECT_NEAR(r.probability[0], p, 1e-12);
    EXPECT_NEAR(r.probability[1], 1 - p, 1e-12);
    EXPECT_NEAR(r.marginal_entropy, (-p * std::log(p) - (1 - p) * std::log(1 - p)) / std::log(2.0),
                1e-12);
    EXPECT_GT(r.marginal_entropy, r.entropy) << "tokens are decided, all together are not";
}

// Row 0 is picture, picture, question; row 1 question, answer, padding.
TEST(RoutingStatistics, TellKindsOfTokenApart) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({"tags", "count"});
    ForwardInfo info = batch();
    info.token_kinds = at::tensor({0, 0, 1, 1, 2, -1}, at::kLong).view({2, 3});
    context.begin_pass(info);
    context.record(0, routed(), {2, 3});
    ForwardInfo text = batch();  // without a picture, and without tasks
    text.token_kinds = at::tensor({1, 2}, at::kLong).view({1, 2});
    text.attention_mask = at::ones({1, 2}, at::kLong);
    text.task_ids = at::Tensor();
    context.begin_pass(text);
    context.record(
        0,
        TopKGate(options(), 1)
            .route(at::tensor({.4, .6, .1, .9}, at::kDouble).view({2, 2}).log(), nullptr),
        {1, 2});
    const RouterRecord r = context.take_statistics(1).at(0);
    EXPECT_EQ(r.tokens, 7);
    ASSERT_EQ(r.by_kind.size(), 3u);
    EXPECT_NEAR(r.by_kind.at("image")[0], (.9 + .8) / 2, 1e-12);
    EXPECT_NEAR(r.by_kind.at("image")[1], 0, 1e-12);
    EXPECT_NEAR(r.by_kind.at("prompt")[0], .6 / 3, 1e-12);
    EXPECT_NEAR(r.by_kind.at("prompt")[1], (.7 + .6) / 3, 1e-12);
    EXPECT_NEAR(r.by_kind.at("response")[1], (.8 + .9) / 2, 1e-12);
    EXPECT_NEAR(r.by_task.at("count")[0], (.9 + .8) / 3, 1e-12) << "tasks of the first pass only";
}

TEST(RoutingStatistics, KindsAreThoseUnderTheMask) {
    const std::vector<SiteSpec> sites{site()};
    AdapterOptions o = options();
    o.balance_tokens = TokenMask::Text;
    RoutingContext context(sites, o, at::kCPU, 0);
    context.begin_statistics({});
    ForwardInfo info = batch();
    info.token_kinds = at::tensor({0, 0, 1, 1, 2, -1}, at::kLong).view({2, 3});
    context.begin_pass(info);
    context.record(0, routed(), {2, 3});
    const RouterRecord r = context.take_statistics(1).at(0);
    EXPECT_EQ(r.tokens, 3);
    EXPECT_FALSE(r.by_kind.contains("image"));
    EXPECT_EQ(r.by_kind.size(), 2u);
}

// Of a paired pass only the second half is routed, and it is the second half's kinds that count.
TEST(RoutingStatistics, KindsOfAPairedPassAreTheSecondHalfs) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({});
    ForwardInfo info;
    info.token_kinds = at::tensor({0, 0, 2, 2}, at::kLong).view({2, 2});
    info.paired = true;
    context.begin_pass(info);
    context.record(0, TopKGate(options(), 1).route(at::zeros({2, 2}, at::kDouble), nullptr),
                   {1, 2});
    const RouterRecord r = context.take_statistics(1).at(0);
    EXPECT_EQ(r.by_kind.size(), 1u);
    EXPECT_TRUE(r.by_kind.contains("response"));
}

// adapters.md 18.2, token by token: the mean over one token is that token's.
TEST(RoutingStatistics, EntropyPerTokenIsTheKnownAnswer) {
    SiteSpec four = site();
    four.experts = 4;
    four.top_k = 2;
    const std::vector<SiteSpec> sites{four};
    AdapterOptions o = options();
    o.top_k = 2;
    const at::Tensor logits =
        at::tensor({1.0, 0.0, -1.0, 2.0, .1, 0.0, -.2, .05, 2.0, 1.0, 0.0, -1.0}, at::kDouble)
            .view({3, 4});
    const double expected[] = {.9475369640, 1.3802356258, .9475369640};
    for (std::int64_t t = 0; t < 3; ++t) {
        RoutingContext context(sites, o, at::kCPU, 0);
        context.begin_statistics({});
        context.begin_pass({});
        context.record(0, TopKGate(o, 2).route(logits.narrow(0, t, 1), nullptr), {1, 1});
        const RouterRecord record = context.take_statistics(1).at(0);
        EXPECT_NEAR(record.entropy * std::log(4.0), expected[t], 1e-9);
        EXPECT_NEAR(record.effective_experts, std::exp(expected[t]), 1e-9);
    }
}

TEST(RoutingStatistics, AddUpOverPassesAndOverwriteWithinOne) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({});
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    context.record(0, routed(), {2, 3});  // the same layer, run again
    context.begin_pass({});
    context.record(
        0, TopKGate(options(), 1).route(at::tensor({0.0, 9.0}, at::kDouble).view({1, 2}), nullptr),
        {1, 1});
    const auto records = context.take_statistics(1);
    EXPECT_EQ(records[0].tokens, 6);
    EXPECT_NEAR(records[0].load[1], 3.0 / 6, 1e-12);
    EXPECT_TRUE(records[0].by_task.empty());
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    EXPECT_TRUE(context.take_statistics(2).empty()) << "nothing is collected after the reading";
}

TEST(RoutingStatistics, PaddingCountsOnlyInModeAll) {
    const std::vector<SiteSpec> sites{site()};
    AdapterOptions o = options();
    o.balance_tokens = TokenMask::All;
    RoutingContext context(sites, o, at::kCPU, 0);
    context.begin_statistics({});
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    EXPECT_EQ(context.take_statistics(1)[0].tokens, 6);
}

TEST(RoutingStatistics, PatchesHaveNeitherMaskNorTaskNorKind) {
    const std::vector<SiteSpec> sites{site(true)};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({"tags"});
    context.begin_pass(batch());
    context.record(0, routed(), {6});
    const auto records = context.take_statistics(1);
    EXPECT_EQ(records[0].tokens, 6);
    EXPECT_TRUE(records[0].by_task.empty());
    EXPECT_TRUE(records[0].by_kind.empty());
}

TEST(RoutingStatistics, DecodingUsesTheLastColumnsOfTheMask) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_statistics({});
    context.begin_pass(batch());
    context.record(0, TopKGate(options(), 1).route(at::zeros({2, 2}, at::kDouble), nullptr),
                   {2, 1});
    EXPECT_EQ(context.take_statistics(1)[0].tokens, 1);
}

TEST(RoutingContext, RecordsWeightsOnDemand) {
    const std::vector<SiteSpec> sites{site()};
    RoutingContext context(sites, options(), at::kCPU, 0);
    context.begin_pass(batch());
    context.record(0, routed(), {2, 3});
    EXPECT_TRUE(context.recorded_weights().empty());
    context.record_weights(true);
    context.record(0, routed(), {2, 3});
    const at::Tensor w = context.recorded_weights().at("layers.3.q_proj");
    EXPECT_EQ(w.sizes(), at::IntArrayRef({2, 3, 2}));
    EXPECT_EQ(w.scalar_type(), at::kFloat);
    EXPECT_FALSE(w.requires_grad());
    EXPECT_NEAR(w[0][2][1].item<double>(), .7, 1e-6);
}

}  // namespace
}  // namespace moelora
