// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where core finds the kernels of the CUDA back end (cuda/backend_api.h). Whoever
// opened the library hands its table over (core/session/device.cpp); until then, and on machines
// without a GPU, no tensor has kernels and callers take their path through ATen, the slow twin.
// Threads: use_kernels before work begins; the rest from any thread.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <string>

#include "core/ops/cuda/backend_api.h"

namespace moelora::cuda {

// Why a library with this table cannot be used, as part of a sentence; "" = it can. Null is a
// library from before there were tables.
[[nodiscard]] std::string why_unfit(const MoeloraCudaTable* table);

// Kernels for tensors on devices of type `on`, for the rest of the process; null = none again.
// Tests hand over the host's twin for tensors on the CPU. "" or, where this LibTorch does not tell
// its streams, why the kernels stay unused.
std::string use_kernels(const MoeloraCudaTable* table, at::DeviceType on = at::kCUDA);

// Null where none serve the device of `t`.
[[nodiscard]] const MoeloraCudaTable* kernels_for(const at::Tensor& t);
// How the table names a type; none for types without kernels.
[[nodiscard]] std::optional<std::int32_t> type_of(at::ScalarType type);

// Calls `kernel` with the current stream of the device of `t`, which is made current meanwhile.
// Throws std::runtime_error "[name] ..." with the driver's reason when it does not answer 0.
void launch(const char* name, const at::Tensor& t,
            const std::function<int(const MoeloraCudaTable&, MoeloraQueue)>& kernel);

}  // namespace moelora::cuda
