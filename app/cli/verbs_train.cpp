// SPDX-License-Identifier: GPL-3.0-or-later
// train, resume: training with progress, or its records as JSON lines.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/cli/declared_options.h"
#include "app/cli/job_loop.h"

namespace moelora::cli {
namespace {

struct TrainArguments : RunArguments {
    std::string out, on_disk_full;
    bool dry_run = false, force = false;
};
struct ResumeArguments {
    std::string run, on_disk_full;
    std::vector<std::string> settings;
};

void add_on_disk_full(CLI::App* verb, std::string& answer) {
    verb->add_option("--on-disk-full", answer,
                     "pause, or stop with exit code 4 (default: pause on a terminal, else stop)")
        ->check(CLI::IsMember({"pause", "stop"}));
}

bool stops_on_disk_full(const std::string& answer) {
    return answer.empty() ? isatty(2) == 0 : answer == "stop";
}

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
        progress_.update(
            "training", e.record.step, total_,
            {fmt::format("loss {:7.4f}", e.record.loss), fmt::format("lr {:.2e}", e.record.lr),
             fmt::format("{:.1f} samples/s", e.record.samples_per_s)});
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
    std::vector<Issue> issues = resolved.issues, refused;
    Json document = {{"config", moelora::to_json(resolved.options)}};
    const auto plan =
        context.session().plan_adapter(resolved.options.model.path, resolved.options.adapter);
    const auto data =
        context.session().check_dataset(resolved.options.data, resolved.options.model.path);
    const auto refuse = [&](const Error& error) {
        refused.push_back({Severity::Error, error, {}, 1});
    };
    if (plan) {
        document["adapter"] = moelora::to_json(*plan);
        issues.insert(issues.end(), plan->issues.begin(), plan->issues.end());
    } else {
        refuse(plan.error());
    }
    if (data) {
        document["data"] = moelora::to_json(*data);
        issues.insert(issues.end(), data->issues.begin(), data->issues.end());
        if (data->samples == 0)
            refuse({ErrorCode::DatasetEmpty, {{"path", resolved.options.data.path}}, {}, {}});
    } else {
        refuse(data.error());
    }
    issues.insert(issues.end(), refused.begin(), refused.end());
    document["issues"] = Json::array();
    for (const Issue& issue : issues) document["issues"].push_back(moelora::to_json(issue));
    add_error(document, refused);
    context.print_json(document);
    if (!context.json && plan)
        context.say(fmt::format("would train {} parameters at {} sites", thousands(plan->total),
                                plan->sites.size()));
    context.print_issues(issues);
    return exit_code_of(refused);
}

int train(Context& context, const TrainArguments& a) {
    ResolvedConfig resolved;
    if (const int code = resolve_run(context, a, resolved); code != 0) return code;
    if (a.dry_run) return dry_run(context, resolved);
    context.print_issues(resolved.issues);
    RunSpec spec;
    spec.options = resolved.options;
    spec.out = a.out;
    spec.force = a.force;
    spec.stop_on_disk_full = stops_on_disk_full(a.on_disk_full);
    return TrainPrinter(context).run(context.session().start(spec));
}

// Where it runs may change; what it computes stays, but for its length.
int resume(Context& context, const ResumeArguments& a) {
    ResumeSpec spec;
    spec.run = a.run;
    spec.stop_on_disk_full = stops_on_disk_full(a.on_disk_full);
    for (auto& given : context.overrides()) {
        if (!given.first.starts_with("device."))
            return context.usage("A resumed run keeps the options it was started with, " +
                                 given.first + " too.");
        spec.overrides.push_back(std::move(given));
    }
    for (auto& given : split_settings(a.settings)) {
        if (given.first != "train.max_steps")
            return context.usage("A resumed run takes --set train.max_steps only, not " +
                                 given.first + ".");
        spec.overrides.push_back(std::move(given));
    }
    return TrainPrinter(context).run(context.session().start(spec));
}

}  // namespace

void add_train_verbs(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("train", "Fine-tune a model with an adapter");
    auto a = std::make_shared<TrainArguments>();
    add_run_options(verb, *a);
    verb->add_option("--adapter-from", a->request.adapter_from, "Adapter to start from");
    verb->add_option("--out", a->out, "Run folder (default: a new one in the run store)");
    add_on_disk_full(verb, a->on_disk_full);
    verb->add_flag("--dry-run", a->dry_run,
                   "Print the resolved configuration and all issues, train nothing");
    verb->add_flag("--force", a->force, "Replace an existing run folder");
    verb->callback([&context, a] { context.exit_code = train(context, *a); });

    auto* resume_verb =
        app.add_subcommand("resume", "Go on from the newest valid checkpoint of a run");
    auto r = std::make_shared<ResumeArguments>();
    resume_verb->add_option("run", r->run, "Run id or folder")->required();
    add_settings(resume_verb, r->settings, "train.max_steps=N");
    add_on_disk_full(resume_verb, r->on_disk_full);
    resume_verb->callback([&context, r] { context.exit_code = resume(context, *r); });
}

}  // namespace moelora::cli
