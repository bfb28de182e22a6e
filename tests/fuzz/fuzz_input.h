// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzz targets share: inputs as files, because the readers take paths, and a bound on the
// memory that reading one may take. One thread.
#pragma once

#include <sanitizer/allocator_interface.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace moelora::fuzz {

// Where messages go: libFuzzer is told to close the usual place, which libraries fill.
inline const int messages = dup(STDERR_FILENO);

// Ends the program as a finding when a promise does not hold.
inline void demand(bool holds, const char* promise) {
    if (holds) return;
    dprintf(messages, "broken promise: %s\n", promise);
    abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// A folder in main memory, removed at the end of the program.
class Folder {
  public:
    Folder() {
        const char* memory = "/dev/shm";
        std::string name =
            (std::filesystem::exists(memory) ? std::filesystem::path(memory)
                                             : std::filesystem::temp_directory_path()) /
            "moelora-fuzz-XXXXXX";
        demand(mkdtemp(name.data()) != nullptr, "a folder for the inputs can be made");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    // Writes a file of the folder and returns its path.
    std::string put(const std::string& name, std::string_view bytes) const {
        std::string file = path_ + "/" + name;
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
        return file;
    }

  private:
    std::string path_;
};

// From its making to its end, the heap may grow by `fixed` bytes and `factor` bytes for each byte
// of the input at most, whatever the input claims.
class MemoryBound {
  public:
    MemoryBound(std::size_t input, std::size_t fixed, std::size_t factor)
        : room_(fixed + input * factor) {
        static const int installed =
            __sanitizer_install_malloc_and_free_hooks(&allocated, &about_to_free);
        demand(installed > 0, "the allocator can be watched");
        now_ = 0;
        most_ = 0;
    }
    ~MemoryBound() {
        if (most_ > static_cast<std::int64_t>(room_))
            dprintf(messages, "%lld bytes of memory, %zu allowed\n", static_cast<long long>(most_),
                    room_);
        demand(most_ <= static_cast<std::int64_t>(room_),
               "memory is bounded by the size of the file");
    }
    MemoryBound(const MemoryBound&) = delete;
    MemoryBound& operator=(const MemoryBound&) = delete;

  private:
    static void allocated(const volatile void*, std::size_t size) {
        now_ += static_cast<std::int64_t>(size);
        if (now_ > most_) most_ = now_.load();
    }
    static void about_to_free(const volatile void* at) {
        if (at != nullptr)
            now_ -= static_cast<std::int64_t>(
                __sanitizer_get_allocated_size(const_cast<const void*>(at)));
    }
    static inline std::atomic<std::int64_t> now_{0}, most_{0};
    std::size_t room_;
};

}  // namespace moelora::fuzz
