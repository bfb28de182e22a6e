// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "core/ops/cuda/backend_api.h"
#include "core/ops/cuda/scale_blocks.cuh"

namespace {

// Device memory that frees itself.
template <class T>
class DeviceArray {
  public:
    explicit DeviceArray(const std::vector<T>& host) {
        error_ = cudaMalloc(&data_, host.size() * sizeof(T));
        if (error_ == cudaSuccess)
            error_ =
                cudaMemcpy(data_, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice);
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;
    T* get() const { return data_; }
    cudaError_t error() const { return error_; }

  private:
    T* data_ = nullptr;
    cudaError_t error_ = cudaSuccess;
};

int refuse(char* message, std::size_t size, const std::string& why) {
    std::snprintf(message, size, "%s", why.c_str());
    return -1;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int moelora_cuda_open(const char* torch_lib_folder,
                                                             char* message, std::size_t size) {
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

__attribute__((visibility("default"))) int moelora_cuda_capability(int index) {
    int major = 0, minor = 0;
    if (cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, index) != cudaSuccess ||
        cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, index) != cudaSuccess)
        return 0;
    return 10 * major + minor;
}

__attribute__((visibility("default"))) int moelora_cuda_self_test(int index, char* message,
                                                                  std::size_t size) {
    if (const cudaError_t error = cudaSetDevice(index); error != cudaSuccess)
        return refuse(message, size, cudaGetErrorString(error));
    constexpr int rows = 37, experts = 3, columns = 9;  // ragged blocks: 2, 3 and 4 columns
    const std::vector<std::int32_t> block_of = {0, 0, 1, 1, 1, 2, 2, 2, 2};
    const std::vector<float> scales = {2.0F, 0.5F, 1.5F};
    std::vector<float> h(rows * columns), w(rows * experts);
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = std::sin(static_cast<float>(i));
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::cos(static_cast<float>(i));
    const DeviceArray<float> device_h(h), device_w(w), device_scales(scales);
    const DeviceArray<std::int32_t> device_blocks(block_of);
    for (const cudaError_t error :
         {device_h.error(), device_w.error(), device_scales.error(), device_blocks.error()})
        if (error != cudaSuccess) return refuse(message, size, cudaGetErrorString(error));
    if (const int error =
            moelora::cuda::scale_blocks(device_h.get(), device_w.get(), device_blocks.get(),
                                        device_scales.get(), rows, columns, experts, nullptr))
        return refuse(message, size, cudaGetErrorString(static_cast<cudaError_t>(error)));
    std::vector<float> out(h.size());
    if (const cudaError_t error = cudaMemcpy(out.data(), device_h.get(), out.size() * sizeof(float),
                                             cudaMemcpyDeviceToHost);
        error != cudaSuccess)
        return refuse(message, size, cudaGetErrorString(error));
    for (int n = 0; n < rows; ++n)
        for (int j = 0; j < columns; ++j) {
            const auto e = static_cast<std::size_t>(block_of[static_cast<std::size_t>(j)]);
            const auto at = static_cast<std::size_t>(n * columns + j);
            const float expected =
                h[at] * (w[static_cast<std::size_t>(n * experts) + e] * scales[e]);
            if (std::abs(out[at] - expected) > 1e-6F)
                return refuse(message, size, "scale_blocks differs from the host");
        }
    std::snprintf(message, size, "scale_blocks equals the host");
    return 0;
}
}
