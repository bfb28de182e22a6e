// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/watchdog.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <QMetaObject>
#include <cstdio>

namespace moelora::ui {

namespace {
double threadCpuMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}
// Time this thread was ready to run and got no processor; 0 where the kernel does not tell. Asked
// around every event, so the file stays open; it is that of the thread that asks first.
double threadDelayMs() {
    static const int file = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    char text[64];
    const ssize_t size = file < 0 ? -1 : ::pread(file, text, sizeof text - 1, 0);
    if (size <= 0) return 0;
    text[size] = 0;
    double ranNs = 0, waitedNs = 0;
    return std::sscanf(text, "%lf %lf", &ranNs, &waitedNs) == 2 ? waitedNs / 1e6 : 0;
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
    m_excess.clear();
}

Watchdog::Scope::Scope(const QObject* receiver, QEvent::Type type) {
    Watchdog& dog = instance();
    m_outer = dog.m_depth == 0;
    ++dog.m_depth;
    if (!m_outer) return;
    // Taken now: the receiver may be gone when the event is done.
    m_what =
        QStringLiteral("%1 '%2' event %3")
            .arg(QString::fromLatin1(receiver->metaObject()->className()), receiver->objectName())
            .arg(static_cast<int>(type));
    m_cpuStart = threadCpuMs();
    m_delayStart = threadDelayMs();
    m_clock.start();
}

Watchdog::Scope::~Scope() {
    Watchdog& dog = instance();
    --dog.m_depth;
    if (!m_outer) return;
    const double ms = static_cast<double>(m_clock.nsecsElapsed()) / 1e6;
    if (ms > limitMs) ++dog.m_over;
    constexpr double factor = 10;
    if (ms >= factor * limitMs && ms - (threadDelayMs() - m_delayStart) >= factor * limitMs &&
        dog.m_excess.isEmpty())
        dog.m_excess = m_what;
    if (ms <= dog.m_longestMs) return;
    dog.m_longestMs = ms;
    dog.m_longestCpuMs = threadCpuMs() - m_cpuStart;
    dog.m_what = m_what;
}

}  // namespace moelora::ui
