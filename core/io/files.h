// SPDX-License-Identifier: GPL-3.0-or-later
// Small file duties with the habits the program needs: atomic, synced, honest about a full disk.
// Paths are UTF-8.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/io/append_file.h"

namespace moelora {

[[nodiscard]] Result<std::string> read_text(const std::string& path);  // whole file, any bytes
// Temporary file beside, fsync, rename, fsync of the folder. Errors: FileUnwritable, DiskFull.
[[nodiscard]] Status write_text_atomic(const std::string& path, std::string_view text);

// Appends lines to a file, each flushed to the kernel before append() returns. Not thread-safe.
class JsonlWriter {
  public:
    [[nodiscard]] static Result<JsonlWriter> open(const std::string& path);  // creates or appends
    [[nodiscard]] Status append(std::string_view line);                      // adds the line end
    [[nodiscard]] Status sync() { return file_.sync(); }
    [[nodiscard]] std::uint64_t bytes() const { return file_.bytes(); }

  private:
    explicit JsonlWriter(AppendFile file) : file_(std::move(file)) {}
    AppendFile file_;
};

// Calls f(line number from 1, line without its end) for every line. f returns false to stop.
[[nodiscard]] Status for_each_line(const std::string& path,
                                   const std::function<bool(std::int64_t, std::string_view)>& f);

// SHA-256 as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
// `go_on` is asked between pieces; false ends the reading, and the digits mean nothing.
[[nodiscard]] Result<std::string> sha256_file(const std::string& path,
                                              const std::function<bool()>& go_on = {});
// Where what can be computed again is kept: MOELORA_CACHE, else "moelora" in XDG_CACHE_HOME or
// ~/.cache; "" without any of them. Not created.
[[nodiscard]] std::string default_cache_folder();

// Held while a program works on a folder (flock on FOLDER/lock); released by destruction, also by
// kill -9.
class FolderLock {
  public:
    [[nodiscard]] static Result<FolderLock> acquire(
        const std::string& folder);  // Errors: RunLocked, FileUnwritable
    FolderLock(FolderLock&&) noexcept;
    FolderLock& operator=(FolderLock&&) noexcept;
    ~FolderLock();

  private:
    explicit FolderLock(int fd) : fd_(fd) {}
    int fd_ = -1;
};

// A folder that is written in full or not at all: files go into `temporary()`, commit() writes
// COMPLETE (sizes and SHA-256 of every file), syncs and renames. Destroyed without commit: removed.
// An existing target is replaced only when `replace` is set, and only after the new one is
// complete.
class AtomicFolder {
  public:
    [[nodiscard]] static Result<AtomicFolder> begin(const std::string& target,
                                                    bool replace = false);
    AtomicFolder(AtomicFolder&&) noexcept;
    AtomicFolder& operator=(AtomicFolder&&) noexcept;
    ~AtomicFolder();
    [[nodiscard]] const std::string& temporary() const { return temporary_; }
    [[nodiscard]] Status commit(bool with_complete_file = true);

  private:
    AtomicFolder(std::string target, std::string temporary, bool replace);
    std::string target_, temporary_;
    bool replace_ = false;
};
// Checks FOLDER/COMPLETE against sizes and hashes. Errors: CheckpointInvalid with the reason.
[[nodiscard]] Status verify_complete(const std::string& folder);
// The same for those files alone that are named in `names`, as far as COMPLETE lists them; others
// may have come, changed or gone.
[[nodiscard]] Status verify_complete(const std::string& folder,
                                     const std::vector<std::string>& names);

// Bytes of all regular files of a folder and those below it; 0 without it.
[[nodiscard]] std::int64_t bytes_below(const std::string& folder);

// "/a/b" + "c" -> "/a/b/c"; an absolute second part stands alone.
[[nodiscard]] std::string join_path(const std::string& folder, const std::string& name);
// True when `path`, with links resolved, lies in `root`, with links resolved.
[[nodiscard]] bool is_inside(const std::string& path, const std::string& root);

}  // namespace moelora
