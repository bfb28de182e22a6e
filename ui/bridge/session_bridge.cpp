// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/session_bridge.h"

namespace moelora::ui {

SessionBridge::SessionBridge(QObject* parent) : QObject(parent) {
    m_timer.setObjectName(QStringLiteral("drain"));  // for the watchdog
    m_timer.setSingleShot(true);
    m_timer.setInterval(drainIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, &SessionBridge::drainNow);
}

std::function<void()> SessionBridge::wakeup() {
    return [this] {
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (!m_timer.isActive()) m_timer.start();
            },
            Qt::QueuedConnection);
    };
}

void SessionBridge::drainNow() {
    m_timer.stop();
    if (!m_session) return;
    const std::vector<Event> events = m_session->drain();
    if (!events.empty()) Q_EMIT drained(events);
}

}  // namespace moelora::ui
