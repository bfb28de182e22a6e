// SPDX-License-Identifier: GPL-3.0-or-later
// What measurements taught about the estimate of memory: measured by predicted peak, for a device,
// a model and the way it is held. Kept in the settings, so that a measurement is made once. GUI
// thread only.
#pragma once

#include "core/options/options.h"
#include "core/record/hardware.h"
#include "ui/models/settings.h"

namespace moelora::ui {

class Calibrations {
  public:
    explicit Calibrations(Settings& settings) : m_settings(settings) {}

    // The device by name, the model by path, its quantization, the type and checkpointing: what
    // makes predictions err alike.
    [[nodiscard]] static QString keyOf(const RunOptions& options, const HardwareReport* hardware);
    // 1 where nothing was measured.
    [[nodiscard]] double factor(const QString& key) const;
    // The newest of a key counts; of many keys the newest stay.
    void put(const QString& key, double factor);
    static constexpr int keptAtMost = 64;

  private:
    Settings& m_settings;
};

}  // namespace moelora::ui
