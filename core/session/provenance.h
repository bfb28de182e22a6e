// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/options/options.h"
#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

// What is captioned with what. `adapter` as the user named it; `folder` and `loaded` are empty for
// the base.
struct CaptionSetting {
    const std::string& adapter;
    const std::string& folder;
    const Adapter* loaded;
    std::string data;  // "" = single pictures
    const DataOptions& reading;
    const std::vector<CaptionSample>& samples;
    const GenerateOptions& generate;
    const ModelOptions& base;
};
// What made captions, now. Waits for the model's whole fingerprint unless the job is to stop.
// Errors: those of adapter_fingerprint.
[[nodiscard]] Result<Provenance> provenance_of(const LoadedModel& loaded, const CaptionSetting& by,
                                               const JobControl& control);

// Raises that the adapter was trained on another base when that was found only after it was loaded.
void raise_late_base(const LoadedModel& loaded, const Adapter& adapter, const std::string& folder,
                     JobControl& control);

}  // namespace moelora
