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
    std::vector<std::int64_t> ranks;  // [E], may differ
    std::vector<double> scales;       // [E]
    std::int64_t top_k = 0;           // 0 = all
    bool routed = false;              // has a router (never with one expert)
    bool router_bias = false;
    [[nodiscard]] std::int64_t total_rank() const;
    [[nodiscard]] bool equal_ranks() const;
    [[nodiscard]] std::int64_t parameters() const;
};

// A pattern matches a whole path or a whole tail after a dot; * stands for any characters.
[[nodiscard]] bool matches(const std::string& path, const std::string& pattern);

// In the order of `linears`; a linear that several patterns match stands once. Errors:
// TargetUnmatched (with near matches) for a pattern that matches nothing, OptionInvalid for
// impossible axes.
[[nodiscard]] Result<std::vector<SiteSpec>> expand_sites(const std::vector<LinearShape>& linears,
                                                         const AdapterOptions& options);
// What can run but hardly as meant (adapters.md 3.3): a renormalised top-1 gate, a balance term
// that is constant because all experts are active, experts that change the model at the start.
[[nodiscard]] std::vector<Issue> adapter_warnings(const std::vector<SiteSpec>& sites,
                                                  const AdapterOptions& options);
[[nodiscard]] AdapterPlan plan_of(const std::vector<SiteSpec>& sites,
                                  const AdapterOptions& options);

}  // namespace moelora
