// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_overlay.h"

#include <map>

#include "ui/bridge/text.h"
#include "ui/models/run_details.h"
#include "ui/widgets/decimate.h"

namespace moelora::ui {

namespace {
constexpr double smoothing = 0.9;

OverlaidRun read(const RunSummary& run, const std::vector<Event>& events) {
    OverlaidRun out;
    out.name = qs(run.name.empty() ? run.id : run.name);
    out.options = recordedOptions(run.path);
    for (const Event& event : events) {
        if (const auto* step = std::get_if<StepRecorded>(&event)) {
            const auto x = static_cast<double>(step->record.step);
            out.loss.emplace_back(x, step->record.loss);
            out.rate.emplace_back(x, step->record.lr);
        } else if (const auto* eval = std::get_if<EvalRecorded>(&event)) {
            out.evals.emplace_back(static_cast<double>(eval->record.step), eval->record.loss);
        }
    }
    out.smooth = smoothed(out.loss, smoothing);
    return out;
}

// Runs of one name are told apart by their order.
void makeNamesUnique(std::vector<OverlaidRun>& runs) {
    std::map<QString, int> times;
    for (const OverlaidRun& run : runs) ++times[run.name];
    std::map<QString, int> seen;
    for (OverlaidRun& run : runs)
        if (const QString name = run.name; times[name] > 1)
            run.name = QStringLiteral("%1 (%2)").arg(name).arg(++seen[name]);
}
}  // namespace

Result<std::vector<OverlaidRun>> readOverlay(const Session& session,
                                             const std::vector<RunSummary>& runs) {
    std::vector<OverlaidRun> out;
    for (std::size_t i = 0; i < std::min(runs.size(), overlaidAtMost); ++i) {
        MOELORA_TRY(const std::vector<Event> events, session.replay(runs[i].path));
        out.push_back(read(runs[i], events));
    }
    makeNamesUnique(out);
    return out;
}

std::vector<DifferingSetting> differingSettings(const std::vector<OverlaidRun>& runs) {
    std::vector<std::vector<ConfigLine>> lines;
    std::size_t settings = 0;
    for (const OverlaidRun& run : runs) {
        lines.push_back(run.options ? configLines(*run.options) : std::vector<ConfigLine>());
        settings = std::max(settings, lines.back().size());
    }
    std::vector<DifferingSetting> out;
    for (std::size_t i = 0; i < settings; ++i) {
        DifferingSetting setting;
        bool differs = false;
        const ConfigLine* first = nullptr;
        for (const auto& of : lines) {
            const ConfigLine* line = i < of.size() ? &of[i] : nullptr;
            setting.values << (line ? line->value : QStringLiteral("–"));
            if (!line) continue;
            if (!first) first = line;
            differs = differs || line->value != first->value;
        }
        if (!differs) continue;
        setting.path = first->path;
        setting.label = first->label;
        out.push_back(std::move(setting));
    }
    return out;
}

}  // namespace moelora::ui
