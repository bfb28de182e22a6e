// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/cache_files.h"

#include <filesystem>

#include "core/io/files.h"

namespace moelora {
namespace fs = std::filesystem;

std::vector<CachedFile> list_cache() {
    static constexpr std::pair<const char*, const char*> kept[] = {
        {"pictures.jsonl", "findings of the data doctor, by picture"},
        {"fingerprints.json", "SHA-256 of model files"}};
    std::vector<CachedFile> out;
    const std::string folder = default_cache_folder();
    for (const auto& [name, what] : kept) {
        const std::string path = join_path(folder, name);
        std::error_code error;
        const std::uintmax_t bytes = fs::file_size(path, error);
        if (!error && !folder.empty())
            out.push_back({name, what, path, static_cast<std::int64_t>(bytes)});
    }
    return out;
}

Result<std::int64_t> clear_cache() {
    std::int64_t bytes = 0;
    for (const CachedFile& file : list_cache()) {
        std::error_code error;
        fs::remove(file.path, error);
        if (error)
            return fail(ErrorCode::FileUnwritable, {{"path", file.path}, {"why", error.message()}});
        bytes += file.bytes;
    }
    return bytes;
}

}  // namespace moelora
