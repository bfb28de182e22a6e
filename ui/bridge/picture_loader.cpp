// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/picture_loader.h"

#include <QtConcurrent/qtconcurrenttask.h>
#include <atomic>

#include "ui/bridge/deliver.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
constexpr int cacheKilobytes = 64 * 1024;
// Pictures that were asked for this many questions ago have long been scrolled away.
constexpr int wantedAtMost = 200;

QImage toImage(const Picture& picture) {
    const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
    return QImage(picture.rgb.data(), width, height, 3 * width, QImage::Format_RGB888).copy();
}

// What is shown where a picture cannot be decoded: one transparent pixel, so that it is not asked
// for again.
QImage unreadable() {
    QImage image(1, 1, QImage::Format_ARGB32);
    image.fill(Qt::transparent);
    return image;
}
}  // namespace

PictureLoader::PictureLoader(Session& session, QObject* parent)
    : QObject(parent), m_session(session), m_cache(cacheKilobytes) {}

QImage PictureLoader::picture(const QString& path, int side) {
    const QString key = QStringLiteral("%1|%2").arg(side).arg(path);
    if (const QImage* found = m_cache.object(key)) return *found;
    if (path.isEmpty() || m_pending.contains(key)) return {};
    m_pending.insert(key);
    static std::atomic<int> newest{0};
    const int turn = ++newest;
    // The newest first: what is on screen now matters more than what was there before.
    auto decode = [&session = m_session, path, side, turn] {
        if (newest - turn > wantedAtMost) return QImage();  // asked again when it is painted again
        try {
            const Result<Picture> picture = session.load_picture(ss(path), side);
            return picture && picture->width > 0 ? toImage(*picture) : unreadable();
        } catch (const std::exception&) {
            return unreadable();
        }
    };
    deliver(QtConcurrent::task(std::move(decode)).withPriority(turn).spawn(), this,
            [this, key, path, side](const QImage& image) {
                m_pending.remove(key);
                if (image.isNull()) return;
                m_cache.insert(key, new QImage(image),
                               1 + static_cast<int>(image.sizeInBytes() / 1024));
                Q_EMIT loaded(path, side);
            });
    return {};
}

}  // namespace moelora::ui
