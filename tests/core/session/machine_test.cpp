// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

TEST(Machine, ADiskIsTimedOnTheLargestFileOfAFolder) {
    const fs::path folder = fs::path(testing::TempDir()) / "read speed";
    fs::create_directories(folder);
    std::ofstream(folder / "small.txt") << "too small to tell";
    EXPECT_FALSE(read_bytes_per_second(folder.string()));
    std::ofstream(folder / "large.bin") << std::string(8 << 20, 'x');
    const auto speed = read_bytes_per_second(folder.string());
    ASSERT_TRUE(speed);
    EXPECT_GT(*speed, 0);
    fs::remove_all(folder);
}

TEST(Machine, WhatIsNotThereIsNotTold) {
    EXPECT_FALSE(read_bytes_per_second("/no/such/folder"));
    EXPECT_FALSE(gpu_state(1000));
}

// Only where there is a card.
TEST(Machine, ACardTellsItsUseAndWhoHoldsItsMemory) {
    const auto state = gpu_state(0);
    if (!state) GTEST_SKIP() << "no NVIDIA driver";
    EXPECT_GE(state->busy_percent, -1);
    EXPECT_LE(state->busy_percent, 100);
    for (std::size_t i = 1; i < state->users.size(); ++i)
        EXPECT_LE(state->users[i].bytes, state->users[i - 1].bytes);
    for (const GpuUser& user : state->users) EXPECT_FALSE(user.program.empty());
}

}  // namespace
}  // namespace moelora
