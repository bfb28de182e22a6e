// SPDX-License-Identifier: GPL-3.0-or-later
// A file of JSON lines that knows the check sum of all its bytes, so that a checkpoint can tell
// whether it still is what it was. Engine thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/io/files.h"

namespace moelora {

// FNV-1a: of what a disk or an editor may do, not of what an enemy may.
class StreamSum {
  public:
    void add(std::string_view bytes) {
        for (const char c : bytes) sum_ = (sum_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    [[nodiscard]] std::string hex() const;  // 16 digits

  private:
    std::uint64_t sum_ = 0xcbf29ce484222325;
};

class RecordStream {
  public:
    // Creates the file, or goes on behind its last line. Cost: reads what is there once.
    [[nodiscard]] static Result<RecordStream> open(const std::string& path);
    [[nodiscard]] Status append(std::string_view line);  // adds the line end
    [[nodiscard]] Status sync() { return file_.sync(); }
    [[nodiscard]] std::uint64_t bytes() const { return file_.bytes(); }
    [[nodiscard]] std::string sum() const { return sum_.hex(); }

  private:
    RecordStream(JsonlWriter file, StreamSum sum) : file_(std::move(file)), sum_(sum) {}
    JsonlWriter file_;
    StreamSum sum_;
};

// Of a file as it is. Errors: FileMissing, FileUnreadable.
[[nodiscard]] Result<std::string> sum_of_file(const std::string& path);

}  // namespace moelora
