// SPDX-License-Identifier: GPL-3.0-or-later
// IA3 in PEFT's layout (formats.md 8): <path>.ia3_l, (out, 1) for a layer whose output is scaled,
// (1, in) for a feed-forward module, whose input is.
#include <algorithm>

#include "core/adapter/formats.h"
#include "core/adapter/merge.h"
#include "core/io/files.h"

namespace moelora {
namespace {

const std::string prefix = "base_model.model.";

// "<path>" of "base_model.model.<path>.ia3_l" (or .ia3_l.default); "" for others.
std::string path_of(const std::string& name) {
    if (!name.starts_with(prefix)) return {};
    for (const std::string end : {".ia3_l", ".ia3_l.default"})
        if (name.ends_with(end) && name.size() > prefix.size() + end.size())
            return name.substr(prefix.size(), name.size() - prefix.size() - end.size());
    return {};
}

// As PEFT: a list matches by the end of the path without a dot before it.
bool is_feedforward(const Json& config, const std::string& path) {
    const Json names = config.value("feedforward_modules", Json::array());
    return names.is_array() && std::any_of(names.begin(), names.end(), [&](const Json& name) {
               return name.is_string() && path.ends_with(name.get<std::string>());
           });
}

std::string refusal(const Json& config) {
    for (const char* key : {"fan_in_fan_out", "modules_to_save"})
        if (config.contains(key) && !config.at(key).is_null() && config.at(key) != false &&
            !config.at(key).empty())
            return std::string(key) + " is set, which this program does not do";
    if (config.value("feedforward_modules", Json()).is_string())
        return "feedforward_modules is a regular expression, only a list can be read";
    return {};
}

AdapterCard empty_card(const Json& config) {
    AdapterCard card;
    AdapterOptions& o = card.options;
    o.preset = "ia3";
    o.bank = BankKind::Vector;
    o.init = ExpertInit::Ones;
    o.num_experts = 1;
    o.rank = 1;
    o.alpha = 1;
    o.dropout = 0;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    card.base_path = as_string(config.value("base_model_name_or_path", Json(""))).value_or("");
    return card;
}

}  // namespace

Result<StoredAdapter> read_peft_ia3(const SafetensorsFile& file, const Json& config,
                                    const std::string& folder, bool with_tensors) {
    if (const std::string wrong = refusal(config); !wrong.empty())
        return adapter_invalid(folder, wrong);
    StoredAdapter out;
    out.card = empty_card(config);
    AdapterOptions& o = out.card.options;
    std::vector<ExpectedTensor> wanted;
    for (const TensorEntry& entry : file.entries()) {
        const std::string path = path_of(entry.name);
        if (path.empty() || entry.shape.size() != 2) continue;
        SiteSpec site;
        site.bank = BankKind::Vector;
        site.scales_input = is_feedforward(config, path);
        site.shape.path = path;
        site.shape.module = path.substr(path.rfind('.') + 1);
        const std::int64_t width = std::max(entry.shape[0], entry.shape[1]);
        // The side that the file does not tell comes from the model.
        site.shape.in = site.scales_input ? width : 0;
        site.shape.out = site.scales_input ? 0 : width;
        wanted.push_back({entry.name, site.scales_input ? std::vector<std::int64_t>{1, width}
                                                        : std::vector<std::int64_t>{width, 1}});
        o.targets.push_back(path);
        if (site.scales_input) o.input_targets.push_back(path);
        out.card.sites.push_back(std::move(site));
    }
    if (wanted.empty()) return adapter_invalid(folder, "it holds no " + prefix + "*.ia3_l");
    if (!with_tensors) return out;
    MOELORA_TRY(const auto tensors, read_tensors(file, wanted));
    for (const at::Tensor& tensor : tensors) {
        SiteTensors t;
        t.vector = tensor.reshape({1, -1});
        out.tensors.push_back(std::move(t));
    }
    return out;
}

Status save_peft_ia3(const Adapter& adapter, const std::string& folder) {
    MOELORA_TRY_STATUS(check_vector_places(adapter.card()));
    std::vector<NamedTensor> tensors;
    Json targets = Json::array(), feedforward = Json::array();
    for (std::size_t i = 0; i < adapter.sites().size(); ++i) {
        const SiteSpec& site = adapter.sites()[i];
        targets.push_back(site.shape.path);
        if (site.scales_input) feedforward.push_back(site.shape.path);
        const at::Tensor& v = adapter.site_tensors(i).vector;
        tensors.push_back(
            {prefix + site.shape.path + ".ia3_l",
             v.reshape(site.scales_input ? at::IntArrayRef({1, -1}) : at::IntArrayRef({-1, 1}))});
    }
    std::sort(targets.begin(), targets.end());
    std::sort(feedforward.begin(), feedforward.end());
    const Json config = {{"peft_type", "IA3"},
                         {"task_type", "CAUSAL_LM"},
                         {"base_model_name_or_path", adapter.card().base_path},
                         {"target_modules", targets},
                         {"feedforward_modules", feedforward},
                         {"exclude_modules", nullptr},
                         {"fan_in_fan_out", false},
                         {"inference_mode", true},
                         {"init_ia3_weights", true},
                         {"modules_to_save", nullptr}};
    MOELORA_TRY_STATUS(write_tensors(join_path(folder, "adapter_model.safetensors"), tensors));
    return write_text_atomic(join_path(folder, "adapter_config.json"), config.dump(2) + "\n");
}

}  // namespace moelora
