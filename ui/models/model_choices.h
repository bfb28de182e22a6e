// SPDX-License-Identifier: GPL-3.0-or-later
// What can be chosen for a model on this computer, why the rest cannot, and whether a run will fit.
// Pure but for the language of the texts; sizes in bytes.
#pragma once

#include <QString>

#include "core/options/options.h"
#include "core/record/hardware.h"
#include "core/session/machine.h"

namespace moelora::ui {

enum class Fit { Unknown, Fits, Tight, WillNotFit };
// Kept free beside a prediction: for its error, and for what other programs take meanwhile.
[[nodiscard]] std::int64_t safetyMargin(std::int64_t predicted);
// 0 = not known.
[[nodiscard]] Fit fitOf(std::int64_t predicted, std::int64_t budget);
[[nodiscard]] QString fitName(Fit fit);  // "fits", "tight", "will not fit", ""

// Whether jobs with these options use a GPU of this computer.
[[nodiscard]] bool usesGpu(const HardwareReport& hardware, const DeviceOptions& device);
// The card that would be used ("cuda:1" is the second); nullptr = none.
[[nodiscard]] const GpuReport* gpuOf(const HardwareReport& hardware, const DeviceOptions& device);
// What "auto" stands for.
[[nodiscard]] ComputeDtype automaticType(const HardwareReport& hardware,
                                         const DeviceOptions& device);
// A sentence, or "" for what can be chosen.
[[nodiscard]] QString whyNot(ComputeDtype type, const HardwareReport& hardware,
                             const DeviceOptions& device);
// `stored`: ModelSummary::quantization.
[[nodiscard]] QString whyNot(Quantization quantization, const std::string& stored);
[[nodiscard]] QString quantizationName(Quantization quantization);

// Of the nearest folder that exists; -1 = not known.
[[nodiscard]] std::int64_t freeBytesAt(QString folder);

// What is asked beside the report, because it takes longer.
struct MachineNow {
    std::optional<GpuState> gpu{};      // the first one's
    std::optional<double> modelDisk{};  // bytes a second
    std::int64_t runsFree = -1;         // bytes where runs are kept; -1 = not known
};
// Name and value of what was found, for a table.
[[nodiscard]] std::vector<std::pair<QString, QString>> hardwareFacts(const HardwareReport& hardware,
                                                                     const MachineNow& now = {});

}  // namespace moelora::ui
