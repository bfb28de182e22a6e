// SPDX-License-Identifier: GPL-3.0-or-later
// How much a run will write, from counts alone, and whether there is room for it. Torch-free.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/options/options.h"
#include "core/record/disk_plan.h"
#include "core/record/records.h"

namespace moelora {

// What a run is made of.
struct RunExtent {
    std::int64_t parameters = 0, sites = 0, experts = 0;  // of the adapter
    std::int64_t updates = 0;
    bool evaluates = false;
    std::int64_t tasks = 0;
    std::int64_t samples_per_update = 0;
};

// Of a planned adapter; what the data tell stays open: evaluates, tasks.
[[nodiscard]] RunExtent extent_of(const AdapterPlan& plan, const TrainOptions& train,
                                  std::int64_t updates);
// Of a run that will be written to `folder`, which need not exist.
[[nodiscard]] DiskPlan plan_disk(const RunExtent& extent, const TrainOptions& train,
                                 const std::string& folder);
// Errors: SpaceNeeded, when less than `needed` bytes are free at `path`; the sentence names what of
// them is the reserve that train.disk_reserve asks for.
[[nodiscard]] Status check_space(const std::string& path, std::int64_t needed,
                                 std::int64_t reserve = 0);

}  // namespace moelora
