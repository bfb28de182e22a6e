// SPDX-License-Identifier: GPL-3.0-or-later
// caption, compare: captions of pictures, and base against adapted.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>

#include "app/cli/declared_options.h"
#include "app/cli/gate_table.h"
#include "app/cli/job_loop.h"
#include "app/cli/put.h"
#include "app/cli/score_table.h"
#include "core/session/caption_saver.h"
#include "core/session/jobs.h"

namespace moelora::cli {
namespace {

namespace fs = std::filesystem;

struct CaptionArguments {
    CaptionSpec spec;
    std::string save;  // a name of caption_forms, or ""
    bool force = false;
};

const std::map<std::string, CaptionForm> caption_forms = {
    {"", CaptionForm::Nothing}, {"txt", CaptionForm::Sidecars}, {"jsonl", CaptionForm::Lines}};

Json caption_json(const Caption& c) {
    return {{"image", c.image},
            {"sample", c.sample},
            {"text", c.text},
            {"tokens", c.tokens},
            {"stop_reason", name_of(c.stop_reason)},
            {"ms", c.ms}};
}

// Texts beside pictures must be free, and one a picture; looked at before anything is loaded.
Status check_sidecars(const std::vector<std::string>& images, bool replace) {
    const auto pictures = find_pictures(images);
    if (!pictures) return {};  // the job says why
    std::map<fs::path, std::string> taken;
    for (const std::string& picture : *pictures) {
        const fs::path text = fs::path(picture).replace_extension(".txt");
        const auto [other, fresh] = taken.emplace(text, picture);
        if (!fresh && other->second != picture)
            return fail(ErrorCode::UsageInvalid,
                        {{"why", picture + " and " + other->second +
                                     " would share one text; use --save jsonl."}});
        if (!replace && fs::exists(text) && text != picture)
            return fail(ErrorCode::OutputExists, {{"path", text.string()}});
    }
    return {};
}

// One caption on a terminal, written as it grows.
class GrowingText {
  public:
    void show(const std::string& so_far) {
        if (!so_far.starts_with(shown_)) return;  // the end sets it right
        put(stdout, "{}", so_far.substr(shown_.size()));
        flush(stdout);
        shown_ = so_far;
    }
    // What is missing and a line end; the whole text once more where it came out otherwise.
    void finish(const std::string& text) {
        if (!text.starts_with(shown_)) {
            put(stdout, "\n");
            shown_.clear();
        }
        show(text);
        put(stdout, "\n");
        shown_.clear();
    }
    [[nodiscard]] bool begun() const { return !shown_.empty(); }

