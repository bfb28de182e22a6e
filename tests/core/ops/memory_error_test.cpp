// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/memory_error.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <system_error>

namespace moelora {
namespace {

std::error_code code_of(std::errc code) {
    return std::make_error_code(code);
}

TEST(MemoryError, WhatSaysThatNoRoomIsLeftIsNoBug) {
    const std::bad_alloc allocation;
    const std::system_error thread(code_of(std::errc::resource_unavailable_try_again));
    const std::system_error mapping(code_of(std::errc::not_enough_memory));
    const std::runtime_error primitive("could not create a primitive");
    for (const std::exception* thrown :
         {static_cast<const std::exception*>(&allocation),
          static_cast<const std::exception*>(&thread), static_cast<const std::exception*>(&mapping),
          static_cast<const std::exception*>(&primitive)}) {
        const auto error = memory_error(*thrown, "working");
        ASSERT_TRUE(error) << thrown->what();
        EXPECT_EQ(error->code, ErrorCode::HostOutOfMemory);
        EXPECT_EQ(entry_of(error->code).exit_code, 4);
    }
}

TEST(MemoryError, OtherFaultsStayWhatTheyAre) {
    const std::system_error missing(code_of(std::errc::no_such_file_or_directory));
    const std::runtime_error unsupported("could not create a primitive descriptor for a matmul");
    EXPECT_FALSE(memory_error(missing, "working"));
    EXPECT_FALSE(memory_error(unsupported, "working"));
}

}  // namespace
}  // namespace moelora
