// SPDX-License-Identifier: GPL-3.0-or-later
// Axes set freely: beside each preset every choice of every axis either runs, forward and backward,
// or is refused with a reason before anything is built.
#include <gtest/gtest.h>

#include <set>

#include "core/adapter/adapted_linear.h"
#include "tests/core/adapter/every_system.h"

namespace moelora {
namespace {

using namespace test;

constexpr std::int64_t samples = 2, length = 3;

ForwardInfo batch_with_everything() {
    ForwardInfo info;
    info.attention_mask = at::tensor({1, 1, 1, 1, 1, 0}, at::kLong).view({samples, length});
    info.labels = at::tensor({-100, -100, 5, -100, 4, -100}, at::kLong).view({samples, length});
    info.token_kinds = at::tensor({0, 1, 2, 0, 2, -1}, at::kLong).view({samples, length});
    info.sample_types = at::tensor({1, 0}, at::kLong);
    info.task_ids = at::tensor({0, 1}, at::kLong);
    info.training = true;
    return info;
}

struct Choice {
    std::string axis;
    Json value;
};

// Every value of every axis with a few, and numbers at which something begins or ends.
std::vector<Choice> choices() {
    std::vector<Choice> out = {{"num_experts", 1},     {"num_experts", 3},
                               {"top_k", 1},           {"top_k", 8},
                               {"dropout", 0.5},       {"gate_dropout", 0.5},
                               {"gate_level", 0},      {"gate_level", 1},
                               {"gate_softness", 0},   {"gate_temperature", 0.1},
                               {"gate_jitter", 0.5},   {"balance_coef", 0},
                               {"router_init_std", 1}, {"init_share", 1},
                               {"balance_kl", 0.5},    {"router_mix", 0}};
    const Json schema = options_schema();
    for (const Json& group : schema.at("groups")) {
        if (group.at("name") != "adapter") continue;
        for (const Json& field : group.at("fields")) {
            const std::string name = field.at("name");
            if (name == "preset" || name == "flavour") continue;
            if (field.at("type") == "bool")
                for (const bool value : {false, true}) out.push_back({name, value});
            if (field.contains("choices"))
                for (const Json& value : field.at("choices")) out.push_back({name, value});
        }
    }
    return out;
}

// "" when all axes go together, else why not.
std::string reason_against(const RunOptions& run, std::vector<SiteSpec>& sites) {
    for (const Issue& issue : validate(run))
        if (issue.severity == Severity::Error) return message_of(issue.error);
    auto expanded = expand_sites(small_linears({}), run.adapter);
    if (!expanded) return message_of(expanded.error());
    sites = std::move(*expanded);
    return {};
}

double finite_sum(const at::Tensor& t) {
    EXPECT_TRUE(t.isfinite().all().item<bool>());
    return t.abs().sum().item<double>();
}

// Of gate, up and down, whose experts are whole blocks.
at::Tensor block_sum(const AdapterOptions& options, const std::vector<SiteSpec>& sites,
                     std::size_t first, RoutingContext& context, std::vector<at::Tensor>& leaves) {
    FrozenLinear base[3];
    std::unique_ptr<AdaptedLinear> linears[3];
    for (std::size_t p = 0; p < 3; ++p) {
        const SiteSpec& site = sites[first + p];
        base[p].shape = site.shape;
        base[p].weight = at::randn({site.shape.out, site.shape.in});
        SiteTensors tensors = fresh_tensors(site, options, 1, first + p);
        if (site.bank == BankKind::Dora)
            tensors.magnitude = at::ones({site.experts, site.shape.out});
        for (at::Tensor* tensor : tensors.all())
            if (tensor->defined()) leaves.push_back(tensor->requires_grad_(true));
        linears[p] = std::make_unique<AdaptedLinear>(site, first + p, options, tensors, context,
                                                     TaskTensors{}, &base[p]);
    }
    linears[0]->lead_block(*linears[1], *linears[2]);
    const at::Tensor y = linears[0]->forward_block(
        base[0], base[1], base[2], at::randn({samples, length, sites[first].shape.in}));
    (void)finite_sum(y.detach());
    return y.sum();
}

// One update's pass over sites of the layer, with its balance term.
void expect_runs(const AdapterOptions& options, const std::vector<SiteSpec>& sites) {
    RoutingContext context(sites, options, at::kCPU, 7);
    const GlobalGate shared = global_gate(sites, options);
    TaskTensors global;
    if (shared.tasks > 0)
        global = fresh_task_tensors(shared.tasks, shared.task_embedding, shared.experts, 3);
    context.begin_statistics({"one", "two"});
    context.begin_pass(batch_with_everything());
    context.begin_layer(false, 0);
    at::Tensor total = at::zeros({});
    std::vector<at::Tensor> leaves;
    std::set<std::string> leaders;
    for (const SiteSpec& site : sites) leaders.insert(site.router_of);
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const LinearShape& shape = sites[i].shape;
        if (sites[i].in_block) {
            if (leads_block(sites[i]))
                total = total + block_sum(options, sites, i, context, leaves);
            continue;
        }
        const bool special = shape.module == "k_proj" || shape.module == "down_proj";
        if (!special && !leaders.contains(shape.path)) continue;
        FrozenLinear base;
        base.shape = shape;
        base.weight = at::randn({shape.out, shape.in});
        if (shape.bias) base.bias = at::randn({shape.out});
        SiteTensors tensors = fresh_tensors(sites[i], options, 1, i);
        if (sites[i].bank == BankKind::Dora)
            tensors.magnitude = at::ones({sites[i].experts, shape.out});
        if (sites[i].start_share > 0 || options.init == ExpertInit::Loftq)
            start_from_weight(tensors, sites[i], options, base.weight);
        for (at::Tensor* tensor : tensors.all())
            if (tensor->defined()) leaves.push_back(tensor->requires_grad_(true));
        AdaptedLinear linear(sites[i], i, options, tensors, context, global, &base);
        const at::Tensor x = at::randn({samples, length, shape.in});
        at::Tensor y = linear.forward(base, x, at::randn(x.sizes()));
        if (shape.module == "k_proj")
            y = linear.after_norm(y.view({samples, length, shape.heads, -1}));
        (void)finite_sum(y.detach());
        total = total + y.sum();
    }
    const at::Tensor balance = context.of_all_layers(context.take_layer_loss(false, 0));
    if (balance.defined()) {
        (void)finite_sum(balance.detach());
        total = total + balance;
    }
    total.backward();
    for (const at::Tensor& leaf : leaves)
        if (leaf.grad().defined()) (void)finite_sum(leaf.grad());
    for (const RouterRecord& record : context.take_statistics(1))
        EXPECT_TRUE(std::isfinite(record.entropy) && std::isfinite(record.marginal_entropy));
}

TEST(FreeAxes, EveryChoiceBesideEveryPresetRunsOrIsRefusedWithAReason) {
    at::set_num_threads(1);
    at::manual_seed(11);
    std::int64_t ran = 0, refused = 0;
    for (const System& system : systems())
        for (const Choice& choice : choices()) {
            SCOPED_TRACE(system.name + ", adapter." + choice.axis + " = " + choice.value.dump());
            RunOptions run;
            run.adapter = system.options;
            run.adapter.num_tasks = 2;
            run.adapter.layer_experts.clear();
            run.adapter.allocation.clear();
            ASSERT_TRUE(from_json({{"adapter", {{choice.axis, choice.value}}}}, run).empty());
            std::vector<SiteSpec> sites;
            const std::string reason = reason_against(run, sites);
            if (reason.empty()) {
                expect_runs(run.adapter, sites);
                ran += 1;
            } else {
                EXPECT_NE(reason.find(": "), std::string::npos) << reason;
                refused += 1;
            }
            if (HasFailure()) return;
        }
    EXPECT_GT(ran, 3 * refused) << refused << " refused";
    EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace moelora
