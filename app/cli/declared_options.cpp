// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/declared_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/options/presets.h"
#include "core/options/visit.h"

namespace moelora::cli {
namespace {

// The entry of the schema: {"label", "help", "default", "min", "max", "choices", ...}.
Json declaration(std::string_view path) {
    const Json schema = options_schema();
    for (const Json& group : schema.at("groups"))
        for (const Json& field : group.at("fields"))
            if (join_option(group.at("name").get<std::string>(),
                            field.at("name").get<std::string>()) == path)
                return field;
    return Json::object();
}

std::string plain(const Json& value) {
    if (value.is_number_float()) return fmt::format("{}", value.get<double>());  // 100, not 100.0
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// "1 to 1024", "auto, fp32 or bf16", ""
std::string allowed(const Json& field) {
    if (field.contains("min")) return plain(field.at("min")) + " to " + plain(field.at("max"));
    std::string out;
    const Json choices = field.value("choices", Json::array());
    for (std::size_t i = 0; i < choices.size(); ++i)
        out += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + plain(choices[i]);
    return out;
}

// "{auto,fp32,bf16}": what completion offers, as CLI::IsMember writes it.
std::string offered(const Json& field) {
    std::string out;
    for (const Json& choice : field.value("choices", Json::array()))
        out += (out.empty() ? "" : ",") + plain(choice);
    return out.empty() ? out : "{" + out + "}";
}

// Why the declaration does not allow the text, "" when it does.
std::string refusal(const std::string& path, const std::string& text) {
    RunOptions options;
    if (const auto set = set_option(options, path, text); !set)
        return fmt::format("{} is refused: {}", text, set.error().arg("why"));
    for (const Issue& issue : validate(options))
        if (issue.severity == Severity::Error && issue.where.item == path)
            return fmt::format("{} is refused: {}", text, issue.error.arg("why"));
    return {};
}

// What can be set, for the help: folded options and help texts stand in `moelora options`.
std::string list_of_keys() {
    std::string out = "\nKeys of --set and of the configuration file (default; allowed):\n";
    const Json schema = options_schema();
    for (const Json& group : schema.at("groups"))
        for (const Json& field : group.at("fields")) {
            if (field.at("advanced").get<bool>()) continue;
            const std::string range = allowed(field);
            out += fmt::format("  {:<32}{}{}\n",
                               join_option(group.at("name").get<std::string>(),
                                           field.at("name").get<std::string>()),
                               plain(field.at("default")), range.empty() ? "" : "; " + range);
        }
    return out + "`moelora options` explains these and the rarer ones.";
}

}  // namespace

CLI::Option* follow_declaration(CLI::Option* option, std::string_view path) {
    const Json field = declaration(path);
    const std::string range = allowed(field);
    option->description(field.value("label", "") + ". " + field.value("help", "") +
                        (range.empty() ? "" : " (" + range + ")"));
    if (option->get_expected_max() == 0) return option;  // a flag
    if (option->get_default_str().empty()) option->default_str(plain(field.at("default")));
    return option->check(CLI::Validator(
        [name = std::string(path)](std::string& text) { return refusal(name, text); },
        offered(field)));
}

void add_generate_options(CLI::App* verb, GenerateOptions& options) {
    GenerateOptions::describe(options, [&](std::string_view name, auto& value, const Meta&) {
        if (name == "seed") return;  // --seed is a common option
        using T = std::decay_t<decltype(value)>;
        std::string flag = name == "batch_size"  ? "batch"
                           : name == "do_sample" ? "sample"
                                                 : std::string(name);
        std::replace(flag.begin(), flag.end(), '_', '-');
        CLI::Option* option;
        if constexpr (std::is_same_v<T, bool>)
            option = verb->add_flag("--" + flag, value, "");
        else
            option = verb->add_option("--" + flag, value)->capture_default_str();
        follow_declaration(option, join_option("generate", name));
        // How to draw is only asked of something that draws.
        if (name == "temperature" || name == "top_k" || name == "top_p")
            option->each([&options](const std::string&) { options.do_sample = true; });
    });
}

CLI::Validator from_zero() {
    return {[](const std::string& text) {
                return text.starts_with('-') ? text + " is below 0" : std::string();
            },
            ""};
}

void add_settings(CLI::App* verb, std::vector<std::string>& settings, const std::string& help) {
    verb->add_option("--set", settings, help)
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text.find('=') == std::string::npos ? "KEY=VALUE is wanted, not " + text
                                                           : std::string();
            },
            ""));
}

std::vector<std::pair<std::string, std::string>> split_settings(
    const std::vector<std::string>& settings) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        out.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return out;
}

void add_run_options(CLI::App* verb, RunArguments& a) {
    verb->add_option("--config", a.request.config_path,
                     "Configuration file, or the run.json of a run; - is stdin");
    verb->add_option("--model", a.request.model, "Model folder");
    verb->add_option("--data", a.request.data, "Data set");
    verb->add_option("--preset", a.request.preset, "Method (see `moelora presets`)");
    follow_declaration(verb->add_option("--memory-budget", a.memory_budget),
                       "device.memory_budget");
    add_settings(verb, a.settings, "GROUP.KEY=VALUE, over everything else (keys below)");
    verb->footer(list_of_keys());
}

// An adapter that training starts from goes on with the dropout and the balance of its own preset,
// unless one is named. What it lacks otherwise is told where it is loaded.
bool take_preset_of_start(Context& context, const ResolvedConfig& resolved,
                          ConfigRequest& request) {
    const std::string& start = resolved.options.adapter.init_from;
    if (start.empty() || resolved.preset_named) return false;
    const auto summary = context.session().inspect_adapter(start);
    const auto axes = summary ? parse_json(summary->axes_json, start) : Result<Json>(Json());
    if (!axes || !axes->is_object()) return false;
    const auto name = as_string(axes->value("preset", Json()));
    const std::string flavour = as_string(axes->value("flavour", Json())).value_or("");
    Flavour known = Flavour::Default;
    if (!name || !assign(Json(flavour), known) || !check_preset(*name, known)) return false;
    request.preset = *name;
    if (known != Flavour::Default)
        request.overrides.emplace(request.overrides.begin(), "adapter.flavour", flavour);
    return true;
}

int resolve(Context& context, const RunArguments& arguments, ResolvedConfig& out) {
    ConfigRequest request = arguments.request;
    request.overrides = context.overrides();
    if (!arguments.memory_budget.empty())
        request.overrides.emplace_back("device.memory_budget", arguments.memory_budget);
    for (auto& setting : split_settings(arguments.settings))
        request.overrides.push_back(std::move(setting));
    auto resolved = resolve_config(request);
    if (resolved && take_preset_of_start(context, *resolved, request))
        resolved = resolve_config(request);
    if (!resolved) return context.fail_with(resolved.error());
    if (!resolved->usable()) return context.fail_with_issues(resolved->issues);
    context.set_by_file = resolved->set_by_file;
    out = std::move(*resolved);
    return 0;
}

int resolve_run(Context& context, const RunArguments& arguments, ResolvedConfig& out) {
    if (const int code = resolve(context, arguments, out); code != 0) return code;
    if (out.options.model.path.empty() || out.options.data.path.empty())
        return context.usage(
            "A model and data are needed: --model and --data, or a configuration with --config.");
    return 0;
}

}  // namespace moelora::cli
