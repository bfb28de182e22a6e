// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/host_memory.h"

#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace moelora::host_memory {
namespace {

constexpr std::size_t alignment = 64;  // as LibTorch's; the size of a block stands before it

std::atomic<std::int64_t> held_bytes = 0, peak_bytes = 0, allocations = 0, failing = 0,
                          failing_times = 1, most_bytes = 0;

// Whether allocation `number` is one of those that a test wants to fail.
bool refused(std::int64_t number, std::int64_t bytes) {
    const std::int64_t first = failing.load(), most = most_bytes.load();
    if (first > 0 && number >= first && number < first + failing_times.load()) return true;
    return most > 0 && held_bytes.load() + bytes > most;
}

void raise_peak(std::int64_t now) {
    std::int64_t seen = peak_bytes.load();
    while (now > seen && !peak_bytes.compare_exchange_weak(seen, now)) {
    }
}

void release(void* block) {
    if (!block) return;
    char* const start = static_cast<char*>(block) - alignment;
    held_bytes -= *reinterpret_cast<const std::int64_t*>(start);
    std::free(start);
}

class Counting final : public c10::Allocator {
  public:
    c10::DataPtr allocate(std::size_t bytes) override {
        const std::int64_t number = ++allocations;
        void* start = nullptr;
        if (refused(number, static_cast<std::int64_t>(bytes)) ||
            (bytes > 0 && posix_memalign(&start, alignment, bytes + alignment) != 0))
            TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: ", bytes, " bytes");
        if (!start) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
        *static_cast<std::int64_t*>(start) = static_cast<std::int64_t>(bytes);
        raise_peak(held_bytes += static_cast<std::int64_t>(bytes));
        void* const block = static_cast<char*>(start) + alignment;
        return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        default_copy_data(to, from, bytes);
    }
};

}  // namespace

void count() {
    static std::once_flag once;
    std::call_once(once, [] {
        static Counting counting;
        c10::SetCPUAllocator(&counting, 1);
    });
}

std::int64_t held() {
    return held_bytes;
}
std::int64_t peak() {
    return peak_bytes;
}
void reset_peak() {
    peak_bytes = held_bytes.load();
}
std::int64_t fail_at(std::int64_t n, std::int64_t times) {
    failing = n;
    failing_times = times;
    return allocations.exchange(0);
}
void cap(std::int64_t bytes) {
    most_bytes = bytes;
}

}  // namespace moelora::host_memory
