// SPDX-License-Identifier: GPL-3.0-or-later
// moelora: the headless twin of the window. Parses, calls a verb, returns its exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "app/cli/declared_options.h"
#include "app/cli/job_loop.h"
#include "app/cli/put.h"
#include "core/base/host_process.h"
#include "core/options/visit.h"

namespace moelora::cli {
namespace {

constexpr const char* common_options = "Common options";

// The help of a verb ends with the options that every verb takes. Ranges and choices stand in the
// descriptions, defaults behind them.
class HelpFormatter : public CLI::Formatter {
  public:
    std::string make_footer(const CLI::App* app) const override {
        const CLI::App* root = app;
        while (root->get_parent() != nullptr) root = root->get_parent();
        if (root == app) return CLI::Formatter::make_footer(app);
        return make_group(common_options, false, root->get_options([](const CLI::Option* option) {
                   return option->get_group() == common_options;
               })) +
               CLI::Formatter::make_footer(app);
    }
    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_expected_max() == 0) return {};  // a flag
        const std::string type = option->get_type_name();
        return " " + type.substr(0, type.find(':')) +
               (option->get_expected_max() == CLI::detail::expected_max_vector_size ? " ..." : "") +
               (option->get_required() ? " REQUIRED" : "");
    }
    std::string make_option_desc(const CLI::Option* option) const override {
        std::string text = option->get_description();
        const std::string fallback = option->get_default_str();
        if (fallback.empty() || option->get_expected_max() == 0) return text;
        if (!text.ends_with(')')) return text + " (default " + fallback + ")";
        text.pop_back();  // behind the range
        return text + "; default " + fallback + ")";
    }
};

void add_global_options(CLI::App& app, Context& context) {
    app.add_flag("--json", context.json,
                 "One JSON document on stdout (streaming verbs: one object a line)");
    app.add_flag("-q,--quiet", context.quiet, "No progress");
    app.add_flag("-v,--verbose", context.verbose, "Details of errors");
    app.add_option("--color", context.color, "auto, always or never")
        ->capture_default_str()
        ->check(CLI::IsMember({"auto", "always", "never"}));
    follow_declaration(app.add_option("--device", context.device), "device.name");
    follow_declaration(app.add_option("--threads", context.threads), "device.threads");
    app.add_flag("--cuda-graphs", context.cuda_graphs,
                 "Captions from recorded launches (device.cuda_graphs; CUDA devices)");
    follow_declaration(app.add_option("--dtype", context.dtype), "model.compute_dtype");
    CLI::Option* quantization = follow_declaration(
        app.add_option("--quantization", context.quantization), "model.quantization");
    quantization->description(quantization->get_description() +
                              ". Beside an adapter: as it was trained");
    follow_declaration(app.add_option("--seed", context.seed), "train.seed");
    app.add_option("--runs", context.runs, "Folder of the run store");
    for (CLI::Option* option : app.get_options())
        if (option != app.get_help_ptr()) option->group(common_options);
    app.set_version_flag("--version", "moelora " + program_version());
}

// The deepest subcommand that was given.
const CLI::App* chosen(const CLI::App* app) {
    const auto found = app->get_subcommands();
    return found.empty() ? app : chosen(found.front());
}

