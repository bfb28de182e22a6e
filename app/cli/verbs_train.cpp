// SPDX-License-Identifier: GPL-3.0-or-later
// train, resume, queue: training with progress, or its records as JSON lines.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>

#include "app/cli/declared_options.h"
#include "app/cli/job_loop.h"
#include "core/session/data_needs.h"
#include "core/session/run_writer.h"

namespace moelora::cli {
namespace {

struct TrainArguments : RunArguments {
    std::string out, on_disk_full;
    bool dry_run = false, force = false;
};
struct QueueArguments {
    std::vector<std::string> configs;
    std::string on_disk_full;
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
        if (memory_.device_bytes > 0)
            line(fmt::format("memory of the device: {}", human_bytes(memory_.device_bytes)));
    }
    void on(const CaptionProgress&) {}
    void on(const ComparisonFinished&) {}
    void on(const EvaluationFinished&) {}
    void on(const RoutingTraced&) {}
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

// The resolved configuration, what would be trained and written, and all issues; nothing is run.
class DryRun {
  public:
    DryRun(Context& context, const ResolvedConfig& resolved, const TrainArguments& a)
        : context_(context), issues_(resolved.issues) {
        spec_.options = resolved.options;
        spec_.out = a.out;
        spec_.force = a.force;
        document_["config"] = moelora::to_json(resolved.options);
    }

    int run() {
        if (!spec_.out.empty())
            if (const Status folder = check_run_folder(spec_.out, spec_.force); !folder)
                refuse(folder.error());
        adapter();
        data();
        disk();
        issues_.insert(issues_.end(), refused_.begin(), refused_.end());
        document_["issues"] = Json::array();
        for (const Issue& issue : issues_) document_["issues"].push_back(moelora::to_json(issue));
        add_error(document_, refused_);
        context_.print_json(document_);
        if (!context_.json)
            for (const std::string& line : lines_) context_.say(line);
        context_.print_issues(issues_);
        return context_.exit_code_of(refused_);
    }

  private:
    void refuse(Error error) { refused_.push_back({Severity::Error, std::move(error), {}, 1}); }
    void add(const std::vector<Issue>& issues) {
        issues_.insert(issues_.end(), issues.begin(), issues.end());
    }

    void adapter() {
        const RunOptions& options = spec_.options;
        const auto plan = context_.session().plan_adapter(options.model.path, options.adapter);
        if (!plan) return refuse(plan.error());
        document_["adapter"] = moelora::to_json(*plan);
        add(plan->issues);
        lines_.push_back(fmt::format("would train {} parameters at {} sites",
                                     thousands(plan->total), plan->sites.size()));
    }

    void data() {
        const RunOptions& options = spec_.options;
        const auto data =
            context_.session().check_dataset(options.data, options.model.path, options.train.seed);
        if (!data) return refuse(data.error());
        document_["data"] = moelora::to_json(*data);
        for (const Issue& issue : data->issues)
            (issue.error.code == ErrorCode::SampleTooLong ? refused_ : issues_).push_back(issue);
        for (Issue& issue : unmet_needs(options.adapter, *data))
            (issue.severity == Severity::Error ? refused_ : issues_).push_back(std::move(issue));
        if (data->samples == 0)
            refuse({ErrorCode::DatasetEmpty, {{"path", options.data.path}}, {}, {}});
    }

    // What keeps it from being known was said above.
    void disk() {
        const auto disk = context_.session().plan_disk(spec_);
        if (!disk) return;
        document_["disk"] = moelora::to_json(*disk);
        const std::string free = disk->free_bytes < 0 ? "unknown" : text_of_bytes(disk->free_bytes);
        lines_.push_back(
            fmt::format("would write at most {}, {} of it checkpoints (at most {} at a time); {} "
                        "are free, {} of which are kept free",
                        text_of_bytes(disk->needed_bytes - disk->reserve_bytes),
                        text_of_bytes(disk->checkpoints * disk->checkpoint_bytes),
                        disk->checkpoints, free, text_of_bytes(disk->reserve_bytes)));
        if (disk->fits) return;
        const std::string place = spec_.out.empty() ? context_.session().runs_dir() : spec_.out;
        refuse({ErrorCode::SpaceNeeded,
                {{"path", place}, {"needed", text_of_bytes(disk->needed_bytes)}, {"free", free}},
                {},
                {}});
    }

    Context& context_;
    RunSpec spec_;
    Json document_;
    std::vector<Issue> issues_, refused_;
    std::vector<std::string> lines_;
};

int train(Context& context, const TrainArguments& a) {
    ResolvedConfig resolved;
    if (const int code = resolve_run(context, a, resolved); code != 0) return code;
    if (a.dry_run) return DryRun(context, resolved, a).run();
    context.print_issues(resolved.issues);
    RunSpec spec;
    spec.options = resolved.options;
    spec.out = a.out;
    spec.force = a.force;
    spec.stop_on_disk_full = stops_on_disk_full(a.on_disk_full);
    return TrainPrinter(context).run(context.session().start(spec));
}

// One run after the other, each in a folder of its own; one that fails leaves the others their
// turn, a signal ends all. The exit code is that of the first that failed.
int queue(Context& context, const QueueArguments& a) {
    std::vector<std::vector<std::string>> rows = {{"configuration", "ended", ">exit code"}};
    int code = 0;
    bool stopped = false;
    for (const std::string& config : a.configs) {
        TrainArguments one;
        one.request.config_path = config;
        one.on_disk_full = a.on_disk_full;
        const int ended = stopped ? 0 : train(context, one);
        rows.push_back({config,
                        stopped      ? "not begun"
                        : ended == 0 ? "finished"
                                     : "failed",
                        std::to_string(ended)});
        const bool by_signal = ended > 128;
        if (by_signal) rows.back()[1] = "stopped";
        if (code == 0) code = ended;
        stopped = stopped || by_signal;
    }
    if (!context.json)
        for (const std::string& line : table(rows)) context.say(line);
    return code;
}

// Where it runs may change, and what becomes of an update that cannot be; what it computes stays,
// but for its length.
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
        static const std::set<std::string> may = {"train.max_steps", "train.on_nonfinite",
                                                  "data.on_bad_picture"};
        if (may.count(given.first) == 0)
            return context.usage(
                "A resumed run takes --set train.max_steps, train.on_nonfinite and "
                "data.on_bad_picture only, not " +
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

    auto* queue_verb = app.add_subcommand(
        "queue",
        "Train several configurations, one after the other; one that fails stops no other");
    auto q = std::make_shared<QueueArguments>();
    queue_verb->add_option("configs", q->configs, "Configuration files")->required();
    add_on_disk_full(queue_verb, q->on_disk_full);
    queue_verb->callback([&context, q] { context.exit_code = queue(context, *q); });

    auto* resume_verb =
        app.add_subcommand("resume", "Go on from the newest valid checkpoint of a run");
    auto r = std::make_shared<ResumeArguments>();
    resume_verb->add_option("run", r->run, "Run id or folder")->required();
    add_settings(resume_verb, r->settings,
                 "train.max_steps=N, train.on_nonfinite=skip, data.on_bad_picture=skip");
    add_on_disk_full(resume_verb, r->on_disk_full);
    resume_verb->callback([&context, r] { context.exit_code = resume(context, *r); });
}

}  // namespace moelora::cli
