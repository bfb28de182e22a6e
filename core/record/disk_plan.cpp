// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/disk_plan.h"

namespace moelora {

Json to_json(const DiskPlan& p) {
    Json out = {{"checkpoint_bytes", p.checkpoint_bytes},
                {"checkpoints", p.checkpoints},
                {"adapter_bytes", p.adapter_bytes},
                {"records_bytes", p.records_bytes},
                {"reserve_bytes", p.reserve_bytes},
                {"needed_bytes", p.needed_bytes},
                {"fits", p.fits}};
    if (p.free_bytes >= 0) out["free_bytes"] = p.free_bytes;
    return out;
}

}  // namespace moelora
