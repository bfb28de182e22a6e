// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "core/adapter/site_axes.h"
#include "core/options/config.h"

namespace moelora {
namespace {

// Glob with * alone; linear memory, backtracks to the last star.
bool glob(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, kept = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            kept = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++kept;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string listed(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& text : parts) {
        if (!out.empty()) out += ", ";
        out += text;
    }
    return out;
}

std::vector<std::string> texts(const std::vector<std::int64_t>& numbers) {
    std::vector<std::string> out;
    for (const auto number : numbers) out.push_back(std::to_string(number));
    return out;
}

tl::unexpected<Error> refuse(const char* option, std::string value, std::string why) {
    return fail(ErrorCode::OptionInvalid, {{"option", std::string("adapter.") + option},
                                           {"value", std::move(value)},
                                           {"why", std::move(why)}});
}

tl::unexpected<Error> unmatched(const std::vector<LinearShape>& linears,
                                const std::vector<std::string>& patterns) {
    std::set<std::string> tails;
    for (const auto& linear : linears) {
        const auto last = linear.path.rfind('.');
        if (last == std::string::npos) continue;
        tails.insert(linear.path.substr(last + 1));
        const auto before = linear.path.rfind('.', last - 1);
        if (last > 0 && before != std::string::npos) tails.insert(linear.path.substr(before + 1));
    }
    std::vector<std::string> near;
    for (const auto& pattern : patterns)
        for (const auto& name : nearest_names(pattern, {tails.begin(), tails.end()}))
            if (std::find(near.begin(), near.end(), name) == near.end()) near.push_back(name);
    return fail(ErrorCode::TargetUnmatched,
                {{"pattern", listed(patterns)}, {"nearest", listed(near)}});
}

// One number for each layer of the text decoder, or one for all; vision sites take the latter.
struct PerLayer {
    const char* option;
    std::int64_t everywhere;
    const std::vector<std::int64_t>& list;
    [[nodiscard]] std::int64_t at(const LinearShape& shape) const {
        if (list.empty() || shape.vision) return everywhere;
        return list[static_cast<std::size_t>(shape.layer)];
    }
    [[nodiscard]] Status check(std::int64_t text_layers) const {
        if (!list.empty() && static_cast<std::int64_t>(list.size()) != text_layers)
            return refuse(option, std::string("[") + listed(texts(list)) + "]",
                          "the model has " + std::to_string(text_layers) + " text layers");
        if (everywhere < 1 || std::any_of(list.begin(), list.end(), [](auto n) { return n < 1; }))
            return refuse(option,
                          list.empty() ? std::to_string(everywhere)
                                       : std::string("[") + listed(texts(list)) + "]",
                          "it must be 1 or more");
        return {};
    }
};

double scale_of(const AdapterOptions& o, std::int64_t in, std::int64_t rank,
                std::int64_t total_rank) {
    switch (o.scale_rule) {
        case ScaleRule::AlphaOverRank:
            return o.alpha / static_cast<double>(rank);
        case ScaleRule::AlphaOverTotalRank:
            return o.alpha / static_cast<double>(total_rank);
        case ScaleRule::AlphaOverSqrtRank:
            return o.alpha / std::sqrt(static_cast<double>(rank));
        case ScaleRule::Fixed:
            return o.scale;
        case ScaleRule::GoatTheory:
            return std::sqrt(3 * o.scale_eta * static_cast<double>(in) / static_cast<double>(rank));
    }
    return 0;
}

bool matches_any(const std::string& path, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return matches(path, pattern); });
}

