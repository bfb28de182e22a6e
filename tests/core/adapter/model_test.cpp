// SPDX-License-Identifier: GPL-3.0-or-later
// Invariants of adapters.md 19 on a whole model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/adapter/tiny_model.h"

namespace moelora {
namespace {

using namespace test;

double largest(const at::Tensor& t) {
    return t.abs().max().item<double>();
}

at::Tensor real(const at::Tensor& per_token, const TinyBatch& batch) {
    return per_token.index({batch.inputs.attention_mask.to(at::kBool)});
}

std::vector<at::Tensor> gradients(Adapter& adapter) {
    std::vector<at::Tensor> all;
    for (auto& [name, tensor] : adapter.parameters()) {
        all.push_back(tensor.grad().defined() ? tensor.grad().clone() : at::zeros_like(tensor));
        tensor.mutable_grad() = at::Tensor();
    }
    return all;
}

TEST(AdapterOnModel, IsTheBaseAtTheStartAndInjectsWhatWasAskedFor) {
    const auto model = tiny_model();
    const TinyBatch batch = tiny_batch();
    const at::Tensor base = logits(*model, batch);
    const auto adapter = make_adapter(*model, tiny_options());
    // Text q, v, down of 2 layers; vision qkv and fc1 of 2 blocks, fc1 of the three mergers.
    EXPECT_EQ(adapter->sites().size(), 6u + 4 + 3);
    adapter->attach();
    std::size_t injected = 0;
    for (const auto* linear : model->linears()) injected += linear->adapter ? 1 : 0;
    EXPECT_EQ(injected, adapter->sites().size());
    EXPECT_TRUE(at::equal(logits(*model, batch, adapter.get()), base));
    std::int64_t count = 0, planned = 0;
    for (const auto& [name, tensor] : adapter->parameters()) {
        EXPECT_TRUE(tensor.requires_grad() && tensor.is_leaf()) << name;
        count += tensor.numel();
    }
    for (const auto& site : adapter->sites()) planned += site.parameters();
    EXPECT_EQ(count, planned);
}

TEST(AdapterOnModel, SwitchedOffAndTakenOffGiveTheBaseBitForBit) {
    const auto model = tiny_model();
    const TinyBatch batch = tiny_batch();
    const at::Tensor base = logits(*model, batch);
    {
        const auto adapter = make_adapter(*model, tiny_options());
        randomise(*adapter);
        adapter->attach();
        adapter->attach();
        EXPECT_TRUE(adapter->attached());
        const at::Tensor on = logits(*model, batch, adapter.get());
        EXPECT_GT(largest(on - base), 1e-3);
        adapter->set_enabled(false);
        EXPECT_TRUE(at::equal(logits(*model, batch, adapter.get()), base));
        adapter->set_enabled(true);
        EXPECT_TRUE(at::equal(logits(*model, batch, adapter.get()), on));
        adapter->detach();
        EXPECT_FALSE(adapter->attached());
        EXPECT_TRUE(at::equal(logits(*model, batch), base));
        adapter->attach();
        EXPECT_TRUE(at::equal(logits(*model, batch, adapter.get()), on));
    }
    EXPECT_TRUE(at::equal(logits(*model, batch), base)) << "a destroyed adapter is off";
}

TEST(AdapterOnModel, FrozenWeightsHaveNoGradient) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, tiny_options());
    randomise(*adapter);
    adapter->attach();
    std::vector<at::Tensor> before;
    for (const auto* linear : model->linears()) before.push_back(linear->weight.clone());
    const TinyBatch batch = tiny_batch();
    cross_entropy(logits(*model, batch, adapter.get(), true), batch.labels).backward();
    for (std::size_t i = 0; i < before.size(); ++i) {
        const FrozenLinear& linear = *model->linears()[i];
        EXPECT_FALSE(linear.weight.requires_grad() || linear.weight.grad().defined());
        EXPECT_TRUE(at::equal(linear.weight, before[i]));
    }
    for (const auto& [name, tensor] : adapter->parameters())
        EXPECT_TRUE(tensor.grad().defined() && largest(tensor.grad()) > 0) << name;
}

struct Recorded {
    double loss, aux;
    std::vector<at::Tensor> gradients;
    std::vector<RouterRecord> statistics;
};

Recorded train_once(const AdapterOptions& options, bool checkpointing) {
    const auto model = tiny_model();
    model->set_gradient_checkpointing(checkpointing);
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter);
    adapter->attach();
    adapter->begin_statistics({"one", "two"});
    const TinyBatch batch = tiny_batch();
    at::Tensor aux;
    const at::Tensor loss =
        cross_entropy(logits(*model, batch, adapter.get(), true, &aux), batch.labels);
    (aux.defined() ? loss + aux : loss).backward();
    return {loss.item<double>(), aux.defined() ? aux.item<double>() : 0, gradients(*adapter),
            adapter->take_statistics(1)};
}

TEST(AdapterOnModel, CheckpointingChangesNeitherLossNorBalanceNorGradientsNorStatistics) {
    AdapterOptions noisy = tiny_options();
    noisy.dropout = 0.2;
    noisy.gate_dropout = 0.2;
    AdapterOptions concatenated = noisy;
    concatenated.balance_reduce = BalanceReduce::PerLayerConcat;
    for (const AdapterOptions& options : {tiny_options(), noisy, concatenated}) {
        const Recorded kept = train_once(options, false), again = train_once(options, true);
        EXPECT_EQ(kept.loss, again.loss);
        EXPECT_EQ(kept.aux, again.aux);
        EXPECT_GT(kept.aux, 0);
        for (std::size_t i = 0; i < kept.gradients.size(); ++i)
            EXPECT_LE(largest(kept.gradients[i] - again.gradients[i]),
                      1e-5 * std::max(1.0, largest(kept.gradients[i])));
        EXPECT_EQ(kept.statistics, again.statistics);
        EXPECT_EQ(kept.statistics.size(), 13u);
    }
}

