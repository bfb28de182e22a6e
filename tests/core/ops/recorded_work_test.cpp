// SPDX-License-Identifier: GPL-3.0-or-later
// The recorder against a device that is not there: LibTorch's place for a foreign one
// (PrivateUse1), whose streams and graphs write down what they are asked. A program of its own,
// because the device is there for all of it.
#include "core/ops/recorded_work.h"

#include <ATen/core/GraphImplInterface.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gmock/gmock.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace moelora {
namespace {

constexpr c10::DeviceType foreign = c10::DeviceType::PrivateUse1;
std::vector<std::string> said;
c10::StreamId current_stream = 0, pool_stream = 6;
bool refuses_to_end = false;

struct Guard final : c10::impl::DeviceGuardImplInterface {
    static constexpr c10::DeviceType static_type = foreign;
    [[nodiscard]] c10::DeviceType type() const override { return static_type; }
    c10::Device exchangeDevice(c10::Device) const override { return getDevice(); }
    [[nodiscard]] c10::Device getDevice() const override { return {static_type, 0}; }
    void setDevice(c10::Device) const override {}
    void uncheckedSetDevice(c10::Device) const noexcept override {}
    [[nodiscard]] c10::Stream getStream(c10::Device device) const override {
        return c10::Stream(c10::Stream::UNSAFE, device, current_stream);
    }
    [[nodiscard]] c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override {
        return c10::Stream(c10::Stream::UNSAFE, device, ++pool_stream);
    }
    c10::Stream exchangeStream(c10::Stream stream) const override {
        const c10::Stream before = getStream(stream.device());
        current_stream = stream.id();
        return before;
    }
    [[nodiscard]] c10::DeviceIndex deviceCount() const noexcept override { return 1; }
    void synchronizeDevice(c10::DeviceIndex) const override { said.emplace_back("wait"); }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
    [[nodiscard]] bool isBuilt() const override { return true; }
    [[nodiscard]] bool isAvailable() const override { return true; }
    [[nodiscard]] bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    [[nodiscard]] c10::DeviceIndex deviceCount() const override { return 1; }
};

std::string on_stream(const char* what) {
    return std::string(what) + " on " + std::to_string(current_stream);
}

class Graph final : public at::GraphImplInterface {
  public:
    explicit Graph(const at::GraphImplArgs&) : number_(++made_) {}
    void capture_begin(at::MempoolId_t pool, at::GraphCaptureMode) override {
        said.push_back(on_stream("begin") + ", pool " + std::to_string(pool.first));
    }
    void capture_end() override {
        said.push_back(on_stream("end"));
        if (refuses_to_end) throw std::runtime_error("the stream is lost");
    }
    void instantiate() override {}
    void replay() override { said.push_back(on_stream("replay") + ", " + std::to_string(number_)); }
    void reset() override {}
    [[nodiscard]] at::MempoolId_t pool() const override {
        return {static_cast<c10::CaptureId_t>(number_ + 100), 0};
    }
    void enable_debug_mode() override {}
    void debug_dump(const std::string&) override {}
    static void begin_anew() { made_ = 0; }

  private:
    static inline int made_ = 0;
    int number_;
};

class RecordedWorkTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        static Hooks hooks;
        c10::register_privateuse1_backend("recorder");
        at::RegisterPrivateUse1HooksInterface(&hooks);
        const std::string key = c10::DeviceTypeName(foreign, false);
        if (!at::GraphImplRegistry()->Has(key))
            at::GraphImplRegistry()->Register(
                key, [](const at::GraphImplArgs& args) -> std::unique_ptr<at::GraphImplInterface> {
                    return std::make_unique<Graph>(args);
                });
    }
    void SetUp() override {
        said.clear();
        refuses_to_end = false;
        pool_stream = 6;
        Graph::begin_anew();
    }
    const at::Device device_{foreign, 0};
};

TEST_F(RecordedWorkTest, WorkIsRecordedOnAStreamOfItsOwnAndReplayedOnTheCurrentOne) {
    const RecordWork record = recorder_of(device_);
    ASSERT_TRUE(record);
    const auto first = record([] { said.push_back(on_stream("work")); }, nullptr);
    EXPECT_EQ(current_stream, 0) << "the stream before is current again";
    first->replay();
    EXPECT_THAT(said, testing::ElementsAre("wait", "begin on 7, pool 0", "work on 7", "end on 7",
                                           "wait", "replay on 0, 1"));
    said.clear();
    const auto second = record([] {}, first.get());
    second->replay();
    first->replay();
    EXPECT_THAT(said, testing::ElementsAre("wait", "begin on 7, pool 101", "end on 7", "wait",
                                           "replay on 0, 2", "replay on 0, 1"));
}

TEST_F(RecordedWorkTest, WorkThatFailsEndsTheRecording) {
    const RecordWork record = recorder_of(device_);
    for (const bool also_at_the_end : {false, true}) {
        said.clear();
        refuses_to_end = also_at_the_end;
        try {
            (void)record([] { throw std::runtime_error("waits for the device"); }, nullptr);
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& thrown) {
            EXPECT_STREQ(thrown.what(), "waits for the device");
        }
        EXPECT_THAT(said, testing::ElementsAre("wait", "begin on 7, pool 0", "end on 7"));
        EXPECT_EQ(current_stream, 0);
    }
    refuses_to_end = true;
    EXPECT_THROW((void)record([] {}, nullptr), std::runtime_error);
    EXPECT_EQ(current_stream, 0);
}

TEST(RecorderOf, DevicesWithoutGraphsHaveNone) {
    EXPECT_FALSE(recorder_of(at::kCPU));
    EXPECT_FALSE(recorder_of(at::Device(at::kMeta)));
}

}  // namespace
}  // namespace moelora
