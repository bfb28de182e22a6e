// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/cuda/self_test.cuh"

#include <cuda_runtime.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "core/ops/cuda/host_device.h"
#include "core/ops/cuda/host_twin.h"

namespace moelora::cuda {
namespace {

void must(cudaError_t error, const std::string& what) {
    if (error != cudaSuccess) throw std::runtime_error(what + ": " + cudaGetErrorString(error));
}

// Device memory that frees itself.
template <class T>
class DeviceArray {
  public:
    explicit DeviceArray(const std::vector<T>& host) : count_(host.size()) {
        must(cudaMalloc(&data_, count_ * sizeof(T)), "memory");
        if (const auto error =
                cudaMemcpy(data_, host.data(), count_ * sizeof(T), cudaMemcpyDefault))
            cudaFree(data_), must(error, "copy");
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;
    T* get() const { return data_; }
    std::vector<T> host() const {
        std::vector<T> out(count_);
        must(cudaMemcpy(out.data(), data_, count_ * sizeof(T), cudaMemcpyDefault), "a kernel");
        return out;
    }

  private:
    T* data_ = nullptr;
    std::size_t count_;
};

std::uint32_t next(std::uint32_t& state) {
    return (state = state * 1664525U + 1013904223U) >> 8;
}
template <class T>
std::vector<T> draw(std::size_t count, std::uint32_t seed) {
    std::vector<T> out(count);
    for (T& value : out) value = round_to<T>(static_cast<float>(next(seed)) / 8388608.0F - 1.0F);
    return out;
}
std::vector<std::uint8_t> draw_bytes(std::size_t count, std::uint32_t seed) {
    std::vector<std::uint8_t> out(count);
    for (auto& value : out) value = static_cast<std::uint8_t>(next(seed) >> 4);
    return out;
}

struct Outcome {
    int cases = 0;
    template <class T>
    void same(const std::vector<T>& want, const DeviceArray<T>& got, const std::string& what) {
        ++cases;
        if (std::memcmp(got.host().data(), want.data(), want.size() * sizeof(T)) != 0)
            throw std::runtime_error(what + " differs from the host");
    }
};
void must_run(int code, const std::string& what) {
    must(static_cast<cudaError_t>(code), what);
}

enum class Form { Plain, Nested, Int8 };
constexpr const char* form_names[] = {"4 bit", "4 bit nested", "INT8"};

// A matrix of arbitrary codes and scales, on both sides.
struct Matrix {
    Matrix(Form form, std::int64_t out, std::int64_t in)
        : blocks(static_cast<std::size_t>(out * in + 63) / 64),
          host_codes(draw_bytes(
              static_cast<std::size_t>(form == Form::Int8 ? out * in : out * in / 2 + 1), 1)),
          host_bytes(draw_bytes(blocks, 2)),
          host_scales(draw<float>(form == Form::Int8 ? static_cast<std::size_t>(out) : blocks, 3)),
          host_table(draw<float>(16, 4)),
          host_nested_table(draw<float>(256, 5)),
          host_nested(draw<float>(blocks / 256 + 1, 6)),
          codes(host_codes),
          bytes(host_bytes),
          scales(host_scales),
          table(host_table),
          nested_table(host_nested_table),
          nested(host_nested) {
        const bool four = form != Form::Int8, twice = form == Form::Nested;
        host = {out,
                in,
                64,
                host_codes.data(),
                nullptr,
                four ? host_table.data() : nullptr,
                twice ? host_nested_table.data() : nullptr,
                twice ? host_nested.data() : nullptr,
                0.3F};
        host.absmax = twice ? static_cast<const void*>(host_bytes.data()) : host_scales.data();
        device = {out,
                  in,
                  64,
                  codes.get(),
                  nullptr,
                  four ? table.get() : nullptr,
                  twice ? nested_table.get() : nullptr,
                  twice ? nested.get() : nullptr,
                  0.3F};
        device.absmax = twice ? static_cast<const void*>(bytes.get()) : scales.get();
    }
    std::size_t blocks;
    std::vector<std::uint8_t> host_codes, host_bytes;
    std::vector<float> host_scales, host_table, host_nested_table, host_nested;
    DeviceArray<std::uint8_t> codes, bytes;
    DeviceArray<float> scales, table, nested_table, nested;
    MoeloraQuantized host{}, device{};
};

template <class T>
void test_quantized(Form form, std::int64_t in, std::int32_t type, const MoeloraCudaTable& kernels,
                    MoeloraQueue queue, Outcome& outcome) {
    constexpr std::int64_t out =
        301;  // at 1024 columns more than 256 blocks: nested scales in two groups
    const Matrix w(form, out, in);
    const std::string name = std::string(form_names[static_cast<int>(form)]) + " of " +
                             std::to_string(in) + " columns, type " + std::to_string(type);
    for (const std::int64_t first : {0, 3}) {
        std::vector<T> want(static_cast<std::size_t>((out - first) * in));
        const DeviceArray<T> got(want);
        host_twin().dequantize(&w.host, first, out, type, want.data(), queue);
        must_run(kernels.dequantize(&w.device, first, out, type, got.get(), queue), name);
        outcome.same(want, got, "unpacking " + name);
    }
    for (const std::int64_t rows : {1, 2, 3, 4}) {
        const auto x = draw<T>(static_cast<std::size_t>(rows * in), 7);
        const DeviceArray<T> device_x(x);
        std::vector<T> want(static_cast<std::size_t>(rows * out));
        const DeviceArray<T> got(want);
        host_twin().few_rows(&w.host, x.data(), rows, type, want.data(), queue);
        must_run(kernels.few_rows(&w.device, device_x.get(), rows, type, got.get(), queue), name);
        outcome.same(want, got, "the product of " + std::to_string(rows) + " rows with " + name);
    }
}

MoeloraExperts ragged(float last) {
    MoeloraExperts experts{};
    experts.experts = 4;
    const std::int32_t first[] = {0, 1, 9, 42, 75};  // narrower and wider than a warp
    const float scales[] = {2.0F, 0.5F, 1.5F, 1.0F};
    std::memcpy(experts.first, first, sizeof first);
    std::memcpy(experts.scales, scales, sizeof scales);
    experts.last = last;
    return experts;
}

template <class T>
void test_add(std::int64_t rows, bool weighted, std::int32_t type, const MoeloraCudaTable& kernels,
              MoeloraQueue queue, Outcome& outcome) {
    constexpr std::int64_t out = 131;
    const auto of = [&](std::int64_t columns) { return static_cast<std::size_t>(rows * columns); };
    const auto base = draw<T>(of(out), 1);
    const auto h = draw<float>(of(75), 2), b = draw<float>(out * 75, 3), w = draw<float>(of(4), 4);
    const DeviceArray<T> device_base(base), got(base);
    const DeviceArray<float> device_h(h), device_b(b), device_w(w);
    MoeloraExperts experts = ragged(0.7F), on_device = experts;
    if (weighted) experts.w = w.data(), on_device.w = device_w.get();
    std::vector<T> want(base.size());
    host_twin().add_experts(base.data(), h.data(), b.data(), rows, out, &experts, type, want.data(),
                            queue);
    const std::string name =
        "adding experts to " + std::to_string(rows) + " rows of type " + std::to_string(type);
    must_run(kernels.add_experts(device_base.get(), device_h.get(), device_b.get(), rows, out,
                                 &on_device, type, got.get(), queue),
             name);
    outcome.same(want, got, name);
}

void test_backward(std::int64_t rows, bool masked, const MoeloraCudaTable& kernels,
                   MoeloraQueue queue, Outcome& outcome) {
    const auto of = [&](std::int64_t columns) { return static_cast<std::size_t>(rows * columns); };
    const auto dg = draw<float>(of(75), 1), h = draw<float>(of(75), 2),
               mask = draw<float>(of(75), 3), w = draw<float>(of(4), 4);
    const DeviceArray<float> device_dg(dg), device_h(h), device_mask(mask), device_w(w);
    std::vector<float> dh(of(75)), g(of(75)), dw(of(4));
    const DeviceArray<float> got_dh(dh), got_g(g), got_dw(dw);
    MoeloraExperts experts = ragged(0.7F), on_device = experts;
    experts.w = w.data();
    on_device.w = device_w.get();
    host_twin().experts_backward(dg.data(), h.data(), masked ? mask.data() : nullptr, rows,
                                 &experts, dh.data(), dw.data(), g.data(), queue);
    must_run(kernels.experts_backward(device_dg.get(), device_h.get(),
                                      masked ? device_mask.get() : nullptr, rows, &on_device,
                                      got_dh.get(), got_dw.get(), got_g.get(), queue),
             "gradients of experts");
    outcome.same(dh, got_dh, "the gradient of h");
    outcome.same(g, got_g, "weighed h");
    outcome.same(dw, got_dw, "the gradient of mixing weights");
}

template <class T>
void test_type(std::int32_t type, const MoeloraCudaTable& kernels, MoeloraQueue queue,
               Outcome& outcome) {
    for (const Form form : {Form::Plain, Form::Nested, Form::Int8})
        for (const std::int64_t in : {1024, 72, 77})  // whole items; a ragged end of a warp; odd
            test_quantized<T>(form, in, type, kernels, queue, outcome);
    for (const std::int64_t rows : {1, 4, 5, 150})  // by warps, by tiles
        for (const bool weighted : {false, true})
            test_add<T>(rows, weighted, type, kernels, queue, outcome);
}

}  // namespace

bool self_test(int index, const MoeloraCudaTable& kernels, std::string& message) {
    try {
        must(cudaSetDevice(index), "the device");
        const MoeloraQueue queue{index, nullptr};
        Outcome outcome;
        test_type<float>(moelora_f32, kernels, queue, outcome);
        test_type<F16>(moelora_f16, kernels, queue, outcome);
        test_type<Bf16>(moelora_bf16, kernels, queue, outcome);
        for (const bool masked : {false, true}) test_backward(37, masked, kernels, queue, outcome);
        message = "unpacking, products of few rows and experts equal the host in " +
                  std::to_string(outcome.cases) + " cases";
        return true;
    } catch (const std::exception& failure) {
        message = failure.what();
        return false;
    }
}

}  // namespace moelora::cuda
