// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/event_file.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "tests/core/session/event_reader.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

TEST(EventFile, Crc32cIsThatOfRfc3720) {
    // RFC 3720, B.4, and the check value of the catalogue of CRCs.
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
    std::string rising, falling;
    for (int i = 0; i < 32; ++i) {
        rising += static_cast<char>(i);
        falling += static_cast<char>(31 - i);
    }
    EXPECT_EQ(crc32c(rising), 0x46DD794EU);
    EXPECT_EQ(crc32c(falling), 0x113FDB5CU);
    EXPECT_EQ(crc32c(""), 0U);
}

TEST(EventFile, TheFirstRecordIsTheBytesEveryReaderKnows) {
    // 24 bytes of data behind an 8-byte length and its sum, as TFRecord frames them.
    const std::string record = tf_record("abc");
    ASSERT_EQ(record.size(), 8U + 4 + 3 + 4);
    EXPECT_EQ(record.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(record.substr(12, 3), "abc");
}

TEST(EventFile, EveryRecordReadsBack) {
    const test::TempDir folder;
    auto file = EventFile::create(folder / "tensorboard");
    MOELORA_ASSERT_OK(file);
    const std::vector<Scalar> first = {{"train/loss", 4.89}, {"router/a b/weight/0", 0.25}};
    MOELORA_ASSERT_OK(file->add(1, first));
    const double inf = std::numeric_limits<double>::infinity();
    const std::vector<Scalar> second = {{"train/loss", std::nan("")}, {"图/损失", -inf}};
    MOELORA_ASSERT_OK(file->add(1'000'000'000'000, second));

    const auto files = test::event_files(folder / "tensorboard");
    ASSERT_EQ(files.size(), 1U);
    EXPECT_NE(files[0].find("/events.out.tfevents."), std::string::npos);
    const auto events = test::read_events(files[0]);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].file_version(), "brain.Event:2");
    EXPECT_GT(events[0].wall_time(), 1.7e9);
    ASSERT_EQ(events[1].summary().value_size(), 2);
    EXPECT_EQ(events[1].step(), 1);
    EXPECT_EQ(events[1].summary().value(0).tag(), "train/loss");
    EXPECT_EQ(events[1].summary().value(0).simple_value(), 4.89F);
    EXPECT_EQ(events[1].summary().value(1).tag(), "router/a b/weight/0");
    EXPECT_EQ(events[1].summary().value(1).simple_value(), 0.25F);
    EXPECT_EQ(events[2].step(), 1'000'000'000'000);
    EXPECT_TRUE(std::isnan(events[2].summary().value(0).simple_value()));
    EXPECT_EQ(events[2].summary().value(1).tag(), "图/损失");
    EXPECT_EQ(events[2].summary().value(1).simple_value(), -std::numeric_limits<float>::infinity());
}

TEST(EventFile, ARestartIsANewFileBehindTheOthersAndSaysFromWhereItCounts) {
    const test::TempDir folder;
    // A file of a computer whose clock ran ahead by decades.
    std::ofstream(folder / "events.out.tfevents.4000000000.other").put('x');
    MOELORA_ASSERT_OK(EventFile::create(folder.path()));
    MOELORA_ASSERT_OK(EventFile::create(folder.path(), 7));
    const auto files = test::event_files(folder.path());
    ASSERT_EQ(files.size(), 3U);
    EXPECT_NE(files[0].find(".other"), std::string::npos);
    EXPECT_EQ(test::read_events(files[1]).size(), 1U);
    const auto events = test::read_events(files[2]);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].step(), 7);
    EXPECT_EQ(events[1].session_log().status(), tensorboard::SessionLog::START);
}

TEST(EventFile, AFullDiskIsToldAndLeavesWholeRecords) {
    const test::TempDir folder;
    auto file = AppendFile::open(folder / "records");
    MOELORA_ASSERT_OK(file);
    MOELORA_ASSERT_OK(file->append("whole"));
    EXPECT_EQ(file->bytes(), 5U);
    auto full = AppendFile::open("/dev/full");
    if (!full) GTEST_SKIP() << "there is no /dev/full here";
    const Status status = full->append("record");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::DiskFull);
}

}  // namespace
}  // namespace moelora