Status check_router(const SiteSpec& site, const AdapterOptions& o) {
    const auto router = std::string(name_of_enum(o.router));
    if (o.router == RouterKind::None)
        return refuse("router", router, "several experts need a router");
    if (o.gate == GateKind::None)
        return refuse("gate", "none", "a router needs a gate, such as softmax or topk");
    const bool may_be_empty = o.gate == GateKind::Threshold || o.gate == GateKind::ThresholdShifted;
    if (o.bank == BankKind::Vector && may_be_empty)
        return refuse("gate", std::string(name_of_enum(o.gate)),
                      "where no expert reaches the level, scaling vectors would make the layer "
                      "zero");
    const bool activation =
        o.router == RouterKind::PerHead || o.router == RouterKind::TokenActivation;
    if (activation && o.bank != BankKind::Vector)
        return refuse("router", router, "it belongs to scaling vectors (adapter.bank = ia3)");
    if (o.router == RouterKind::Instance && site.shape.vision)
        return refuse("router", router,
                      "it looks at the prompt, which the vision tower's " + site.shape.path +
                          " does not see");
    if (o.router == RouterKind::ZeroParam && site.experts > site.shape.out)
        return refuse("num_experts", std::to_string(site.experts),
                      site.shape.path + " has only " + std::to_string(site.shape.out) +
                          " channels, and zero_param takes one for each expert");
    return {};
}

bool learns_level(const AdapterOptions& o) {
    return o.gate_level_learned && o.gate == GateKind::ThresholdShifted;
}

// Initialisations from the layer's weight: what they take of it, and that there is enough.
Status add_start(SiteSpec& site, const AdapterOptions& o) {
    const bool pieces = o.init == ExpertInit::SvdPieces;
    if (!pieces && o.init != ExpertInit::Pissa && o.init != ExpertInit::Loftq) return {};
    const std::int64_t all = std::min(site.shape.in, site.shape.out),
                       each = pieces ? all / site.experts : all;
    for (const auto rank : site.ranks)
        if (rank > each)
            return refuse("rank", std::to_string(rank),
                          "the weight of " + site.shape.path + " has " + std::to_string(all) +
                              " directions, so each of " + std::to_string(site.experts) +
                              " experts can start from at most " + std::to_string(each));
    if (o.init == ExpertInit::Pissa) site.start_share = 1;
    if (pieces)
        site.start_share = o.init_share > 0 ? o.init_share : 1 / static_cast<double>(site.experts);
    return {};
}

Result<SiteSpec> expand_site(const LinearShape& shape, const AdapterOptions& o,
                             std::int64_t experts, std::int64_t rank) {
    SiteSpec site;
    site.shape = shape;
    site.experts = experts;
    site.routed = experts > 1;
    site.bank = o.bank;
    if (site.routed) {
        MOELORA_TRY_STATUS(check_router(site, o));
        site.router = o.router;
        site.router_bias = o.router_bias && site.has_router_weight();
        site.learns_level = learns_level(o);
        if (o.gate == GateKind::TopK) site.top_k = std::min(o.top_k, experts);
        if (o.router == RouterKind::Task && o.router_scope == RouterScope::PerSite) {
            site.tasks = std::max<std::int64_t>(o.num_tasks, 1);
            site.task_embedding = o.task_embedding;
        }
    }
    site.shared_vector = o.bank == BankKind::Modulation && o.modulation_shared;
    if (o.bank == BankKind::Vector) {
        site.scales_input = matches_any(shape.path, o.input_targets);
        return site;
    }
    if (o.rank_rule == RankRule::Total) {
        if (rank % experts != 0)
            return refuse("rank", std::to_string(rank),
                          "with the rank rule total it must be divisible by " +
                              std::to_string(experts) + " experts");
        rank /= experts;
    }
    const std::int64_t updates = o.bank == BankKind::Modulation ? 1 : experts;
    const auto count = static_cast<std::size_t>(updates);
    site.ranks.assign(count, rank);
    site.scales.assign(count, scale_of(o, shape.in, rank, rank * updates));
    MOELORA_TRY_STATUS(add_start(site, o));
    return site;
}

// Layers that share a router with RouterScope::PerBlock: those of one part of a decoder layer, but
// the way out of attention sees other tokens than the ways in.
std::string block_of(const LinearShape& shape) {
    const auto dot = shape.path.rfind('.');
    const std::string name = shape.path.substr(dot + 1);
    if (dot == std::string::npos || name == "o_proj" || name == "proj") return shape.path;
    return shape.path.substr(0, dot);
}

