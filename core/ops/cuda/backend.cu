// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <cstdio>
#include <string>

#include "core/ops/cuda/launch.cuh"
#include "core/ops/cuda/self_test.cuh"

namespace {

int refuse(char* message, std::size_t size, const std::string& why) {
    std::snprintf(message, size, "%s", why.c_str());
    return -1;
}

const char* error_text(int code) {
    return cudaGetErrorString(static_cast<cudaError_t>(code));
}

}  // namespace

#define MOELORA_EXPORT __attribute__((visibility("default")))

extern "C" {

MOELORA_EXPORT int moelora_cuda_open(const char* torch_lib_folder, char* message,
                                     std::size_t size) {
    const std::string path = std::string(torch_lib_folder) + "/libtorch_cuda.so";
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr)
        return refuse(message, size,
                      std::string("LibTorch's CUDA part cannot be opened: ") + dlerror());
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess)
        return refuse(message, size, cudaGetErrorString(error));
    std::snprintf(message, size, "%d devices", count);
    return count;
}

MOELORA_EXPORT int moelora_cuda_capability(int index) {
    int major = 0, minor = 0;
    if (cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, index) != cudaSuccess ||
        cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, index) != cudaSuccess)
        return 0;
    return 10 * major + minor;
}

MOELORA_EXPORT const MoeloraCudaTable* moelora_cuda_table() {
    namespace kernels = moelora::cuda;
    static const MoeloraCudaTable table{
        moelora_cuda_interface,   sizeof(MoeloraCudaTable), error_text,
        kernels::dequantize,      kernels::few_rows,        kernels::add_experts,
        kernels::experts_backward};
    return &table;
}

MOELORA_EXPORT int moelora_cuda_self_test(int index, char* message, std::size_t size) {
    std::string said;
    const bool equal = moelora::cuda::self_test(index, *moelora_cuda_table(), said);
    std::snprintf(message, size, "%s", said.c_str());
    return equal ? 0 : -1;
}
}
