// SPDX-License-Identifier: GPL-3.0-or-later
// Several runs beside each other: their curves, and the settings in which they differ. Values;
// reading is blocking and may run on any thread.
#pragma once

#include <QPointF>
#include <QString>
#include <QStringList>
#include <vector>

#include "core/options/options.h"
#include "core/session/session.h"

namespace moelora::ui {

constexpr std::size_t overlaidAtMost = 6;

struct OverlaidRun {
    QString name;
    std::vector<QPointF> loss, smooth, rate, evals;  // (update, value)
    std::optional<RunOptions> options;               // as it ran
};
[[nodiscard]] Result<std::vector<OverlaidRun>> readOverlay(const Session& session,
                                                           const std::vector<RunSummary>& runs);

// A setting that is not the same everywhere; `values` has one for each run, "–" where its
// configuration cannot be read.
struct DifferingSetting {
    QString path;
    std::string_view label;  // English, context "options"
    QStringList values;
};
[[nodiscard]] std::vector<DifferingSetting> differingSettings(const std::vector<OverlaidRun>& runs);

}  // namespace moelora::ui
