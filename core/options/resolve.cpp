// SPDX-License-Identifier: GPL-3.0-or-later
// Where the options of a run come from. The preset is the weakest source but is named by the
// stronger ones, so its name is looked for first.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <set>

#include "core/options/presets.h"
#include "core/options/visit.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

struct PresetChoice {
    std::string preset;
    std::string flavour;
    bool named = false;
    // A stronger source that names another preset drops the weaker one's flavour.
    void take_preset(const std::string& name) {
        if (name != preset) flavour.clear();
        preset = name;
        named = true;
    }
};

PresetChoice choose_preset(const Json& file, const ConfigRequest& request) {
    PresetChoice choice{RunOptions{}.adapter.preset, {}, false};
    if (const auto adapter = file.find("adapter"); adapter != file.end() && adapter->is_object()) {
        const auto name = adapter->find("preset"), flavour = adapter->find("flavour");
        if (name != adapter->end() && name->is_string()) choice.take_preset(*name);
        if (flavour != adapter->end() && flavour->is_string()) choice.flavour = *flavour;
    }
    if (!request.preset.empty()) choice.take_preset(request.preset);
    for (const auto& [path, value] : request.overrides) {
        if (path == "adapter.preset") choice.take_preset(value);
        if (path == "adapter.flavour") choice.flavour = value;
    }
    return choice;
}

void make_absolute(std::string& path, const fs::path& folder) {
    if (path.empty()) return;
    path =
        (fs::path(path).is_absolute() ? fs::path(path) : folder / path).lexically_normal().string();
    while (path.size() > 1 && path.back() == '/') path.pop_back();
}

// The options that are paths. `folder` is what relative ones are relative to.
void make_paths_absolute(RunOptions& options, const fs::path& folder) {
    make_absolute(options.model.path, folder);
    make_absolute(options.data.path, folder);
    make_absolute(options.data.edits, folder);
    make_absolute(options.adapter.init_from, folder);
}

Result<Json> read_document(const std::string& path) {
    if (path.empty()) return Json::object();
    if (path != "-") return read_json(path);
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    return parse_json(text, "standard input");
}

// A run's own file holds its configuration beside what else it says.
Result<Json> read_config(const std::string& path) {
    MOELORA_TRY(Json document, read_document(path));
    if (!document.is_object()) return document;
    const auto of_run = document.find("config");
    return of_run != document.end() && of_run->is_object() ? Json(*of_run) : std::move(document);
}

bool names_preset(const ConfigRequest& request) {
    return !request.preset.empty() ||
           std::any_of(request.overrides.begin(), request.overrides.end(), [](const auto& given) {
               return given.first == "adapter.preset" || given.first == "adapter.flavour";
           });
}

void apply_command_line(const ConfigRequest& request, RunOptions& options,
                        std::vector<Issue>& issues) {
    if (!request.model.empty()) options.model.path = request.model;
    if (!request.data.empty()) options.data.path = request.data;
    if (!request.adapter_from.empty()) options.adapter.init_from = request.adapter_from;
    for (const auto& [path, value] : request.overrides)
        if (Status set = set_option(options, path, value); !set)
            issues.push_back(option_issue(std::move(set).error(), {}, Severity::Error));
}

// What the file names, unless the command line says it otherwise.
std::vector<std::string> options_of_file(const Json& file, const ConfigRequest& request) {
    std::set<std::string> said;
    for (const auto& [path, value] : request.overrides) said.insert(path);
    if (!request.model.empty()) said.insert("model.path");
    if (!request.data.empty()) said.insert("data.path");
    if (!request.adapter_from.empty()) said.insert("adapter.init_from");
    if (!request.preset.empty()) said.insert("adapter.preset");
    std::vector<std::string> out;
    if (!file.is_object()) return out;
    for (const auto& [group, options] : file.items())
        if (options.is_object())
            for (const auto& [name, value] : options.items())
                if (std::string path = join_option(group, name); !said.contains(path))
                    out.push_back(std::move(path));
    return out;
}

// The issues of `all`; those that stand in `of_file`, too, are the file's.
void add_checks(std::vector<Issue> all, const std::vector<Issue>& of_file, const std::string& name,
                std::vector<Issue>& issues) {
    for (Issue& issue : all) {
        const bool files = std::any_of(of_file.begin(), of_file.end(), [&](const Issue& other) {
            return other.where == issue.where && other.error.args == issue.error.args;
        });
        if (files) issue.where.file = name;
        issues.push_back(std::move(issue));
    }
}

// Options that were given by hand and that the others leave without effect. A file may hold them:
// it may be one that names every option.
void warn_of_unused(const ConfigRequest& request, const RunOptions& options,
                    std::vector<Issue>& issues) {
    for_each_option(options, [&](const std::string& path, const auto& value, const Meta& meta) {
        const bool given =
            std::any_of(request.overrides.begin(), request.overrides.end(),
                        [&](const auto& override_) { return override_.first == path; });
        const bool said = std::any_of(issues.begin(), issues.end(), [&](const Issue& issue) {
            return issue.error.arg("option") == path;
        });
        if (meta.enabled || !given || said) return;
        issues.push_back(doubtful_option(path, shown_value(value_to_json(value)),
                                         "nothing uses it with the other options as they are"));
    });
}

}  // namespace

bool ResolvedConfig::usable() const {
    return std::none_of(issues.begin(), issues.end(),
                        [](const Issue& issue) { return issue.severity == Severity::Error; });
}

Result<ResolvedConfig> resolve_config(const ConfigRequest& request) {
    MOELORA_TRY(const Json file, read_config(request.config_path));
    ResolvedConfig out;
    RunOptions& options = out.options;
    const PresetChoice choice = choose_preset(file.is_object() ? file : Json::object(), request);
    options.adapter.preset = choice.preset;
    out.preset_named = choice.named;
    // A flavour that does not exist becomes an issue where its source is read below.
    const bool known_flavour =
        choice.flavour.empty() || assign(Json(choice.flavour), options.adapter.flavour);
    // An unknown preset is named by validate() at the end.
    if (known_flavour && check_preset(options.adapter.preset, options.adapter.flavour))
        MOELORA_TRY_STATUS(apply_preset(options));
    const Flavour flavour = options.adapter.flavour;

    const fs::path working = fs::current_path();
    const bool on_disk = !request.config_path.empty() && request.config_path != "-";
    const fs::path folder = on_disk ? fs::absolute(request.config_path).parent_path() : working;
    const std::string name = request.config_path == "-" ? "standard input" : request.config_path;
    out.issues = from_json(file, options, name);
    make_paths_absolute(options, folder);
    options.adapter.preset = choice.preset;
    options.adapter.flavour = flavour;

    std::vector<Issue> of_file = name.empty() ? std::vector<Issue>{} : validate(options);
    if (names_preset(request))  // then what is wrong with it is not the file's
        std::erase_if(of_file, [](const Issue& issue) {
            return issue.error.code == ErrorCode::PresetUnknown;
        });
    out.set_by_file = options_of_file(file, request);
    apply_command_line(request, options, out.issues);
    make_paths_absolute(options, working);
    add_checks(validate(options), of_file, name, out.issues);
    warn_of_unused(request, options, out.issues);
    if (options.adapter.targets.empty() && out.usable())
        out.issues.push_back(
            option_issue(option_error("adapter.targets", "[]", "name at least one module pattern"),
                         {}, Severity::Error));
    return out;
}

}  // namespace moelora
