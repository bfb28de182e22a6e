// SPDX-License-Identifier: GPL-3.0-or-later
// Which device a job runs on, with which type and how many threads; opening of the CUDA back end
// (ADR 0007).
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/result.h"
#include "core/options/options.h"
#include "core/record/hardware.h"

namespace moelora {

struct DeviceChoice {
    std::string name;                         // "cpu", "cuda:0"
    ComputeDtype dtype = ComputeDtype::Fp32;  // resolved, never Auto
    std::string note;                         // "CPU (no NVIDIA driver)"
    std::vector<Issue> issues;                // a type that was replaced
};

// Resolves auto, sets LibTorch's thread count. Errors: DeviceUnavailable (asked for by name and not
// there).
[[nodiscard]] Result<DeviceChoice> choose_device(const DeviceOptions& options, ComputeDtype wanted);

[[nodiscard]] HardwareReport hardware_report();
// Memory that programs may still have, in bytes; 0 = not known.
[[nodiscard]] std::int64_t available_memory();

// Lets peak_resident_bytes() begin anew: loading maps whole files, which are no part of training.
void reset_peak_resident_bytes();
// What this program holds without using it, on the device and the host, goes back to the system.
void give_back_unused_memory(const DeviceChoice& device);

// Resident and peak memory of this process in bytes (/proc/self/status).
[[nodiscard]] std::int64_t resident_bytes();
[[nodiscard]] std::int64_t peak_resident_bytes();
// The part of resident_bytes() that mapped files hold (weights are mapped while they are loaded).
[[nodiscard]] std::int64_t file_backed_bytes();

}  // namespace moelora
