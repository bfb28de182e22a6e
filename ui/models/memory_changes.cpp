// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/memory_changes.h"

#include <algorithm>

namespace moelora::ui {

namespace {
// Below this the picture processors of the family enlarge what is smaller.
constexpr std::int64_t processorLeast = 65536;
}  // namespace

RunOptions withChanges(RunOptions options, const std::vector<MemoryChange>& changes) {
    for (const MemoryChange& change : changes) {
        const std::string setting = change.change.substr(0, change.change.find(','));
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos) continue;
        const RunOptions before = options;
        if (!set_option(options, setting.substr(0, equals), setting.substr(equals + 1))) {
            options = before;
            continue;
        }
        const std::int64_t rows = std::max<std::int64_t>(1, options.train.batch_size);
        if (rows < before.train.batch_size)
            options.train.gradient_accumulation *= before.train.batch_size / rows;
        const std::int64_t most = options.data.max_pixels;
        if (most != before.data.max_pixels && most > 0 &&
            (options.data.min_pixels > most ||
             (options.data.min_pixels == 0 && most < processorLeast)))
            options.data.min_pixels = most;
    }
    return options;
}

}  // namespace moelora::ui
