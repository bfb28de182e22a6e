// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/options/options.h"
#include "core/session/loaded_model.h"

namespace moelora {

// What made captions, now. `adapter` as the user named it and its `folder`, both "" for the base.
// Errors: those of adapter_fingerprint.
[[nodiscard]] Result<Provenance> provenance_of(const LoadedModel& loaded,
                                               const std::string& adapter,
                                               const std::string& folder, const std::string& data,
                                               const GenerateOptions& generate);

}  // namespace moelora
