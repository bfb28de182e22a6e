// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/assert.h"
#include "core/io/atomic_file.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 16;

tl::unexpected<Error> read_failure(const std::string& path, int error_number) {
    if (error_number == ENOENT || error_number == ENOTDIR)
        return fail(ErrorCode::FileMissing, {{"path", path}});
    return fail(ErrorCode::FileUnreadable,
                {{"path", path}, {"why", std::generic_category().message(error_number)}});
}

// Calls f(bytes) for each piece of the file; f returns false to stop.
template <class F>
Status for_each_chunk(const std::string& path, F&& f) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return read_failure(path, errno);
    std::vector<char> buffer(chunk_bytes);
    Status status;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = read_failure(path, errno);
        if (got <= 0) break;
        if (!f(std::string_view(buffer.data(), static_cast<std::size_t>(got)))) break;
    }
    ::close(fd);
    return status;
}

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new()) {
        MOELORA_ASSERT(context_ && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1,
                       "SHA-256 is not available in OpenSSL");
    }
    ~Sha256() { EVP_MD_CTX_free(context_); }
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
    [[nodiscard]] std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned length = 0;
        EVP_DigestFinal_ex(context_, digest.data(), &length);
        constexpr char digits[] = "0123456789abcdef";
        std::string out;
        for (unsigned i = 0; i < length; ++i) {
            out += digits[digest.at(i) >> 4];
            out += digits[digest.at(i) & 15];
        }
        return out;
    }

  private:
    EVP_MD_CTX* context_;
};

}  // namespace

Result<std::string> read_text(const std::string& path) {
    std::string text;
    MOELORA_TRY_STATUS(for_each_chunk(path, [&](std::string_view piece) {
        text += piece;
        return true;
    }));
    return text;
}

Status write_text_atomic(const std::string& path, std::string_view text) {
    MOELORA_TRY(AtomicFile file, AtomicFile::begin(path));
    MOELORA_TRY_STATUS(file.write(text.data(), text.size()));
    return file.commit();
}

// ---- lines

Result<JsonlWriter> JsonlWriter::open(const std::string& path) {
    MOELORA_TRY(AppendFile file, AppendFile::open(path));
    // A half line of a killed program must not swallow the next record.
    if (file.bytes() > 0 && file.last() != '\n') MOELORA_TRY_STATUS(file.append("\n"));
    return JsonlWriter(std::move(file));
}

Status JsonlWriter::append(std::string_view line) {
    MOELORA_ASSERT(line.find('\n') == std::string_view::npos, "a line holds a line end");
    return file_.append(std::string(line) + "\n");
}

Status for_each_line(const std::string& path,
                     const std::function<bool(std::int64_t, std::string_view)>& f) {
    std::string carry;
    std::int64_t number = 0;
    bool go_on = true;
    const auto give = [&](std::string_view line) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        return f(++number, line);
    };
    MOELORA_TRY_STATUS(for_each_chunk(path, [&](std::string_view piece) {
        while (go_on && !piece.empty()) {
            const std::size_t end = piece.find('\n');
            if (end == std::string_view::npos) {
                carry += piece;
                break;
            }
            if (carry.empty()) {
                go_on = give(piece.substr(0, end));
            } else {
                carry += piece.substr(0, end);
                go_on = give(carry);
                carry.clear();
            }
            piece.remove_prefix(end + 1);
        }
        return go_on;
    }));
    if (go_on && !carry.empty()) give(carry);
    return {};
}

// ---- hashes, locks, paths

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

Result<std::string> sha256_file(const std::string& path, const std::function<bool()>& go_on) {
    Sha256 hash;
    MOELORA_TRY_STATUS(for_each_chunk(path, [&](std::string_view piece) {
        hash.add(piece);
        return !go_on || go_on();
    }));
    return hash.hex();
}

std::string default_cache_folder() {
    const auto set = [](const char* name) {
        const char* value = std::getenv(name);
        return value == nullptr ? std::string{} : std::string(value);
    };
    if (const std::string own = set("MOELORA_CACHE"); !own.empty()) return own;
    if (const std::string xdg = set("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/moelora";
    if (const std::string home = set("HOME"); !home.empty()) return home + "/.cache/moelora";
    return {};
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}
FolderLock::~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
}

Result<FolderLock> FolderLock::acquire(const std::string& folder) {
    const std::string path = join_path(folder, "lock");
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return write_failure(path, errno);
    FolderLock lock(fd);
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return fail(ErrorCode::RunLocked, {{"path", folder}});
        return write_failure(path, errno);
    }
    return lock;
}

std::int64_t bytes_below(const std::string& folder) {
    std::int64_t bytes = 0;
    std::error_code code, ignored;
    for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end;
         at.increment(code)) {
        if (!at->is_regular_file(ignored)) continue;
        const std::uintmax_t size = at->file_size(ignored);
        if (!ignored) bytes += static_cast<std::int64_t>(size);
    }
    return bytes;
}

std::string join_path(const std::string& folder, const std::string& name) {
    if (folder.empty()) return name;
    return (fs::path(folder) / name).string();
}

bool is_inside(const std::string& path, const std::string& root) {
    std::error_code error;
    const fs::path inner = fs::weakly_canonical(path, error);
    if (error) return false;
    const fs::path outer = fs::canonical(root, error);
    if (error) return false;
    auto at = inner.begin();
    for (const fs::path& part : outer) {
        if (part.empty()) continue;  // a slash at the end
        if (at == inner.end() || *at != part) return false;
        ++at;
    }
    return true;
}

}  // namespace moelora
