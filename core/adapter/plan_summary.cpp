// SPDX-License-Identifier: GPL-3.0-or-later
// What an expanded plan amounts to: active experts, doubts, parameters.
#include <algorithm>
#include <string_view>

#include "core/adapter/frozen_values.h"
#include "core/options/config.h"

namespace moelora {
namespace {

Issue doubt(const char* option, std::string_view value, std::string why) {
    return doubtful_option(std::string("adapter.") + option, std::string(value), std::move(why));
}

}  // namespace

std::int64_t active_experts(const SiteSpec& site, const AdapterOptions& options) {
    switch (options.gate) {
        case GateKind::TopK:
            return site.top_k;
        case GateKind::StraightThrough:
            return 1;
        case GateKind::TopP:
        case GateKind::Threshold:
        case GateKind::ThresholdShifted:
            return 0;
        case GateKind::Relative:
            return options.gate_softness > 0 ? site.experts : 0;
        case GateKind::None:
        case GateKind::Softmax:
        case GateKind::SoftTopK:
        case GateKind::NormalisedSigmoid:
            break;
    }
    return site.experts;
}

namespace {

// Or at a level that every expert reaches.
bool has_all_active(const SiteSpec& site, const AdapterOptions& options) {
    const bool every = (options.gate == GateKind::TopP && options.gate_level >= 1) ||
                       (options.gate == GateKind::Threshold && !options.gate_level_learned &&
                        options.gate_level <= 0);
    return every || active_experts(site, options) == site.experts;
}

}  // namespace

std::vector<Issue> adapter_warnings(const std::vector<SiteSpec>& sites,
                                    const AdapterOptions& options) {
    std::vector<Issue> issues;
    std::int64_t routed = 0, all_active = 0, one_active = 0;
    for (const auto& site : sites) {
        if (!site.routed) continue;
        routed += 1;
        all_active += has_all_active(site, options) ? 1 : 0;
        one_active += site.top_k == 1 ? 1 : 0;
    }
    if (one_active > 0 && options.gate_renormalise)
        issues.push_back(doubt("gate_renormalise", "true",
                               "with one active expert its weight is always 1, so the router "
                               "learns nothing from the task"));
    if (options.balance == BalanceKind::Switch && options.balance_coef > 0 && all_active > 0)
        issues.push_back(doubt("balance", name_of_enum(options.balance),
                               "with all experts active it is constant at " +
                                   std::to_string(all_active) + " of " + std::to_string(routed) +
                                   " sites"));
    const bool sums_to_less = options.gate == GateKind::TopP || options.gate == GateKind::TopK;
    const bool blocks =
        std::any_of(sites.begin(), sites.end(), [](const SiteSpec& site) { return site.in_block; });
    if (blocks && sums_to_less && all_active < routed && !options.gate_renormalise)
        issues.push_back(doubt("gate_renormalise", "false",
                               "the weights of the chosen experts sum to less than 1, so the "
                               "feed-forward blocks are changed at once, before the first update"));
    if (options.bank == BankKind::Vector && sums_to_less && all_active < routed &&
        !options.gate_renormalise)
        issues.push_back(doubt("gate_renormalise", "false",
                               "the weights of the chosen vectors sum to less than 1, so the model "
                               "is changed at once, before the first update"));
    const bool moved = options.init == ExpertInit::DefaultBoth ||
                       options.init == ExpertInit::Loftq ||
                       (options.init == ExpertInit::SvdPieces && routed > 0) ||
                       (options.init == ExpertInit::Uniform && options.bank == BankKind::Vector);
    if (moved)
        issues.push_back(doubt("init", name_of_enum(options.init),
                               "the model is changed at once, before the first update"));
    if (options.router == RouterKind::ZeroParam && options.router_norm == RouterNorm::WholeSlice)
        issues.push_back(doubt("router_norm", name_of_enum(options.router_norm),
                               "a sample's output depends on the samples beside it, and an answer "
                               "written token by token differs from the same answer in one pass"));
    return issues;
}

AdapterPlan plan_of(const std::vector<SiteSpec>& sites, const AdapterOptions& options) {
    AdapterPlan plan;
    std::int64_t frozen = 0;
    for (const auto& site : sites) {
        frozen += frozen_values(site);
        const std::int64_t parameters = site.parameters();
        plan.sites.push_back(
            {site.shape.path, site.shape.module, site.shape.layer, site.shape.in, site.shape.out,
             site.experts,
             site.ranks.empty() ? 0 : *std::max_element(site.ranks.begin(), site.ranks.end()),
             site.top_k, parameters});
        plan.total += parameters;
    }
    plan.total += global_gate(sites, options).parameters();
    plan.bytes = (plan.total + frozen) * 4;
    plan.issues = adapter_warnings(sites, options);
    return plan;
}

}  // namespace moelora
