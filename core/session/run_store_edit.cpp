// SPDX-License-Identifier: GPL-3.0-or-later
// What changes the run library: statuses, notes, tags, stars, the trash.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/run_store.h"

namespace moelora::run_store {
namespace fs = std::filesystem;
namespace {

Status unwritable(const std::string& path, const std::error_code& error) {
    return fail(ErrorCode::FileUnwritable, {{"path", path}, {"why", error.message()}});
}

// A small text file beside run.json; none when it would be empty.
Status set_text(const std::string& folder, const char* name, const std::string& text,
                std::size_t most) {
    MOELORA_TRY_STATUS(check_run(folder));
    if (text.size() > most)
        return fail(
            ErrorCode::UsageInvalid,
            {{"why", "A text for a run may be " + std::to_string(most) + " bytes long at most."}});
    const std::string path = join_path(folder, name);
    if (!text.empty()) return write_text_atomic(path, text);
    std::error_code error;
    fs::remove(path, error);
    return error ? unwritable(path, error) : Status();
}

// Under a hidden name until it is whole: what is listed is never half a run.
Status copy_run(const std::string& from, const std::string& to) {
    const fs::path target(to);
    const std::string half =
        (target.parent_path() / (".moving-" + target.filename().string())).string();
    std::error_code error, ignored;
    fs::remove_all(half, ignored);  // of a program that was killed
    fs::copy(from, half, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    if (!error) fs::rename(half, to, error);
    if (error) {
        fs::remove_all(half, ignored);
        return unwritable(to, error);
    }
    fs::remove_all(from, error);
    return error ? unwritable(from, error) : Status();
}

Status move_run(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error == std::errc::cross_device_link) return copy_run(from, to);
    return error ? unwritable(from, error) : Status();
}

std::string status_text(RunStatus status, std::int64_t step, std::int64_t saved_step,
                        std::int64_t total_steps, const std::string& message) {
    return dump_line(Json{{"status", name_of(status)},
                          {"step", step},
                          {"saved_step", saved_step},
                          {"total_steps", total_steps},
                          {"message", message}});
}

// Of the same length, blanks behind it: one write within a block that the file has already. False
// where the text is longer than the file.
bool overwrite(const std::string& path, std::string text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const off_t size = ::lseek(fd, 0, SEEK_END);
    const bool fits = static_cast<off_t>(text.size()) < size;
    if (fits) {
        text.resize(static_cast<std::size_t>(size) - 1, ' ');
        text += '\n';
        static_cast<void>(::pwrite(fd, text.data(), text.size(), 0) < 0);
    }
    ::close(fd);
    return fits;
}

}  // namespace

Status write_status(const std::string& folder, RunStatus status, std::int64_t step,
                    std::int64_t total_steps, const std::string& message) {
    return write_text_atomic(join_path(folder, "status.json"),
                             status_text(status, step, step, total_steps, message) + "\n");
}

void tell_pause(const std::string& folder, bool paused, std::int64_t step,
                std::int64_t total_steps) {
    const std::string path = join_path(folder, "status.json");
    const RunStatus status = paused ? RunStatus::Paused : RunStatus::Running;
    const std::int64_t saved = run_store::saved_step_of(folder);
    const std::string text = status_text(status, step, saved, total_steps, {});
    if (write_text_atomic(path, text + "\n") || overwrite(path, text)) return;
    overwrite(path, status_text(status, saved, saved, total_steps, {}));
}

Status set_note(const std::string& folder, const std::string& note) {
    return set_text(folder, "note.txt", note.empty() ? note : note + "\n", longest_note);
}

Status set_tags(const std::string& folder, const std::vector<std::string>& tags) {
    std::string text;
    for (const std::string& tag : tags) {
        if (tag.empty() || tag.find_first_of(",\n\r") != std::string::npos)
            return fail(ErrorCode::UsageInvalid,
                        {{"why", "A tag is a word or a few without a comma: \"" + tag + "\"."}});
        text += tag + "\n";
    }
    return set_text(folder, "tags.txt", text, longest_tags);
}

Status set_star(const std::string& folder, bool starred) {
    constexpr const char* star = "starred\n";
    return set_text(folder, "star.txt", starred ? star : "", std::string_view(star).size());
}

std::string trash_of(const std::string& store) {
    return join_path(store, ".trash");
}

Status remove(const std::string& store, const std::string& folder) {
    MOELORA_TRY(const std::string from, find_to_move(store, folder));
    MOELORA_TRY(const FolderLock lock, FolderLock::acquire(folder));
    const std::string trash = trash_of(store);
    std::error_code error;
    fs::create_directories(trash, error);
    if (error) return unwritable(trash, error);
    return move_run(from, free_path(join_path(trash, fs::path(from).filename().string())));
}

Result<std::string> restore(const std::string& store, const std::string& id) {
    MOELORA_TRY(const std::string from, find_to_move(trash_of(store), id));
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
