// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/export_formats.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "core/io/atomic_file.h"
#include "core/io/files.h"
#include "core/session/data_needs.h"
#include "core/session/exact_weights.h"
#include "core/session/gate_survey.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refused(const std::string& format, std::string why) {
    return fail(ErrorCode::ExportRefused, {{"format", format}, {"why", std::move(why)}});
}

// By name: a format may list its sites in another order.
bool equal_parameters(const Adapter& a, const Adapter& b) {
    std::map<std::string, at::Tensor> right;
    for (const NamedTensor& n : b.stored_tensors()) right.emplace(n.name, n.tensor);
    const auto left = a.stored_tensors();
    return left.size() == right.size() &&
           std::all_of(left.begin(), left.end(), [&](const NamedTensor& n) {
               const auto found = right.find(n.name);
               return found != right.end() && at::equal(n.tensor, found->second);
           });
}

// A scale that stands in a file as α / r comes back within a rounding.
bool equal_sites(const Adapter& a, const Adapter& b) {
    std::map<std::string, const SiteSpec*> right;
    for (const SiteSpec& site : b.sites()) right.emplace(site.shape.path, &site);
    const auto near = [](double x, double y) { return std::abs(x - y) <= 1e-12 * std::abs(x); };
    return a.sites().size() == right.size() &&
           std::all_of(a.sites().begin(), a.sites().end(), [&](const SiteSpec& site) {
               const auto found = right.find(site.shape.path);
               return found != right.end() && site.ranks == found->second->ranks &&
                      std::equal(site.scales.begin(), site.scales.end(),
                                 found->second->scales.begin(), found->second->scales.end(), near);
           });
}

Result<ExportedAs> write_native(const ExportSource& source, const std::string& folder) {
    MOELORA_TRY_STATUS(save_native(source.adapter, folder));
    return read_back(*source.loaded.model, source.adapter, folder);
}

Result<ExportedAs> write_as_peft(const ExportSource& source, StoredAdapter stored,
                                 const std::string& folder) {
    MOELORA_TRY(const auto plain, Adapter::assemble(*source.loaded.model, std::move(stored)));
    MOELORA_TRY_STATUS(save_peft(*plain, folder));
    return read_back(*source.loaded.model, *plain, folder);
}

// expert_0, expert_1, ...: never plain numbers, which PEFT mistakes for layer numbers.
Result<ExportedAs> write_experts(const ExportSource& source, const std::string& folder) {
    std::int64_t experts = 0;
    for (const SiteSpec& site : source.adapter.sites()) experts = std::max(experts, site.experts);
    ExportedAs out;
    out.equal = true;
    for (std::int64_t e = 0; e < experts; ++e) {
        const std::string part = join_path(folder, "expert_" + std::to_string(e));
        std::error_code error;
        fs::create_directories(part, error);
        if (error) return write_failure(part, error.value());
        MOELORA_TRY(StoredAdapter alone, single_expert(source.adapter, e));
        MOELORA_TRY(ExportedAs one, write_as_peft(source, std::move(alone), part));
        out.equal = out.equal && one.equal;
        out.adapters.push_back(std::move(one.adapters.front()));
    }
    out.exact = false;
    out.note = std::to_string(experts) +
               " folders, each one expert alone and always on; the routing is not in them";
    return out;
}

Result<ConstantWeights> task_weights(const ExportSource& source) {
    const auto& known = source.adapter.card().tasks;
    const auto tasks = task_numbers(known, source.spec.task);
    if (tasks.empty() || std::find(tasks.begin(), tasks.end(), -1) != tasks.end())
        return fail(ErrorCode::TaskUnknown,
                    {{"task", source.spec.task.empty() ? "(none)" : source.spec.task},
                     {"sample", "the export"},
                     {"known", listed_tasks(known)}});
    return weights_of_tasks(source.adapter, tasks);
}

Result<ExportedAs> write_task(const ExportSource& source, const std::string& folder) {
    MOELORA_TRY(const ConstantWeights weights, task_weights(source));
    MOELORA_TRY(StoredAdapter stored, collapsed(source.adapter, weights));
    MOELORA_TRY(ExportedAs out, write_as_peft(source, std::move(stored), folder));
    out.note = "the mixture of task " + source.spec.task + ", exact for that task";
    return out;
}

