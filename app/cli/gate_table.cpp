// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/gate_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace moelora::cli {
namespace {

using Weights = std::map<std::string, std::vector<double>>;  // task -> [E]

// Mean over sites of the mean gate weights of each task.
Weights mean_weights(const std::vector<RouterRecord>& records) {
    Weights sums;
    std::map<std::string, double> counts;
    for (const RouterRecord& r : records)
        for (const auto& [task, weight] : r.by_task) {
            auto& sum = sums[task];
            if (sum.empty()) sum.assign(weight.size(), 0);
            if (sum.size() != weight.size()) continue;  // another number of experts there
            for (std::size_t e = 0; e < weight.size(); ++e) sum[e] += weight[e];
            counts[task] += 1;
        }
    for (auto& [task, sum] : sums)
        for (double& w : sum) w /= counts[task];
    return sums;
}

// Mean over sites of the largest total variation distance between the mean gates of two tasks:
// averaging the gates over sites first would hide specialists that stand in different places.
double task_distance(const std::vector<RouterRecord>& records) {
    double sum = 0;
    for (const RouterRecord& r : records) {
        double largest = 0;
        for (const auto& [a, wa] : r.by_task)
            for (const auto& [b, wb] : r.by_task) {
                double distance = 0;
                for (std::size_t e = 0; e < std::min(wa.size(), wb.size()); ++e)
                    distance += std::abs(wa[e] - wb[e]) / 2;
                largest = std::max(largest, distance);
            }
        sum += largest;
    }
    return records.empty() ? 0 : sum / static_cast<double>(records.size());
}

std::string weights_text(const std::vector<double>& weights) {
    std::string out;
    for (const double w : weights) out += fmt::format("{}{:.3f}", out.empty() ? "" : "  ", w);
    return out;
}

const std::string& task_name(const std::string& task) {
    static const std::string none = "(no task)";
    return task.empty() ? none : task;
}

}  // namespace

void print_gates(const Context& context, const std::vector<RouterRecord>& records,
                 const std::string& of_what) {
    const Weights weights = mean_weights(records);
    if (weights.empty()) return;
    context.print("\ngate weights by task, averaged over sites (experts 1, 2, ...)");
    std::vector<std::vector<std::string>> rows = {{"task", of_what}};
    for (const auto& [task, mean] : weights) rows.push_back({task_name(task), weights_text(mean)});
    for (const std::string& line : table(rows)) context.print("  " + line);
}

void print_survey(const Context& context, const GateSurvey& survey) {
    const Weights before = mean_weights(survey.untrained), after = mean_weights(survey.trained);
    if (after.empty()) return;
    context.print(fmt::format(
        "\ngate weights by task, averaged over sites (experts 1, 2, ...), on {} samples",
        survey.samples));
    std::vector<std::vector<std::string>> rows = {{"task", "untrained routers", "trained"}};
    for (const auto& [task, weights] : after) {
        const auto untrained = before.find(task);
        rows.push_back({task_name(task),
                        untrained == before.end() ? "–" : weights_text(untrained->second),
                        weights_text(weights)});
    }
    for (const std::string& line : table(rows)) context.print("  " + line);
    if (after.size() < 2) return;
    const double was = task_distance(survey.untrained), is = task_distance(survey.trained);
    context.print(
        fmt::format("  distance between tasks (total variation, largest pair, mean over "
                    "sites): untrained {:.3f}, trained {:.3f}",
                    was, is));
    context.print(is > 2 * was && is > 0.1
                      ? "  the routers tell the tasks apart, clearly more than untrained ones do"
                      : "  the routers tell the tasks apart hardly more than untrained ones do: no "
                        "specialisation is shown");
}

}  // namespace moelora::cli
