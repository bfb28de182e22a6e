// SPDX-License-Identifier: GPL-3.0-or-later
// Times every event the GUI thread handles, slots included, and keeps the longest. The application
// calls it from notify(). GUI thread only.
#pragma once

#include <QElapsedTimer>
#include <QEvent>
#include <QObject>
#include <QString>

namespace moelora::ui {

class Watchdog {
  public:
    static Watchdog& instance();
    static constexpr int limitMs = 50;  // no slot may take longer

    void reset();
    [[nodiscard]] double longestMs() const { return m_longestMs; }
    // Processor time of that event: little of it in a long event means that the machine was busy
    // elsewhere.
    [[nodiscard]] double longestCpuMs() const { return m_longestCpuMs; }
    // The tests' bound: some event took ten times the limit, not counting the time in which the
    // thread was ready and got no processor. Sleeping and waiting count.
    [[nodiscard]] bool tenfoldExcess() const { return !m_excess.isEmpty(); }
    [[nodiscard]] QString excessWhat() const { return m_excess; }  // the first of them
    [[nodiscard]] QString longestWhat() const { return m_what; }
    [[nodiscard]] int overLimit() const { return m_over; }

    // Around the handling of one event; nested events belong to the outer one, except those of a
    // modal loop.
    class Scope {
      public:
        Scope(const QObject* receiver, QEvent::Type type);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        QString m_what;
        QElapsedTimer m_clock;
        double m_cpuStart = 0, m_delayStart = 0;
        bool m_outer = false;
    };

  private:
    int m_depth = 0, m_over = 0;
    double m_longestMs = 0, m_longestCpuMs = 0;
    QString m_what, m_excess;
};

}  // namespace moelora::ui
