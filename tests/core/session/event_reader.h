// SPDX-License-Identifier: GPL-3.0-or-later
// Reads event files record by record, both sums checked; knows nothing of the writer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/files.h"
#include "core/session/event_file.h"
#include "tensorboard_event.pb.h"

namespace moelora::test {

inline std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// The events of one file; half a record at the end counts as a failure.
inline std::vector<tensorboard::Event> read_events(const std::string& path) {
    std::vector<tensorboard::Event> out;
    const std::string all = read_text(path).value_or("");
    std::string_view rest = all;
    while (!rest.empty()) {
        if (rest.size() < 16) {
            ADD_FAILURE() << path << ": half a record";
            return out;
        }
        const std::uint64_t length = little_endian(rest.substr(0, 8));
        EXPECT_EQ(little_endian(rest.substr(8, 4)), masked_crc32c(rest.substr(0, 8)));
        if (rest.size() - 16 < length) {
            ADD_FAILURE() << path << ": half a record";
            return out;
        }
        const std::string_view data = rest.substr(12, length);
        EXPECT_EQ(little_endian(rest.substr(12 + length, 4)), masked_crc32c(data));
        tensorboard::Event event;
        EXPECT_TRUE(event.ParseFromString(std::string(data)));
        out.push_back(std::move(event));
        rest.remove_prefix(16 + length);
    }
    return out;
}

// The files of a folder in the order in which TensorBoard reads them.
inline std::vector<std::string> event_files(const std::string& folder) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace moelora::test
