// SPDX-License-Identifier: GPL-3.0-or-later
// Presets: files of resources/presets, compiled into the program. One file per system and flavour:
//   {"name": "qwen3vl-moe-lora", "flavour": "intended", "title", "source", "notes", "differences":
//   [...],
//    "options": {"adapter": {...axes...}, "data": {...}, "train": {...}}}
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/options/options.h"

namespace moelora {

struct Preset {
    std::string name, flavour, title, source, notes;
    std::vector<std::string>
        differences;  // where paper and code differ, and the switch that chooses
    Json options;     // the keys it sets, in the form of the configuration file
};

[[nodiscard]] const std::vector<Preset>& presets();
// nullptr when there is none. Flavour::Default finds the preset's first flavour.
[[nodiscard]] const Preset* find_preset(std::string_view name, Flavour flavour = Flavour::Default);

// The names without repetition, in the order in which they are offered.
[[nodiscard]] std::vector<std::string> preset_names();
// Errors: PresetUnknown, for the name or for a flavour that this preset does not have.
[[nodiscard]] Status check_preset(std::string_view name, Flavour flavour);

// Sets the axes of the preset named in options.adapter.preset / flavour. Errors: PresetUnknown.
[[nodiscard]] Status apply_preset(RunOptions& options);

}  // namespace moelora
