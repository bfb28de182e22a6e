// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cuda_kernels.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <stdexcept>

namespace moelora::cuda {
namespace {

std::atomic<const MoeloraCudaTable*> installed{nullptr};
std::atomic<at::DeviceType> installed_on{at::kCUDA};

MoeloraQueue queue_of(const at::Device& device) {
    if (device.is_cpu()) return {0, nullptr};
    const c10::Stream stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device);
    return {device.index(), stream.native_handle()};
}

}  // namespace

std::string why_unfit(const MoeloraCudaTable* table) {
    const std::int32_t found = table == nullptr ? 1 : table->version;
    if (found == moelora_cuda_interface && table->bytes == sizeof(MoeloraCudaTable)) return {};
    return "the CUDA back end is of another version than the program (interface " +
           std::to_string(found) + ", " + std::to_string(moelora_cuda_interface) +
           " is needed); build or install both together";
}

std::string use_kernels(const MoeloraCudaTable* table, at::DeviceType on) {
    if (table != nullptr && on != at::kCPU) try {
            (void)queue_of(at::Device(on, 0));
        } catch (const std::exception&) {
            installed = nullptr;
            return "this LibTorch does not tell its streams; layers are computed without our "
                   "kernels";
        }
    installed_on = on;
    installed = table;
    return {};
}

const MoeloraCudaTable* kernels_for(const at::Tensor& t) {
    const MoeloraCudaTable* table = installed;
    return table != nullptr && t.device().type() == installed_on.load() ? table : nullptr;
}

std::optional<std::int32_t> type_of(at::ScalarType type) {
    switch (type) {
        case at::kFloat:
            return moelora_f32;
        case at::kHalf:
            return moelora_f16;
        case at::kBFloat16:
            return moelora_bf16;
        default:
            return std::nullopt;
    }
}

void launch(const char* name, const at::Tensor& t,
            const std::function<int(const MoeloraCudaTable&, MoeloraQueue)>& kernel) {
    const MoeloraCudaTable* table = kernels_for(t);
    if (table == nullptr)
        throw std::logic_error("[" + std::string(name) + "] no kernels for this device");
    const c10::OptionalDeviceGuard guard(t.device());
    if (const int code = kernel(*table, queue_of(t.device())); code != 0)
        throw std::runtime_error("[" + std::string(name) + "] " + table->error_text(code));
}

}  // namespace moelora::cuda
