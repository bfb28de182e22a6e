// SPDX-License-Identifier: GPL-3.0-or-later
// What libmoelora_cuda.so exports. The program opens it at run time (core/session/backend.h) when a
// driver is present; nothing links it. C linkage, plain types. A message is English, for logs and
// diagnostics, always ended by a zero.
#pragma once

#include <cstddef>

#define MOELORA_CUDA_OPEN "moelora_cuda_open"
#define MOELORA_CUDA_CAPABILITY "moelora_cuda_capability"
#define MOELORA_CUDA_SELF_TEST "moelora_cuda_self_test"

extern "C" {
// Opens libtorch_cuda.so of `torch_lib_folder` with global symbols, which registers the device with
// LibTorch. The number of usable devices, or -1 with the reason in `message`.
using MoeloraCudaOpen = int (*)(const char* torch_lib_folder, char* message, std::size_t size);
// Compute capability of device `index`, 10 * major + minor; 0 when it cannot be asked.
using MoeloraCudaCapability = int (*)(int index);
// Runs each of our kernels on device `index` against the host's arithmetic. 0 = equal.
using MoeloraCudaSelfTest = int (*)(int index, char* message, std::size_t size);
}