// Of one expert a site. What PEFT has no such thing for is written as the LoRA that it amounts to.
Result<ExportedAs> write_peft(const ExportSource& source, const std::string& folder) {
    const auto& sites = source.adapter.sites();
    const bool plain = std::none_of(sites.begin(), sites.end(), [](const SiteSpec& site) {
        return !site.routed && (site.start_share > 0 || site.bank == BankKind::SharedA ||
                                site.bank == BankKind::Modulation);
    });
    if (plain) {
        MOELORA_TRY_STATUS(save_peft(source.adapter, folder));
        return read_back(*source.loaded.model, source.adapter, folder);
    }
    MOELORA_TRY(StoredAdapter stored,
                collapsed(source.adapter, ConstantWeights(sites.size(), at::ones({1}))));
    return write_as_peft(source, std::move(stored), folder);
}

// The mixture at the mean of the weights it uses on --data.
Result<StoredAdapter> measured_mixture(const ExportSource& source) {
    if (source.samples.empty())
        return refused(source.spec.format, "mean gate weights have to be measured: give --data");
    MOELORA_TRY(const auto records, routing_on(source.loaded, source.adapter, source.samples));
    MOELORA_TRY(const ConstantWeights weights, measured_weights(source.adapter, records));
    return collapsed(source.adapter, weights);
}

Result<ExportedAs> write_static(const ExportSource& source, const std::string& folder) {
    MOELORA_TRY(StoredAdapter stored, measured_mixture(source));
    if (source.spec.rank > 0) truncate_rank(stored, source.spec.rank);
    MOELORA_TRY(ExportedAs out, write_as_peft(source, std::move(stored), folder));
    out.exact = false;
    out.note = "a static mixture at the mean gate weights of " +
               std::to_string(source.samples.size()) + " samples; the routing is dropped";
    return out;
}

bool is_routed(const Adapter& adapter) {
    const auto& sites = adapter.sites();
    return std::any_of(sites.begin(), sites.end(), [](const SiteSpec& s) { return s.routed; });
}

Result<ExportedAs> write_merged(const ExportSource& source, const std::string& folder) {
    const bool routed = is_routed(source.adapter);
    const bool by_task = source.adapter.options().router == RouterKind::Task;
    ExportedAs out;
    StoredAdapter stored;
    if (!routed || by_task) {
        ConstantWeights weights(source.adapter.sites().size(), at::ones({1}));
        if (routed) {
            MOELORA_TRY(weights, task_weights(source));
            out.note = "the mixture of task " + source.spec.task;
        }
        MOELORA_TRY(stored, collapsed(source.adapter, weights));
    } else {
        if (source.samples.empty())
            return refused("merged",
                           "the router looks at every token, so no fixed weights equal it. Export "
                           "native, or give --data to merge the mean mixture");
        MOELORA_TRY(stored, measured_mixture(source));
        if (source.spec.rank > 0) truncate_rank(stored, source.spec.rank);
        out.exact = false;
        out.note = "a static mixture at mean gate weights; the routing is dropped";
    }
    MOELORA_TRY(const auto type,
                write_merged_model(source.loaded.path, stored, folder, source.spec.dtype));
    if (type)
        out.note += std::string(out.note.empty() ? "" : "; ") + "its weights are stored as " +
                    std::string(name_of(file_type(*type)));
    MOELORA_TRY(out.folded, Adapter::assemble(*source.loaded.model, std::move(stored)));
    out.equal = true;  // write_merged_model reads back what it wrote
    return out;
}

}  // namespace

Result<ExportedAs> read_back(Qwen3VL& model, const Adapter& written, const std::string& folder) {
    ExportedAs out;
    MOELORA_TRY(auto adapter, Adapter::load(model, folder));
    out.equal = equal_parameters(written, *adapter) && equal_sites(written, *adapter);
    out.adapters.push_back(std::move(adapter));
    return out;
}

const std::vector<ExportFormat>& export_formats() {
    static const std::vector<ExportFormat> formats = {
        {"native", "our own folder: everything, routing included", write_native},
        {"peft", "PEFT: a plain LoRA, DoRA or IA3", write_peft},
        {"peft-per-expert", "one PEFT folder for each expert", write_experts},
        {"peft-static", "PEFT: the mixture at its mean gate weights on --data", write_static},
        {"peft-task", "PEFT: the mixture of one --task of a task router, exact", write_task},
        {"merged", "a whole model folder with the adapter folded in", write_merged}};
    return formats;
}

}  // namespace moelora
