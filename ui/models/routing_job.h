// SPDX-License-Identifier: GPL-3.0-or-later
// One tracing of a picture's routing, followed to its end; and what its numbers say. GUI thread
// only.
#pragma once

#include <QObject>
#include <optional>

#include "ui/bridge/session_bridge.h"

namespace moelora::ui {

class RoutingJob : public QObject {
    Q_OBJECT
  public:
    explicit RoutingJob(SessionBridge& bridge, QObject* parent = nullptr);
    void start(const RoutingSpec& spec);
    void stop();
    [[nodiscard]] bool running() const { return m_job && !is_terminal(m_state); }
    [[nodiscard]] const std::optional<RoutingTrace>& trace() const { return m_trace; }
    [[nodiscard]] QString stage() const;

  Q_SIGNALS:
    void changed();
    void failed(const moelora::Error& error);

  private:
    void take(const std::vector<Event>& events);

    SessionBridge& m_bridge;
    std::optional<JobId> m_job;
    JobState m_state = JobState::Finished;
    std::string m_stage;
    std::optional<RoutingTrace> m_trace;
};

// Of one site: the expert of the largest weight for a token (for the tower: a visual token), and
// that weight. Ties go to the lower number.
struct Choice {
    std::int64_t expert = 0;
    float weight = 0;
};
[[nodiscard]] Choice choiceAt(const SiteTrace& site, std::int64_t row);
// The row of visual token `place` in a site's weights.
[[nodiscard]] std::int64_t visualRow(const RoutingTrace& trace, const SiteTrace& site,
                                     std::int64_t place);
// Mean weight of each expert over the tokens of one kind; empty where the site has none of them.
[[nodiscard]] std::vector<double> sharesOf(const RoutingTrace& trace, const SiteTrace& site,
                                           const std::string& kind);

}  // namespace moelora::ui
