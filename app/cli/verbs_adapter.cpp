// SPDX-License-Identifier: GPL-3.0-or-later
// adapter params, adapter inspect, export.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/declared_options.h"

namespace moelora::cli {
namespace {

int params(Context& context, const RunArguments& a) {
    ResolvedConfig resolved;
    if (const int code = resolve(context, a, resolved); code != 0) return code;
    return show(
        context,
        context.session().plan_adapter(resolved.options.model.path, resolved.options.adapter),
        [&](const AdapterPlan& plan) {
            AdapterPlan said = plan;
            for (const Issue& issue : resolved.issues)  // what is doubtful before any site is known
                if (issue.where.item.starts_with("adapter.") &&
                    std::none_of(plan.issues.begin(), plan.issues.end(), [&](const Issue& other) {
                        return other.error.args == issue.error.args;
                    }))
                    said.issues.push_back(issue);
            if (context.json) return context.print_json(moelora::to_json(said));
            std::vector<std::vector<std::string>> rows = {
                {"site", ">in", ">out", ">experts", ">rank", ">parameters"}};
            for (const SitePlan& s : plan.sites)
                rows.push_back({s.site, std::to_string(s.in), std::to_string(s.out),
                                std::to_string(s.experts), std::to_string(s.rank),
                                thousands(s.parameters)});
            for (const std::string& line : table(rows)) context.print(line);
            context.print(fmt::format("{} trainable parameters at {} sites, {} in fp32",
                                      thousands(plan.total), plan.sites.size(),
                                      human_bytes(plan.bytes)));
            context.print_issues(said.issues);
        });
}

int inspect(Context& context, const std::string& path) {
    const auto summary = context.session().inspect_adapter(path);
    const int code = show(context, summary, [&](const AdapterSummary& s) {
        if (context.json) {
            Json document = moelora::to_json(s);
            add_error(document, s.issues);
            context.print_json(document);
            return context.print_issues(s.issues);
        }
        for (const std::string& line :
             table({{"adapter", s.path},
                    {"format", s.format},
                    {"method", s.method},
                    {"experts, rank, alpha", fmt::format("{}, {}, {}", s.experts, s.rank, s.alpha)},
                    {"tensors, parameters",
                     fmt::format("{}, {}", s.tensors, thousands(s.parameters))},
                    {"base", s.base_name},
                    {"base fingerprint", s.base_fingerprint},
                    {"base SHA-256", s.base_sha256},
                    {"prompt", s.prompt},
                    {"COMPLETE", whole_text(s.path, s.listed_in, s.files_whole, true)}}))
            context.print(line);
        context.print_issues(s.issues);
    });
    return summary ? context.exit_code_of(summary->issues) : code;
}

int run_export(Context& context, const ExportSpec& spec) {
    if (spec.dtype != ComputeDtype::Auto && spec.format != "merged")
        return context.usage("--save-dtype is for --to merged; an adapter keeps its own type.");
    const auto report = context.session().export_adapter(spec);
    if (!report) return context.fail_with(report.error());
    if (context.json) {
        Json issues = Json::array();
        for (const Issue& issue : report->issues) issues.push_back(moelora::to_json(issue));
        context.print_json({{"files", report->files},
                            {"verified", report->verified},
                            {"probes", report->probes},
                            {"max_logit_difference", number_json(report->max_logit_difference)},
                            {"adapter_effect", number_json(report->effect)},
                            {"equal_answers", report->equal_answers},
                            {"base_equal_answers", report->base_equal_answers},
                            {"issues", issues},
                            {"report", report->report}});
    } else {
        for (const std::string& file : report->files) context.print(file);
        context.print(report->report);
    }
    context.print_issues(report->issues);
    return report->verified ? 0 : 1;
}

}  // namespace

void add_adapter_verbs(CLI::App& app, Context& context) {
    auto* adapter =
        app.add_subcommand("adapter", "Adapters: what would be trained, what a folder holds");
    adapter->require_subcommand(1);
    adapter->fallthrough();
    auto* params_verb =
        adapter->add_subcommand("params", "What would be trained, from headers alone");
    auto p = std::make_shared<RunArguments>();
    params_verb->add_option("model", p->request.model, "Model folder")->required();
    params_verb->add_option("--config", p->request.config_path,
                            "Configuration file, or the run.json of a run");
    params_verb->add_option("--preset", p->request.preset, "Method");
    add_settings(params_verb, p->settings, "adapter.KEY=VALUE (see `moelora options`)");
    params_verb->callback([&context, p] { context.exit_code = params(context, *p); });

    auto* inspect_verb = adapter->add_subcommand("inspect", "What an adapter folder or run holds");
    auto path = std::make_shared<std::string>();
    inspect_verb->add_option("adapter", *path, "Adapter folder or run")->required();
    inspect_verb->callback([&context, path] { context.exit_code = inspect(context, *path); });

    auto* verb =
        app.add_subcommand("export", "Write an adapter for use elsewhere, read back and verified");
    auto e = std::make_shared<ExportSpec>();
    verb->add_option("adapter", e->adapter, "Adapter folder or run")->required();
    verb->add_option("--to", e->format,
                     "native, peft, peft-per-expert, peft-static, peft-task or merged")
        ->required()
        ->check(CLI::IsMember(
            {"native", "peft", "peft-per-expert", "peft-static", "peft-task", "merged"}));
    verb->add_option("--out", e->out, "Folder to write")->required();
    verb->add_option("--model", e->model, "Model folder (default: as recorded)");
    verb->add_option("--task", e->task,
                     "Task whose mixture is written (peft-task, merged). The base stays as it is: "
                     "another task is another export from it, and nothing has to be unmerged");
    verb->add_option("--data", e->data,
                     "Data set of the probes (default: those of the adapter's run); peft-static "
                     "and merged measure gate weights on it");
    add_settings(verb, e->settings,
                 std::string(data_settings_help) +
                     "; without any, the data of its run are read as the run read them");
    verb->add_option("--limit", e->limit, "Samples of it at most; 0 = all")
        ->check(from_zero())
        ->capture_default_str();
    verb->add_option("--rank", e->rank, "Rank of a static mixture; 0 = all its experts' ranks")
        ->check(from_zero())
        ->capture_default_str();
    std::vector<std::string> types;
    for (const auto& [value, name] : EnumNames<ComputeDtype>::table) types.emplace_back(name);
    verb->add_option_function<std::string>(
            "--save-dtype",
            [e](const std::string& wanted) {
                for (const auto& [value, name] : EnumNames<ComputeDtype>::table)
                    if (name == wanted) e->dtype = value;
            },
            "Type of a merged model's weights; auto: bf16 of a base in 32 bit, else as its base")
        ->check(CLI::IsMember(types))
        ->default_str("auto");
    verb->add_flag("--force", e->force, "Replace an existing export");
    verb->callback([&context, e] { context.exit_code = run_export(context, *e); });
}

}  // namespace moelora::cli
