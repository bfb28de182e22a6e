// SPDX-License-Identifier: GPL-3.0-or-later
// train, resume: training with progress, or its records as JSON lines.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/cli/job_loop.h"

namespace moelora::cli {
namespace {

struct TrainArguments {
    ConfigRequest request;
    std::vector<std::string> settings;
    std::string out, on_disk_full;
    bool dry_run = false, force = false;
};

// Prints what a training job says: JSON lines as in metrics.jsonl, or progress and a few sentences.
class TrainPrinter {
  public:
    explicit TrainPrinter(Context& context) : context_(context), progress_(context) {}

    int run(const Result<JobId>& job) {
        return run_job(context_, job, progress_, [this](const Event& event) {
            std::visit([this](const auto& e) { on(e); }, event);
        });
    }

  private:
    void on(const RunStarted& e) {
        total_ = e.total_steps;
        if (context_.json) return;
        line(fmt::format("run {}", e.path));
        line(fmt::format("{} trainable parameters at {} sites, {} updates, {} on {}",
                         thousands(e.trainable_parameters), e.sites, e.total_steps, e.dtype,
                         e.device));
    }
    void on(const StageProgress& e) {
        if (!context_.json && e.stage != "training") progress_.update(e.stage, e.done, e.total);
    }
    void on(const StepRecorded& e) {
        if (context_.json) return record(e.record);
        progress_.update("training", e.record.step, total_,
                         fmt::format("  loss {:.4f}  lr {:.2e}  {:.1f} samples/s", e.record.loss,
                                     e.record.lr, e.record.samples_per_s));
    }
    void on(const RouterRecorded& e) {
        if (context_.json)
            for (const RouterRecord& r : e.records) record(r);
    }
    void on(const EvalRecorded& e) {
        if (context_.json) return record(e.record);
        const EvalRecord& r = e.record;
        std::string text = fmt::format("update {}: evaluation loss {:.4f} over {} targets", r.step,
                                       r.loss, r.targets);
        if (r.captions && r.bleu4 && r.rouge_l && r.exact_match)
            text +=
                fmt::format("; {} probe captions: BLEU-4 {:.2f}, ROUGE-L {:.2f}, exact {:.0f} %",
                            *r.captions, *r.bleu4, *r.rouge_l, 100 * *r.exact_match);
        line(text);
    }
    void on(const CheckpointSaved& e) {
        if (context_.json) record(e.info);
    }
    void on(const NoteRaised& e) {
        if (context_.json) return record(e.note);
        line(fmt::format("note[{}] {}", e.note.code, e.note.message));
    }
    void on(const CaptionFinished& e) {
        if (context_.json) return;
        line(fmt::format("  update {:>4}  {}  →  {}", e.caption.step, e.caption.prompt,
                         e.caption.text));
    }
    void on(const IssueRaised&) {}  // printed by run_job
    void on(const JobStateChanged& e) {
        if (context_.json || !is_terminal(e.to) || e.output.empty()) return;
        line(fmt::format("{}: {}", name_of(e.to), e.output));
        if (memory_.rss_bytes > 0)
            line(fmt::format("memory: {}, of it {} pages of mapped files",
                             human_bytes(memory_.rss_bytes), human_bytes(memory_.file_bytes)));
    }
    void on(const CaptionProgress&) {}
    void on(const ComparisonFinished&) {}
    void on(const EvaluationFinished&) {}
    void on(const ResourceSampled& e) { memory_ = e; }

    void line(const std::string& text) {
        progress_.clear();
        context_.say(text);
    }
    template <class R>
    void record(const R& r) {
        context_.print_line(dump_line(moelora::to_json(r)));
    }

