// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/event_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "core/io/files.h"
#include "tensorboard_event.pb.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view name_start = "events.out.tfevents.";

constexpr std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
        table.at(byte) = crc;
    }
    return table;
}

template <class T>
std::string little_endian(T value) {
    std::string out;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    return out;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string record_of(const tensorboard::Event& event) {
    return tf_record(event.SerializeAsString());
}

tensorboard::Event event_at(std::int64_t step) {
    tensorboard::Event event;
    event.set_wall_time(seconds_now());
    event.set_step(step);
    return event;
}

// TensorBoard reads the files of a folder in the order of their names: seconds first, always
// behind those of a file that is there (clocks are set back), then a number.
std::string next_name(const std::string& folder) {
    auto seconds = static_cast<std::int64_t>(seconds_now());
    int files = 0;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(name_start)) continue;
        ++files;
        std::int64_t theirs = 0;
        std::from_chars(name.data() + name_start.size(), name.data() + name.size(), theirs);
        seconds = std::max(seconds, theirs + 1);
    }
    char text[64];
    std::snprintf(text, sizeof text, "%010lld.moelora.%06d", static_cast<long long>(seconds),
                  files);
    return std::string(name_start) + text;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static constexpr std::array<std::uint32_t, 256> table = crc_table();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes)
        crc = (crc >> 8) ^ table.at((crc ^ static_cast<unsigned char>(c)) & 0xFFU);
    return crc ^ 0xFFFFFFFFU;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

std::string tf_record(std::string_view data) {
    std::string out = little_endian(static_cast<std::uint64_t>(data.size()));
    out += little_endian(masked_crc32c(out));
    out += data;
    out += little_endian(masked_crc32c(data));
    return out;
}

Result<EventFile> EventFile::create(const std::string& folder, std::int64_t restart_step) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(ErrorCode::FileUnwritable, {{"path", folder}, {"why", error.message()}});
    MOELORA_TRY(AppendFile file, AppendFile::open(join_path(folder, next_name(folder))));
    tensorboard::Event version = event_at(0);
    version.set_file_version("brain.Event:2");
    std::string start = record_of(version);
    if (restart_step >= 0) {
        tensorboard::Event restart = event_at(restart_step);
        restart.mutable_session_log()->set_status(tensorboard::SessionLog::START);
        start += record_of(restart);
    }
    MOELORA_TRY_STATUS(file.append(start));
    return EventFile(std::move(file));
}

Status EventFile::add(std::int64_t step, std::span<const Scalar> values) {
    tensorboard::Event event = event_at(step);
    for (const Scalar& scalar : values) {
        auto* value = event.mutable_summary()->add_value();
        value->set_tag(scalar.series);
        value->set_simple_value(static_cast<float>(scalar.value));
    }
    return file_.append(record_of(event));
}

}  // namespace moelora
