// SPDX-License-Identifier: GPL-3.0-or-later
// What this computer has, and what the prepared run will need of it: the engine's estimate for the
// chosen model, data and adapter, asked off the GUI thread when somebody looks. GUI thread only.
#pragma once

#include <QTimer>

#include "ui/models/calibrations.h"
#include "ui/models/project.h"

namespace moelora::ui {

class MemoryFit : public QObject {
    Q_OBJECT
  public:
    MemoryFit(Session& session, Project& project, Settings& settings, QObject* parent = nullptr);

    // Asks again where the project has changed since; changes in a row are one question. The old
    // answer stays until the new one is there.
    void request();
    void askHardware();

    [[nodiscard]] const std::optional<HardwareReport>& hardware() const { return m_hardware; }
    // None: model or data are not there yet, or nobody has looked.
    // Where a measurement was made for this device and model, the parts are corrected by it.
    [[nodiscard]] const std::optional<Result<MemoryEstimate>>& estimate() const { return m_answer; }
    // Measured by predicted, as far as that is known; 1 = nothing was measured.
    [[nodiscard]] double calibration() const;
    // What a measurement says beside its own prediction, kept for later.
    void learn(const RunOptions& measuredWith, const MemoryEstimate& measurement);
    [[nodiscard]] bool pending() const { return m_pending; }
    // Bytes that the run may take; 0 = not known.
    [[nodiscard]] std::int64_t budget() const;
    // With the linear layers held like this; 0 = not known.
    [[nodiscard]] std::int64_t peak(Quantization quantization) const;

  Q_SIGNALS:
    void changed();

  private:
    void ask();
    void forget();
    [[nodiscard]] double factorFor(RunOptions options, Quantization quantization) const;
    void correct(MemoryEstimate& estimate) const;

    Session& m_session;
    Project& m_project;
    Calibrations m_calibrations;
    QTimer m_rest;
    std::optional<RunOptions> m_asked;
    std::optional<HardwareReport> m_hardware;
    std::optional<Result<MemoryEstimate>> m_answer;
    bool m_pending = false, m_hardwareAsked = false;
    Latest<MemoryEstimate> m_ask;
    Latest<HardwareReport> m_askHardware;
};

}  // namespace moelora::ui
