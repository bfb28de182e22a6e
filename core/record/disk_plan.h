// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will write at most, and what is free where it writes. Plain values.
#pragma once

#include <cstdint>

#include "core/base/json.h"

namespace moelora {

struct DiskPlan {
    std::int64_t checkpoint_bytes = 0;  // of one
    std::int64_t checkpoints = 0;       // at one time, the one being written included
    std::int64_t adapter_bytes = 0;     // what training ends with
    std::int64_t records_bytes = 0;     // metrics.jsonl, metrics.csv and TensorBoard's file
    std::int64_t reserve_bytes = 0;     // train.disk_reserve
    std::int64_t needed_bytes = 0;      // all of it
    std::int64_t free_bytes = -1;       // -1 = not known
    bool fits = true;
};

[[nodiscard]] Json to_json(const DiskPlan& plan);

}  // namespace moelora
