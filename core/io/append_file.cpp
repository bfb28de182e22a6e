// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/io/atomic_file.h"

namespace moelora {

AppendFile::AppendFile(int fd, std::string path, std::uint64_t bytes)
    : fd_(fd), path_(std::move(path)), bytes_(bytes) {}
AppendFile::AppendFile(AppendFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), bytes_(other.bytes_) {}
AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(bytes_, other.bytes_);
    return *this;
}
AppendFile::~AppendFile() {
    if (fd_ >= 0) ::close(fd_);
}

Result<AppendFile> AppendFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return write_failure(path, errno);
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
        const int error = errno;
        ::close(fd);
        return write_failure(path, error);
    }
    return AppendFile(fd, path, static_cast<std::uint64_t>(info.st_size));
}

Status AppendFile::append(std::string_view bytes) {
    Status status = write_all(fd_, bytes.data(), bytes.size(), path_);
    if (status)
        bytes_ += bytes.size();
    else if (::ftruncate(fd_, static_cast<off_t>(bytes_)) != 0)
        status.error().context.emplace_back("half a record stays in the file");
    return status;
}

Status AppendFile::sync() {
    if (::fsync(fd_) != 0) return write_failure(path_, errno);
    return {};
}

char AppendFile::last() const {
    char c = 0;
    return bytes_ > 0 && ::pread(fd_, &c, 1, static_cast<off_t>(bytes_) - 1) == 1 ? c : char{0};
}

}  // namespace moelora
