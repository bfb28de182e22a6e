// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/memory_text.h"

#include <QCoreApplication>
#include <QStringList>

#include "ui/bridge/text.h"

namespace moelora::ui {

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
        {"adapter.targets", QT_TRANSLATE_NOOP("memory", "the attention alone (%1)")},
        {"a smaller model", QT_TRANSLATE_NOOP("memory", "a smaller model")}};
    const std::string setting = change.substr(0, change.find(", "));
    const std::size_t equals = setting.find('=');
    for (const Row& row : rows) {
        if (setting.substr(0, equals) != row.option) continue;
        const QString text = QCoreApplication::translate("memory", row.text);
        return text.contains(QLatin1String("%1")) ? text.arg(qs(setting.substr(equals + 1))) : text;
    }
    return qs(change);
}

QString memoryChangesText(const std::string& changes) {
    QStringList out;
    for (const QString& one : qs(changes).split(QStringLiteral("; "))) {
        const qsizetype size =
            one.endsWith(QLatin1Char(')')) ? one.lastIndexOf(QLatin1String(" (")) : -1;
        out << memoryChangeText(ss(one.left(size))) + (size < 0 ? QString() : one.mid(size));
    }
    return out.join(QStringLiteral("; "));
}

}  // namespace moelora::ui
