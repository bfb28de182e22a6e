// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/options/presets.h"

#include <algorithm>

#include "core/base/assert.h"
#include "core/options/config.h"
#include "core/options/presets_data.h"

namespace moelora {
namespace {

Preset parse_preset(std::string_view text) {
    const auto json = parse_json(text, "a preset");
    MOELORA_ASSERT(json.has_value(), "a preset is no JSON: " + std::string(text.substr(0, 80)));
    Preset preset;
    preset.name = json->at("name");
    preset.flavour = json->at("flavour");
    preset.title = json->at("title");
    preset.source = json->at("source");
    preset.notes = json->at("notes");
    preset.differences = json->at("differences").get<std::vector<std::string>>();
    preset.options = json->at("options");
    RunOptions scratch;
    const std::vector<Issue> issues = from_json(preset.options, scratch);
    MOELORA_ASSERT(issues.empty(),
                   "preset " + preset.name + ": " + message_of(issues.front().error));
    return preset;
}

// "lora, soft, qwen3vl-moe-lora (intended, as-run, as-written)"
std::string known_presets() {
    std::string out;
    for (const std::string& name : preset_names()) {
        std::string flavours;
        for (const Preset& preset : presets()) {
            if (preset.name != name || preset.flavour == "default") continue;
            flavours += flavours.empty() ? " (" : ", ";
            flavours += preset.flavour;
        }
        if (!flavours.empty()) flavours += ')';
        if (!out.empty()) out += ", ";
        out += name;
        out += flavours;
    }
    return out;
}

}  // namespace

const std::vector<Preset>& presets() {
    static const std::vector<Preset> all = [] {
        std::vector<Preset> list;
        for (const std::string_view text : preset_texts()) list.push_back(parse_preset(text));
        return list;
    }();
    return all;
}

std::vector<std::string> preset_names() {
    std::vector<std::string> names;
    for (const Preset& preset : presets())
        if (names.empty() || names.back() != preset.name) names.push_back(preset.name);
    return names;
}

const Preset* find_preset(std::string_view name, Flavour flavour) {
    for (const Preset& preset : presets())
        if (preset.name == name &&
            (flavour == Flavour::Default || preset.flavour == name_of_enum(flavour)))
            return &preset;
    return nullptr;
}

Status check_preset(std::string_view name, Flavour flavour) {
    if (find_preset(name, flavour)) return {};
    std::string wanted(name);
    if (find_preset(name)) {
        wanted += " in the flavour ";
        wanted += name_of_enum(flavour);
    }
    return fail(ErrorCode::PresetUnknown, {{"preset", wanted}, {"known", known_presets()}});
}

Status apply_preset(RunOptions& options) {
    MOELORA_TRY_STATUS(check_preset(options.adapter.preset, options.adapter.flavour));
    const Preset* preset = find_preset(options.adapter.preset, options.adapter.flavour);
    const std::vector<Issue> issues = from_json(preset->options, options);
    MOELORA_ASSERT(issues.empty(), "a preset has an option that cannot be read");
    return {};
}

}  // namespace moelora
