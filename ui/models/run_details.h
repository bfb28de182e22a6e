// SPDX-License-Identifier: GPL-3.0-or-later
// What the library shows of a run beyond its summary: the curve of the loss, times and memory from
// its records, and the configuration as it ran. Values; reading is blocking and may run on any
// thread.
#pragma once

#include <QPointF>
#include <QString>
#include <map>
#include <optional>
#include <vector>

#include "core/options/options.h"
#include "core/session/session.h"

namespace moelora::ui {

struct RunDetails {
    std::int64_t step = 0;       // of the summary it was read for
    std::vector<QPointF> curve;  // smoothed loss, thinned
    std::optional<double> bestEval;
    std::int64_t bestStep = 0;
    double seconds = 0;  // sum of all updates
    std::int64_t peakBytes = 0;
    std::optional<RunOptions> options;  // as it ran; none when run.json cannot be read
};

// What the run was told to do; `adapter`: the run folder, or the adapter folder inside it. None:
// the folder belongs to no run, or its run.json cannot be read.
[[nodiscard]] std::optional<RunOptions> recordedOptions(const std::string& adapter);

// First reference of each probe of a run, by sample; empty where the run kept none.
[[nodiscard]] std::map<std::string, std::string> probeReferences(const std::string& run);

[[nodiscard]] RunDetails readRunDetails(const Session& session, const RunSummary& run);

// One line of a configuration: path, label, value, and whether the default differs.
struct ConfigLine {
    QString path, value;
    std::string_view label;
    bool changed = false;
};
[[nodiscard]] std::vector<ConfigLine> configLines(const RunOptions& options);

}  // namespace moelora::ui
