// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/io/files.h"

namespace moelora {

tl::unexpected<Error> write_failure(const std::string& path, int error_number) {
    // EFBIG is a limit on the size of a file (ulimit -f, or the file system's): for the user it is
    // the same as a full disk, and as recoverable.
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
        return fail(ErrorCode::DiskFull, {{"path", path}});
    return fail(ErrorCode::FileUnwritable,
                {{"path", path}, {"why", std::generic_category().message(error_number)}});
}

namespace {

constexpr std::string_view temporary_mark = ".tmp-";

// Of host name and process name space (containers share a file system, not their numbers).
const std::string& this_host() {
    static const std::string tag = [] {
        char host[256] = {}, space[64] = {};
        (void)::gethostname(host, sizeof host - 1);
        if (::readlink("/proc/self/ns/pid", space, sizeof space - 1) < 0) space[0] = '?';
        return sha256_hex(std::string(host) + '/' + space).substr(0, 8);
    }();
    return tag;
}

// "<host>-<pid>-<n>" of this machine, by a program that is gone.
bool is_abandoned(std::string_view rest) {
    const std::string start = this_host() + "-";
    if (!rest.starts_with(start)) return false;
    rest.remove_prefix(start.size());
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
    if (error != std::errc() || pid <= 0 || end == rest.data() + rest.size() || *end != '-')
        return false;
    return ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string temporary_beside(const std::string& path) {
    static std::atomic<unsigned> counter{0};
    return path + std::string(temporary_mark) + this_host() + "-" + std::to_string(getpid()) + "-" +
           std::to_string(counter++);
}

void remove_abandoned(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code error, ignored;
    std::vector<fs::path> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        const std::size_t mark = name.rfind(temporary_mark);
        if (mark != std::string::npos &&
            is_abandoned(std::string_view(name).substr(mark + temporary_mark.size())))
            found.push_back(at->path());
    }
    for (const fs::path& path : found) fs::remove_all(path, ignored);
}

Status write_all(int fd, const void* data, std::size_t size, const std::string& path) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        constexpr std::size_t most = std::size_t{1} << 30;  // Linux writes 2 GiB at most
        const ssize_t done = ::write(fd, at, std::min(size, most));
        if (done < 0) {
            if (errno == EINTR) continue;
            return write_failure(path, errno);
        }
        at += done;
        size -= static_cast<std::size_t>(done);
    }
    return {};
}

std::string parent_folder(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_folder(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return write_failure(folder, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    // Some network file systems cannot sync a folder; the rename itself has succeeded.
    if (result != 0 && error != EINVAL && error != ENOTSUP) return write_failure(folder, error);
    return {};
}

AtomicFile::AtomicFile(int fd, std::string path, std::string temporary)
    : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(temporary_, other.temporary_);
    return *this;
}

AtomicFile::~AtomicFile() {
    discard();
}

void AtomicFile::discard() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
}

Result<AtomicFile> AtomicFile::begin(const std::string& path) {
    std::string temporary = temporary_beside(path);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return write_failure(path, errno);
    return AtomicFile(fd, path, std::move(temporary));
}

Status AtomicFile::write(const void* data, std::size_t size) {
    return write_all(fd_, data, size, path_);
}

Status AtomicFile::commit() {
    if (::fsync(fd_) != 0) return write_failure(path_, errno);
    if (::close(std::exchange(fd_, -1)) != 0) return write_failure(path_, errno);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return write_failure(path_, errno);
    temporary_.clear();
    return sync_folder(parent_folder(path_));
}

}  // namespace moelora