    Context& context_;
    ProgressLine progress_;
    std::int64_t total_ = 0;
    ResourceSampled memory_;
};

// The resolved configuration, what would be trained and all issues; nothing is run.
int dry_run(Context& context, const ResolvedConfig& resolved) {
    std::vector<Issue> issues = resolved.issues;
    Json document = {{"config", moelora::to_json(resolved.options)}};
    std::optional<Error> empty;
    const auto plan =
        context.session().plan_adapter(resolved.options.model.path, resolved.options.adapter);
    const auto data =
        context.session().check_dataset(resolved.options.data, resolved.options.model.path);
    if (plan) {
        document["adapter"] = moelora::to_json(*plan);
        issues.insert(issues.end(), plan->issues.begin(), plan->issues.end());
    } else {
        issues.push_back({Severity::Error, plan.error(), {}, 1});
    }
    if (data) {
        document["data"] = moelora::to_json(*data);
        issues.insert(issues.end(), data->issues.begin(), data->issues.end());
        if (data->samples == 0) {
            empty = {ErrorCode::DatasetEmpty, {{"path", resolved.options.data.path}}, {}, {}};
            issues.push_back({Severity::Error, *empty, {}, 1});
        }
    } else {
        issues.push_back({Severity::Error, data.error(), {}, 1});
    }
    document["issues"] = Json::array();
    for (const Issue& issue : issues) document["issues"].push_back(moelora::to_json(issue));
    if (context.json && empty) document.update(moelora::to_json(*empty));
    context.print_json(document);
    if (!context.json && plan)
        context.say(fmt::format("would train {} parameters at {} sites", thousands(plan->total),
                                plan->sites.size()));
    context.print_issues(issues);
    if (plan && empty) return entry_of(empty->code).exit_code;
    const bool bad = !plan || !data || !resolved.usable();
    return bad ? (plan && data ? 2
                               : entry_of(!plan ? plan.error().code : data.error().code).exit_code)
               : 0;
}

int train(Context& context, TrainArguments a) {
    std::string wrong;
    for (const auto& override : context.overrides()) a.request.overrides.push_back(override);
    if (!split_settings(a.settings, a.request, wrong))
        return context.usage("--set takes KEY=VALUE, not " + wrong);
    const auto resolved = resolve_config(a.request);
    if (!resolved) return context.fail_with(resolved.error());
    if (!resolved->usable()) return context.fail_with_issues(resolved->issues);
    if (resolved->options.model.path.empty() || resolved->options.data.path.empty())
        return context.usage(
            "A model and data are needed: --model and --data, or a configuration with --config.");
    if (a.dry_run) return dry_run(context, *resolved);
    context.print_issues(resolved->issues);
    RunSpec spec;
    spec.options = resolved->options;
    spec.out = a.out;
    spec.force = a.force;
    spec.stop_on_disk_full = a.on_disk_full.empty() ? isatty(2) == 0 : a.on_disk_full == "stop";
    return TrainPrinter(context).run(context.session().start(spec));
}

int resume(Context& context, const std::string& run, const std::vector<std::string>& settings) {
    ConfigRequest request;
    std::string wrong;
    if (!split_settings(settings, request, wrong))
        return context.usage("--set takes KEY=VALUE, not " + wrong);
    if (const auto given = context.overrides(); !given.empty())
        return context.usage("A resumed run keeps the options it was started with, " +
                             given.front().first + " too.");
    for (const auto& [key, value] : request.overrides)
        if (key != "train.max_steps")
            return context.usage("A resumed run takes --set train.max_steps only, not " + key +
                                 ".");
    ResumeSpec spec;
    spec.run = run;
    spec.overrides = request.overrides;
    return TrainPrinter(context).run(context.session().start(spec));
}

}  // namespace

void add_train_verbs(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("train", "Fine-tune a model with an adapter");
    auto a = std::make_shared<TrainArguments>();
    verb->add_option("--config", a->request.config_path, "Configuration file");
    verb->add_option("--model", a->request.model, "Model folder");
    verb->add_option("--data", a->request.data, "Data set");
    verb->add_option("--preset", a->request.preset, "Method (see `moelora presets`)");
    verb->add_option("--adapter-from", a->request.adapter_from, "Adapter to start from");
    verb->add_option("--set", a->settings,
                     "GROUP.KEY=VALUE, over everything else (see `moelora options`)");
    verb->add_option("--out", a->out, "Run folder (default: a new one in the run store)");
    verb->add_option("--on-disk-full", a->on_disk_full,
                     "pause, or stop with exit code 4 (default: pause on a terminal, else stop)")
        ->check(CLI::IsMember({"pause", "stop"}));
    verb->add_flag("--dry-run", a->dry_run,
                   "Print the resolved configuration and all issues, train nothing");
    verb->add_flag("--force", a->force, "Replace an existing run folder");
    verb->callback([&context, a] { context.exit_code = train(context, *a); });

    auto* resume_verb =
        app.add_subcommand("resume", "Go on from the newest valid checkpoint of a run");
    auto run = std::make_shared<std::string>();
    auto settings = std::make_shared<std::vector<std::string>>();
    resume_verb->add_option("run", *run, "Run id or folder")->required();
    resume_verb->add_option("--set", *settings, "train.max_steps=N");
    resume_verb->callback(
        [&context, run, settings] { context.exit_code = resume(context, *run, *settings); });
}

}  // namespace moelora::cli
