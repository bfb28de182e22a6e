// SPDX-License-Identifier: GPL-3.0-or-later
// The CUDA back end as far as it goes without a GPU: number types, which libraries fit, and
// refusals (the arithmetic stands in moe_lora_test.cpp and tests/core/quant/gpu_product_test.cpp).
#include "core/ops/cuda_kernels.h"

#include <ATen/ATen.h>
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cmath>

#include "core/ops/cuda/host_device.h"
#include "core/ops/cuda/host_twin.h"

namespace moelora::cuda {
namespace {

using testing::HasSubstr;

TEST(CudaKernels, EveryHalfPrecisionNumberIsReadAsLibTorchReadsIt) {
    for (std::uint32_t i = 0; i < 65536; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        const float f16 = c10::Half(bits, c10::Half::from_bits());
        const float bf16 = c10::BFloat16(bits, c10::BFloat16::from_bits());
        EXPECT_EQ(std::isnan(to_float(F16{bits})), std::isnan(f16)) << i;
        if (!std::isnan(f16)) {
            EXPECT_EQ(bits_of(to_float(F16{bits})), bits_of(f16)) << i;
        }
        if (!std::isnan(bf16)) {
            EXPECT_EQ(bits_of(to_float(Bf16{bits})), bits_of(bf16)) << i;
        }
    }
}

TEST(CudaKernels, RoundingEqualsLibTorchs) {
    std::uint32_t state = 1;
    const auto check = [](std::uint32_t bits) {
        const float value = float_of(bits);
        if (std::isnan(value)) {
            EXPECT_TRUE(std::isnan(to_float(round_to<F16>(value))));
            EXPECT_TRUE(std::isnan(to_float(round_to<Bf16>(value))));
            return;
        }
        EXPECT_EQ(round_to<F16>(value).bits, c10::Half(value).x) << value;
        EXPECT_EQ(round_to<Bf16>(value).bits, c10::BFloat16(value).x) << value;
    };
    for (int i = 0; i < 1000000; ++i) check(state = state * 1664525U + 1013904223U);
    // Ties and their neighbours: every f16 number and the middle behind it.
    for (std::uint32_t i = 0; i < 65536; ++i) {
        const std::uint32_t bits = bits_of(to_float(F16{static_cast<std::uint16_t>(i)}));
        for (const std::uint32_t middle : {0U, 0xfffU, 0x1000U, 0x1001U}) check(bits + middle);
    }
    for (const float edge : {65504.0F, 65519.99F, 65520.0F, 65536.0F, 5.96e-8F, 2.98e-8F, 2.99e-8F,
                             6.1035156e-5F, 6.1e-5F})
        for (const float sign : {1.0F, -1.0F}) check(bits_of(sign * edge));
}

TEST(CudaKernels, ALibraryOfAnotherVersionIsRefusedWithBothNumbers) {
    EXPECT_EQ(why_unfit(&host_twin()), "");
    EXPECT_THAT(why_unfit(nullptr), HasSubstr("another version than the program (interface 1, 2 is "
                                              "needed); build or install both together"));
    MoeloraCudaTable newer = host_twin();
    newer.version = 3;
    EXPECT_THAT(why_unfit(&newer), HasSubstr("interface 3"));
    MoeloraCudaTable shorter = host_twin();
    shorter.bytes -= 8;
    EXPECT_NE(why_unfit(&shorter), "");
}

TEST(CudaKernels, NoTensorHasKernelsUntilThereIsABackEnd) {
    const at::Tensor t = at::zeros({1});
    EXPECT_EQ(kernels_for(t), nullptr);
    EXPECT_EQ(use_kernels(&host_twin(), at::kCPU), "");
    EXPECT_EQ(kernels_for(t), &host_twin());
    EXPECT_EQ(use_kernels(nullptr), "");
    EXPECT_EQ(kernels_for(t), nullptr);
    EXPECT_THROW(launch("x", t, [](const auto&, auto) { return 0; }), std::logic_error);
    // Without LibTorch's CUDA part there are no streams, and nothing is taken.
    EXPECT_THAT(use_kernels(&host_twin(), at::kCUDA), HasSubstr("streams"));
}

// What every table, the library's and the host's, must refuse.
void expect_refusals(const MoeloraCudaTable& kernels) {
    constexpr MoeloraQueue queue{0, nullptr};
    alignas(16) float room[64] = {}, table[16] = {};
    const MoeloraQuantized good{2, 8, 8, room, room, table, nullptr, nullptr, 0};
    const auto unpack = [&](const MoeloraQuantized& w, std::int64_t first, std::int64_t last,
                            std::int32_t type) {
        return kernels.dequantize(&w, first, last, type, room, queue);
    };
    for (const std::int64_t blocksize : {0, 4, 24}) {
        MoeloraQuantized w = good;
        w.blocksize = blocksize;
        EXPECT_EQ(unpack(w, 0, 2, moelora_f32), 1) << blocksize;
        EXPECT_EQ(kernels.few_rows(&w, room, 1, moelora_f32, room, queue), 1);
    }
    MoeloraQuantized half_nested = good;
    half_nested.nested_table = table;
    EXPECT_EQ(unpack(half_nested, 0, 2, moelora_f32), 1);
    EXPECT_EQ(unpack(good, -1, 2, moelora_f32), 1);
    EXPECT_EQ(unpack(good, 0, 3, moelora_f32), 1);
    EXPECT_EQ(unpack(good, 0, 2, 3), 1);
    EXPECT_EQ(unpack(good, 1, 1, moelora_f32), 0) << "nothing to do";
    for (const std::int64_t rows : {0, 5})
        EXPECT_EQ(kernels.few_rows(&good, room, rows, moelora_f32, room, queue), 1);
    MoeloraExperts experts{};
    const auto add = [&](std::int64_t rows) {
        return kernels.add_experts(room, room, room, rows, 2, &experts, moelora_f32, room, queue);
    };
    EXPECT_EQ(add(1), 1) << "no expert";
    experts.experts = moelora_most_experts + 1;
    EXPECT_EQ(add(1), 1) << "too many";
    experts.experts = 1;
    EXPECT_EQ(add(1), 1) << "an expert without columns";
    experts.first[1] = 2;
    EXPECT_EQ(add(0), 0) << "nothing to do";
    EXPECT_EQ(kernels.experts_backward(nullptr, room, nullptr, 1, &experts, room, nullptr, nullptr,
                                       queue),
              1)
        << "a gradient of nothing";
}

TEST(CudaKernels, ImpossibleArgumentsAreRefused) {
    expect_refusals(host_twin());
}

TEST(CudaKernels, TheLibraryOpensWithoutAGpuAndRefusesWithAReason) {
    const std::string path = MOELORA_CUDA_LIBRARY;
    if (path.empty()) GTEST_SKIP() << "built without the CUDA back end";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto table_of = reinterpret_cast<MoeloraCudaTableOf>(dlsym(library, MOELORA_CUDA_TABLE));
    const auto self_test =
        reinterpret_cast<MoeloraCudaSelfTest>(dlsym(library, MOELORA_CUDA_SELF_TEST));
    const auto capability =
        reinterpret_cast<MoeloraCudaCapability>(dlsym(library, MOELORA_CUDA_CAPABILITY));
    ASSERT_TRUE(table_of && self_test && capability && dlsym(library, MOELORA_CUDA_OPEN));
    const MoeloraCudaTable& table = *table_of();
    EXPECT_EQ(why_unfit(&table), "");
    expect_refusals(table);
    EXPECT_STREQ(table.error_text(1), "invalid argument");
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL)) GTEST_SKIP() << "here is a driver";
    alignas(16) float room[64] = {};
    const MoeloraQuantized w{2, 8, 8, room, room, room, nullptr, nullptr, 0};
    const int code = table.dequantize(&w, 0, 2, moelora_f32, room, {0, nullptr});
    EXPECT_GT(code, 1) << "a launch without a driver";
    EXPECT_THAT(table.error_text(code), HasSubstr("driver"));
    char message[256] = "";
    EXPECT_NE(self_test(0, message, sizeof message), 0);
    EXPECT_THAT(message, HasSubstr("driver"));
    EXPECT_EQ(capability(0), 0);
}

}  // namespace
}  // namespace moelora::cuda