constexpr const char* block_parts[] = {"gate_proj", "up_proj", "down_proj"};

bool is_block_part(const LinearShape& shape) {
    return !shape.vision && std::any_of(std::begin(block_parts), std::end(block_parts),
                                        [&](const char* part) { return shape.module == part; });
}

// With ExpertScope::FfnBlock: gate, up and down of a layer are one, and mixed as one. What stands
// elsewhere has one expert, unless adapter.site_axes says otherwise.
Status join_blocks(std::vector<SiteSpec>& sites, const AdapterOptions& o) {
    if (o.scope != ExpertScope::FfnBlock) return {};
    std::map<std::string, std::int64_t> parts;
    for (SiteSpec& site : sites) {
        if (!site.routed || !is_block_part(site.shape)) continue;
        site.in_block = true;
        parts[block_of(site.shape)] += 1;
    }
    const auto all = static_cast<std::int64_t>(std::size(block_parts));
    for (const auto& [block, count] : parts)
        if (count != all)
            return refuse("scope", "ffn_block",
                          "an expert of " + block +
                              " needs gate_proj, up_proj and down_proj together, with the same "
                              "number of experts");
    std::int64_t wanted = o.num_experts;
    for (const auto* list : {&o.layer_experts, &o.allocation})
        for (const std::int64_t experts : *list) wanted = std::max(wanted, experts);
    if (parts.empty() && wanted > 1)
        return refuse("scope", "ffn_block",
                      "no feed-forward block (gate_proj, up_proj and down_proj) is among the "
                      "layers with several experts");
    return {};
}

// The first routed site of a block keeps its router, the others take its routing.
Status share_routers(std::vector<SiteSpec>& sites, const AdapterOptions& o) {
    if (o.router_scope != RouterScope::PerBlock) return {};
    std::map<std::string, const SiteSpec*> leaders;
    for (SiteSpec& site : sites) {
        if (!site.routed) continue;
        const auto [at, fresh] = leaders.insert({block_of(site.shape), &site});
        if (fresh) continue;
        const SiteSpec& leader = *at->second;
        if (leader.experts != site.experts || leader.top_k != site.top_k)
            return refuse("router_scope", "per_block",
                          leader.shape.path + " and " + site.shape.path +
                              " differ in their experts, so one router cannot serve both");
        site.router_of = leader.shape.path;
        site.router_bias = site.learns_level = false;
    }
    return {};
}

// per_layer_concat stacks the tokens of all sites of a layer, global_concat those of all sites,
// which needs one expert count there.
Status check_concat(const std::vector<SiteSpec>& sites, const AdapterOptions& o) {
    const bool everywhere = o.balance_reduce == BalanceReduce::GlobalConcat;
    if (o.balance == BalanceKind::None ||
        !(everywhere || o.balance_reduce == BalanceReduce::PerLayerConcat))
        return {};
    std::map<std::pair<bool, std::int64_t>, std::int64_t> experts;
    for (const auto& site : sites) {
        if (!site.routed) continue;
        const auto [at, fresh] =
            experts.insert({everywhere ? std::pair{false, std::int64_t{0}}
                                       : std::pair{site.shape.vision, site.shape.layer},
                            site.experts});
        if (!fresh && at->second != site.experts)
            return refuse("balance_reduce", std::string(name_of_enum(o.balance_reduce)),
                          everywhere ? "the layers differ in their number of experts"
                                     : "the sites of layer " + std::to_string(site.shape.layer) +
                                           " differ in their number of experts");
    }
    return {};
}

}  // namespace

std::int64_t SiteSpec::total_rank() const {
    return std::accumulate(ranks.begin(), ranks.end(), std::int64_t{0});
}

bool SiteSpec::equal_ranks() const {
    return std::all_of(ranks.begin(), ranks.end(), [&](auto r) { return r == ranks[0]; });
}

