// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/watchdog.h"

#include <QMetaObject>

namespace moelora::ui {

Watchdog& Watchdog::instance() {
    static Watchdog watchdog;
    return watchdog;
}

void Watchdog::reset() {
    m_longestMs = 0;
    m_over = 0;
    m_what.clear();
}

Watchdog::Scope::Scope(const QObject* receiver, QEvent::Type type) {
    Watchdog& dog = instance();
    m_outer = dog.m_armed && dog.m_depth == 0;
    ++dog.m_depth;
    if (!m_outer) return;
    // Taken now: the receiver may be gone when the event is done.
    m_what =
        QStringLiteral("%1 '%2' event %3")
            .arg(QString::fromLatin1(receiver->metaObject()->className()), receiver->objectName())
            .arg(static_cast<int>(type));
    m_clock.start();
}

Watchdog::Scope::~Scope() {
    Watchdog& dog = instance();
    --dog.m_depth;
    if (!m_outer) return;
    const double ms = static_cast<double>(m_clock.nsecsElapsed()) / 1e6;
    if (ms > limitMs) ++dog.m_over;
    if (ms <= dog.m_longestMs) return;
    dog.m_longestMs = ms;
    dog.m_what = m_what;
}

}  // namespace moelora::ui
