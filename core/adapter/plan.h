// SPDX-License-Identifier: GPL-3.0-or-later
// From options and module paths to the expanded list of adapted sites; torch-free, so the window
// can count parameters on every keystroke. Thread-safe; no state.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/config.h"
#include "core/options/options.h"
#include "core/record/records.h"

namespace moelora {

// One site, everything resolved (SiteSpec of adapters.md 3.3).
struct SiteSpec {
    LinearShape shape;
    std::int64_t experts = 1;
    std::vector<std::int64_t> ranks;  // [E], may differ; one with BankKind::Modulation
    std::vector<double> scales;       // the same
    std::int64_t top_k = 0;           // 0 = all
    bool routed = false;              // has a router (never with one expert)
    bool router_bias = false;
    BankKind bank = BankKind::Lora;  // Vector: ranks and scales are empty
    bool scales_input = false;       // a vector's place
    RouterKind router = RouterKind::None;
    std::int64_t tasks = 0, task_embedding = 0;  // of a task router of its own
    std::string router_of{};    // path of the site whose routing this one takes; "" = its own
    bool learns_level = false;  // of a threshold
    bool shared_vector = false;
    double start_share = 0;  // of what the experts added at the start, taken off for good
    bool in_block{};         // its experts are parts of those of a whole feed-forward block
    // Rows of A: of one expert where all share it.
    [[nodiscard]] std::int64_t a_rows() const;
    [[nodiscard]] bool routes() const { return routed && router_of.empty(); }
    [[nodiscard]] bool has_router_weight() const;
    [[nodiscard]] std::int64_t total_rank() const;
    [[nodiscard]] bool equal_ranks() const;
    [[nodiscard]] std::int64_t heads() const;  // that are routed apart, 1 unless PerHead
    [[nodiscard]] std::int64_t vector_width() const { return scales_input ? shape.in : shape.out; }
    [[nodiscard]] std::int64_t router_width() const;  // of what a token router sees
    [[nodiscard]] std::int64_t parameters() const;
};

// The gate that all sites share (RouterKind::Task with RouterScope::Global), 0 without one.
struct GlobalGate {
    std::int64_t tasks = 0, task_embedding = 0, experts = 0;
    [[nodiscard]] std::int64_t parameters() const {
        return tasks > 0 ? (tasks + 1 + experts) * task_embedding : 0;
    }
};
[[nodiscard]] GlobalGate global_gate(const std::vector<SiteSpec>& sites,
                                     const AdapterOptions& options);

// `groups` experts of equal groups of layers, from the input up, as one number a layer; what does
// not divide goes to the later groups.
[[nodiscard]] std::vector<std::int64_t> spread_over_layers(const std::vector<std::int64_t>& groups,
                                                           std::int64_t layers);

// A pattern matches a whole path or a whole tail after a dot; * stands for any characters.
[[nodiscard]] bool matches(const std::string& path, const std::string& pattern);

// In the order of `linears`; a linear that several patterns match stands once. Errors:
// TargetUnmatched (with near matches) for a pattern that matches nothing, OptionInvalid for
// impossible axes.
[[nodiscard]] Result<std::vector<SiteSpec>> expand_sites(const std::vector<LinearShape>& linears,
                                                         const AdapterOptions& options);
// Experts that each token of the site uses: all, k, or 0 where the gate decides token by token.
[[nodiscard]] std::int64_t active_experts(const SiteSpec& site, const AdapterOptions& options);
// gate_proj, of three layers whose experts are whole feed-forward blocks: what leads them.
[[nodiscard]] bool leads_block(const SiteSpec& site);
// What can run but hardly as meant (adapters.md 3.3): a renormalised top-1 gate, a balance term
// that is constant because all experts are active, experts that change the model at the start.
[[nodiscard]] std::vector<Issue> adapter_warnings(const std::vector<SiteSpec>& sites,
                                                  const AdapterOptions& options);
// What expand_sites refuses of the balance term, for sites that a file describes. Errors:
// OptionInvalid.
[[nodiscard]] Status check_balance(const std::vector<SiteSpec>& sites,
                                   const AdapterOptions& options);
[[nodiscard]] AdapterPlan plan_of(const std::vector<SiteSpec>& sites,
                                  const AdapterOptions& options);

}  // namespace moelora
