// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/watchdog.h"

#include <time.h>

#include <QMetaObject>

namespace moelora::ui {

namespace {
double threadCpuMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}
}  // namespace

Watchdog& Watchdog::instance() {
    static Watchdog watchdog;
    return watchdog;
}

void Watchdog::reset() {
    m_longestMs = m_longestCpuMs = 0;
    m_over = 0;
    m_what.clear();
}

bool Watchdog::tenfoldExcess() const {
    constexpr double factor = 10, starvedFactor = 40;
    const bool starved = m_longestCpuMs < limitMs && m_longestMs < starvedFactor * limitMs;
    return m_longestMs >= factor * limitMs && !starved;
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
    m_cpuStart = threadCpuMs();
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
    dog.m_longestCpuMs = threadCpuMs() - m_cpuStart;
    dog.m_what = m_what;
}

}  // namespace moelora::ui
