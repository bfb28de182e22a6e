// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/device_memory.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Device.h>

#include <exception>

#include "core/ops/host_memory.h"
#include "core/session/device.h"

namespace moelora {
namespace {

constexpr auto all_pools = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);

// Calls ask(allocator, index) where `device` has an allocator that counts; false = it has none, or
// it cannot be asked now (a card that is lost).
template <class Ask>
bool with_allocator(const std::string& device, Ask&& ask) try {
    const c10::Device place(device);
    if (place.is_cpu()) return false;
    const c10::DeviceIndex index = place.has_index() ? place.index() : c10::DeviceIndex{0};
    ask(*c10::getDeviceAllocator(place.type()), index);
    return true;
} catch (const std::exception&) {
    return false;
}

}  // namespace

std::optional<DeviceMemory> device_memory(const std::string& device) {
    DeviceMemory out;
    const bool told =
        with_allocator(device, [&](c10::DeviceAllocator& allocator, c10::DeviceIndex index) {
            const auto stats = allocator.getDeviceStats(index);
            const auto& bytes = stats.allocated_bytes.at(all_pools);
            out = {bytes.current, bytes.peak};
        });
    return told ? std::optional(out) : std::nullopt;
}

std::int64_t available_bytes(const std::string& device) {
    if (device == "cpu") return available_memory();
    std::int64_t out = 0;
    with_allocator(device, [&](c10::DeviceAllocator& allocator, c10::DeviceIndex index) {
        const auto stats = allocator.getDeviceStats(index);
        const auto free = static_cast<std::int64_t>(allocator.getMemoryInfo(index).first);
        out = free + stats.reserved_bytes.at(all_pools).current -
              stats.allocated_bytes.at(all_pools).current;
    });
    return out;
}

void reset_peaks(const std::string& device) {
    reset_peak_resident_bytes();
    with_allocator(device, [](c10::DeviceAllocator& allocator, c10::DeviceIndex index) {
        allocator.resetPeakStats(index);
    });
}

std::int64_t peak_bytes(const std::string& device, std::int64_t mapped_weights) {
    if (const auto memory = device_memory(device)) return memory->peak;
    return peak_resident_bytes() - file_backed_bytes() + mapped_weights;
}

ResourceSampled resources_of(JobId job, const std::string& device) {
    const auto memory = device_memory(device);
    return {job, resident_bytes(), memory ? memory->now : 0, file_backed_bytes()};
}

PeakMeter::PeakMeter(std::string device, std::int64_t before)
    : device_(std::move(device)), before_(before) {}

Result<PeakMeter> PeakMeter::on(const std::string& device) {
    if (device == "cpu") {
        host_memory::count();
        return PeakMeter(device, 0);
    }
    const auto memory = device_memory(device);
    if (!memory)
        return fail(ErrorCode::UsageInvalid,
                    {{"why", "The device " + device +
                                 " does not tell how much of its memory is used; measure with "
                                 "--device cpu."}});
    return PeakMeter(device, memory->now);
}

void PeakMeter::begin_anew() {
    if (device_ == "cpu")
        host_memory::reset_peak();
    else
        reset_peaks(device_);
}

std::int64_t PeakMeter::peak() const {
    if (device_ == "cpu") return host_memory::peak();
    return device_memory(device_).value_or(DeviceMemory{}).peak - before_;
}

}  // namespace moelora
