// SPDX-License-Identifier: GPL-3.0-or-later
// What the routers do on given samples, beside routers that were never trained. Engine thread only.
#pragma once

#include "core/session/job_runner.h"
#include "core/session/loaded_model.h"

namespace moelora {

// Mean gate weights over the prompts and first references of at most `per_task` samples of each
// task, and of a fresh adapter of the same make on the same samples: its experts add nothing, so
// that is the base with untrained routers. `adapter` is attached before and after. Nothing for an
// adapter without routers or a job that must stop. Cost: two forward passes a sample.
[[nodiscard]] Result<GateSurvey> survey_gates(LoadedModel& loaded, Adapter& adapter,
                                              const std::vector<CaptionSample>& samples,
                                              std::int64_t per_task, JobControl& control);

// Mean gate weights over prompts and first references of all these samples.
[[nodiscard]] Result<std::vector<RouterRecord>> routing_on(
    LoadedModel& loaded, Adapter& adapter, const std::vector<CaptionSample>& samples);

}  // namespace moelora
