// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/memory_estimate.h"

namespace moelora {

Json to_json(const MemoryEstimate& e) {
    Json parts = Json::object(), ladder = Json::array();
    for (const MemoryPart& part : e.parts) parts[part.name] = part.bytes;
    for (const MemoryChange& step : e.ladder)
        ladder.push_back({{"change", step.change},
                          {"saves_bytes", step.saves_bytes},
                          {"peak_bytes", step.peak_bytes}});
    Json out = {{"device", e.device},
                {"budget_bytes", e.budget_bytes},
                {"predicted_peak_bytes", e.predicted_peak_bytes},
                {"parts", std::move(parts)},
                {"fits", e.fits},
                {"ladder", std::move(ladder)},
                {"pack_tokens", e.pack_tokens},
                {"recomputed_layers", e.recomputed_layers},
                {"sample",
                 {{"id", e.sample},
                  {"samples", e.samples},
                  {"rows", e.rows},
                  {"tokens", e.tokens},
                  {"labels", e.labels},
                  {"patches", e.patches}}}};
    if (e.measured_peak_bytes) out["measured_peak_bytes"] = *e.measured_peak_bytes;
    return out;
}

}  // namespace moelora