// Names that fit the word: options of this verb and of those around it, or its sub-verbs.
void collect_names(const CLI::App* app, bool options, std::vector<std::string>& names) {
    if (!options)
        for (const CLI::App* sub : app->get_subcommands({})) names.push_back(sub->get_name());
    if (!options) return;
    for (const CLI::Option* option : app->get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    if (app->get_parent() != nullptr) collect_names(app->get_parent(), options, names);
}

// What the user may have meant by the first word that was not understood. Unknown words are handed
// up to the program, because its options are allowed behind a verb.
int explain(const CLI::App& app, const CLI::ParseError& error, const Context& context) {
    const auto extras = app.remaining(true);
    const bool unknown = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                         dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const CLI::App& verb = *chosen(&app);
    if (extras.empty() && unknown && verb.get_require_subcommand_min() > 0 &&
        verb.get_subcommands().empty()) {
        std::vector<std::string> verbs;
        collect_names(&verb, false, verbs);
        return context.usage(
            fmt::format("One of these verbs is needed: {}.", fmt::join(verbs, ", ")));
    }
    if (extras.empty() || !unknown) return context.usage(error.what());
    const auto dashed = std::find_if(extras.begin(), extras.end(),
                                     [](const std::string& e) { return e.starts_with("-"); });
    const std::string& given = dashed == extras.end() ? extras.front() : *dashed;
    const std::string word = given.substr(0, given.find('='));
    std::vector<std::string> names;
    collect_names(chosen(&app), dashed != extras.end(), names);
    auto nearest = nearest_names(word, names, 3);
    if (nearest.empty()) return context.usage(error.what());
    const std::size_t least = edit_distance(word, nearest.front());
    std::erase_if(nearest,
                  [&](const std::string& name) { return edit_distance(word, name) > least; });
    if (dashed == extras.end()) {
        const bool alike = edit_distance(word, nearest.front()) <= word.size() / 2;
        return context.usage("There is no verb " + word + "." +
                             (alike ? " Did you mean " + nearest.front() + "?" : ""));
    }
    return context.usage(
        fmt::format("There is no option {}. Did you mean {}?", word, fmt::join(nearest, " or ")));
}

// A full disk is told from the rest, as it is of files.
Error not_arrived(int number) {
    const std::string output = "the standard output";
    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return Error{ErrorCode::DiskFull, {{"path", output}}, {}, {}};
    return Error{ErrorCode::FileUnwritable,
                 {{"path", output}, {"why", std::generic_category().message(number)}},
                 {},
                 {}};
}

// What was printed has arrived, as far as anybody waits for it; else another exit code.
int flushed(const Context& context, int code) {
    flush(stdout);
    if (lost_output == 0 || code != 0 || caught_signal() != 0) return code;
    return context.fail_with(not_arrived(lost_output));
}

int run(int argc, char** argv) {
    Context context;
    CLI::App app{"Fine-tunes vision-language captioners with mixtures of LoRA experts.", "moelora"};
    app.fallthrough();
    app.require_subcommand(1);
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(34);
    app.formatter(formatter);  // before the verbs, which take it over
    add_global_options(app, context);
    add_train_verbs(app, context);
    add_caption_verbs(app, context);
    add_evaluate_verb(app, context);
    add_adapter_verbs(app, context);
    add_runs_verbs(app, context);
    add_cache_verbs(app, context);
    add_model_verbs(app, context);
    add_quantize_verb(app, context);
    add_estimate_verb(app, context);
    add_data_verbs(app, context);
    add_info_verbs(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& done) {  // help, version
        return app.exit(done);
    } catch (const CLI::ParseError& error) {
        // Nothing is assigned yet; whoever reads JSON gets this error so, too.
        context.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
        return explain(app, error, context);
    } catch (const std::bad_alloc&) {  // of a question that is no job: jobs answer for themselves
        return context.fail_with(Error{ErrorCode::HostOutOfMemory, {{"stage", "working"}}, {}, {}});
    } catch (const std::exception& error) {
        return context.fail_with(Error{ErrorCode::Internal, {{"what", error.what()}}, {}, {}});
    }
    return flushed(context, context.exit_code);
}

// Verbs that keep several threads at work.
bool computes(const char* argument) {
    constexpr std::array verbs{"train",    "queue",   "resume", "caption",  "compare",
                               "evaluate", "forward", "export", "quantize", "estimate"};
    return std::find(verbs.begin(), verbs.end(), std::string_view(argument)) != verbs.end();
}

}  // namespace
}  // namespace moelora::cli

int main(int argc, char** argv) {
    if (std::any_of(argv, argv + argc, moelora::cli::computes))
        moelora::let_waiting_threads_sleep(argv);
    moelora::keep_large_blocks();
    const int code = moelora::cli::run(argc, argv);
    if (moelora::cli::caught_signal() != 0) {
        // A decoder that nothing can interrupt may be at work still; nobody waits for it.
        std::fflush(nullptr);
        std::_Exit(code);
    }
    return code;
}
