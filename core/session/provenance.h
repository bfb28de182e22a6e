// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/options/options.h"
#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

// What made captions, now. `adapter` as the user named it and its `folder`, both "" for the base.
// Waits for the model's whole fingerprint unless the job is to stop.
// Errors: those of adapter_fingerprint.
[[nodiscard]] Result<Provenance> provenance_of(const LoadedModel& loaded,
                                               const std::string& adapter,
                                               const std::string& folder, const std::string& data,
                                               const GenerateOptions& generate,
                                               const JobControl& control);

// Raises that the adapter was trained on another base when that was found only after it was loaded.
void raise_late_base(const LoadedModel& loaded, const Adapter& adapter, const std::string& folder,
                     JobControl& control);

}  // namespace moelora
