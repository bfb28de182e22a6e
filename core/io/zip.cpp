// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/io/atomic_file.h"
#include "core/io/files.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t piece_bytes = 1 << 16;
constexpr std::uintmax_t deflate_factor = 1032;  // what deflate can make of a byte at most

tl::unexpected<Error> invalid(const std::string& path, std::string why) {
    return fail(ErrorCode::ZipInvalid, {{"path", path}, {"why", std::move(why)}});
}

struct Writing {
    AtomicFile file;
    Status status;
};

// libarchive's callback: the error is kept, the return value only says that there is one.
la_ssize_t take(struct archive*, void* data, const void* bytes, size_t size) {
    auto& writing = *static_cast<Writing*>(data);
    writing.status = writing.file.write(bytes, size);
    return writing.status ? static_cast<la_ssize_t>(size) : -1;
}

using Archive = std::unique_ptr<struct archive, int (*)(struct archive*)>;
using Entry = std::unique_ptr<struct archive_entry, void (*)(struct archive_entry*)>;

Status add_file(struct archive* zip, const std::string& path, const std::string& name) {
    const Entry entry(archive_entry_new(), archive_entry_free);
    std::error_code error;
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(fs::file_size(path, error)));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    std::ifstream file(path, std::ios::binary);
    if (error || !file)
        return fail(ErrorCode::FileUnreadable, {{"path", path}, {"why", error.message()}});
    if (archive_write_header(zip, entry.get()) != ARCHIVE_OK)
        return invalid(name, archive_error_string(zip));
    std::array<char, piece_bytes> piece{};
    while (file.read(piece.data(), piece.size()), file.gcount() > 0)
        if (archive_write_data(zip, piece.data(), static_cast<size_t>(file.gcount())) < 0)
            return invalid(name, archive_error_string(zip));
    return {};
}

Status add_files(struct archive* zip, const std::string& folder,
                 const std::vector<std::string>& names) {
    for (const std::string& name : names)
        MOELORA_TRY_STATUS(add_file(zip, join_path(folder, name), name));
    if (archive_write_close(zip) != ARCHIVE_OK) return invalid(folder, archive_error_string(zip));
    return {};
}

// `room`: bytes that the archive may still unpack to.
Status extract(struct archive* zip, const std::string& path, const std::string& name,
               const Unpacking& target, std::uintmax_t& room) {
    MOELORA_TRY(AtomicFile out, AtomicFile::begin(target.path));
    std::array<char, piece_bytes> piece{};
    for (std::uintmax_t bytes = 0;;) {
        const la_ssize_t got = archive_read_data(zip, piece.data(), piece.size());
        if (got < 0) return invalid(path, archive_error_string(zip));
        if (got == 0) return out.commit();
        if (static_cast<std::uintmax_t>(got) > room)
            return invalid(path, "it unpacks to more than a file of its size can hold");
        room -= static_cast<std::uintmax_t>(got);
        bytes += static_cast<std::uintmax_t>(got);
        if (bytes > target.most)
            return invalid(
                path, name + " in it is longer than " + std::to_string(target.most) + " bytes");
        MOELORA_TRY_STATUS(out.write(piece.data(), static_cast<std::size_t>(got)));
    }
}

}  // namespace

Status write_zip(const std::string& path, const std::string& folder,
                 const std::vector<std::string>& names) {
    MOELORA_TRY(AtomicFile file, AtomicFile::begin(path));
    Writing writing{std::move(file), {}};
    {
        const Archive zip(archive_write_new(), archive_write_free);
        archive_write_set_format_zip(zip.get());
        archive_write_set_bytes_in_last_block(zip.get(), 1);
        if (archive_write_open(zip.get(), &writing, nullptr, take, nullptr) != ARCHIVE_OK)
            return invalid(path, archive_error_string(zip.get()));
        const Status added = add_files(zip.get(), folder, names);
        if (!writing.status) return writing.status;  // the cause of what libarchive says
        MOELORA_TRY_STATUS(added);
    }
    return writing.file.commit();
}

Status read_zip(const std::string& path,
                const std::function<Result<Unpacking>(const std::string& name)>& place) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (error) return fail(ErrorCode::FileMissing, {{"path", path}});
    std::uintmax_t room = bytes * deflate_factor;
    const Archive zip(archive_read_new(), archive_read_free);
    archive_read_support_format_zip(zip.get());
    if (archive_read_open_filename(zip.get(), path.c_str(), piece_bytes) != ARCHIVE_OK)
        return invalid(path, archive_error_string(zip.get()));
    for (struct archive_entry* entry = nullptr;;) {
        const int result = archive_read_next_header(zip.get(), &entry);
        if (result == ARCHIVE_EOF) return {};
        if (result != ARCHIVE_OK) return invalid(path, archive_error_string(zip.get()));
        const char* name = archive_entry_pathname(entry);
        if (name == nullptr) return invalid(path, "a name in it is of another encoding");
        if (archive_entry_filetype(entry) == AE_IFDIR) continue;
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr)
            return invalid(path, std::string(name) + " is no plain file");
        MOELORA_TRY(const Unpacking target, place(name));
        MOELORA_TRY_STATUS(extract(zip.get(), path, name, target, room));
    }
}

}  // namespace moelora
