// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/device_memory.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <gmock/gmock.h>

#include "core/session/device.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

using c10::CachingAllocator::StatType;

// The allocator of a card that is not there: it counts what it is told.
class CountingAllocator final : public c10::DeviceAllocator {
  public:
    void hold(c10::DeviceIndex card, std::int64_t bytes) {
        auto& all = cards.at(static_cast<std::size_t>(card)).at(0);
        if (bytes > 0)
            all.increase(static_cast<std::size_t>(bytes));
        else
            all.decrease(static_cast<std::size_t>(-bytes));
    }
    bool lost = false;
    std::array<c10::CachingAllocator::StatArray, 2> cards{};

    c10::DataPtr allocate(std::size_t) override { return {}; }
    void copy_data(void*, const void*, std::size_t) const override {}
    bool initialized() override { return true; }
    void emptyCache(c10::MempoolId_t) override {}
    void recordStream(const c10::DataPtr&, c10::Stream) override {}
    c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex card) override {
        if (lost) throw std::runtime_error("the card is lost");
        c10::CachingDeviceAllocator::DeviceStats out;
        out.allocated_bytes = cards.at(static_cast<std::size_t>(card));
        out.reserved_bytes.at(static_cast<std::size_t>(StatType::AGGREGATE)).increase(1 << 30);
        return out;
    }
    std::pair<std::size_t, std::size_t> getMemoryInfo(c10::DeviceIndex) override {
        return {7000, std::size_t{1} << 33};
    }
    void resetAccumulatedStats(c10::DeviceIndex) override {}
    void resetPeakStats(c10::DeviceIndex card) override {
        for (c10::CachingAllocator::Stat& one : cards.at(static_cast<std::size_t>(card)))
            one.reset_peak();
    }
};

class MemoryOfADevice : public ::testing::Test {
  protected:
    void SetUp() override {
        try {
            before_ = c10::GetAllocator(at::kCUDA);
        } catch (const std::exception&) {  // no card, no allocator
        }
        c10::SetAllocator(at::kCUDA, &allocator_, 255);
    }
    void TearDown() override { c10::SetAllocator(at::kCUDA, before_, 255); }
    CountingAllocator allocator_;
    c10::Allocator* before_ = nullptr;
};

TEST_F(MemoryOfADevice, IsThatOfTheCardThatComputes) {
    allocator_.hold(0, 5000);
    allocator_.hold(1, 100);
    allocator_.hold(1, 900);
    allocator_.hold(1, -900);
    const auto memory = device_memory("cuda:1");
    ASSERT_TRUE(memory);
    EXPECT_EQ(memory->now, 100);
    EXPECT_EQ(memory->peak, 1000);
    EXPECT_EQ(device_memory("cuda:0")->now, 5000);
    EXPECT_EQ(device_memory("cuda")->now, 5000);
    EXPECT_EQ(resources_of(7, "cuda:1").device_bytes, 100);
    EXPECT_GT(resources_of(7, "cuda:1").rss_bytes, 0);
}

TEST_F(MemoryOfADevice, ThePeakOfARunBeginsAnew) {
    allocator_.hold(0, 8000);  // while it was loaded
    allocator_.hold(0, -6000);
    reset_peaks("cuda:0");
    allocator_.hold(0, 500);
    EXPECT_EQ(peak_bytes("cuda:0", 1'000'000), 2500);
    allocator_.hold(0, -500);
    EXPECT_EQ(peak_bytes("cuda:0", 1'000'000), 2500) << "a curve does not fall";
}

TEST_F(MemoryOfADevice, IsMeasuredWithoutWhatOthersHold) {
    allocator_.hold(0, 300);
    auto meter = PeakMeter::on("cuda:0");
    MOELORA_ASSERT_OK(meter);
    allocator_.hold(0, 9000);
    allocator_.hold(0, -8000);  // what only loading needs
    meter->begin_anew();
    allocator_.hold(0, 4000);
    allocator_.hold(0, -4000);
    EXPECT_EQ(meter->peak(), 5000);
}

// What the allocator keeps of the card for itself can be had, too.
TEST_F(MemoryOfADevice, WhatIsLeftIsFreeOrHeldUnused) {
    allocator_.hold(0, 500);
    EXPECT_EQ(available_bytes("cuda:0"), 7000 + (1 << 30) - 500);
    allocator_.lost = true;
    EXPECT_EQ(available_bytes("cuda:0"), 0) << "not known";
    EXPECT_GT(available_bytes("cpu"), 0);
}

TEST_F(MemoryOfADevice, ACardThatDoesNotTellIsNoneAndCannotBeMeasured) {
    allocator_.lost = true;
    EXPECT_FALSE(device_memory("cuda:0"));
    EXPECT_NO_THROW(reset_peaks("cuda:0"));
    EXPECT_EQ(resources_of(7, "cuda:0").device_bytes, 0);
    const auto meter = PeakMeter::on("cuda:0");
    ASSERT_FALSE(meter);
    EXPECT_THAT(message_of(meter.error()), testing::HasSubstr("cuda:0 does not tell"));
    EXPECT_FALSE(device_memory("cuda:5")) << "there is none";
}

TEST(MemoryOfTheCpu, IsThatOfTheProcess) {
    EXPECT_FALSE(device_memory("cpu"));
    const ResourceSampled now = resources_of(7, "cpu");
    EXPECT_EQ(now.job, 7);
    EXPECT_EQ(now.device_bytes, 0);
    EXPECT_GT(now.rss_bytes, 0);
    EXPECT_GT(peak_bytes("cpu", 0), 0);
    EXPECT_GT(peak_bytes("cpu", std::int64_t{1} << 40), std::int64_t{1} << 40);
    auto meter = PeakMeter::on("cpu");
    MOELORA_ASSERT_OK(meter);
    meter->begin_anew();
    const std::int64_t before = meter->peak();
    { const at::Tensor held = at::zeros({1 << 20}, at::kFloat); }
    EXPECT_GE(meter->peak() - before, 4 << 20);
}

}  // namespace
}  // namespace moelora
