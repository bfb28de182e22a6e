// SPDX-License-Identifier: GPL-3.0-or-later
// Where a recorded comparison comes from.
#pragma once

#include "core/record/records.h"

namespace moelora::test {

inline Provenance recorded_provenance() {
    return {.program_version = "0.1.0",
            .model_path = "/models/demo",
            .model_fingerprint = "9af1c2d4e5f607189af1",
            .adapter_path = "/runs/20261124-0912-soft/adapter",
            .adapter_fingerprint = "5d2e91ab77c04e12",
            .data_path = "/data/held_out/data.jsonl",
            .device = "cpu",
            .dtype = "fp32",
            .created_utc = "2026-11-24T09:20:00Z",
            .seed = 0,
            .greedy = true};
}

}  // namespace moelora::test
