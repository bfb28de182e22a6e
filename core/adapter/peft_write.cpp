// SPDX-License-Identifier: GPL-3.0-or-later
// A plain LoRA or DoRA in PEFT's layout (formats.md 5 and 6): sorted keys, one pattern a site by
// its full path, so that none overlaps another whatever order the reader sees.
#include <algorithm>
#include <cmath>

#include "core/adapter/formats.h"
#include "core/io/files.h"

namespace moelora {
namespace {

constexpr const char* peft_version = "0.21.2";  // whose layout this is
constexpr std::pair<std::string_view, const char*> peft_suffixes[] = {
    {"expert_a", ".lora_A.weight"},
    {"expert_b", ".lora_B.weight"},
    {"expert_magnitude", ".lora_magnitude_vector"}};

bool uses_root(const AdapterOptions& options) {
    return options.scale_rule == ScaleRule::AlphaOverSqrtRank;
}

// What PEFT must call alpha so that its scale - alpha / r, or alpha / √r - is the site's.
double alpha_of(const SiteSpec& site, const AdapterOptions& options) {
    const auto rank = static_cast<double>(site.ranks[0]);
    const double divisor = uses_root(options) ? std::sqrt(rank) : rank;
    if (site.scales[0] == options.alpha / divisor) return options.alpha;  // without rounding twice
    return site.scales[0] * divisor;
}

Json number(double value) {
    if (value == std::floor(value) && std::abs(value) < 1e15)
        return static_cast<std::int64_t>(value);
    return value;
}

Json config_of(const Adapter& adapter) {
    const auto& sites = adapter.sites();
    const AdapterOptions& options = adapter.options();
    const std::int64_t rank = sites[0].ranks[0];
    const double alpha = alpha_of(sites[0], options);
    Json targets = Json::array(), ranks = Json::object(), alphas = Json::object();
    for (const auto& site : sites) {
        targets.push_back(site.shape.path);
        if (site.ranks[0] != rank) ranks[site.shape.path] = site.ranks[0];
        const double own = alpha_of(site, options);
        if (own != alpha) alphas[site.shape.path] = number(own);
    }
    std::sort(targets.begin(), targets.end());
    const double dropout = options.dropout_site == DropoutSite::Input ? options.dropout : 0.0;
    return {{"peft_type", "LORA"},
            {"task_type", "CAUSAL_LM"},
            {"base_model_name_or_path", adapter.card().base_path},
            {"r", rank},
            {"lora_alpha", number(alpha)},
            {"lora_dropout", dropout},
            {"use_rslora", uses_root(options)},
            {"use_dora", options.bank == BankKind::Dora},
            {"bias", "none"},
            {"fan_in_fan_out", false},
            {"init_lora_weights", true},
            {"inference_mode", true},
            {"target_modules", targets},
            {"modules_to_save", nullptr},
            {"rank_pattern", ranks},
            {"alpha_pattern", alphas},
            {"layers_to_transform", nullptr},
            {"layers_pattern", nullptr},
            {"exclude_modules", nullptr},
            {"peft_version", peft_version}};
}

}  // namespace

Status save_peft(const Adapter& adapter, const std::string& folder) {
    for (const auto& site : adapter.sites())
        if (site.experts > 1)
            return fail(ErrorCode::ExportRefused,
                        {{"format", "PEFT"},
                         {"why", site.shape.path + " has " + std::to_string(site.experts) +
                                     " experts with a router, which PEFT cannot hold"}});
    for (const auto& site : adapter.sites())
        if (site.start_share > 0 || site.bank == BankKind::SharedA ||
            site.bank == BankKind::Modulation)
            return fail(ErrorCode::ExportRefused,
                        {{"format", "PEFT"},
                         {"why", site.shape.path + " is no plain LoRA as it stands; its collapse "
                                                   "(merge.h) is"}});
    if (adapter.options().bank == BankKind::Vector) return save_peft_ia3(adapter, folder);
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : adapter.parameters()) {
        const auto dot = name.rfind('.');
        const auto& [kind, suffix] =
            *std::find_if(std::begin(peft_suffixes), std::end(peft_suffixes),
                          [&](const auto& known) { return known.first == name.substr(dot + 1); });
        const bool magnitude = kind == "expert_magnitude";  // one row, and PEFT holds it flat
        tensors.push_back({"base_model.model." + name.substr(0, dot) + suffix,
                           magnitude ? tensor.detach().flatten() : tensor});
    }
    MOELORA_TRY_STATUS(write_tensors(join_path(folder, "adapter_model.safetensors"), tensors));
    return write_text_atomic(join_path(folder, "adapter_config.json"),
                             config_of(adapter).dump(2) + "\n");
}

}  // namespace moelora
