// SPDX-License-Identifier: GPL-3.0-or-later
// A file that grows by whole records. Torch-free, not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace moelora {

class AppendFile {
  public:
    // Creates the file or goes on behind its end. Errors: FileUnwritable, DiskFull.
    [[nodiscard]] static Result<AppendFile> open(const std::string& path);
    AppendFile(AppendFile&& other) noexcept;
    AppendFile& operator=(AppendFile&& other) noexcept;
    ~AppendFile();
    // Flushed to the kernel before it returns. A record that did not fit is cut off again.
    [[nodiscard]] Status append(std::string_view bytes);
    [[nodiscard]] Status sync();      // to the disk
    [[nodiscard]] char last() const;  // the last byte; 0 of an empty file
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // length of the file now

  private:
    AppendFile(int fd, std::string path, std::uint64_t bytes);
    int fd_ = -1;
    std::string path_;
    std::uint64_t bytes_ = 0;
};

}  // namespace moelora
