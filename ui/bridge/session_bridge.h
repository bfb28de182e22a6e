// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the engine's events onto the GUI thread at the window's own pace: the engine's wake-up
// only posts, a 40 ms timer then drains. Declared before the session and destroyed after it,
// because the wake-up may come until the last job ends.
#pragma once

#include <QObject>
#include <QTimer>
#include <functional>
#include <vector>

#include "core/session/session.h"

namespace moelora::ui {

class SessionBridge : public QObject {
    Q_OBJECT
  public:
    explicit SessionBridge(QObject* parent = nullptr);

    // For Session's constructor; may be called on any thread.
    [[nodiscard]] std::function<void()> wakeup();
    void setSession(Session* session) { m_session = session; }
    [[nodiscard]] Session& session() const { return *m_session; }

    // Drains at once (tests, closing).
    void drainNow();
    static constexpr int drainIntervalMs = 40;

  Q_SIGNALS:
    // All events since the last drain, in order; never empty.
    void drained(const std::vector<moelora::Event>& events);

  private:
    Session* m_session = nullptr;
    QTimer m_timer;
};

}  // namespace moelora::ui
