// SPDX-License-Identifier: GPL-3.0-or-later
// Which form a file or folder has, by content: only the heads of files are read. Deterministic.
// Internal to core/data.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace moelora {

struct RecognisedSource {
    std::string form;      // "coco", "messages", "sidecar"
    std::string file;      // the record file; "" for sidecars
    std::string evidence;  // what was seen, and what else could have been taken
};

// Errors: FileMissing, DatasetUnrecognised saying what it is instead.
[[nodiscard]] Result<RecognisedSource> recognise_source(const std::string& path);

// Files of a folder down to depth 4, sorted, without the leftovers of operating systems.
[[nodiscard]] std::vector<std::string> list_files(const std::string& folder);
[[nodiscard]] std::string ending_of(const std::string& path);  // ".jpg", lower case
[[nodiscard]] bool is_picture_name(const std::string& path);

}  // namespace moelora
