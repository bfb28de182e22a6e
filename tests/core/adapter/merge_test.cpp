// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters without their routing (adapters.md 3.5, 7.4; known answer of 18.3).
#include "core/adapter/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapter/router.h"
#include "core/options/presets.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;
using testing::HasSubstr;

AdapterOptions task_options(RouterScope scope) {
    AdapterOptions o = tiny_options();
    o.gate = GateKind::Softmax;
    o.balance = BalanceKind::None;
    o.router = RouterKind::Task;
    o.router_scope = scope;
    o.task_embedding = 4;
    o.num_tasks = 3;
    return o;
}

at::Tensor logits_of_task(Qwen3VL& model, Adapter& adapter, std::vector<std::int64_t> tasks) {
    const TinyBatch batch = tiny_batch();
    ForwardInfo info = batch.info(false);
    info.task_ids =
        at::tensor(tasks, at::kLong).expand({2, static_cast<std::int64_t>(tasks.size())});
    info.patches = at::tensor({8, 36}, at::kLong);
    adapter.begin_pass(info);
    const at::NoGradGuard no_grad;
    return model.logits(model.forward(batch.inputs).states);
}

void expect_close(const at::Tensor& a, const at::Tensor& b, double tolerance) {
    const at::Tensor real = tiny_batch().inputs.attention_mask.to(at::kBool);
    EXPECT_LT((a - b).index({real}).abs().max().item<double>(), tolerance);
}

TEST(Merge, OneTaskIsAPlainLoraWithTheSameLogits) {
    for (const RouterScope scope : {RouterScope::Global, RouterScope::PerSite}) {
        const auto model = tiny_model();
        const auto adapter = make_adapter(*model, task_options(scope));
        randomise(*adapter);
        for (const std::vector<std::int64_t>& tasks :
             {std::vector<std::int64_t>{1}, std::vector<std::int64_t>{0, 2}}) {
            adapter->attach();
            const at::Tensor expected = logits_of_task(*model, *adapter, tasks);
            adapter->detach();
            const auto weights = weights_of_tasks(*adapter, tasks);
            MOELORA_ASSERT_OK(weights);
            const auto plain = Adapter::assemble(*model, *collapsed(*adapter, *weights));
            MOELORA_ASSERT_OK(plain);
            (*plain)->attach();
            expect_close(logits(*model, tiny_batch(), plain->get()), expected, 1e-5);
        }
    }
}

// adapters.md 18.3: experts, gate and scale as there, the layer's weight and the merged one.
TEST(Merge, WeightOfOneTaskIsTheKnownAnswer) {
    const TaskRouter router({at::tensor({.9, -.9, .5, -.2, -.4, .3, .1, .7}).view({4, 2}),
                             at::tensor({.6, -.1, -.3, .8}).view({2, 2})});
    const at::Tensor w =
        at::softmax(router.sample_logits(at::tensor({0}, at::kLong)), 1)[0].to(at::kFloat);
    SiteSpec site;
    site.ranks = {2};
    site.scales = {1.0};
    SiteTensors tensors;
    tensors.a = at::tensor({.1, .2, -.1, -.3, 0., .4}).view({2, 3}).to(at::kFloat);
    tensors.b = at::tensor({1., -1., 2., .5}).view({2, 2}).to(at::kFloat) * (2 * w);
    const at::Tensor weight = at::tensor({.5, -.25, 1., -1., .75, .3}).view({2, 3}).to(at::kFloat);
    const at::Tensor delta = folded(site, tensors, weight, {}).weight - weight;
    const at::Tensor expected =
        at::tensor({.3390042151, .2609957849, -.4085063227, .1567426235, .5219915698, -.1219915698})
            .view({2, 3});
    EXPECT_TRUE(at::allclose(delta.to(expected.scalar_type()), expected, 0, 1e-6)) << delta;
}

