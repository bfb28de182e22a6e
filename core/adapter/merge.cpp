// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/merge.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/assert.h"

namespace moelora {
namespace {

tl::unexpected<Error> refused(std::string why) {
    return fail(ErrorCode::ExportRefused, {{"format", "without routing"}, {"why", std::move(why)}});
}

at::Tensor host(const at::Tensor& t) {
    return t.defined() ? t.detach().to(at::kCPU, at::kFloat) : t;
}

// One factor for each rank column, f64: the weight of its expert times that expert's scale. Sums
// and products for a file are formed in f64 and rounded once.
at::Tensor column_factors(const SiteSpec& site, const at::Tensor& weights) {
    std::vector<at::Tensor> parts;
    for (std::size_t e = 0; e < site.ranks.size(); ++e)
        parts.push_back((weights[static_cast<std::int64_t>(e)].to(at::kDouble) * site.scales[e])
                            .expand({site.ranks[e]}));
    return at::cat(parts);
}

SiteSpec unrouted(const SiteSpec& site) {
    SiteSpec out;
    out.shape = site.shape;
    const bool low_rank = site.bank == BankKind::SharedA || site.bank == BankKind::Modulation;
    out.bank = low_rank ? BankKind::Lora : site.bank;
    out.scales_input = site.scales_input;
    return out;
}

// The card of a plain LoRA or IA3 adapter made from another.
AdapterCard plain_card(const Adapter& adapter, std::vector<SiteSpec> sites) {
    AdapterCard card = adapter.card();
    AdapterOptions& o = card.options;
    if (!sites.empty()) o.bank = sites.front().bank;
    o.preset = std::string(name_of_enum(o.bank));  // each kind's plain preset has its name
    o.flavour = Flavour::Default;
    o.num_experts = 1;
    o.top_k = 1;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    o.balance = BalanceKind::None;
    o.num_tasks = 0;
    o.router_scope = RouterScope::PerSite;
    o.gate_level_learned = o.modulation_shared = false;
    if (o.bank != BankKind::Vector) o.init = ExpertInit::KaimingZero;
    o.rank_rule = RankRule::PerExpert;
    o.scale_rule = ScaleRule::AlphaOverRank;
    o.layer_experts.clear();
    o.allocation.clear();
    o.layer_ranks.clear();
    o.site_axes.clear();
    if (!sites.empty() && !sites.front().ranks.empty()) {
        o.rank = sites.front().ranks.front();
        o.alpha = sites.front().scales.front() * static_cast<double>(o.rank);
    }
    card.sites = std::move(sites);
    return card;
}

}  // namespace

Result<ConstantWeights> measured_weights(const Adapter& adapter,
                                         const std::vector<RouterRecord>& records) {
    std::map<std::string, const RouterRecord*> by_site;
    for (const RouterRecord& record : records) by_site[record.site] = &record;
    ConstantWeights out;
    for (const SiteSpec& site : adapter.sites()) {
        if (!site.routed) {
            out.push_back(at::ones({1}));
            continue;
        }
        const auto found = by_site.find(site.router_of.empty() ? site.shape.path : site.router_of);
        if (found == by_site.end()) return refused("no routing was measured at " + site.shape.path);
        out.push_back(at::tensor(found->second->weight, at::kFloat));
    }
    return out;
}

Result<ConstantWeights> weights_of_tasks(const Adapter& adapter,
                                         const std::vector<std::int64_t>& tasks) {
    const at::NoGradGuard no_graph;
    ConstantWeights out;
    for (std::size_t i = 0; i < adapter.sites().size(); ++i) {
        const at::Tensor weights = adapter.task_weights(i, tasks);
        if (!weights.defined())
            return refused("the router of " + adapter.sites()[i].shape.path +
                           " looks at every token, so no fixed weights equal it");
        out.push_back(weights);
    }
    return out;
}

Status check_vector_places(const AdapterCard& card) {
    if (card.options.vector_place != VectorPlace::AfterNorm) return {};
    for (const SiteSpec& site : card.sites)
        if (site.bank == BankKind::Vector && site.shape.module == "k_proj")
            return refused(
                "the vectors of k_proj act behind the norm of the keys, where neither PEFT nor a "
                "weight has a place for them");
    return {};
}

Status check_collapse(const AdapterCard& card) {
    for (const SiteSpec& site : card.sites) {
        if (site.bank == BankKind::Dora && site.routed)
            return refused(
                "DoRA experts scale the frozen layer each by lengths of its own, so a "
                "mixture of them is no DoRA");
        if (site.in_block)
            return refused(
                "the experts are whole feed-forward blocks, which are no linear layers, so no "
                "weights give what a mixture of them gives");
    }
    return check_vector_places(card);
}

namespace {

bool shares_matrices(const SiteSpec& site) {
    return site.bank == BankKind::SharedA || site.bank == BankKind::Modulation;
}

// What the start added is taken off by rank columns of its own. B must hold its scale.
void take_start_off(SiteSpec& plain, SiteTensors& to, const SiteSpec& site,
                    const SiteTensors& from) {
    if (from.start_a.defined()) {
        to.a = at::cat({to.a, host(from.start_a)});
        const at::Tensor off =
            column_factors(site, at::full({site.experts}, -site.start_share, at::kDouble));
        to.b = at::cat({to.b, (host(from.start_b) * off).to(at::kFloat)}, 1);
    }
    plain.ranks = {to.a.size(0)};
    plain.scales = {1.0};
}

// The low-rank update of fixed weights [E] of the experts, at rank R = Σ r_e and scale 1; r where
// they share matrices.
void collapse_low_rank(SiteSpec& plain, SiteTensors& to, const SiteSpec& site,
                       const SiteTensors& from, const at::Tensor& weights) {
    to.a = host(from.a).clone();
    to.magnitude = host(from.magnitude);
    if (site.bank == BankKind::Modulation) {
        at::Tensor factor = at::mv(host(from.vector).t().to(at::kDouble), weights.to(at::kDouble));
        if (site.shared_vector)
            factor = factor + host(from.shared_vector).to(at::kDouble) * host(from.shared_gate);
        to.b = host(from.b) * (factor * site.scales.front()).unsqueeze(1);
    } else {
        to.b = host(from.b) * column_factors(site, weights);
    }
    if (site.bank == BankKind::SharedA)
        to.b = to.b.view({site.shape.out, site.experts, site.ranks.front()}).sum(1);
    to.b = to.b.to(at::kFloat);
    take_start_off(plain, to, site, from);
}

}  // namespace

Result<StoredAdapter> collapsed(const Adapter& adapter, const ConstantWeights& weights) {
    const at::NoGradGuard no_graph;
    MOELORA_TRY_STATUS(check_collapse(adapter.card()));
    StoredAdapter out;
    std::vector<SiteSpec> sites;
    for (std::size_t i = 0; i < adapter.sites().size(); ++i) {
        const SiteSpec& site = adapter.sites()[i];
        const SiteTensors& from = adapter.site_tensors(i);
        SiteSpec plain = unrouted(site);
        SiteTensors to;
        if (site.bank == BankKind::Vector) {
            to.vector = at::mm(weights[i].unsqueeze(0), host(from.vector));
        } else {
            collapse_low_rank(plain, to, site, from, weights[i]);
        }
        sites.push_back(std::move(plain));
        out.tensors.push_back(std::move(to));
    }
    out.card = plain_card(adapter, std::move(sites));
    return out;
}

Result<StoredAdapter> single_expert(const Adapter& adapter, std::int64_t expert) {
    const at::NoGradGuard no_graph;
    MOELORA_TRY_STATUS(check_vector_places(adapter.card()));
    StoredAdapter out;
    std::vector<SiteSpec> sites;
    for (std::size_t i = 0; i < adapter.sites().size(); ++i) {
        const SiteSpec& site = adapter.sites()[i];
        // What stands alone is always on, beside every expert.
        const std::int64_t number = site.routed ? expert : 0;
        if (number >= site.experts) continue;
        const SiteTensors& from = adapter.site_tensors(i);
        SiteSpec plain = unrouted(site);
        SiteTensors to;
        if (site.bank == BankKind::Vector) {
            to.vector = host(from.vector).narrow(0, number, 1).clone();
        } else if (shares_matrices(site)) {
            at::Tensor only = at::zeros({site.experts});
            only[number] = 1;
            collapse_low_rank(plain, to, site, from, only);
        } else {
            const auto e = static_cast<std::size_t>(number);
            std::int64_t first = 0;
            for (std::size_t before = 0; before < e; ++before) first += site.ranks[before];
            plain.ranks = {site.ranks[e]};
            plain.scales = {site.scales[e]};
            to.a = host(from.a).narrow(0, first, site.ranks[e]).clone();
            to.b = host(from.b).narrow(1, first, site.ranks[e]).clone();
            if (from.magnitude.defined())
                to.magnitude = host(from.magnitude).narrow(0, number, 1).clone();
            if (from.start_a.defined()) {
                to.b = (to.b.to(at::kDouble) * site.scales[e]).to(at::kFloat);
                take_start_off(plain, to, site, from);
            }
        }
        sites.push_back(std::move(plain));
        out.tensors.push_back(std::move(to));
    }
    out.card = plain_card(adapter, std::move(sites));
    return out;
}

// B A = Q_b (R_b R_aᵀ) Q_aᵀ, so the SVD is that of a small square matrix.
void truncate_rank(StoredAdapter& adapter, std::int64_t rank) {
    for (std::size_t i = 0; i < adapter.card.sites.size(); ++i) {
        SiteSpec& site = adapter.card.sites[i];
        const std::int64_t kept = std::min({rank, site.shape.in, site.shape.out});
        if (site.bank != BankKind::Lora || site.ranks.front() <= kept) continue;
        SiteTensors& t = adapter.tensors[i];
        const auto [q_b, r_b] = at::linalg_qr(t.b.to(at::kDouble) * site.scales.front());
        const auto [q_a, r_a] = at::linalg_qr(t.a.to(at::kDouble).t());
        const auto [u, s, vh] = at::linalg_svd(at::mm(r_b, r_a.t()), false);
        const at::Tensor root = s.narrow(0, 0, kept).sqrt();
        t.b = (at::mm(q_b, u.narrow(1, 0, kept)) * root).to(at::kFloat).contiguous();
        t.a = (root.unsqueeze(1) * at::mm(vh.narrow(0, 0, kept), q_a.t()))
                  .to(at::kFloat)
                  .contiguous();
        site.ranks = {kept};
        site.scales = {1.0};
    }
    adapter.card.options.rank = rank;
    adapter.card.options.alpha = static_cast<double>(rank);
}

namespace {

at::Tensor exact(const at::Tensor& t) {
    return t.detach().to(at::kCPU, at::kDouble);
}

// W + s B A
at::Tensor changed_weight(const SiteSpec& site, const SiteTensors& tensors,
                          const at::Tensor& weight) {
    return exact(weight) + at::mm(exact(tensors.b), exact(tensors.a)) * site.scales.front();
}

}  // namespace

FoldedLinear folded(const SiteSpec& site, const SiteTensors& tensors, const at::Tensor& weight,
                    const at::Tensor& bias) {
    MOELORA_ASSERT(site.experts == 1 && !site.routed, "only a site without router can be folded");
    if (site.bank == BankKind::Lora)
        return {changed_weight(site, tensors, weight).to(at::kFloat), bias};
    if (site.bank == BankKind::Dora) {
        const at::Tensor changed = changed_weight(site, tensors, weight);
        const at::Tensor norms = at::linalg_vector_norm(changed, 2, 1, true);
        return {(changed * (exact(tensors.magnitude).t() / norms)).to(at::kFloat), bias};
    }
    const at::Tensor factor = host(tensors.vector)[0];
    if (site.scales_input) return {weight * factor, bias};
    return {weight * factor.unsqueeze(1), bias.defined() ? bias * factor : bias};
}

}  // namespace moelora
