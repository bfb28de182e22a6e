// SPDX-License-Identifier: GPL-3.0-or-later
// What the doctor knows of one picture file, and the file that keeps it. Internal to core/data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/json.h"
#include "core/options/options.h"

namespace moelora {

struct PictureFacts {
    std::string sha256;
    std::optional<Error> error;  // why it cannot be used; its arguments name the path
    std::string format;          // "png"; "" = none that is read
    // Signs of the 64 lowest frequencies of the 32 x 32 grey picture (DCT, without the mean), and
    // the mean colours of its quarters; `flat` pictures have no frequencies to compare.
    std::uint64_t frequencies = 0;
    std::array<std::uint8_t, 12> colours{};
    bool flat = true;
};

// Reads and decodes; a picture that cannot be used has an error.
[[nodiscard]] PictureFacts look_at(const std::string& path, std::string sha256);
// Whether two decodable pictures look nearly the same.
[[nodiscard]] bool alike(const PictureFacts& a, const PictureFacts& b);

struct FileStamp {
    std::string path;
    std::uint64_t size = 0;
    std::int64_t time = 0;  // of the last change, in the file system's ticks
    [[nodiscard]] static FileStamp of(const std::string& path);
};

// Thread-safe. A damaged or foreign cache file counts as empty.
class FactsCache {
  public:
    explicit FactsCache(std::string file);
    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::optional<PictureFacts> by_stamp(const FileStamp& stamp) const;
    [[nodiscard]] std::optional<PictureFacts> by_hash(const std::string& sha256) const;
    void keep(const FileStamp& stamp, const PictureFacts& facts);
    // Errors: FileUnwritable, DiskFull.
    [[nodiscard]] Status save() const;

  private:
    struct Entry {
        FileStamp stamp;
        std::string sha256;
    };
    std::string file_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> by_path_;
    std::unordered_map<std::string, PictureFacts> by_hash_;
    bool changed_ = false;
};

}  // namespace moelora
