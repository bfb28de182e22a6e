// SPDX-License-Identifier: GPL-3.0-or-later
// runs list, show, note, tag, remove, trash, restore, bundle, import: the run library.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <filesystem>

#include "app/cli/context.h"
#include "app/cli/gate_table.h"
#include "core/options/config.h"
#include "core/session/run_store.h"

namespace moelora::cli {
namespace {

constexpr std::size_t gate_updates = 10;  // a single update is a noisy sample

std::string joined(const std::vector<std::string>& tags) {
    return fmt::format("{}", fmt::join(tags, ", "));
}

std::string bytes_or_unknown(std::int64_t bytes) {
    return bytes > 0 ? human_bytes(bytes) : "not known";
}

// `none`: what is said where there are none.
int print_list(Context& context, const Result<std::vector<RunSummary>>& found,
               const std::string& none) {
    return show(context, found, [&](const std::vector<RunSummary>& runs) {
        if (context.json) {
            Json all = Json::array();
            for (const RunSummary& run : runs) all.push_back(moelora::to_json(run));
            return context.print_json(all);
        }
        if (runs.empty()) return context.print(none);
        std::vector<Issue> unreadable;
        std::vector<std::vector<std::string>> rows = {
            {"run", "status", ">step", ">of", ">loss", "method", "tags", "note"}};
        for (const RunSummary& r : runs) {
            if (r.unreadable) {
                rows.push_back({r.id, std::string(name_of(r.status)), "", "", "", "", "", ""});
                unreadable.push_back({Severity::Warning, *r.unreadable, {}, 1});
                continue;
            }
            rows.push_back({r.id, std::string(name_of(r.status)), std::to_string(r.step),
                            std::to_string(r.total_steps), fmt::format("{:.4f}", r.last_loss),
                            r.preset, joined(r.tags), r.note});
        }
        // A bundle may bring names of any length; whoever reads a pipe gets what a line can hold.
        constexpr std::size_t line_of_a_pipe = 400;
        for (const std::string& line : table(rows, terminal_width(1, line_of_a_pipe)))
            context.print(line);
        context.print_issues(unreadable);
    });
}

int list(Context& context) {
    return print_list(context, context.session().list_runs(),
                      "no runs in " + context.session().runs_dir());
}

int trash(Context& context, bool empty) {
    if (!empty) return print_list(context, context.session().list_trash(), "the trash is empty");
    if (const auto emptied = context.session().empty_trash(); !emptied)
        return context.fail_with(emptied.error());
    return 0;
}

int restore(Context& context, const std::string& id) {
    return show(context, context.session().restore_run(id), [&](const RunSummary& run) {
        if (context.json) return context.print_json(moelora::to_json(run));
        context.print("run " + run.id);
    });
}

// As it was written when the run began, whole; null where it cannot be read.
Json configuration_of(const RunSummary& run) {
    const auto record = read_json((std::filesystem::path(run.path) / "run.json").string());
    return record && record->is_object() ? record->value("config", Json()) : Json();
}

// What it sets otherwise than the defaults do, a row each.
void add_configuration(const Json& config, std::vector<std::vector<std::string>>& rows) {
    RunOptions options;
    (void)from_json(config, options, "run.json");
    for (const OptionDifference& d : diff(RunOptions{}, options)) rows.push_back({d.path, d.after});
}

int show_run(Context& context, const std::string& id) {
    const auto run = context.session().find_run(id);
    if (!run) return context.fail_with(run.error());
    if (context.json) {
        Json document = moelora::to_json(*run);
        document["config"] = configuration_of(*run);
        for (const auto& [path, value] : run_store::set_at_resume(run->path))
            document["set_at_resume"][path] = value;
        context.print_json(document);
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
        {"memory", fmt::format("{} at most, {} predicted", bytes_or_unknown(run->peak_bytes),
                               bytes_or_unknown(run->predicted_peak_bytes))},
        {"on disk", human_bytes(run->folder_bytes)},
        {"model is", run->model_fingerprint},
        {"data are", run->data_fingerprint},
        {"tags", joined(run->tags)},
        {"note", run->note}};
    for (const CheckpointInfo& c : run->checkpoints) rows.push_back({"checkpoint", c.path});
    add_configuration(configuration_of(*run), rows);
    for (const auto& [path, value] : run_store::set_at_resume(run->path))
        rows.push_back({path, value + " (since a resume)"});
    for (const std::string& line : table(rows)) context.print(line);
    return show(context, context.session().replay(id), [&](const std::vector<Event>& events) {
        std::deque<std::vector<RouterRecord>> recent;
        for (const Event& event : events)
            if (const auto* routers = std::get_if<RouterRecorded>(&event)) {
                recent.push_back(routers->records);
                if (recent.size() > gate_updates) recent.pop_front();
            }
        std::vector<RouterRecord> records;
        for (const auto& one : recent) records.insert(records.end(), one.begin(), one.end());
        print_gates(context, records,
                    fmt::format("mean over the last {} recorded updates", recent.size()),
                    expert_groups(context, run->path));
    });
}

int bundle(Context& context, const std::string& id, const std::string& file, bool force) {
    return show(context, context.session().save_bundle(id, file, force),
                [&](const std::vector<std::string>& names) {
                    if (context.json) return context.print_json({{"file", file}, {"files", names}});
                    context.print(fmt::format("{}: {} files", file, names.size()));
                });
}

int import(Context& context, const std::string& file) {
    return show(context, context.session().import_bundle(file), [&](const RunSummary& run) {
        if (context.json) return context.print_json(moelora::to_json(run));
        context.print(fmt::format("run {}: {} of {} updates, {}", run.id, run.step, run.total_steps,
                                  name_of(run.status)));
    });
}

// After a note or tags were written: the run as it is now, where JSON is wanted.
int changed(Context& context, const std::string& id, const Status& status) {
    if (!status) return context.fail_with(status.error());
    if (!context.json) return 0;
    return show(context, context.session().find_run(id),
                [&](const RunSummary& run) { context.print_json(moelora::to_json(run)); });
}

int remove(Context& context, const std::string& id) {
    const auto run = context.session().find_run(id);
    if (const auto removed = context.session().remove_run(id); !removed)
        return context.fail_with(removed.error());
    if (context.json) context.print_json({{"removed", run ? run->id : id}});
    return 0;
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
    auto text = std::make_shared<std::string>();
    auto* show_verb = runs->add_subcommand("show", "One run, its checkpoints and gate weights");
    show_verb->add_option("run", *id, "Run id or folder")->required();
    show_verb->callback([&context, id] { context.exit_code = show_run(context, *id); });
    auto* note_verb = runs->add_subcommand("note", "Write a note to a run");
    note_verb->add_option("run", *id, "Run id or folder")->required();
    note_verb->add_option("text", *text, "The note; empty removes it")->required();
    note_verb->callback([&context, id, text] {
        context.exit_code = changed(context, *id, context.session().set_run_note(*id, *text));
    });
    auto tags = std::make_shared<std::vector<std::string>>();
    auto* tag_verb = runs->add_subcommand("tag", "Give a run tags, in place of those it has");
    tag_verb->add_option("run", *id, "Run id or folder")->required();
    tag_verb->add_option("tags", *tags, "The tags; none removes all");
    tag_verb->callback([&context, id, tags] {
        context.exit_code = changed(context, *id, context.session().set_run_tags(*id, *tags));
    });
    auto file = std::make_shared<std::string>();
    auto force = std::make_shared<bool>(false);
    auto* bundle_verb =
        runs->add_subcommand("bundle", "One zip file of a run, without private paths");
    bundle_verb->add_option("run", *id, "Run id or folder")->required();
    bundle_verb->add_option("--out", *file, "The zip file to write")->required();
    bundle_verb->add_flag("--force", *force, "Replace an existing zip file");
    bundle_verb->callback(
        [&context, id, file, force] { context.exit_code = bundle(context, *id, *file, *force); });
    auto* import_verb = runs->add_subcommand("import", "Take a bundle into the run library");
    import_verb->add_option("file", *file, "The zip file")->required();
    import_verb->callback([&context, file] { context.exit_code = import(context, *file); });
    auto* remove_verb = runs->add_subcommand("remove", "Move a run to the store's trash");
    remove_verb->add_option("run", *id, "Run id or folder")->required();
    remove_verb->callback([&context, id] { context.exit_code = remove(context, *id); });
    auto* trash_verb = runs->add_subcommand("trash", "The runs in the trash");
    trash_verb->add_flag("--empty", *force, "Delete them for good");
    trash_verb->callback([&context, force] { context.exit_code = trash(context, *force); });
    auto* restore_verb = runs->add_subcommand("restore", "Take a run out of the trash");
    restore_verb->add_option("run", *id, "Run id")->required();
    restore_verb->callback([&context, id] { context.exit_code = restore(context, *id); });
}

}  // namespace moelora::cli
