// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/cache_files.h"

#include <filesystem>

#include "core/io/files.h"

namespace moelora {
namespace fs = std::filesystem;

namespace {

std::string in_cache(const char* name) {
    const std::string folder = default_cache_folder();
    return folder.empty() ? folder : join_path(folder, name);
}

std::int64_t bytes_of(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        const std::uintmax_t bytes = fs::file_size(path, error);
        return error ? -1 : static_cast<std::int64_t>(bytes);
    }
    return bytes_below(path.string());
}

}  // namespace

std::string quantized_cache_folder() {
    return in_cache("quantized");
}
std::string feature_cache_folder() {
    return in_cache("features");
}

std::vector<CachedFile> list_cache() {
    std::vector<CachedFile> out;
    if (default_cache_folder().empty()) return out;
    const auto add = [&](const std::string& name, const char* what, const std::string& path) {
        if (const std::int64_t bytes = bytes_of(path); bytes >= 0)
            out.push_back({name, what, path, bytes});
    };
    add("pictures.jsonl", "findings of the data doctor, by picture", in_cache("pictures.jsonl"));
    add("fingerprints.json", "SHA-256 of model files", in_cache("fingerprints.json"));
    std::error_code error;
    for (const auto& copy : fs::directory_iterator(quantized_cache_folder(), error))
        add("quantized/" + copy.path().filename().string(), "a model in few bits",
            copy.path().string());
    add("features", "what vision towers say of pictures", feature_cache_folder());
    return out;
}

Result<std::int64_t> clear_cache() {
    std::int64_t bytes = 0;
    for (const CachedFile& file : list_cache()) {
        std::error_code error;
        fs::remove_all(file.path, error);
        if (error)
            return fail(ErrorCode::FileUnwritable, {{"path", file.path}, {"why", error.message()}});
        bytes += file.bytes;
    }
    return bytes;
}

}  // namespace moelora
