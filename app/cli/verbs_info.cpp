// SPDX-License-Identifier: GPL-3.0-or-later
// options, presets, diagnostics, completion: what the program says about itself.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/completion.h"
#include "app/cli/context.h"
#include "core/options/presets.h"

namespace moelora::cli {
namespace {

void print_options(const Context& context) {
    const Json schema = options_schema();
    if (context.json) return context.print_json(schema);
    for (const Json& group : schema.at("groups")) {
        const auto name = group.at("name").get<std::string>();
        for (const Json& field : group.at("fields")) {
            std::string line = context.paint(name + "." + field.at("name").get<std::string>(), "1");
            line += " (" + field.at("type").get<std::string>() + ", default " +
                    field.at("default").dump();
            if (field.contains("min"))
                line += ", " + field.at("min").dump() + " to " + field.at("max").dump();
            if (field.contains("choices")) {
                line += ": ";
                for (const Json& choice : field.at("choices"))
                    line += choice.get<std::string>() + " ";
                line.pop_back();
            }
            context.print(line + ")");
            context.print("    " + field.value("help", ""));
        }
    }
}

Json preset_json(const Preset& p) {
    return {{"name", p.name},      {"flavour", p.flavour}, {"title", p.title},
            {"source", p.source},  {"notes", p.notes},     {"differences", p.differences},
            {"options", p.options}};
}

void print_presets(const Context& context) {
    if (context.json) {
        Json all = Json::array();
        for (const Preset& p : presets()) all.push_back(preset_json(p));
        return context.print_json(all);
    }
    for (const Preset& p : presets()) {
        context.print(
            context.paint(p.name + (p.flavour == "default" ? "" : " (" + p.flavour + ")"), "1") +
            "  " + p.title);
        context.print("  source: " + p.source);
        context.print("  " + p.notes);
        for (const std::string& d : p.differences) context.print("  - " + d);
        for (const auto& [group, fields] : p.options.items())
            for (const auto& [key, value] : fields.items())
                context.print(fmt::format("    {}.{} = {}", group, key, value.dump()));
        context.print("");
    }
}

void print_diagnostics(const Context& context) {
    const Json report = {{"program", "moelora " + program_version()},
                         {"device", device_report()},
                         {"kernels", device_self_tests()},
                         {"compiler", __VERSION__},
                         {"demo", !demo_dir().empty()},
                         {"presets", presets().size()}};
    if (context.json) return context.print_json(report);
    for (const auto& [key, value] : report.items())
        context.print(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
}

}  // namespace

void add_info_verbs(CLI::App& app, Context& context) {
    app.add_subcommand("options", "Every option with default, range and help")
        ->callback([&context] { print_options(context); });
    app.add_subcommand("presets", "The methods, what each expands to, and its source")
        ->callback([&context] { print_presets(context); });
    app.add_subcommand("diagnostics", "A report for bug reports, without private paths")
        ->callback([&context] { print_diagnostics(context); });
    auto* verb = app.add_subcommand("completion", "A completion script for a shell");
    auto shell = std::make_shared<std::string>();
    verb->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    verb->callback([&app, shell] { fmt::print("{}", completion_script(app, *shell)); });
}

}  // namespace moelora::cli
