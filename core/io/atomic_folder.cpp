// SPDX-License-Identifier: GPL-3.0-or-later
// AtomicFolder and COMPLETE:
//   {"version": 1, "files": [{"name": "adapter.json", "bytes": 812, "sha256": "..."}]}
// with the names relative to the folder, sorted.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "core/base/json.h"
#include "core/io/atomic_file.h"
#include "core/io/files.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr const char* complete_name = "COMPLETE";

// Everything below `folder` but COMPLETE and folders, relative and sorted; `folders` takes these.
Result<std::vector<std::string>> list_files(const std::string& folder,
                                            std::vector<std::string>* folders = nullptr) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code ignored;
        const bool is_folder = at->is_directory(ignored) && !at->is_symlink(ignored);
        if (is_folder && folders) folders->push_back(at->path().string());
        std::string name = at->path().lexically_relative(folder).string();
        if (!is_folder && name != complete_name) names.push_back(std::move(name));
    }
    if (error) return fail(ErrorCode::FileUnreadable, {{"path", folder}, {"why", error.message()}});
    std::sort(names.begin(), names.end());
    return names;
}

Status sync_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return write_failure(path, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    if (result != 0) return write_failure(path, error);
    return {};
}

Result<std::string> complete_text(const std::string& folder,
                                  const std::vector<std::string>& names) {
    Json files = Json::array();
    for (const std::string& name : names) {
        const std::string path = join_path(folder, name);
        MOELORA_TRY(std::string hash, sha256_file(path));
        std::error_code error;
        const std::uintmax_t bytes = fs::file_size(path, error);
        if (error)
            return fail(ErrorCode::FileUnreadable, {{"path", path}, {"why", error.message()}});
        files.push_back({{"name", name}, {"bytes", bytes}, {"sha256", std::move(hash)}});
    }
    return Json{{"version", 1}, {"files", std::move(files)}}.dump(1) + "\n";
}

bool left_by_a_file_manager(const std::string& name) {
    const std::string file = fs::path(name).filename().string();
    return file.starts_with('.') || file == "desktop.ini" || file == "Thumbs.db";
}

// `only`: the files that count; nullptr for all, and then no other file may stand there.
Status verify(const std::string& folder, const std::vector<std::string>* only) {
    const auto refuse = [&](std::string why) {
        return fail(ErrorCode::CheckpointInvalid, {{"path", folder}, {"why", std::move(why)}});
    };
    const auto json = read_json(join_path(folder, complete_name));
    if (!json) return refuse("COMPLETE is missing or cannot be read");
    if (!json->is_object() || json->value("version", Json()) != 1 || !json->contains("files") ||
        !json->at("files").is_array())
        return refuse("COMPLETE is of an unknown form");
    auto found = list_files(folder);
    if (!found) return refuse("the folder cannot be read");
    std::set<std::string> left(found->begin(), found->end());
    for (const Json& file : json->at("files")) {
        const auto name =
            file.is_object() && file.contains("name") ? as_string(file["name"]) : std::nullopt;
        const auto bytes = name && file.contains("bytes") ? as_int(file["bytes"]) : std::nullopt;
        if (!name || !bytes || !file.contains("sha256"))
            return refuse("COMPLETE is of an unknown form");
        if (only && std::find(only->begin(), only->end(), *name) == only->end()) continue;
        // Names come from the listing of the folder, so a name that leads elsewhere is not there.
        if (left.erase(*name) == 0) return refuse(*name + " is missing");
        const std::string path = join_path(folder, *name);
        std::error_code error;
        if (!fs::is_regular_file(fs::symlink_status(path, error)))
            return refuse(*name + " is no plain file");
        if (fs::file_size(path, error) != static_cast<std::uintmax_t>(*bytes) || error)
            return refuse(*name + " has another size");
        const auto hash = sha256_file(path);
        if (!hash) return refuse(*name + " cannot be read");
        if (*hash != file["sha256"]) return refuse(*name + " has another content");
    }
    std::erase_if(left, left_by_a_file_manager);
    if (!only && !left.empty()) return refuse(*left.begin() + " does not belong to it");
    return {};
}

}  // namespace

AtomicFolder::AtomicFolder(std::string target, std::string temporary, bool replace)
    : target_(std::move(target)), temporary_(std::move(temporary)), replace_(replace) {}

AtomicFolder::AtomicFolder(AtomicFolder&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      replace_(other.replace_) {}

AtomicFolder& AtomicFolder::operator=(AtomicFolder&& other) noexcept {
    std::swap(target_, other.target_);
    std::swap(temporary_, other.temporary_);
    std::swap(replace_, other.replace_);
    return *this;
}

AtomicFolder::~AtomicFolder() {
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

Result<AtomicFolder> AtomicFolder::begin(const std::string& target, bool replace) {
    std::string clean = target;
    while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
    std::error_code error;
    if (!replace && fs::symlink_status(clean, error).type() != fs::file_type::not_found)
        return fail(ErrorCode::OutputExists, {{"path", clean}});
    fs::create_directories(parent_folder(clean), error);
    if (error) return write_failure(clean, error.value());
    remove_abandoned(parent_folder(clean));  // of killed programs
    std::string temporary = temporary_beside(clean);
    fs::create_directory(temporary, error);
    if (error) return write_failure(clean, error.value());
    return AtomicFolder(std::move(clean), std::move(temporary), replace);
}

Status AtomicFolder::commit(bool with_complete_file) {
    std::vector<std::string> folders;
    MOELORA_TRY(const std::vector<std::string> names, list_files(temporary_, &folders));
    for (const std::string& name : names)
        MOELORA_TRY_STATUS(sync_file(join_path(temporary_, name)));
    for (const std::string& folder : folders) MOELORA_TRY_STATUS(sync_folder(folder));
    if (with_complete_file) {
        MOELORA_TRY(const std::string text, complete_text(temporary_, names));
        MOELORA_TRY_STATUS(write_text_atomic(join_path(temporary_, complete_name), text));
    }
    MOELORA_TRY_STATUS(sync_folder(temporary_));
    unsigned flags = replace_ ? 0u : unsigned{RENAME_NOREPLACE};
    std::error_code error;
    const bool exists = fs::exists(fs::symlink_status(target_, error));
    if (replace_ && exists) flags = RENAME_EXCHANGE;  // there is always a whole folder there
    int result = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), flags);
    if (result != 0 && errno == EEXIST) return fail(ErrorCode::OutputExists, {{"path", target_}});
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {  // file systems without the flags
        if (exists && !replace_) return fail(ErrorCode::OutputExists, {{"path", target_}});
        const std::string old = temporary_beside(target_);
        if (exists && std::rename(target_.c_str(), old.c_str()) != 0)
            return write_failure(target_, errno);
        result = std::rename(temporary_.c_str(), target_.c_str());
        if (result == 0) temporary_ = exists ? old : std::string{};
    } else if (result == 0 && flags != RENAME_EXCHANGE) {
        temporary_.clear();
    }
    if (result != 0) return write_failure(target_, errno);
    // What was replaced has our temporary name now.
    if (!temporary_.empty()) fs::remove_all(std::exchange(temporary_, {}), error);
    return sync_folder(parent_folder(target_));
}

Status verify_complete(const std::string& folder) {
    return verify(folder, nullptr);
}

Status verify_complete(const std::string& folder, const std::vector<std::string>& names) {
    return verify(folder, &names);
}

}  // namespace moelora
