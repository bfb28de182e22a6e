// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/gate_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/json.h"
#include "core/record/router_facts.h"

namespace moelora::cli {
namespace {

using Weights = std::map<std::string, std::vector<double>>;  // task or kind -> [E]

// How the tokens of a record are told apart.
struct Split {
    const char* by;    // of the heading
    const char* name;  // of the column
    Weights RouterRecord::*part;
};
constexpr Split splits[] = {{"task", "task", &RouterRecord::by_task},
                            {"kind of token", "kind", &RouterRecord::by_kind}};

// Layers may have experts of unequal number, of which no mean can be taken: by that number.
std::map<std::size_t, std::vector<RouterRecord>> by_experts(
    const std::vector<RouterRecord>& records) {
    std::map<std::size_t, std::vector<RouterRecord>> out;
    for (const RouterRecord& r : records) out[r.weight.size()].push_back(r);
    return out;
}

// Mean over sites, all of as many experts, of the mean gate weights of each part.
Weights mean_weights(const std::vector<RouterRecord>& records, const Split& split) {
    Weights sums;
    std::map<std::string, double> counts;
    for (const RouterRecord& r : records)
        for (const auto& [name, weight] : r.*split.part) {
            auto& sum = sums[name];
            if (sum.empty()) sum.assign(weight.size(), 0);
            for (std::size_t e = 0; e < weight.size(); ++e) sum[e] += weight[e];
            counts[name] += 1;
        }
    for (auto& [name, sum] : sums)
        for (double& w : sum) w /= counts[name];
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

// What stands in the columns, with the names of both halves where the adapter names them.
std::string experts_text(std::size_t experts, const std::vector<std::string>& groups) {
    if (groups.size() != 2 || experts < 2) return fmt::format("experts 1 to {}", experts);
    return fmt::format("experts 1 to {} {}, {} to {} {}", experts / 2, groups[0], experts / 2 + 1,
                       experts, groups[1]);
}

const std::string& shown_name(const std::string& task) {
    static const std::string none = "(no task)";
    return task.empty() ? none : task;
}

void print_distance(const Context& context, const GateSurvey& survey) {
    const double was = task_distance(survey.untrained), is = task_distance(survey.trained);
    context.print(
        fmt::format("  distance between tasks (total variation, largest pair, mean over "
                    "sites): untrained {:.3f}, trained {:.3f}",
                    was, is));
    context.print(
        is > 2 * was && is > 0.1
            ? "  the routers tell the tasks apart, more than twice as far as untrained ones do"
            : "  the routers tell the tasks apart hardly more than untrained ones do: no "
              "specialisation is shown");
}

// Experts of all records that hardly any token chooses.
// A site has a record for each update; what counts is its mean load over them.
void print_dead(const Context& context, const std::vector<RouterRecord>& records) {
    std::map<std::string, RouterRecord> sites;
    std::map<std::string, double> counts;
    for (const RouterRecord& record : records) {
        RouterRecord& sum = sites[record.site];
        sum.load.resize(record.load.size());
        for (std::size_t e = 0; e < record.load.size(); ++e) sum.load[e] += record.load[e];
        sum.tokens += record.tokens;
        counts[record.site] += 1;
    }
    std::int64_t dead = 0, all = 0;
    for (auto& [name, record] : sites) {
        for (double& load : record.load) load /= counts[name];
        dead += dead_experts(record);
        all += static_cast<std::int64_t>(record.load.size());
    }
    if (dead > 0)
        context.print(
            fmt::format("\nexperts that hardly any token uses (less than a tenth of an "
                        "even share): {} of {}",
                        dead, all));
}

}  // namespace

void print_gates(const Context& context, const std::vector<RouterRecord>& records,
                 const std::string& of_what, const std::vector<std::string>& groups) {
    for (const Split& split : splits)
        for (const auto& [experts, alike] : by_experts(records)) {
            const Weights weights = mean_weights(alike, split);
            if (weights.empty()) continue;
            std::set<std::string> sites;  // each has a record for each update
            for (const RouterRecord& record : alike) sites.insert(record.site);
            context.print(fmt::format("\ngate weights by {}, averaged over {} sites ({})", split.by,
                                      sites.size(), experts_text(experts, groups)));
            std::vector<std::vector<std::string>> rows = {{split.name, of_what}};
            for (const auto& [name, mean] : weights)
                rows.push_back({shown_name(name), weights_text(mean)});
            for (const std::string& line : table(rows)) context.print("  " + line);
        }
    print_dead(context, records);
}

std::vector<std::string> expert_groups(Context& context, const std::string& adapter) {
    const auto summary = context.session().inspect_adapter(adapter);
    if (!summary) return {};
    const auto axes = parse_json(summary->axes_json, adapter);
    if (!axes || !axes->contains("expert_groups")) return {};
    return axes->at("expert_groups").get<std::vector<std::string>>();
}

void print_survey(const Context& context, const GateSurvey& survey,
                  const std::vector<std::string>& groups) {
    for (const Split& split : splits) {
        auto untrained = by_experts(survey.untrained);
        for (const auto& [experts, trained] : by_experts(survey.trained)) {
            const Weights before = mean_weights(untrained[experts], split),
                          after = mean_weights(trained, split);
            if (after.empty()) continue;
            context.print(fmt::format(
                "\ngate weights by {}, averaged over {} sites ({}), on {} samples", split.by,
                trained.size(), experts_text(experts, groups), survey.samples));
            std::vector<std::vector<std::string>> rows = {
                {split.name, "untrained routers", "trained"}};
            for (const auto& [name, weights] : after) {
                const auto was = before.find(name);
                rows.push_back({shown_name(name),
                                was == before.end() ? "–" : weights_text(was->second),
                                weights_text(weights)});
            }
            for (const std::string& line : table(rows)) context.print("  " + line);
        }
        const bool tasks = split.part == &RouterRecord::by_task;
        if (tasks && !survey.trained.empty() && survey.trained.front().by_task.size() > 1)
            print_distance(context, survey);
    }
    print_dead(context, survey.trained);
}

}  // namespace moelora::cli
