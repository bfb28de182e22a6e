// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures through the engine's decoder (Qt reads fewer formats than training does), off the GUI
// thread, cached. GUI thread only.
#pragma once

#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>
#include <QString>

#include "core/session/session.h"

namespace moelora::ui {

class PictureLoader : public QObject {
    Q_OBJECT
  public:
    explicit PictureLoader(Session& session, QObject* parent = nullptr);

    // The picture if it is there; else a null image, and loaded(path, side) follows, never inside
    // of this call. `side`: longest side in pixels.
    [[nodiscard]] QImage picture(const QString& path, int side);

  Q_SIGNALS:
    void loaded(const QString& path, int side);

  private:
    Session& m_session;
    QCache<QString, QImage> m_cache;
    QSet<QString> m_pending;
};

}  // namespace moelora::ui
