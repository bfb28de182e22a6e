// SPDX-License-Identifier: GPL-3.0-or-later
// Memory of the device that a job computes on. Of a GPU it is what its tensors hold, as LibTorch's
// allocator counts it (what the driver and unused blocks take comes on top); of a CPU it is this
// process. Readings of a GPU: **not run on a GPU**, tested with an allocator in its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/record/events.h"

namespace moelora {

struct DeviceMemory {
    std::int64_t now = 0, peak = 0;  // bytes of tensors; peak: since reset_peaks()
};
// Of "cuda:0"; none of a CPU, or where the device does not tell.
[[nodiscard]] std::optional<DeviceMemory> device_memory(const std::string& device);

// What tensors can still have there, with what their allocator holds unused; 0 = not known.
[[nodiscard]] std::int64_t available_bytes(const std::string& device);

// Peaks begin anew, that of the process and that of the device.
void reset_peaks(const std::string& device);
// Since then: of the device where it tells, else of the process, without pages of mapped files but
// with `mapped_weights`, which stay in such.
[[nodiscard]] std::int64_t peak_bytes(const std::string& device, std::int64_t mapped_weights);
[[nodiscard]] ResourceSampled resources_of(JobId job, const std::string& device);

// What tensors need at most on one device.
class PeakMeter {
  public:
    // Errors: UsageInvalid for a device that does not tell.
    [[nodiscard]] static Result<PeakMeter> on(const std::string& device);
    void begin_anew();
    // Without what other tensors held there before.
    [[nodiscard]] std::int64_t peak() const;

  private:
    PeakMeter(std::string device, std::int64_t before);
    std::string device_;
    std::int64_t before_;
};

}  // namespace moelora