bool leads_block(const SiteSpec& site) {
    return site.in_block && site.router_of.empty();
}

std::int64_t SiteSpec::a_rows() const {
    return bank == BankKind::SharedA ? ranks.front() : total_rank();
}

bool SiteSpec::has_router_weight() const {
    return routes() && router != RouterKind::Task && router != RouterKind::ZeroParam;
}

std::int64_t SiteSpec::heads() const {
    return router == RouterKind::PerHead && !scales_input ? shape.heads : 1;
}

std::int64_t SiteSpec::router_width() const {
    const bool activation = router == RouterKind::PerHead || router == RouterKind::TokenActivation;
    if (router == RouterKind::LowRank) return a_rows();
    return activation ? vector_width() / heads() : shape.in;
}

std::int64_t SiteSpec::parameters() const {
    std::int64_t count = 0;
    if (bank != BankKind::Vector) count = a_rows() * shape.in + total_rank() * shape.out;
    if (bank == BankKind::Vector || bank == BankKind::Modulation) count += experts * vector_width();
    if (bank == BankKind::Dora) count += experts * shape.out;
    if (shared_vector) count += shape.out + 1;
    if (tasks > 0) count += (tasks + 1 + experts) * task_embedding;
    if (has_router_weight()) count += experts * router_width();
    if (router_bias) count += experts;
    if (learns_level) count += shape.in + 1;
    return count;
}

GlobalGate global_gate(const std::vector<SiteSpec>& sites, const AdapterOptions& options) {
    if (options.router != RouterKind::Task || options.router_scope != RouterScope::Global)
        return {};
    for (const auto& site : sites)
        if (site.routed)
            return {std::max<std::int64_t>(options.num_tasks, 1), options.task_embedding,
                    site.experts};
    return {};
}

std::vector<std::int64_t> spread_over_layers(const std::vector<std::int64_t>& groups,
                                             std::int64_t layers) {
    const auto count = static_cast<std::int64_t>(groups.size());
    std::vector<std::int64_t> out;
    for (std::int64_t g = 0; g < count; ++g) {
        const std::int64_t size = layers / count + (g >= count - layers % count ? 1 : 0);
        out.insert(out.end(), static_cast<std::size_t>(size), groups[static_cast<std::size_t>(g)]);
    }
    return out;
}

bool matches(const std::string& path, const std::string& pattern) {
    if (pattern.empty()) return false;
    const std::string_view text = path;
    for (std::size_t from = 0;;) {
        if (glob(text.substr(from), pattern)) return true;
        const auto dot = text.find('.', from);
        if (dot == std::string_view::npos) return false;
        from = dot + 1;
    }
}

namespace {

Status check_patterns(const std::vector<LinearShape>& linears, const AdapterOptions& options) {
    if (options.targets.empty())
        return refuse("targets", "[]", "at least one module pattern is needed");
    std::vector<std::string> wrong;
    for (const auto* patterns : {&options.targets, &options.input_targets})
        for (const auto& pattern : *patterns)
            if (std::none_of(linears.begin(), linears.end(),
                             [&](const auto& linear) { return matches(linear.path, pattern); }))
                wrong.push_back(pattern);
    if (!wrong.empty()) return unmatched(linears, wrong);
    return {};
}

// Each entry of adapter.site_axes must mean something.
Status check_own(const std::vector<SiteAxes>& own, const std::set<std::string>& used,
                 const std::vector<SiteSpec>& sites, const AdapterOptions& o) {
    for (const SiteAxes& axes : own) {
        if (o.bank == BankKind::Vector && (axes.rank || axes.alpha))
            return refuse("site_axes", axes.pattern, "scaling vectors have no rank and no alpha");
        if (axes.top_k && o.gate != GateKind::TopK)
            return refuse("site_axes", axes.pattern, "top_k needs the gate topk");
    }
    std::vector<std::string> unused;
    for (const SiteAxes& axes : own)
        if (!used.contains(axes.pattern)) unused.push_back(axes.pattern);
    if (unused.empty()) return {};
    std::vector<LinearShape> adapted;
    for (const SiteSpec& site : sites) adapted.push_back(site.shape);
    return unmatched(adapted, unused);
}

// What must hold for all sites together.
Status check_together(const std::vector<SiteSpec>& sites, const AdapterOptions& o) {
    std::int64_t most = 0, fewest = 0;
    for (const auto& site : sites) {
        if (!site.routed) continue;
        most = std::max(most, site.experts);
        fewest = fewest == 0 ? site.experts : std::min(fewest, site.experts);
    }
    if (most > 0 && o.gate == GateKind::TopK && (o.top_k < 1 || o.top_k > most))
        return refuse("top_k", std::to_string(o.top_k),
                      "no layer has more than " + std::to_string(most) + " experts");
    if (most != fewest && o.router == RouterKind::Task && o.router_scope == RouterScope::Global)
        return refuse("router_scope", "global",
                      "one gate for all layers needs the same number of experts everywhere");
    return check_balance(sites, o);
}

}  // namespace

