// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/memory_changes.h"

#include <algorithm>
#include <utility>

namespace moelora::ui {

namespace {
// Below this the picture processors of the family enlarge what is smaller.
constexpr std::int64_t processorLeast = 65536;
}  // namespace

RunOptions withMostPixels(RunOptions options, std::int64_t most) {
    DataOptions& data = options.data;
    const bool forced = data.min_pixels > 0 && data.min_pixels == data.max_pixels;
    if (forced) data.min_pixels = 0;  // it followed the limit before
    data.max_pixels = most;
    if (most > 0 && (data.min_pixels > most || (data.min_pixels == 0 && most < processorLeast)))
        data.min_pixels = most;
    return options;
}

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
        // The update stays as strong as it was.
        if (options.adapter.rank < before.adapter.rank)
            options.adapter.alpha *= static_cast<double>(options.adapter.rank) /
                                     static_cast<double>(before.adapter.rank);
        const std::int64_t rows = std::max<std::int64_t>(1, options.train.batch_size);
        if (rows < before.train.batch_size)
            options.train.gradient_accumulation *= before.train.batch_size / rows;
        const std::int64_t most = std::exchange(options.data.max_pixels, before.data.max_pixels);
        if (most != before.data.max_pixels) options = withMostPixels(std::move(options), most);
    }
    return options;
}

}  // namespace moelora::ui
