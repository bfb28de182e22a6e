// SPDX-License-Identifier: GPL-3.0-or-later
// Device, type and threads. What a driver would change is skipped where there is one.
#include "core/session/device.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "core/session/session.h"

namespace moelora {
namespace {

bool driver() {
    return dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr;
}

TEST(Device, WithoutADriverAutoIsTheCpuAndSaysWhy) {
    if (driver()) GTEST_SKIP() << "this machine has an NVIDIA driver";
    const auto choice = choose_device({.name = "auto", .threads = 1}, ComputeDtype::Auto);
    ASSERT_TRUE(choice.has_value());
    EXPECT_EQ(choice->name, "cpu");
    EXPECT_NE(choice->dtype, ComputeDtype::Auto);
    EXPECT_NE(choice->dtype, ComputeDtype::Fp16) << "no CPU here computes in fp16";
    EXPECT_NE(device_report().find("no NVIDIA driver"), std::string::npos) << device_report();
    EXPECT_TRUE(device_self_tests().empty());
    for (const char* name : {"cuda", "cuda:0", "cuda:9"}) {
        const auto refused = choose_device({.name = name, .threads = 1}, ComputeDtype::Auto);
        ASSERT_FALSE(refused.has_value()) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::DeviceUnavailable);
        EXPECT_EQ(refused.error().arg("why"), "no NVIDIA driver");
    }
}

TEST(Device, WithADriverEveryKernelEqualsTheHost) {
    if (!driver()) GTEST_SKIP() << "this machine has no NVIDIA driver";
    const std::vector<std::string> lines = device_self_tests();
    if (lines.empty()) GTEST_SKIP() << "no kernels to compare: " << device_report();
    for (const std::string& line : lines) EXPECT_NE(line.find("passed"), std::string::npos) << line;
}

TEST(Device, NamesThatAreNoneAreRefused) {
    for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1000", "CPU", ""}) {
        const auto refused = choose_device({.name = name, .threads = 1}, ComputeDtype::Fp32);
        ASSERT_FALSE(refused.has_value()) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::OptionInvalid) << name;
    }
}

TEST(Device, ATypeThatIsOnlyEmulatedIsReplacedAndSaid) {
    const auto choice = choose_device({.name = "cpu", .threads = 1}, ComputeDtype::Fp16);
    ASSERT_TRUE(choice.has_value());
    EXPECT_EQ(choice->dtype, ComputeDtype::Fp32);
    ASSERT_EQ(choice->issues.size(), 1U);
    EXPECT_EQ(choice->issues[0].error.code, ErrorCode::DtypeReplaced);
    EXPECT_EQ(choice->issues[0].error.arg("wanted"), "fp16");
    EXPECT_TRUE(choose_device({.name = "cpu", .threads = 1}, ComputeDtype::Fp32)->issues.empty());
}

TEST(Device, ThreadsStayWithinWhatTheProcessMayUse) {
    cpu_set_t before, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; ++i)
        if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    ASSERT_TRUE(choose_device({.name = "cpu", .threads = 0}, ComputeDtype::Fp32));
    const int threads = at::get_num_threads();
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
    EXPECT_EQ(threads, 1);
    ASSERT_TRUE(choose_device({.name = "cpu", .threads = 0}, ComputeDtype::Fp32));
    EXPECT_GE(at::get_num_threads(), 1);
    EXPECT_LE(at::get_num_threads(), CPU_COUNT(&before));
}

TEST(Device, TheHardwareReportIsWhatJobsGet) {
    const HardwareReport found = Session("runs").hardware();
    ASSERT_TRUE(choose_device({.name = "cpu", .threads = 0}, ComputeDtype::Fp32));
    EXPECT_EQ(found.threads, at::get_num_threads());
    EXPECT_FALSE(found.instructions.empty());
    EXPECT_GT(found.free_bytes, 0);
    EXPECT_LE(found.free_bytes, found.memory_bytes);
    EXPECT_EQ(found.gpus.empty(), !found.no_gpu.empty());
    EXPECT_EQ(found.bf16,
              choose_device({.name = "cpu"}, ComputeDtype::Auto)->dtype == ComputeDtype::Bf16);
}

}  // namespace
}  // namespace moelora
