// SPDX-License-Identifier: GPL-3.0-or-later
// What a training starts with: fresh weights of the options' axes, or an adapter folder
// (adapter.init_from), whose own shapes, router, gate and scales count, with the dropout, jitter
// and balance that are asked for (take_training_axes). One answer for plan, estimate and training.
// Headers and JSON only.
#pragma once

#include <string>
#include <vector>

#include "core/adapter/plan.h"

namespace moelora {

struct AdapterStart {
    AdapterOptions options;       // as they will be trained; preset and init_from as asked
    std::vector<SiteSpec> sites;  // of this model
    std::string folder;           // of init_from; "" = fresh
    std::vector<std::string> tasks, sample_types;  // of the folder, in the order of their numbers
    std::vector<Issue> issues;                     // options that say otherwise than the folder
};
// Errors: those of expand_sites, resolve_adapter_folder and read_card; AdapterMismatch;
// OptionInvalid for a balance term that the folder's experts cannot have.
[[nodiscard]] Result<AdapterStart> adapter_start(const std::vector<LinearShape>& linears,
                                                 const AdapterOptions& asked);

}  // namespace moelora
