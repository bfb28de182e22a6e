// SPDX-License-Identifier: GPL-3.0-or-later
// Zip files through libarchive: whole or not at all when written, never trusted when read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace moelora {

// The files `names` of `folder` under these names. Errors: FileUnreadable, FileUnwritable, DiskFull
// (an existing file stays as it was).
[[nodiscard]] Status write_zip(const std::string& path, const std::string& folder,
                               const std::vector<std::string>& names);

// Where a file of an archive goes, and how many bytes of it are taken at most: a few may unpack to
// a thousand times as many.
struct Unpacking {
    std::string path;
    std::uintmax_t most = UINTMAX_MAX;
};
// Every plain file of the archive goes to where `place` says; folders are skipped, and anything
// else (links, devices, names of another encoding) is refused. Reads piece by piece. Errors:
// FileMissing, ZipInvalid, those of `place` and of writing.
[[nodiscard]] Status read_zip(
    const std::string& path,
    const std::function<Result<Unpacking>(const std::string& name)>& place);

}  // namespace moelora
