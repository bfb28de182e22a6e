// SPDX-License-Identifier: GPL-3.0-or-later
// What the computer is doing now, beside what it is (core/record/hardware.h). Torch-free, blocking,
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace moelora {

struct GpuUser {
    std::string program;     // its short name; "process 1234" where the system does not tell
    std::int64_t bytes = 0;  // 0 = not known
    bool own{};              // this program
};
struct GpuState {
    std::int64_t busy_percent = -1, celsius = -1;  // -1 = not known
    std::vector<GpuUser> users;                    // largest first, this program among them
};
// From the driver's management library, opened at the first call; none where there is no driver or
// no such card. `number`: in the driver's order, which is that of the slots.
[[nodiscard]] std::optional<GpuState> gpu_state(std::int64_t number);

// Of the library that is loaded: "2.15.0".
[[nodiscard]] std::string libtorch_version();
// Memory of the computer that programs can still take; 0 = not known.
[[nodiscard]] std::int64_t free_memory();

// How fast the disk under the largest file of a folder (or the file itself) gives new bytes; none
// where nothing there is large enough to tell. Reads 128 MiB at most, around the system's cache
// where the file system allows that, and takes half a second at most on a slow disk.
[[nodiscard]] std::optional<double> read_bytes_per_second(const std::string& path);

}  // namespace moelora
