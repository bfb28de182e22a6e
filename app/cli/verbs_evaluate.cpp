// SPDX-License-Identifier: GPL-3.0-or-later
// evaluate: loss and caption scores of one model against the references of a data set.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/cli/declared_options.h"
#include "app/cli/job_loop.h"
#include "app/cli/score_table.h"

namespace moelora::cli {
namespace {

namespace fs = std::filesystem;

void print_evaluation(const Context& context, const Evaluation& e) {
    context.print(e.targets > 0 ? fmt::format("loss {:.4f} over {} answer tokens", e.loss,
                                              thousands(e.targets))
                                : "no sample has a reference, so nothing is judged");
    const Provenance& p = e.provenance;
    if (!p.prompts.empty())
        context.print(
            "asked: " + p.prompts.front() +
            (p.prompt_count > 1 ? fmt::format(" (and {} other prompts)", p.prompt_count - 1) : ""));
    for (const std::string& setting : p.settings) context.print("with " + setting);
    if (e.self_test) print_self_test(context, *e.self_test);
    if (e.metrics.samples == 0) return;
    std::vector<std::vector<std::string>> rows = {{"exact match", ">samples", ">exact", ">"}};
    for (const auto& [task, counts] : e.metrics.by_task)
        rows.push_back({task, std::to_string(counts.second), std::to_string(counts.first),
                        share(counts.first, counts.second)});
    rows.push_back({"all", std::to_string(e.metrics.samples), std::to_string(e.metrics.exact),
                    share(e.metrics.exact, e.metrics.samples)});
    for (const std::string& line : table(rows)) context.print(line);
    print_score_table(context, {{"", &e.metrics}});
}

int evaluate(Context& context, EvaluateSpec spec) {
    if (const int code = context.refuse_missing({spec.model, spec.adapter, spec.data}); code != 0)
        return code;
    context.fill(spec);
    ProgressLine progress(context);
    return run_job(context, context.session().start(spec), progress, [&](const Event& event) {
        if (const auto* stage = std::get_if<StageProgress>(&event))
            progress.update(stage->stage, stage->done, stage->total);
        const auto* finished = std::get_if<EvaluationFinished>(&event);
        if (!finished) return;
        progress.clear();
        if (context.json) return context.print_json(moelora::to_json(finished->evaluation));
        print_evaluation(context, finished->evaluation);
        context.print_issues(finished->evaluation.issues);
        if (!finished->folder.empty())
            context.say("captions: " + (fs::path(finished->folder) / "captions.csv").string());
    });
}

}  // namespace

void add_evaluate_verb(CLI::App& app, Context& context) {
    auto* verb =
        app.add_subcommand("evaluate", "Mean loss and caption scores against the references");
    auto spec = std::make_shared<EvaluateSpec>();
    verb->add_option("model", spec->model, "Model folder")->required();
    verb->add_option("--data", spec->data, "Data set")->required();
    verb->add_option("--adapter", spec->adapter, "Adapter folder or run (default: the base alone)");
    verb->add_option("--prompt", spec->prompt, "Ask this instead of the data's prompts");
    verb->add_option("--task", spec->task, "Task of samples that name none");
    verb->add_option("--out", spec->out,
                     "Folder for evaluation.json, captions.csv and coco_results.json");
    verb->add_option("--limit", spec->limit, "Samples at most; 0 = all")
        ->check(from_zero())
        ->capture_default_str();
    verb->add_flag("--force", spec->force, "Replace an existing evaluation");
    add_settings(verb, spec->settings, data_settings_help);
    add_generate_options(verb, spec->generate);
    verb->callback([&context, spec] { context.exit_code = evaluate(context, *spec); });
}

}  // namespace moelora::cli
