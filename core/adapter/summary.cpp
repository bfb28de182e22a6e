// SPDX-License-Identifier: GPL-3.0-or-later
// What an adapter folder says of itself, from headers and JSON alone.
#include <algorithm>
#include <filesystem>

#include "core/adapter/formats.h"
#include "core/io/files.h"
#include "core/options/config.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

std::string axes_of(const AdapterOptions& options) {
    RunOptions run;
    run.adapter = options;
    return to_json(run).at("adapter").dump();
}

std::string method_of(const AdapterOptions& options) {
    if (options.flavour == Flavour::Default) return options.preset;
    return options.preset + " (" + std::string(name_of_enum(options.flavour)) + ")";
}

Result<AdapterSummary> summarize_tensors(const std::string& path) {
    MOELORA_TRY(const SafetensorsFile file, SafetensorsFile::open(path));
    AdapterSummary summary;
    summary.path = path;
    summary.format = "safetensors";
    for (const TensorEntry& entry : file.entries()) {
        ++summary.tensors;
        std::int64_t size = 1;
        for (const std::int64_t side : entry.shape) size *= side;
        summary.parameters += size;
    }
    const Error unknown =
        adapter_invalid(path, "neither adapter.json nor adapter_config.json stands beside it")
            .value();
    summary.issues.push_back({Severity::Error, unknown, {path, 0, {}}, 1});
    return summary;
}

}  // namespace

Result<AdapterCard> read_card(const std::string& folder) {
    if (is_native_folder(folder)) return read_native_card(folder);
    if (is_peft_folder(folder)) return read_peft_card(folder);
    return adapter_invalid(folder, "it has neither adapter.json nor adapter_config.json");
}

Result<AdapterSummary> summarize_adapter(const std::string& path) {
    std::error_code error;
    const bool is_file = fs::is_regular_file(path, error);
    const std::string folder = is_file ? fs::absolute(path).parent_path().string() : path;
    const bool native = is_native_folder(folder);
    if (is_file && !native && !is_peft_folder(folder)) return summarize_tensors(path);
    MOELORA_TRY(const AdapterCard card, read_card(folder));
    MOELORA_TRY(const SafetensorsFile file,
                SafetensorsFile::open(join_path(
                    folder, native ? "adapter.safetensors" : "adapter_model.safetensors")));
    AdapterSummary summary;
    summary.path = folder;
    summary.format = native ? "moelora 1" : "PEFT";
    summary.method = method_of(card.options);
    for (const auto& site : card.sites) {
        summary.experts = std::max(summary.experts, site.experts);
        for (const std::int64_t rank : site.ranks) summary.rank = std::max(summary.rank, rank);
        summary.parameters += site.parameters();
    }
    summary.parameters += global_gate(card.sites, card.options).parameters();
    summary.tensors = static_cast<std::int64_t>(file.entries().size());
    summary.alpha = card.options.alpha;
    summary.base_name = card.base_path;
    summary.base_fingerprint = card.base_fingerprint;
    summary.base_sha256 = card.base_sha256;
    summary.prompt = card.prompt;
    summary.issues = card.issues;
    if (native)
        if (const Status fits = check_native(file, card); !fits)
            summary.issues.push_back({Severity::Error, fits.error(), {file.path(), 0, {}}, 1});
    summary.axes_json = axes_of(card.options);
    return summary;
}

}  // namespace moelora
