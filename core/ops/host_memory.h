// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of tensors on the host, counted by an allocator of our own in LibTorch's place: exact where
// the resident set also holds libraries, freed pages and other people's caches. Thread-safe.
#pragma once

#include <cstdint>

namespace moelora::host_memory {

// From now on, for the rest of the process; tensors made before are not counted. Idempotent.
void count();
[[nodiscard]] std::int64_t held();  // now
[[nodiscard]] std::int64_t peak();  // since reset_peak() or count()
void reset_peak();                  // to what is held

// Test doubles of a full memory, which LibTorch's own allocator reports as c10::Error: the n-th
// allocation from now on and `times - 1` behind it fail; 0 = none. Returns how many allocations
// were made since the last call.
std::int64_t fail_at(std::int64_t n, std::int64_t times = 1);
// An allocation that would bring held() above `bytes` fails; 0 = none does.
void cap(std::int64_t bytes);

}  // namespace moelora::host_memory
