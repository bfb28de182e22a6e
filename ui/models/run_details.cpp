// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_details.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <map>

#include "core/base/json.h"
#include "core/options/config.h"
#include "core/record/records_json.h"
#include "ui/bridge/text.h"
#include "ui/widgets/decimate.h"
#include "ui/widgets/option_field.h"

namespace moelora::ui {

namespace {
constexpr int curveColumns = 60;
constexpr double smoothing = 0.9;

}  // namespace

std::optional<RunOptions> recordedOptions(const std::string& adapter) {
    QDir folder(QDir::cleanPath(qs(adapter)));
    const QString name = QStringLiteral("run.json");
    const bool inner = folder.dirName() == QLatin1String("adapter") && !folder.exists(name);
    const auto json = read_json(
        ss(inner ? QFileInfo(folder.path()).dir().filePath(name) : folder.filePath(name)));
    if (!json || !json->is_object() || !json->contains("config")) return {};
    RunOptions options;
    for (const Issue& issue : from_json(json->at("config"), options, "run.json"))
        if (issue.severity == Severity::Error) return {};
    return options;
}

std::map<std::string, std::string> probeReferences(const std::string& run) {
    std::map<std::string, std::string> out;
    const auto json = read_json(run + "/probes.json");
    if (!json || !json->is_object() || !json->value("samples", Json()).is_array()) return out;
    for (const Json& one : json->at("samples"))
        if (const auto sample = caption_sample_from_json(one);
            sample && !sample->references.empty())
            out[sample->id] = sample->references.front();
    return out;
}

RunDetails readRunDetails(const Session& session, const RunSummary& run) {
    RunDetails details;
    details.step = run.step;
    details.options = recordedOptions(run.path);
    const auto events = session.replay(run.path);
    if (!events) return details;
    std::vector<QPointF> loss;
    for (const Event& event : *events) {
        if (const auto* step = std::get_if<StepRecorded>(&event)) {
            loss.emplace_back(static_cast<double>(step->record.step), step->record.loss);
            details.seconds += step->record.step_ms / 1000;
            details.peakBytes = std::max(details.peakBytes, step->record.peak_mem_bytes);
        } else if (const auto* eval = std::get_if<EvalRecorded>(&event)) {
            if (details.bestEval && !(eval->record.loss < *details.bestEval)) continue;
            details.bestEval = eval->record.loss;
            details.bestStep = eval->record.step;
        }
    }
    const QVector<QPointF> thin = decimate(smoothed(loss, smoothing), curveColumns).line;
    details.curve.assign(thin.begin(), thin.end());
    return details;
}

std::vector<ConfigLine> configLines(const RunOptions& options) {
    std::map<QString, QString> defaults;
    RunOptions plain;
    RunOptions::describe(plain, [&](std::string_view group, auto& values) {
        for (const OptionField& field : readFields(values))
            defaults[qs(group) + QLatin1Char('.') + field.name] = field.value;
    });
    std::vector<ConfigLine> lines;
    RunOptions copy = options;
    RunOptions::describe(copy, [&](std::string_view group, auto& values) {
        for (const OptionField& field : readFields(values)) {
            const QString path = qs(group) + QLatin1Char('.') + field.name;
            lines.push_back(
                {path, valueText(field), field.label, defaults.at(path) != field.value});
        }
    });
    return lines;
}

}  // namespace moelora::ui
