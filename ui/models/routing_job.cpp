// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/routing_job.h"

#include "ui/bridge/text.h"

namespace moelora::ui {

RoutingJob::RoutingJob(SessionBridge& bridge, QObject* parent) : QObject(parent), m_bridge(bridge) {
    connect(&bridge, &SessionBridge::drained, this, &RoutingJob::take);
}

void RoutingJob::start(const RoutingSpec& spec) {
    if (running()) return;
    const Result<JobId> job = m_bridge.session().start(spec);
    if (!job) {
        Q_EMIT failed(job.error());
        return;
    }
    m_job = *job;
    m_state = JobState::Queued;
    m_stage.clear();
    Q_EMIT changed();
}

void RoutingJob::stop() {
    if (running() && m_state != JobState::Stopping)
        if (const Status status = m_bridge.session().stop(*m_job); !status)
            Q_EMIT failed(status.error());
}

QString RoutingJob::stage() const {
    const bool working = m_state != JobState::Stopping && !m_stage.empty();
    return working ? stageName(m_stage) : stateName(m_state);
}

void RoutingJob::take(const std::vector<Event>& events) {
    if (!running()) return;
    std::optional<Error> error;
    bool any = false;
    for (const Event& event : events) {
        if (job_of(event) != *m_job) continue;
        any = true;
        if (const auto* progress = std::get_if<StageProgress>(&event)) {
            m_stage = progress->stage;
        } else if (const auto* traced = std::get_if<RoutingTraced>(&event)) {
            m_trace = traced->trace;
        } else if (const auto* state = std::get_if<JobStateChanged>(&event)) {
            m_state = state->to;
            error = state->error;
        }
    }
    if (any) Q_EMIT changed();
    if (error) Q_EMIT failed(*error);
}

Choice choiceAt(const SiteTrace& site, std::int64_t row) {
    Choice best;
    const auto first = static_cast<std::size_t>(row * site.experts);
    for (std::int64_t e = 0; e < site.experts; ++e) {
        const std::size_t at = first + static_cast<std::size_t>(e);
        if (at < site.weight.size() && site.weight[at] > best.weight) best = {e, site.weight[at]};
    }
    return best;
}

std::int64_t visualRow(const RoutingTrace& trace, const SiteTrace& site, std::int64_t place) {
    return site.vision ? place : trace.first_visual + place;
}

std::vector<double> sharesOf(const RoutingTrace& trace, const SiteTrace& site,
                             const std::string& kind) {
    std::vector<double> sums(static_cast<std::size_t>(site.experts));
    std::int64_t count = 0;
    const auto add = [&](std::int64_t row) {
        ++count;
        for (std::size_t e = 0; e < sums.size(); ++e)
            sums[e] +=
                static_cast<double>(site.weight[static_cast<std::size_t>(row * site.experts) + e]);
    };
    const std::int64_t places = trace.grid_rows * trace.grid_columns;
    if (site.vision)
        for (std::int64_t place = 0; kind == "image" && place < places; ++place) add(place);
    else
        for (std::size_t t = 0; t < trace.tokens.size(); ++t)
            if (trace.tokens[t].kind == kind) add(static_cast<std::int64_t>(t));
    if (count == 0) return {};
    for (double& sum : sums) sum /= static_cast<double>(count);
    return sums;
}

}  // namespace moelora::ui
