// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset, and axes set freely, as systems to be tested, and a pass of the tiny model with all
// that any of them asks for. The caller includes torch (precompiled header).
#pragma once

#include <string>
#include <vector>

#include "core/options/config.h"
#include "core/options/presets.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora::test {

struct System {
    std::string name;  // "mola diamond"
    AdapterOptions options;
};

// Of a text model a few numbers wide, no two of whose widths are equal.
struct SmallLinears {
    std::int64_t layers = 1, feed_forward = 7;
    bool qkv_bias = true;
};
inline std::vector<LinearShape> small_linears(const SmallLinears& small) {
    ModelConfig config;
    config.family = "qwen2";
    config.text.hidden_size = 8;
    config.text.num_heads = 3;
    config.text.num_kv_heads = 2;
    config.text.head_dim = 4;
    config.text.intermediate_size = small.feed_forward;
    config.text.num_layers = small.layers;
    config.text.qkv_bias = small.qkv_bias;
    return linear_shapes(config);
}

// Experts, routers, starts and reductions that no preset asks for.
inline std::vector<System> more_free_systems(const AdapterOptions& plain) {
    const auto with = [&](auto&& set) {
        AdapterOptions o = plain;
        set(o);
        return o;
    };
    return {{"free per_block", with([](AdapterOptions& o) {
                 o.targets = {"q_proj", "k_proj", "o_proj", "gate_proj", "down_proj"};
                 o.router_scope = RouterScope::PerBlock;
                 o.gate = GateKind::TopK;
                 o.balance = BalanceKind::Switch;
             })},
            {"free instance", with([](AdapterOptions& o) {
                 o.router = RouterKind::Instance;
                 o.balance = BalanceKind::KlUniform;
             })},
            {"free global switch", with([](AdapterOptions& o) {
                 o.gate = GateKind::TopK;
                 o.balance = BalanceKind::Switch;
                 o.balance_reduce = BalanceReduce::GlobalConcat;
             })},
            {"free global scv and kl", with([](AdapterOptions& o) {
                 o.balance = BalanceKind::ImportanceScv;
                 o.balance_kl = 0.3;
                 o.balance_reduce = BalanceReduce::GlobalConcat;
             })},
            {"free uniform", with([](AdapterOptions& o) {
                 o.bank = BankKind::Vector;
                 o.init = ExpertInit::Uniform;
             })},
            {"free modulation", with([](AdapterOptions& o) { o.bank = BankKind::Modulation; })},
            {"free mixdora", with([](AdapterOptions& o) {
                 o.targets = {"q_proj", "gate_proj", "up_proj", "down_proj"};
                 o.bank = BankKind::Dora;
                 o.scope = ExpertScope::FfnBlock;
                 o.router_scope = RouterScope::PerBlock;
                 o.gate = GateKind::TopK;
                 o.gate_renormalise = true;
             })},
            {"free pissa", with([](AdapterOptions& o) {
                 o.init = ExpertInit::Pissa;
                 o.num_experts = 1;
                 o.router = RouterKind::None;
                 o.gate = GateKind::None;
             })}};
}

// Gates and balance terms that no preset asks for.
inline std::vector<System> free_systems() {
    AdapterOptions plain;
    plain.targets = {"q_proj", "v_proj", "down_proj"};
    plain.num_experts = 4;
    plain.rank = 2;
    plain.dropout = 0;
    plain.balance_coef = 0.5;
    const auto with = [&](GateKind gate, double level, BalanceKind balance) {
        AdapterOptions o = plain;
        o.gate = gate;
        o.gate_level = level;
        o.balance = balance;
        return o;
    };
    std::vector<System> all = {
        {"free straight_through", with(GateKind::StraightThrough, 0, BalanceKind::KlUniform)},
        {"free top_p plain", with(GateKind::TopP, 0.6, BalanceKind::ImportanceCv2)},
        {"free top_p renormalised", with(GateKind::TopP, 0.6, BalanceKind::Switch)},
        {"free threshold ", with(GateKind::Threshold, 0.25, BalanceKind::ImportanceScv)},
        {"free threshold_shifted", with(GateKind::ThresholdShifted, 0.2, BalanceKind::Switch)},
        {"free relative soft", with(GateKind::Relative, 0.5, BalanceKind::ZLoss)},
        {"free relative hard", with(GateKind::Relative, 0.5, BalanceKind::Switch)},
        {"free soft_topk", with(GateKind::SoftTopK, 0, BalanceKind::KlUniform)}};
    all.push_back({"free normalised_sigmoid",
                   with(GateKind::NormalisedSigmoid, 0, BalanceKind::SwitchBySample)});
    all[1].options.gate_temperature = 0.5;
    all[2].options.gate_renormalise = true;
    all[6].options.gate_softness = 0;
    all[6].options.top_k = 1;  // two experts at most
    all[7].options.balance_reduce = BalanceReduce::PerLayerConcat;
    for (System& system : more_free_systems(plain)) all.push_back(std::move(system));
    return all;
}

// What fits the tiny model: 2 layers, 2 tasks. Dropout is left out; it has tests of its own.
inline std::vector<System> systems() {
    std::vector<System> all;
    for (const Preset& preset : presets()) {
        RunOptions run;
        EXPECT_TRUE(from_json(preset.options, run).empty());
        AdapterOptions& o = run.adapter;
        o.preset = preset.name;
        o.dropout = 0;
        o.gate_dropout = 0;
        o.num_tasks = 2;
        if (o.init == ExpertInit::SvdPieces) o.num_experts = o.rank = 4;  // of few directions
        if (o.scope == ExpertScope::FfnBlock) o.num_experts = 4;  // few tokens must reach all
        all.push_back({preset.name + " " + preset.flavour, o});
    }
    for (System& system : free_systems()) all.push_back(std::move(system));
    return all;
}

struct Passed {
    at::Tensor logits, loss, aux;
};

// Row 0 has task 0 and the first of the sample types, row 1 the others.
inline Passed pass(Qwen3VL& model, Adapter& adapter, bool training,
                   const TinyBatch& batch = tiny_batch(),
                   std::vector<std::int64_t> sample_types = {1, 0}) {
    ForwardInfo info = batch.info(training);
    info.sample_types = at::tensor(sample_types, at::kLong);
    adapter.begin_pass(info);
    const auto hidden = model.forward(batch.inputs);
    const at::Tensor y = model.logits(hidden.states);
    return {y, cross_entropy(y, batch.labels), hidden.loss};
}

}  // namespace moelora::test
