// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is written in full or not at all. Used by files.cpp and safetensors.cpp; other
// folders take write_text_atomic and write_safetensors.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"

namespace moelora {

// The error of a failed write: DiskFull for a full disk, quota or file size limit, else
// FileUnwritable with the system's reason.
[[nodiscard]] tl::unexpected<Error> write_failure(const std::string& path, int error_number);
// A name beside `path` that no other process or call uses: PATH.tmp-<host>-<pid>-<n>. <host> stands
// for this machine and its process numbers.
[[nodiscard]] std::string temporary_beside(const std::string& path);
// Removes what temporary_beside() named in `folder` for programs of this machine that are gone: a
// killed program cleans nothing up. What another machine left is not judged.
void remove_abandoned(const std::string& folder);
// All bytes to an open descriptor; resumes after interruptions.
[[nodiscard]] Status write_all(int fd, const void* data, std::size_t size, const std::string& path);
[[nodiscard]] Status sync_folder(const std::string& folder);
[[nodiscard]] std::string parent_folder(const std::string& path);  // "." for a bare name

// Destroyed without commit(): the temporary file is removed and the target is as before.
class AtomicFile {
  public:
    [[nodiscard]] static Result<AtomicFile> begin(const std::string& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&& other) noexcept;
    ~AtomicFile();
    [[nodiscard]] Status write(const void* data, std::size_t size);
    [[nodiscard]] Status commit();  // fsync, rename, fsync of the folder

  private:
    AtomicFile(int fd, std::string path, std::string temporary);
    void discard() noexcept;
    int fd_ = -1;
    std::string path_, temporary_;
};

}  // namespace moelora