  private:
    std::string shown_;
};

int caption(Context& context, CaptionArguments a) {
    context.fill(a.spec);
    const CaptionForm save = caption_forms.at(a.save);
    if (a.spec.images.empty() && a.spec.data.empty() && a.spec.prompt.empty())
        return context.usage("Give --image, --data or --prompt.");
    if (a.spec.adapter.empty() && !a.spec.task.empty())
        return context.usage("--task chooses among what an adapter learnt; give --adapter, too.");
    if (a.spec.images.empty() && save == CaptionForm::Sidecars)
        return context.usage("--save txt writes beside pictures; use --save jsonl.");
    if (save == CaptionForm::Sidecars)
        if (const Status free = check_sidecars(a.spec.images, a.force); !free)
            return context.fail_with(free.error());
    std::vector<std::string> read = {a.spec.model, a.spec.data};
    read.insert(read.end(), a.spec.images.begin(), a.spec.images.end());
    if (const int code = context.refuse_missing(read); code != 0) return code;
    std::error_code ignored;
    const bool single =
        a.spec.data.empty() &&
        (a.spec.images.empty() ||
         (a.spec.images.size() == 1 && !fs::is_directory(a.spec.images.front(), ignored)));
    auto saver = CaptionSaver::open(save, a.force);
    if (!saver) return context.fail_with(saver.error());
    Status saved;  // the first failure ends the job
    ProgressLine progress(context);
    GrowingText growing;
    const bool grows = single && !context.json && isatty(1) == 1;
    Json all = Json::array();
    const auto job = context.session().start(a.spec);
    const int code = run_job(context, job, progress, [&](const Event& event) {
        const auto* stage = std::get_if<StageProgress>(&event);
        if (stage && !growing.begun()) progress.update(stage->stage, stage->done, stage->total);
        const auto* part = std::get_if<CaptionProgress>(&event);
        if (part && grows) {
            progress.clear();
            growing.show(part->text_so_far);
        }
        const auto* finished = std::get_if<CaptionFinished>(&event);
        if (!finished || !saved) return;
        const Caption& c = finished->caption;
        progress.clear();
        if (context.json && single)
            all.push_back(caption_json(c));
        else if (context.json)
            context.print_line(json_text(caption_json(c)));
        else if (grows)
            growing.finish(c.text);
        else
            context.print(single ? c.text : (c.image.empty() ? c.sample : c.image) + "\t" + c.text);
        saved = saver->save(c, json_text(caption_json(c)));
        if (!saved) (void)context.session().stop(*job);  // it may have ended just now
    });
    if (growing.begun()) context.print("");  // it was stopped
    if (!saved) return context.fail_with(saved.error());
    if (context.json && single && code == 0) context.print_json(all);
    return code;
}

struct CompareArguments {
    CompareSpec spec;
    std::int64_t only_expert = 0;  // 1 = the first; 0 = as routed
    std::int64_t show = 5;
};

// The adapted text with what is new in it marked; base words that fell away are not repeated.
std::string marked(const Context& context, const ComparedSample& s) {
    std::string out;
    for (const DiffSpan& span : s.diff)
        if (span.kind != DiffKind::Deleted)
            out += span.kind == DiffKind::Inserted ? context.paint(span.text, "32") : span.text;
    return out;
}

void print_samples(const Context& context, const Comparison& c, std::int64_t count) {
    const auto total = static_cast<std::int64_t>(c.samples.size());
    count = std::min(count, total);
    for (std::int64_t i = 0; i < count; ++i) {
        // Spread over the data, an odd stride so that tasks mix.
        const std::int64_t stride = std::max<std::int64_t>(1, total / count) | 1;
        const ComparedSample& s = c.samples[static_cast<std::size_t>(i * stride % total)];
        context.print(fmt::format("{}  {}",
                                  context.paint(fs::path(s.sample.image).filename().string(), "1"),
                                  s.sample.prompt));
        if (!s.sample.references.empty())
            context.print("  reference  " + s.sample.references.front());
        context.print("  base       " + s.base.text);
        context.print("  adapted    " + marked(context, s) + "\n");
    }
}

void print_scores(const Context& context, const Comparison& c) {
    if (c.base.samples == 0) {
        context.print("no sample has a reference, so nothing is judged");
        return print_self_test(context, c.self_test);
    }
    std::vector<std::vector<std::string>> rows = {
        {"exact match", ">samples", ">base", ">", ">adapted", ">"}};
    const auto add = [&](const std::string& name, std::pair<std::int64_t, std::int64_t> base,
                         std::pair<std::int64_t, std::int64_t> adapted) {
        rows.push_back({name, std::to_string(base.second), std::to_string(base.first),
                        share(base.first, base.second), std::to_string(adapted.first),
                        share(adapted.first, adapted.second)});
    };
    for (const auto& [task, counts] : c.base.by_task) {
        const auto adapted = c.adapted.by_task.find(task);
        if (adapted != c.adapted.by_task.end())
            add(task.empty() ? "(no task)" : task, counts, adapted->second);
    }
    add("all", {c.base.exact, c.base.samples}, {c.adapted.exact, c.adapted.samples});
    for (const std::string& line : table(rows)) context.print(line);
    print_score_table(context, {{"base", &c.base}, {"adapted", &c.adapted}});
    print_self_test(context, c.self_test);
}

int compare(Context& context, CompareArguments a) {
    if (const int code = context.refuse_missing({a.spec.model, a.spec.adapter, a.spec.data});
        code != 0)
        return code;
    context.fill(a.spec);
    a.spec.force_expert = a.only_expert - 1;
    ProgressLine progress(context);
    bool red = false;
    const int code =
        run_job(context, context.session().start(a.spec), progress, [&](const Event& event) {
            if (const auto* stage = std::get_if<StageProgress>(&event))
                progress.update(stage->stage, stage->done, stage->total);
            const auto* finished = std::get_if<ComparisonFinished>(&event);
            if (!finished) return;
            progress.clear();
            red = !finished->comparison.self_test.passed();
            if (context.json) return context.print_json(moelora::to_json(finished->comparison));
            print_samples(context, finished->comparison, a.show);
            print_scores(context, finished->comparison);
            context.print_issues(finished->comparison.issues);
            print_survey(context, finished->comparison.gates,
                         expert_groups(context, a.spec.adapter));
            if (!finished->folder.empty())
                context.say("report: " + (fs::path(finished->folder) / "index.html").string());
        });
    return code == 0 && red ? 1 : code;
}

}  // namespace

void add_caption_verbs(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("caption", "Caption pictures");
    auto a = std::make_shared<CaptionArguments>();
    verb->add_option("model", a->spec.model, "Model folder")->required();
    auto* images = verb->add_option("--image", a->spec.images, "Pictures or folders");
    verb->add_option("--data", a->spec.data, "Instead of pictures: the questions of a data set")
        ->excludes(images);
    verb->add_option("--template", a->spec.chat_template,
                     "Conversation form of a text-only model, as data.template");
    verb->add_option("--adapter", a->spec.adapter, "Adapter folder or run");
    verb->add_option("--prompt", a->spec.prompt,
                     "What to ask (default: the adapter's); alone: a question without a picture");
    verb->add_option("--task", a->spec.task, "Task of pictures, and of samples that name none");
    auto* save = verb->add_option("--save", a->save,
                                  "txt: a sidecar beside each picture; jsonl: captions.jsonl here")
                     ->check(CLI::IsMember({"txt", "jsonl"}));
    verb->add_flag("--force", a->force, "Replace existing sidecars")->needs(save);
    add_settings(verb, a->spec.settings, data_settings_help);
    add_generate_options(verb, a->spec.generate);
    verb->callback([&context, a] { context.exit_code = caption(context, *a); });

    auto* compare_verb =
        app.add_subcommand("compare", "Base and adapted captions of the same pictures");
    auto c = std::make_shared<CompareArguments>();
    c->spec.generate.batch_size = 32;
    compare_verb->add_option("model", c->spec.model, "Model folder")->required();
    compare_verb->add_option("--adapter", c->spec.adapter, "Adapter folder or run")->required();
    compare_verb->add_option("--data", c->spec.data,
                             "Data set (default: the probes of the adapter's run)");
    compare_verb->add_option("--out", c->spec.out, "Folder of the report")->required();
    compare_verb->add_option("--prompt", c->spec.prompt, "Ask this instead of the data's prompts");
    compare_verb->add_option("--task", c->spec.task,
                             "Task of pictures, and of samples that name none");
    compare_verb->add_option("--limit", c->spec.limit, "Samples at most; 0 = all")
        ->check(from_zero())
        ->capture_default_str();
    compare_verb
        ->add_option(
            "--gates", c->spec.gate_samples,
            "Samples of each task whose routing is compared with untrained routers; 0 = none")
        ->check(from_zero())
        ->capture_default_str();
    compare_verb->add_option("--adapter-scale", c->spec.adapter_scale,
                             "Factor of the adapter's update (default 1; 0 = the base)");
    compare_verb
        ->add_option(
            "--only-expert", c->only_expert,
            "Use this expert alone, 1 = the first, whatever the routers say; 0 = as routed")
        ->check(from_zero())
        ->capture_default_str();
    compare_verb->add_option("--show", c->show, "Samples printed here")
        ->check(from_zero())
        ->capture_default_str();
    compare_verb->add_flag("--force", c->spec.force, "Replace an existing report");
    add_settings(compare_verb, c->spec.settings, data_settings_help);
    add_generate_options(compare_verb, c->spec.generate);
    compare_verb->callback([&context, c] { context.exit_code = compare(context, *c); });
}

}  // namespace moelora::cli
