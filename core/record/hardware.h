// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine found in this computer. Plain values, bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace moelora {

struct GpuReport {
    std::string name;                               // "NVIDIA GeForce RTX 4060"
    std::int64_t capability = 0;                    // 10 * major + minor; 0 = not known
    std::int64_t memory_bytes = 0, free_bytes = 0;  // 0 = not known
    bool bf16 = false;                              // in hardware
    std::int64_t own_bytes{};                       // of what is not free, this program's part
};
struct HardwareReport {
    std::string processor;     // its name; "" = not known
    std::string instructions;  // of the kernels: "AMX", "AVX-512", "AVX2", or a phrase
    std::int64_t cores = 0;    // physical; 0 = not known
    std::int64_t threads = 0;  // that a job uses
    bool bf16 = false;         // in hardware, without a GPU
    std::int64_t memory_bytes = 0, free_bytes = 0;  // of the computer; 0 = not known
    std::vector<GpuReport> gpus;                    // those a job can use
    std::string no_gpu;                             // why there are none: a reason
    std::string driver;                             // its version; "" = none
    std::int64_t own_bytes{};                       // of what is not free, this program's part
};

}  // namespace moelora
