// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/recorded_work.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/accelerator/Graph.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <exception>
#include <optional>

namespace moelora {
namespace {

struct DeviceGraph final : RecordedWork {
    at::accelerator::Graph graph;
    void replay() override { graph.replay(); }
};

// The stream that all else runs on cannot be recorded, so another is made current meanwhile: the
// same each time, because LibTorch keeps room for products by stream.
std::unique_ptr<RecordedWork> record_on(const at::Device& device, std::optional<c10::Stream>& own,
                                        const std::function<void()>& work, RecordedWork* beside) {
    const c10::DeviceGuard current(device);
    if (!own) own = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
    at::accelerator::synchronizeDevice(device.index());
    auto out = std::make_unique<DeviceGraph>();
    const auto* other = dynamic_cast<const DeviceGraph*>(beside);
    {
        const c10::StreamGuard stream(*own);
        out->graph.capture_begin(other ? other->graph.pool() : c10::MempoolId_t{0, 0},
                                 at::GraphCaptureMode::ThreadLocal);
        try {
            work();
        } catch (...) {
            try {  // the stream records until it is told to end, which may be refused, too
                out->graph.capture_end();
            } catch (const std::exception&) {
            }
            throw;
        }
        out->graph.capture_end();
    }
    at::accelerator::synchronizeDevice(device.index());
    return out;
}

}  // namespace

RecordWork recorder_of(const at::Device& device) {
    if (device.is_cpu() || !at::has_graph_impl(device.type())) return {};
    return [device, own = std::optional<c10::Stream>()](const std::function<void()>& work,
                                                        RecordedWork* beside) mutable {
        return record_on(device, own, work, beside);
    };
}

}  // namespace moelora
