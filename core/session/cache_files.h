// SPDX-License-Identifier: GPL-3.0-or-later
// What the program keeps on disk only to save time. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace moelora {

struct CachedFile {
    std::string name, what, path;  // of a file or a folder
    std::int64_t bytes = 0;
};
// Of default_cache_folder(); only what is ours, because others may keep something there, too.
[[nodiscard]] std::vector<CachedFile> list_cache();
// Removes them; the bytes that are free now. Errors: FileUnwritable.
[[nodiscard]] Result<std::int64_t> clear_cache();

// "quantized" and "features" in it; "" without one. Not created.
[[nodiscard]] std::string quantized_cache_folder();
[[nodiscard]] std::string feature_cache_folder();

}  // namespace moelora