// Folding changes the frozen weights themselves; putting the originals back is exact.
TEST(Merge, FoldedIntoTheWeightsEqualsForwardAndUnfoldsBitForBit) {
    const auto model = tiny_model();
    const at::Tensor base = logits(*model, tiny_batch());
    const auto adapter = make_adapter(*model, task_options(RouterScope::Global));
    randomise(*adapter);
    adapter->attach();
    const at::Tensor expected = logits_of_task(*model, *adapter, {2});
    adapter->detach();
    const auto weights = weights_of_tasks(*adapter, {2});
    MOELORA_ASSERT_OK(weights);
    const StoredAdapter plain = *collapsed(*adapter, *weights);
    std::map<std::string, FrozenLinear*> linears;
    for (FrozenLinear* linear : model->linears()) linears[linear->shape.path] = linear;
    std::vector<std::pair<FrozenLinear*, at::Tensor>> kept;
    for (std::size_t i = 0; i < plain.tensors.size(); ++i) {
        FrozenLinear& linear = *linears.at(plain.card.sites[i].shape.path);
        kept.emplace_back(&linear, linear.weight);
        linear.weight =
            folded(plain.card.sites[i], plain.tensors[i], linear.weight, linear.bias).weight;
    }
    expect_close(logits(*model, tiny_batch()), expected, 1e-5);
    for (const auto& [linear, weight] : kept) linear->weight = weight;
    EXPECT_TRUE(at::equal(logits(*model, tiny_batch()), base));
}

// Why the unmerged weight is kept: what was added in f32 cannot be taken away again.
TEST(Merge, EveryTaskIsFoldedIntoTheKeptWeightAndNoneIsSubtracted) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, task_options(RouterScope::PerSite));
    randomise(*adapter);
    std::vector<std::pair<FrozenLinear*, at::Tensor>> kept;
    for (FrozenLinear* linear : model->linears()) kept.emplace_back(linear, linear->weight.clone());
    bool subtraction_differs = false;
    std::vector<std::vector<at::Tensor>> merged;
    for (const std::int64_t task : {0, 1, 2, 0}) {
        const auto weights = weights_of_tasks(*adapter, {task});
        MOELORA_ASSERT_OK(weights);
        const StoredAdapter plain = *collapsed(*adapter, *weights);
        merged.emplace_back();
        for (std::size_t i = 0; i < plain.tensors.size(); ++i)
            for (const auto& [linear, weight] : kept) {
                const SiteSpec& site = plain.card.sites[i];
                if (linear->shape.path != site.shape.path) continue;
                const at::Tensor with =
                    folded(site, plain.tensors[i], linear->weight, linear->bias).weight;
                const at::Tensor delta = at::mm(plain.tensors[i].b, plain.tensors[i].a);
                subtraction_differs |= !at::equal(with - delta, weight);
                EXPECT_TRUE(at::equal(linear->weight, weight)) << "the kept weight";
                merged.back().push_back(with);
            }
        ASSERT_EQ(merged.back().size(), plain.tensors.size());
    }
    EXPECT_TRUE(subtraction_differs);
    for (std::size_t i = 0; i < merged[0].size(); ++i) {
        EXPECT_TRUE(at::equal(merged[3][i], merged[0][i])) << "whatever was merged in between";
        EXPECT_FALSE(at::equal(merged[1][i], merged[0][i]));
    }
}

TEST(Merge, VectorsFoldIntoRowsColumnsAndBias) {
    SiteSpec site;
    site.bank = BankKind::Vector;
    SiteTensors tensors;
    tensors.vector = at::tensor({1.1, .8}, at::kFloat).view({1, 2});
    const at::Tensor w = at::randn({2, 3}), b = at::randn({2}), x = at::randn({4, 3});
    const FoldedLinear rows = folded(site, tensors, w, b);
    EXPECT_TRUE(at::allclose(at::linear(x, rows.weight, rows.bias),
                             at::linear(x, w, b) * tensors.vector, 0, 1e-6));
    site.scales_input = true;
    tensors.vector = at::tensor({.8, 1.0, 1.2}, at::kFloat).view({1, 3});
    const FoldedLinear columns = folded(site, tensors, w, b);
    EXPECT_TRUE(at::allclose(at::linear(x, columns.weight, columns.bias),
                             at::linear(x * tensors.vector, w, b), 0, 1e-6));
}

