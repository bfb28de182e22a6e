// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

#include <gmock/gmock.h>

#include <memory>

#include "core/base/assert.h"

namespace moelora {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
    if (!good) return fail(ErrorCode::FileMissing, {{"path", "/x"}}, "errno 2");
    return std::make_unique<int>(7);
}

Result<int> use(bool good) {
    MOELORA_TRY(const std::unique_ptr<int> value, make(good));
    return *value + 1;
}

Status check(bool good) {
    MOELORA_TRY_STATUS(make(good));
    return {};
}

Result<int> use_with_context(bool good) {
    auto value = use(good);
    if (!value) return pass(std::move(value).error(), "loading run 12");
    return value;
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
    EXPECT_EQ(use(true).value(), 8);
    ASSERT_FALSE(use(false));
    EXPECT_EQ(use(false).error().code, ErrorCode::FileMissing);
    EXPECT_EQ(use(false).error().detail, "errno 2");
    EXPECT_TRUE(check(true));
    EXPECT_EQ(check(false).error().arg("path"), "/x");
}

TEST(Result, ContextGrowsInnermostFirst) {
    auto result = use_with_context(false);
    ASSERT_FALSE(result);
    const auto outer = pass(std::move(result).error(), "starting the job");
    EXPECT_THAT(outer.value().context, testing::ElementsAre("loading run 12", "starting the job"));
}

TEST(Assert, OurOwnBugsThrow) {
    EXPECT_NO_THROW(MOELORA_ASSERT(1 + 1 == 2, "arithmetic"));
    EXPECT_THROW(MOELORA_ASSERT(1 + 1 == 3, "arithmetic"), std::logic_error);
}

}  // namespace
}  // namespace moelora
