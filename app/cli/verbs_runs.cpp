// SPDX-License-Identifier: GPL-3.0-or-later
// runs list, show, note, remove: the run library.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "app/cli/context.h"

namespace moelora::cli {
namespace {

using Weights = std::map<std::string, std::vector<double>>;  // task -> [E]

int list(Context& context) {
    return show(context, context.session().list_runs(), [&](const std::vector<RunSummary>& runs) {
        if (context.json) {
            Json all = Json::array();
            for (const RunSummary& run : runs) all.push_back(moelora::to_json(run));
            return context.print_json(all);
        }
        if (runs.empty()) return context.print("no runs in " + context.session().runs_dir());
        std::vector<std::vector<std::string>> rows = {
            {"run", "status", ">step", ">of", ">loss", "method", "note"}};
        for (const RunSummary& r : runs)
            rows.push_back({r.id, std::string(name_of(r.status)), std::to_string(r.step),
                            std::to_string(r.total_steps), fmt::format("{:.4f}", r.last_loss),
                            r.preset, r.note});
        for (const std::string& line : table(rows)) context.print(line);
    });
}

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

void print_gates(const Context& context, const std::vector<RouterRecord>& first,
                 const std::vector<RouterRecord>& last) {
    const Weights before = mean_weights(first), after = mean_weights(last);
    if (after.empty()) return;
    context.print("\nmean gate weights by task, averaged over sites (experts 1, 2, ...)");
    std::vector<std::vector<std::string>> rows = {
        {"task", fmt::format("untrained router (update {})", first.front().step),
         fmt::format("trained (update {})", last.front().step)}};
    for (const auto& [task, weights] : after) {
        const auto untrained = before.find(task);
        rows.push_back({task.empty() ? "(no task)" : task,
                        untrained == before.end() ? "–" : weights_text(untrained->second),
                        weights_text(weights)});
    }
    for (const std::string& line : table(rows)) context.print("  " + line);
    const double was = task_distance(first), is = task_distance(last);
    context.print(
        fmt::format("  largest distance between tasks, mean over sites (total variation): "
                    "untrained {:.3f}, trained {:.3f}",
                    was, is));
    context.print(
        is > 2 * was && is > 0.1
            ? "  the routers treat the tasks differently, clearly more than untrained ones do"
            : "  the routers treat the tasks no more differently than chance: no specialisation is "
              "shown");
}

int show_run(Context& context, const std::string& id) {
    const auto run = context.session().find_run(id);
    if (!run) return context.fail_with(run.error());
    if (context.json) {
        context.print_json(moelora::to_json(*run));
        return 0;
    }
    std::vector<std::vector<std::string>> rows = {
        {"run", run->id},
        {"folder", run->path},
        {"status", std::string(name_of(run->status))},
        {"model", run->model},
        {"data", run->data},
        {"method", run->preset},
        {"updates", fmt::format("{} of {}", run->step, run->total_steps)},
        {"last loss", fmt::format("{:.4f}", run->last_loss)},
        {"note", run->note}};
    for (const CheckpointInfo& c : run->checkpoints) rows.push_back({"checkpoint", c.path});
    for (const std::string& line : table(rows)) context.print(line);
    return show(context, context.session().replay(id), [&](const std::vector<Event>& events) {
        const std::vector<RouterRecord>*first = nullptr, *last = nullptr;
        for (const Event& event : events)
            if (const auto* routers = std::get_if<RouterRecorded>(&event);
                routers && !routers->records.empty()) {
                if (!first) first = &routers->records;
                last = &routers->records;
            }
        if (first) print_gates(context, *first, *last);
    });
}

int done(Context& context, const Status& status) {
    return status ? 0 : context.fail_with(status.error());
}

}  // namespace

void add_runs_verbs(CLI::App& app, Context& context) {
    auto* runs = app.add_subcommand("runs", "The run library");
    runs->require_subcommand(1);
    runs->fallthrough();
    runs->add_subcommand("list", "All runs, newest first")->callback([&context] {
        context.exit_code = list(context);
    });
    auto id = std::make_shared<std::string>();
    auto note = std::make_shared<std::string>();
    auto* show_verb = runs->add_subcommand("show", "One run, its checkpoints and gate weights");
    show_verb->add_option("run", *id, "Run id or folder")->required();
    show_verb->callback([&context, id] { context.exit_code = show_run(context, *id); });
    auto* note_verb = runs->add_subcommand("note", "Write a note to a run");
    note_verb->add_option("run", *id, "Run id or folder")->required();
    note_verb->add_option("text", *note, "The note; empty removes it")->required();
    note_verb->callback([&context, id, note] {
        context.exit_code = done(context, context.session().set_run_note(*id, *note));
    });
    auto* remove_verb = runs->add_subcommand("remove", "Move a run to the store's trash");
    remove_verb->add_option("run", *id, "Run id or folder")->required();
    remove_verb->callback(
        [&context, id] { context.exit_code = done(context, context.session().remove_run(*id)); });
}

}  // namespace moelora::cli
