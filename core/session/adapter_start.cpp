// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/adapter_start.h"

#include <algorithm>
#include <map>

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

std::string listed(const std::vector<OptionDifference>& changes) {
    std::string out;
    for (const OptionDifference& d : changes)
        out.append(out.empty() ? "" : "; ")
            .append(d.path + " is " + d.after)
            .append(", not " + d.before);
    return out;
}

// What was set away from its default and is not what the folder says.
std::string overruled(const AdapterOptions& asked, const AdapterOptions& taken) {
    const auto set = differences(AdapterOptions{}, asked);
    std::vector<OptionDifference> other = differences(asked, taken);
    std::erase_if(other, [&](const OptionDifference& d) {
        return std::none_of(set.begin(), set.end(),
                            [&](const auto& s) { return s.path == d.path; });
    });
    return listed(other);
}

// Refusals of adapter options, by the option they name.
std::map<std::string, Error> refused(const AdapterOptions& options) {
    RunOptions all;
    all.adapter = options;
    std::map<std::string, Error> out;
    for (const Issue& issue : validate(all))
        if (issue.severity == Severity::Error && issue.where.item.starts_with("adapter."))
            out.emplace(issue.where.item, issue.error);
    return out;
}

// What the folder is may not go together with how it is asked to be trained.
Status check_training(const AdapterStart& start, const AdapterOptions& of_folder) {
    const auto known = refused(of_folder);
    for (auto& [option, error] : refused(start.options))
        if (!known.contains(option)) return tl::make_unexpected(error);
    return check_balance(start.sites, start.options);
}

Issue issue_of(ErrorCode code, Severity severity, const std::string& folder, std::string changes) {
    return {severity,
            {code, {{"path", folder}, {"changes", std::move(changes)}}, {}, {}},
            {folder, 0, {}},
            1};
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
    const AdapterOptions of_folder = card.options;
    out.options = std::move(card.options);
    take_training_axes(out.options, asked);
    out.options.preset = asked.preset;
    out.options.flavour = asked.flavour;
    out.options.init_from = asked.init_from;
    out.sites = std::move(card.sites);
    out.tasks = std::move(card.tasks);
    out.sample_types = std::move(card.data.sample_types);
    MOELORA_TRY_STATUS(fit_to_model(out.sites, linears, out.folder));
    MOELORA_TRY_STATUS(check_training(out, of_folder));
    if (std::string changes = overruled(asked, out.options); !changes.empty())
        out.issues.push_back(
            issue_of(ErrorCode::StartDecides, Severity::Warning, out.folder, std::move(changes)));
    AdapterOptions retrained = of_folder;
    take_training_axes(retrained, out.options);
    if (std::string changes = listed(differences(of_folder, retrained)); !changes.empty())
        out.issues.push_back(
            issue_of(ErrorCode::StartTrains, Severity::Info, out.folder, std::move(changes)));
    return out;
}

}  // namespace moelora
