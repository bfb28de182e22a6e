// SPDX-License-Identifier: GPL-3.0-or-later
// From an update of a run to its samples: ids from its records, the rest from its data set.
#include <map>

#include "core/data/dataset.h"
#include "core/io/files.h"
#include "core/options/config.h"
#include "core/record/records_json.h"
#include "core/session/questions.h"

namespace moelora::questions {
namespace {

// Most lines are of routers and of other updates: only those that may be the one are parsed.
Result<StepRecord> recorded_update(const std::string& folder, std::int64_t step) {
    const std::string number = "\"step\":" + std::to_string(step);
    StepRecord found;
    MOELORA_TRY_STATUS(
        for_each_line(join_path(folder, "metrics.jsonl"), [&](std::int64_t, std::string_view line) {
            if (!line.starts_with("{\"type\":\"step\"") ||
                line.find(number) == std::string_view::npos)
                return true;
            auto record = step_from_json(Json::parse(line, nullptr, false));
            if (record && record->step == step) found = std::move(*record);
            return found.step == 0;
        }));
    return found;
}

// By id; empty when the data set is gone or cannot be read any more.
std::map<std::string, const DatasetSample*> by_id(const Dataset& dataset) {
    std::map<std::string, const DatasetSample*> out;
    for (const DatasetSample& sample : dataset.samples) out.emplace(sample.id, &sample);
    return out;
}

Dataset data_of(const std::string& folder) {
    const auto run = read_json(join_path(folder, "run.json"));
    if (!run || !run->is_object() || !run->contains("config")) return {};
    RunOptions options;
    for (const Issue& issue : from_json(run->at("config"), options, "run.json"))
        if (issue.severity == Severity::Error) return {};
    auto dataset = open_dataset(options.data, options.train.seed);
    return dataset ? std::move(*dataset) : Dataset{};
}

}  // namespace

Result<std::vector<UpdateSample>> samples_of_update(const std::string& folder, std::int64_t step) {
    MOELORA_TRY(const StepRecord record, recorded_update(folder, step));
    std::vector<UpdateSample> out;
    if (record.micro_batches.empty()) return out;
    const Dataset dataset = data_of(folder);
    const auto known = by_id(dataset);
    for (std::size_t i = 0; i < record.micro_batches.size(); ++i)
        for (const std::string& id : record.micro_batches[i].samples) {
            UpdateSample one;
            if (const auto at = known.find(id); at != known.end())
                one.sample = caption_sample(*at->second);
            one.sample.id = id;
            one.micro_batch = static_cast<std::int64_t>(i);
            one.loss = record.micro_batches[i].loss;
            out.push_back(std::move(one));
        }
    return out;
}

}  // namespace moelora::questions