Status check_balance(const std::vector<SiteSpec>& sites, const AdapterOptions& options) {
    for (const SiteSpec& site : sites) {
        if (!site.routed) continue;
        if (site.router == RouterKind::PerHead && options.balance != BalanceKind::None)
            return refuse("balance", std::string(name_of_enum(options.balance)),
                          "heads that are routed apart have no common load to balance");
        if (options.balance == BalanceKind::Localized && site.experts % 2 != 0)
            return refuse("num_experts", std::to_string(site.experts),
                          "the localized balance loss needs two halves of equal size");
    }
    return check_concat(sites, options);
}

Result<std::vector<SiteSpec>> expand_sites(const std::vector<LinearShape>& linears,
                                           const AdapterOptions& options) {
    MOELORA_TRY_STATUS(check_patterns(linears, options));
    std::int64_t text_layers = 0;
    for (const auto& linear : linears)
        if (!linear.vision) text_layers = std::max(text_layers, linear.layer + 1);
    const bool grouped = options.layer_experts.empty() && !options.allocation.empty();
    const std::vector<std::int64_t> of_layer =
        grouped ? spread_over_layers(options.allocation, text_layers) : options.layer_experts;
    const PerLayer experts{grouped            ? "allocation"
                           : of_layer.empty() ? "num_experts"
                                              : "layer_experts",
                           options.num_experts, of_layer};
    const PerLayer ranks{options.layer_ranks.empty() ? "rank" : "layer_ranks", options.rank,
                         options.layer_ranks};
    MOELORA_TRY_STATUS(experts.check(text_layers));
    MOELORA_TRY_STATUS(ranks.check(text_layers));
    MOELORA_TRY(const std::vector<SiteAxes> own, read_site_axes(options.site_axes));
    std::vector<SiteSpec> sites;
    std::set<std::string> used;  // patterns of `own`
    for (const auto& linear : linears) {
        if (!matches_any(linear.path, options.targets)) continue;
        AdapterOptions here = options;
        std::int64_t count = experts.at(linear), rank = ranks.at(linear);
        if (options.scope == ExpertScope::FfnBlock && !is_block_part(linear)) count = 1;
        for (const SiteAxes& axes : own) {
            if (!matches(linear.path, axes.pattern)) continue;
            used.insert(axes.pattern);
            count = axes.experts.value_or(count);
            rank = axes.rank.value_or(rank);
            here.top_k = axes.top_k.value_or(here.top_k);
            here.alpha = axes.alpha.value_or(here.alpha);
        }
        MOELORA_TRY(SiteSpec site, expand_site(linear, here, count, rank));
        sites.push_back(std::move(site));
    }
    MOELORA_TRY_STATUS(check_own(own, used, sites, options));
    MOELORA_TRY_STATUS(join_blocks(sites, options));
    MOELORA_TRY_STATUS(share_routers(sites, options));
    MOELORA_TRY_STATUS(check_together(sites, options));
    return sites;
}

}  // namespace moelora
