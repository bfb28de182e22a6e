// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/export_offer.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "core/adapter/frozen_values.h"
#include "core/adapter/merge.h"
#include "core/io/files.h"
#include "core/io/free_space.h"
#include "core/session/export_formats.h"
#include "core/session/questions.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refused(const std::string& format, std::string why) {
    return fail(ErrorCode::ExportRefused, {{"format", format}, {"why", std::move(why)}});
}

// check_collapse() as the refusal of this format.
Status without_routing(const std::string& format, const AdapterCard& card) {
    Status allowed = check_collapse(card);
    if (allowed) return {};
    Error error = std::move(allowed).error();
    for (auto& [name, value] : error.args)
        if (name == "format") value = format;
    return tl::unexpected<Error>(std::move(error));
}

bool is_routed(const AdapterCard& card) {
    return std::any_of(card.sites.begin(), card.sites.end(),
                       [](const SiteSpec& site) { return site.routed; });
}

std::int64_t most_experts(const AdapterCard& card) {
    std::int64_t most = 1;
    for (const SiteSpec& site : card.sites) most = std::max(most, site.experts);
    return most;
}

// A folder whose linear layers are codes has no weight to add to.
bool holds_codes(const std::string& model) {
    const auto config = read_json(join_path(model, "config.json"));
    return config && config->is_object() && config->contains("quantization_config");
}

}  // namespace

// Merged: the size of the model's files. Else the tensors once for each folder that is written, as
// every format holds them at most.
std::int64_t export_bytes(const std::string& format, const AdapterCard& card,
                          const std::string& model, ComputeDtype merged_dtype) {
    std::int64_t bytes = 1 << 20;  // texts
    if (format != "merged") {
        const bool apart = format == "peft-per-expert";
        for (const SiteSpec& site : card.sites) {
            // What experts share, and what has no experts, stands in the folder of each.
            const bool shared = site.bank == BankKind::SharedA ||
                                site.bank == BankKind::Modulation || site.start_share > 0;
            const std::int64_t copies = !apart         ? 1
                                        : !site.routed ? most_experts(card)
                                        : shared       ? site.experts
                                                       : 1;
            bytes += copies * (site.parameters() + frozen_values(site)) *
                     static_cast<std::int64_t>(sizeof(float));
        }
        return bytes;
    }
    return bytes + merged_bytes(model, merged_dtype);
}

Status check_export(const std::string& format, const AdapterCard& card, const std::string& model) {
    if (format == "native") return {};
    const bool routed = is_routed(card);
    if (format == "peft") {
        if (routed)
            return refused(format,
                           "its layers have several experts with a router, which PEFT "
                           "cannot hold");
        return without_routing(format, card);
    }
    if (format == "peft-per-expert") {
        if (!routed) return refused(format, "it has one expert, and that is what peft writes");
        return check_vector_places(card);
    }
    if (format == "peft-static" && !routed)
        return refused(format, "it has no router whose weights could be averaged; peft is exact");
    if (format == "peft-task" && (!routed || card.options.router != RouterKind::Task))
        return refused(format, "it does not route by task");
    if (format == "merged" && holds_codes(model))
        return refused(format,
                       "the base folder is quantised; merging starts from the unquantised "
                       "model in 16 or 32 bit");
    return without_routing(format, card);
}

namespace questions {

Result<ExportOffer> offer_export(const ExportSpec& spec) {
    MOELORA_TRY(const std::string folder, resolve_adapter_folder(spec.adapter));
    MOELORA_TRY(const AdapterCard card, read_card(folder));
    const std::string model = spec.model.empty() ? card.base_path : spec.model;
    const bool by_task = is_routed(card) && card.options.router == RouterKind::Task;
    const bool by_token = is_routed(card) && !by_task;
    ExportOffer offer;
    for (const ExportFormat& format : export_formats()) {
        ExportChoice choice;
        choice.format = format.name;
        choice.bytes = export_bytes(format.name, card, model, spec.dtype);
        if (Status allowed = check_export(format.name, card, model); !allowed)
            choice.refused = std::move(allowed).error();
        const bool merged = choice.format == "merged";
        choice.needs_data = choice.format == "peft-static" || (merged && by_token);
        choice.needs_task = choice.format == "peft-task" || (merged && by_task);
        offer.formats.push_back(std::move(choice));
    }
    offer.tasks = card.tasks;
    offer.free_bytes = free_bytes_at(spec.out.empty() ? folder : spec.out)
                           .value_or(std::numeric_limits<std::int64_t>::max());
    return offer;
}

}  // namespace questions
}  // namespace moelora