TEST(AdapterOnModel, BalanceTermReachesTheRouterAndOnlyWithACoefficient) {
    AdapterOptions off = tiny_options();
    off.balance_coef = 0;
    AdapterOptions on = tiny_options();
    on.balance_coef = 1;
    const Recorded without = train_once(off, false), with = train_once(on, false);
    EXPECT_EQ(without.aux, 0);
    EXPECT_EQ(without.loss, with.loss);
    bool router_moved = false, expert_b_of_last_moved = false;
    const auto model = tiny_model();
    const auto names = make_adapter(*model, on)->parameters();
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double change = largest(without.gradients[i] - with.gradients[i]);
        if (names[i].name.find("router") != std::string::npos) router_moved |= change > 1e-6;
        // Nothing routed comes after the last down_proj: its experts see the task alone.
        if (names[i].name.find("layers.1.mlp.down_proj.expert_b") != std::string::npos)
            expert_b_of_last_moved |= change > 1e-9;
    }
    EXPECT_TRUE(router_moved);
    EXPECT_FALSE(expert_b_of_last_moved);
}

TEST(AdapterOnModel, BalanceGradientEqualsFiniteDifference) {
    AdapterOptions options = tiny_options();
    options.balance_coef = 1;
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter);
    adapter->attach();
    const TinyBatch batch = tiny_batch();
    const auto aux_value = [&] {
        at::Tensor aux;
        (void)logits(*model, batch, adapter.get(), true, &aux);
        return aux;
    };
    aux_value().backward();
    for (auto& [name, tensor] : adapter->parameters()) {
        if (name != "model.language_model.layers.1.mlp.down_proj.router.weight") continue;
        const at::Tensor g = tensor.grad();
        const at::NoGradGuard no_grad;
        const auto at = g.abs().argmax().item<std::int64_t>();
        const double kept = tensor.view(-1)[at].item<double>();
        const auto moved = [&](double by) {
            tensor.view(-1)[at] = kept + by;
            return aux_value().item<double>();
        };
        const double slope = (moved(5e-3) - moved(-5e-3)) / 1e-2;
        const double expected = g.view(-1)[at].item<double>();
        EXPECT_NEAR(slope, expected, 0.05 * std::abs(expected) + 1e-4);
        return;
    }
    FAIL() << "the router was not found";
}

TEST(AdapterOnModel, PaddingChangesNothingOnRealPositions) {
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, tiny_options());
    randomise(*adapter);
    adapter->attach();
    const TinyBatch batch = tiny_batch(), wide = padded(batch);
    const auto run = [&](const TinyBatch& b) {
        adapter->begin_statistics({});
        at::Tensor aux;
        const at::Tensor y = logits(*model, b, adapter.get(), true, &aux);
        return std::tuple(real(y, b), aux.item<double>(), adapter->take_statistics(1));
    };
    const auto [y, aux, statistics] = run(batch);
    const auto [y2, aux2, statistics2] = run(wide);
    EXPECT_LT(largest(y - y2), 1e-5);
    EXPECT_NEAR(aux, aux2, 1e-7);
    ASSERT_EQ(statistics.size(), statistics2.size());
    for (std::size_t i = 0; i < statistics.size(); ++i) {
        EXPECT_EQ(statistics[i].tokens, statistics2[i].tokens);
        for (std::size_t e = 0; e < 3; ++e) {
            EXPECT_NEAR(statistics[i].weight[e], statistics2[i].weight[e], 1e-6);
            EXPECT_NEAR(statistics[i].probability[e], statistics2[i].probability[e], 1e-6);
        }
    }
}

TEST(AdapterOnModel, RaggedExpertsAndRanksTrain) {
    AdapterOptions options = tiny_options();
    options.layer_experts = {1, 4};
    options.layer_ranks = {2, 5};
    options.targets = {"q_proj", "down_proj"};
    options.top_k = 2;
    const Recorded run = train_once(options, false);
    EXPECT_EQ(run.statistics.size(), 2u) << "layer 0 has one expert and no router";
    for (const auto& g : run.gradients) EXPECT_GT(largest(g), 0);
}

TEST(AdapterOnModel, NoiseFollowsItsState) {
    AdapterOptions options = tiny_options();
    options.dropout = 0.3;
    const auto model = tiny_model();
    const auto adapter = make_adapter(*model, options);
    randomise(*adapter);
    adapter->attach();
    const TinyBatch batch = tiny_batch();
    const at::Tensor state = adapter->random_state().clone();
    at::manual_seed(1);
    const at::Tensor first = logits(*model, batch, adapter.get(), true);
    at::manual_seed(2);
    const at::Tensor second = logits(*model, batch, adapter.get(), true);
    adapter->set_random_state(state);
    EXPECT_TRUE(at::equal(logits(*model, batch, adapter.get(), true), first));
    EXPECT_FALSE(at::equal(first, second));
}

TEST(AdapterOnModel, ImpossibleRequestsAreRefusedWithASentence) {
    const auto model = tiny_model();
    AdapterOptions options = tiny_options();
    options.targets.push_back("visual_q_proj");
    const auto adapter = Adapter::create(*model, options, 1);
    ASSERT_FALSE(adapter.has_value());
    EXPECT_EQ(adapter.error().code, ErrorCode::TargetUnmatched);
    EXPECT_THAT(message_of(adapter.error()), testing::HasSubstr("visual_q_proj"));
}

}  // namespace
}  // namespace moelora