// PEFT and a merged weight would scale the keys before their norm, which takes the factor out
// again.
TEST(Merge, VectorsBehindTheKeyNormAreRefusedEverywhere) {
    const auto model = tiny_model();
    AdapterOptions o = tiny_options();
    o.bank = BankKind::Vector;
    o.init = ExpertInit::Ones;
    o.targets = {"k_proj", "v_proj"};
    o.num_experts = 1;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    o.balance = BalanceKind::None;
    o.vector_place = VectorPlace::AfterNorm;
    const auto adapter = make_adapter(*model, o);
    const TempDir temp;
    const ConstantWeights ones(adapter->sites().size(), at::ones({1}));
    for (const Error& error :
         {collapsed(*adapter, ones).error(), single_expert(*adapter, 0).error(),
          save_peft(*adapter, temp.path()).error()}) {
        EXPECT_EQ(error.code, ErrorCode::ExportRefused);
        EXPECT_THAT(message_of(error), HasSubstr("behind the norm of the keys"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(Merge, TokenRouterIsRefusedWithTheReason) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, tiny_options());
    const auto weights = weights_of_tasks(*adapter, {0});
    ASSERT_FALSE(weights.has_value());
    EXPECT_THAT(message_of(weights.error()), HasSubstr("looks at every token"));
}

TEST(Merge, MeasuredWeightsOfAConstantRouterAreExact) {
    const auto model = tiny_model();
    AdapterOptions o = tiny_options();
    o.gate = GateKind::Softmax;
    o.router_bias = true;
    const auto adapter = make_adapter(*model, o);
    randomise(*adapter);
    {
        const at::NoGradGuard no_grad;  // a router that does not look at its input
        for (const auto& [name, tensor] : adapter->parameters())
            if (name.ends_with("router.weight")) tensor.zero_();
    }
    adapter->attach();
    adapter->begin_statistics({});
    const at::Tensor expected = logits(*model, tiny_batch(), adapter.get());
    const auto weights = measured_weights(*adapter, adapter->take_statistics(1));
    MOELORA_ASSERT_OK(weights);
    adapter->detach();
    StoredAdapter stored = *collapsed(*adapter, *weights);
    truncate_rank(stored, 12);  // 3 experts of rank 4: nothing is lost
    const auto plain = Adapter::assemble(*model, stored);
    MOELORA_ASSERT_OK(plain);
    (*plain)->attach();
    expect_close(logits(*model, tiny_batch(), plain->get()), expected, 1e-5);
}

TEST(Merge, TruncationKeepsTheLargestPartOfTheUpdate) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, task_options(RouterScope::Global));
    randomise(*adapter);
    const auto weights = weights_of_tasks(*adapter, {0});
    MOELORA_ASSERT_OK(weights);
    StoredAdapter whole = *collapsed(*adapter, *weights), part = whole;
    truncate_rank(part, 3);
    for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
        const at::Tensor full = at::mm(whole.tensors[i].b, whole.tensors[i].a);
        const at::Tensor kept = at::mm(part.tensors[i].b, part.tensors[i].a);
        const at::Tensor s = at::linalg_svdvals(full);
        EXPECT_NEAR((full - kept).norm().item<double>(),
                    s.narrow(0, 3, s.size(0) - 3).norm().item<double>(), 1e-4);
        EXPECT_EQ(part.card.sites[i].ranks, std::vector<std::int64_t>{3});
    }
}

TEST(Merge, SingleExpertsAddUpToTheirMixture) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, task_options(RouterScope::Global));
    randomise(*adapter);
    const auto weights = weights_of_tasks(*adapter, {1});
    MOELORA_ASSERT_OK(weights);
    const StoredAdapter mixed = *collapsed(*adapter, *weights);
    for (std::size_t i = 0; i < mixed.tensors.size(); ++i) {
        at::Tensor sum = at::zeros({mixed.card.sites[i].shape.out, mixed.card.sites[i].shape.in});
        for (std::int64_t e = 0; e < 3; ++e) {
            const StoredAdapter one = *single_expert(*adapter, e);
            sum += at::mm(one.tensors[i].b, one.tensors[i].a) * one.card.sites[i].scales[0] *
                   (*weights)[i][e];
        }
        EXPECT_TRUE(at::allclose(sum, at::mm(mixed.tensors[i].b, mixed.tensors[i].a), 0, 1e-5));
    }
}

}  // namespace
}  // namespace moelora
