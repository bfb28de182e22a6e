// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/adapter_start.h"

#include <algorithm>

#include "core/adapter/adapter.h"
#include "core/options/config.h"
#include "core/session/loaded_model.h"

namespace moelora {
namespace {

std::vector<OptionDifference> differences(const AdapterOptions& from, const AdapterOptions& to) {
    RunOptions before, after;
    before.adapter = from;
    after.adapter = to;
    return diff(before, after);
}

// What was set away from its default and is not what the folder says.
std::string overruled(const AdapterOptions& asked, const AdapterOptions& taken) {
    const auto set = differences(AdapterOptions{}, asked);
    std::string out;
    for (const OptionDifference& d : differences(asked, taken)) {
        if (std::none_of(set.begin(), set.end(), [&](const auto& s) { return s.path == d.path; }))
            continue;
        out.append(out.empty() ? "" : "; ").append(d.path + " is " + d.after);
        out.append(", not " + d.before);
    }
    return out;
}

}  // namespace

Result<AdapterStart> adapter_start(const std::vector<LinearShape>& linears,
                                   const AdapterOptions& asked) {
    AdapterStart out;
    out.options = asked;
    if (asked.init_from.empty()) {
        MOELORA_TRY(out.sites, expand_sites(linears, asked));
        return out;
    }
    MOELORA_TRY(out.folder, resolve_adapter_folder(asked.init_from));
    MOELORA_TRY(AdapterCard card, read_card(out.folder));
    out.options = std::move(card.options);
    out.options.preset = asked.preset;
    out.options.flavour = asked.flavour;
    out.options.init_from = asked.init_from;
    out.sites = std::move(card.sites);
    out.tasks = std::move(card.tasks);
    out.sample_types = std::move(card.data.sample_types);
    MOELORA_TRY_STATUS(fit_to_model(out.sites, linears, out.folder));
    if (const std::string changes = overruled(asked, out.options); !changes.empty())
        out.issues.push_back(
            {Severity::Warning,
             {ErrorCode::StartDecides, {{"path", out.folder}, {"changes", changes}}, {}, {}},
             {out.folder, 0, {}},
             1});
    return out;
}

}  // namespace moelora
