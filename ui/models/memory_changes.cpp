// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/memory_changes.h"

#include <QCoreApplication>
#include <algorithm>
#include <utility>

#include "ui/bridge/text.h"

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

// The engine says "option=value, and why".
QString memoryChangeText(const std::string& change) {
    struct Row {
        const char *option, *text;
    };
    static constexpr Row rows[] = {
        {"train.pack_tokens", QT_TRANSLATE_NOOP("memory", "one micro-batch at a time")},
        {"train.batch_size",
         QT_TRANSLATE_NOOP("memory", "batch size %1 with as many more micro-batches")},
        {"device.feature_cache", QT_TRANSLATE_NOOP("memory", "pictures are seen anew each time")},
        {"device.evict_vision",
         QT_TRANSLATE_NOOP("memory", "the vision tower leaves memory once all pictures are seen")},
        {"train.gradient_checkpointing", QT_TRANSLATE_NOOP("memory", "gradient checkpointing")},
        {"model.quantization", QT_TRANSLATE_NOOP("memory", "model in %1")},
        {"data.max_pixels", QT_TRANSLATE_NOOP("memory", "pictures of at most %1 pixels")},
        {"adapter.rank", QT_TRANSLATE_NOOP("memory", "rank %1, alpha smaller by as much")},
        {"adapter.num_experts", QT_TRANSLATE_NOOP("memory", "%1 experts")},
        {"adapter.targets", QT_TRANSLATE_NOOP("memory", "the attention alone (%1)")}};
    const std::string setting = change.substr(0, change.find(", "));
    const std::size_t equals = setting.find('=');
    for (const Row& row : rows) {
        if (equals == std::string::npos || setting.substr(0, equals) != row.option) continue;
        const QString text = QCoreApplication::translate("memory", row.text);
        return text.contains(QLatin1String("%1")) ? text.arg(qs(setting.substr(equals + 1))) : text;
    }
    return qs(change);
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
