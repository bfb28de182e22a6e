// SPDX-License-Identifier: GPL-3.0-or-later
// What changes the run library: notes, tags, stars, the trash.
#include <filesystem>
#include <system_error>

#include "core/io/files.h"
#include "core/session/run_store.h"

namespace moelora::run_store {
namespace fs = std::filesystem;
namespace {

Status unwritable(const std::string& path, const std::error_code& error) {
    return fail(ErrorCode::FileUnwritable, {{"path", path}, {"why", error.message()}});
}

// A small text file beside run.json; none when it would be empty.
Status set_text(const std::string& folder, const char* name, const std::string& text) {
    MOELORA_TRY_STATUS(check_run(folder));
    const std::string path = join_path(folder, name);
    if (!text.empty()) return write_text_atomic(path, text);
    std::error_code error;
    fs::remove(path, error);
    return error ? unwritable(path, error) : Status();
}

Status move_run(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    return error ? unwritable(from, error) : Status();
}

}  // namespace

Status set_note(const std::string& folder, const std::string& note) {
    return set_text(folder, "note.txt", note.empty() ? note : note + "\n");
}

Status set_tags(const std::string& folder, const std::vector<std::string>& tags) {
    std::string text;
    for (const std::string& tag : tags) {
        if (tag.empty() || tag.find_first_of(",\n\r") != std::string::npos)
            return fail(ErrorCode::UsageInvalid,
                        {{"why", "A tag is a word or a few without a comma: \"" + tag + "\"."}});
        text += tag + "\n";
    }
    return set_text(folder, "tags.txt", text);
}

Status set_star(const std::string& folder, bool starred) {
    return set_text(folder, "star.txt", starred ? "starred\n" : "");
}

std::string trash_of(const std::string& store) {
    return join_path(store, ".trash");
}

Status remove(const std::string& store, const std::string& folder) {
    MOELORA_TRY_STATUS(check_run(folder));
    MOELORA_TRY(const std::string from, find({}, folder));  // as the library names it
    MOELORA_TRY(const FolderLock lock, FolderLock::acquire(folder));
    const std::string trash = trash_of(store);
    std::error_code error;
    fs::create_directories(trash, error);
    if (error) return unwritable(trash, error);
    return move_run(from, free_path(join_path(trash, fs::path(from).filename().string())));
}

Result<std::string> restore(const std::string& store, const std::string& id) {
    MOELORA_TRY(const std::string from, find(trash_of(store), id));
    const std::string to = free_path(join_path(store, fs::path(from).filename().string()));
    MOELORA_TRY_STATUS(move_run(from, to));
    return to;
}

Status empty_trash(const std::string& store) {
    std::error_code error;
    fs::remove_all(trash_of(store), error);
    return error ? unwritable(trash_of(store), error) : Status();
}

}  // namespace moelora::run_store
