// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <system_error>
#include <utility>

#include "core/base/assert.h"
#include "core/io/safetensors_header.h"

namespace moelora {

struct SafetensorsFile::State {
    std::string path;
    std::vector<TensorEntry> entries;
    std::vector<std::uint32_t> by_name;  // indices of entries, sorted by name
    std::map<std::string, std::string> metadata;
    const std::byte* map = nullptr;
    std::uint64_t file_bytes = 0, data_begin = 0;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (map) ::munmap(const_cast<std::byte*>(map), file_bytes);
    }
};

namespace {

tl::unexpected<Error> refuse(const std::string& path, std::string why) {
    return fail(ErrorCode::SafetensorsInvalid, {{"path", path}, {"why", std::move(why)}});
}

tl::unexpected<Error> unreadable(const std::string& path, std::string why) {
    return fail(ErrorCode::FileUnreadable, {{"path", path}, {"why", std::move(why)}});
}

// Asked only of files that are no safetensors: the first bytes of a pickle of protocol 2 to 5 may
// also be the length of a valid header.
bool looks_like_pickle(std::string_view head) {
    if (head.size() < 2) return false;
    const bool protocol = head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
    return protocol || head.substr(0, 4) == "PK\x03\x04";  // torch.save writes a zip
}

// Maps the file, read-only and shared. `map` and `bytes` are set on success.
Status map_file(const std::string& path, const std::byte*& map, std::uint64_t& bytes) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(ErrorCode::FileMissing, {{"path", path}});
        return unreadable(path, std::generic_category().message(errno));
    }
    struct stat info {};
    const bool known = ::fstat(fd, &info) == 0;
    const bool plain = known && S_ISREG(info.st_mode);
    void* at = nullptr;
    if (plain && info.st_size > 0)
        at = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    if (!plain) return unreadable(path, "it is no plain file");
    if (at == MAP_FAILED) return unreadable(path, std::generic_category().message(error));
    map = static_cast<const std::byte*>(at);
    bytes = static_cast<std::uint64_t>(info.st_size);
    return {};
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;
SafetensorsFile::~SafetensorsFile() = default;

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    MOELORA_TRY_STATUS(map_file(path, state->map, state->file_bytes));
    const std::string_view text(reinterpret_cast<const char*>(state->map), state->file_bytes);
    const auto refuse_bytes = [&](std::string why) -> tl::unexpected<Error> {
        if (looks_like_pickle(text)) return fail(ErrorCode::PickleRefused, {{"path", path}});
        return refuse(path, std::move(why));
    };
    if (text.size() < 8) return refuse_bytes("it is shorter than 8 bytes");
    std::uint64_t length = 0;  // little-endian, as the format says
    for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(text[i]);
    if (length == 0) return refuse_bytes("its header is empty");
    if (length > safetensors_header_most)
        return refuse_bytes("it claims a header of " + std::to_string(length) + " bytes");
    if (length > text.size() - 8)
        return refuse_bytes("its header of " + std::to_string(length) +
                            " bytes is longer than the file");
    state->data_begin = 8 + length;
    SafetensorsHeader header;
    std::string why = parse_safetensors_header(text.substr(8, length),
                                               state->file_bytes - state->data_begin, header);
    if (!why.empty()) return refuse_bytes(std::move(why));
    state->entries = std::move(header.entries);
    state->metadata = std::move(header.metadata);
    state->by_name.resize(state->entries.size());
    std::iota(state->by_name.begin(), state->by_name.end(), 0u);
    std::sort(state->by_name.begin(), state->by_name.end(), [&](std::uint32_t a, std::uint32_t b) {
        return state->entries[a].name < state->entries[b].name;
    });
    return SafetensorsFile(std::move(state));
}

const std::string& SafetensorsFile::path() const {
    return state_->path;
}
const std::vector<TensorEntry>& SafetensorsFile::entries() const {
    return state_->entries;
}
const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
    return state_->metadata;
}
std::uint64_t SafetensorsFile::file_bytes() const {
    return state_->file_bytes;
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
    const auto at = std::lower_bound(
        state_->by_name.begin(), state_->by_name.end(), name,
        [&](std::uint32_t i, std::string_view wanted) { return state_->entries[i].name < wanted; });
    if (at == state_->by_name.end() || state_->entries[*at].name != name) return nullptr;
    return &state_->entries[*at];
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorEntry& entry) const {
    MOELORA_ASSERT(entry.begin <= entry.end && entry.end <= state_->file_bytes - state_->data_begin,
                   "[safetensors] the entry belongs to another file");
    return {state_->map + state_->data_begin + entry.begin, entry.end - entry.begin};
}

void SafetensorsFile::release_pages(const TensorEntry& entry) const {
    // Outwards to whole pages: a neighbour's page comes back from the page cache when it is read.
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t begin = (state_->data_begin + entry.begin) / page * page;
    const std::uint64_t end = state_->data_begin + entry.end;
    if (entry.begin == entry.end) return;
    ::madvise(const_cast<std::byte*>(state_->map) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace moelora
