// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/memory_fit.h"

#include <cmath>

#include "ui/models/model_choices.h"

namespace moelora::ui {

namespace {
constexpr int gapMs = 20;  // between two questions, so that a fast machine does other things, too

template <class T>
bool good(const std::optional<Result<T>>& answer) {
    return answer && *answer;
}
}  // namespace

MemoryFit::MemoryFit(Session& session, Project& project, Settings& settings, QObject* parent)
    : QObject(parent), m_session(session), m_project(project), m_calibrations(settings) {
    m_rest.setSingleShot(true);
    m_rest.setInterval(gapMs);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        if (m_asked && !m_pending) request();
    });
}

void MemoryFit::request() {
    if (!m_hardware && !m_hardwareAsked) askHardware();  // names the device of a calibration
    if (!good(m_project.model()) || !good(m_project.dataset())) return forget();
    const bool asked = m_asked && *m_asked == m_project.options();
    if (!asked && !m_pending && !m_rest.isActive()) ask();
}

void MemoryFit::forget() {
    m_rest.stop();
    m_ask.cancel();
    m_pending = false;
    m_asked.reset();
    m_answer.reset();
}

// At the first change, not when the typing rests; one question at a time. What has changed since is
// asked behind the answer.
void MemoryFit::ask() {
    m_pending = true;
    m_rest.start();
    m_asked = m_project.options();
    EstimateSpec spec;
    spec.options = *m_asked;
    m_ask.ask(
        this, [&session = m_session, spec] { return session.estimate(spec); },
        [this](Result<MemoryEstimate> answer) {
            m_pending = false;
            m_answer = std::move(answer);
            if (good(m_answer)) correct(**m_answer);
            Q_EMIT changed();
        });
}

void MemoryFit::askHardware() {
    m_hardwareAsked = true;
    m_askHardware.ask(
        this, [&session = m_session]() -> Result<HardwareReport> { return session.hardware(); },
        [this](const Result<HardwareReport>& found) {
            if (found) m_hardware = *found;
            m_asked.reset();  // what is free may be another budget
            Q_EMIT changed();
        });
}

double MemoryFit::factorFor(RunOptions options, Quantization quantization) const {
    options.model.quantization = quantization;
    return m_calibrations.factor(Calibrations::keyOf(options, m_hardware ? &*m_hardware : nullptr));
}

double MemoryFit::calibration() const {
    const RunOptions& now = m_asked ? *m_asked : m_project.options();
    return factorFor(now, now.model.quantization);
}

// The parts still sum to the peak.
void MemoryFit::correct(MemoryEstimate& estimate) const {
    const RunOptions& options = m_asked ? *m_asked : m_project.options();
    for (QuantizedPeak& each : estimate.by_quantization)
        each.peak_bytes = std::llround(static_cast<double>(each.peak_bytes) *
                                       factorFor(options, each.quantization));
    const double factor = factorFor(options, options.model.quantization);
    if (factor == 1) return;
    estimate.predicted_peak_bytes = 0;
    for (MemoryPart& part : estimate.parts) {
        part.bytes = std::llround(static_cast<double>(part.bytes) * factor);
        estimate.predicted_peak_bytes += part.bytes;
    }
    if (estimate.budget_bytes > 0)
        estimate.fits = estimate.predicted_peak_bytes <= estimate.budget_bytes;
}

void MemoryFit::learn(const RunOptions& measuredWith, const MemoryEstimate& measurement) {
    if (!measurement.measured_peak_bytes || measurement.predicted_peak_bytes <= 0) return;
    m_calibrations.put(Calibrations::keyOf(measuredWith, m_hardware ? &*m_hardware : nullptr),
                       static_cast<double>(*measurement.measured_peak_bytes) /
                           static_cast<double>(measurement.predicted_peak_bytes));
    m_asked.reset();  // the estimate that is shown is corrected, too
    request();
}

std::int64_t MemoryFit::budget() const {
    if (!good(m_answer)) return 0;
    if ((*m_answer)->budget_bytes > 0) return (*m_answer)->budget_bytes;
    const GpuReport* gpu = m_hardware ? gpuOf(*m_hardware, m_project.options().device) : nullptr;
    return gpu ? gpu->free_bytes : 0;
}

std::int64_t MemoryFit::peak(Quantization quantization) const {
    if (good(m_answer))
        for (const QuantizedPeak& each : (*m_answer)->by_quantization)
            if (each.quantization == quantization) return each.peak_bytes;
    return 0;
}

}  // namespace moelora::ui
