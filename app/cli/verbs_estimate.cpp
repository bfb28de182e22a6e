// SPDX-License-Identifier: GPL-3.0-or-later
// estimate: the memory a configuration would need, before anything is loaded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/declared_options.h"

namespace moelora::cli {
namespace {

struct EstimateArguments : RunArguments {
    bool measure = false;
};

void print(Context& context, const MemoryEstimate& e) {
    if (context.json) return context.print_json(moelora::to_json(e));
    std::vector<std::vector<std::string>> rows = {{"part", ">bytes"}};
    for (const MemoryPart& part : e.parts) rows.push_back({part.name, human_bytes(part.bytes)});
    rows.push_back({"peak", human_bytes(e.predicted_peak_bytes)});
    if (e.measured_peak_bytes) rows.push_back({"measured", human_bytes(*e.measured_peak_bytes)});
    for (const std::string& line : table(rows)) context.print(line);
    const std::string pass = e.samples > e.rows
                                 ? fmt::format("{} samples, {} tokens", e.samples, e.tokens)
                                 : fmt::format("{} x {} tokens", e.rows, e.tokens);
    context.print(
        fmt::format("{} in one pass ({} with a label, {} patches), the longest sample: {}", pass,
                    e.labels, e.patches, e.sample));
    if (e.recomputed_layers > 0)
        context.print(
            fmt::format("{} layers are computed again in the backward pass", e.recomputed_layers));
    if (e.budget_bytes == 0) return;
    context.print(fmt::format("{}: {} of {}", e.fits ? "fits" : "does not fit", e.device,
                              human_bytes(e.budget_bytes)));
    for (const MemoryChange& step : e.ladder)
        context.print(fmt::format("  {}: saves {}, then {}", step.change,
                                  human_bytes(step.saves_bytes), human_bytes(step.peak_bytes)));
    if (!e.fits && (e.ladder.empty() || e.ladder.back().peak_bytes > e.budget_bytes))
        context.print(
            "  no change known here makes it fit: a smaller model or fewer layers adapted");
}

int estimate(Context& context, const EstimateArguments& a) {
    ResolvedConfig resolved;
    if (const int code = resolve_run(context, a, resolved); code != 0) return code;
    EstimateSpec spec;
    spec.options = resolved.options;
    spec.measure = a.measure;
    return show(context, context.session().estimate(spec),
                [&](const MemoryEstimate& e) { print(context, e); });
}

}  // namespace

void add_estimate_verb(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "estimate",
        "Predict the peak memory of a training run by part, and what would make it fit");
    auto a = std::make_shared<EstimateArguments>();
    add_run_options(verb, *a);
    verb->add_flag("--measure", a->measure,
                   "Also make two real updates on the longest sample and count their bytes");
    verb->callback([&context, a] { context.exit_code = estimate(context, *a); });
}

}  // namespace moelora::cli
