// SPDX-License-Identifier: GPL-3.0-or-later
// dataset check: what form a data set has, and everything that is wrong with it or looks odd.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/cli/declared_options.h"
#include "app/cli/job_loop.h"

namespace moelora::cli {
namespace {

namespace fs = std::filesystem;

struct CheckArguments {
    std::string path, model;
    std::vector<std::string> settings;
    bool quick = false;
};

void print_histogram(const Context& context, const TokenCounts& tokens) {
    constexpr std::int64_t widest = 40;
    std::int64_t most = 1;
    for (const TokenBin& bin : tokens.histogram) most = std::max(most, bin.samples);
    context.print(fmt::format("\nsamples by tokens (limit {})", thousands(tokens.limit)));
    for (const TokenBin& bin : tokens.histogram) {
        const auto length = (bin.samples * widest + most - 1) / most;
        context.print(fmt::format("{:>9} {:<{}} {}", thousands(bin.from),
                                  std::string(static_cast<std::size_t>(length), '#'), widest,
                                  thousands(bin.samples)));
    }
}

// As seen from the data set, where the picture lies below it.
std::string picture_name(const std::string& image, const std::string& data) {
    std::error_code error;
    fs::path root = fs::absolute(data, error).lexically_normal();
    if (!fs::is_directory(root, error)) root = root.parent_path();
    const std::string name = fs::path(image).lexically_relative(root).string();
    return name.empty() || name.starts_with("..") ? image : name;
}

void print_longest(const Context& context, const TokenCounts& tokens, const std::string& data) {
    context.print("\nlongest samples");
    std::vector<std::vector<std::string>> rows = {
        {"tokens", "visual", "text", "sample", "picture"}};
    for (const SampleTokens& sample : tokens.worst)
        rows.push_back({thousands(sample.all()), thousands(sample.visual), thousands(sample.text),
                        sample.id, picture_name(sample.image, data)});
    for (const std::string& line : table(rows)) context.print(line);
    context.print("");
}

void print_summary(const Context& context, const DatasetSummary& s) {
    std::vector<std::vector<std::string>> rows = {{"data", s.path},
                                                  {"form", s.format + " (" + s.evidence + ")"},
                                                  {"samples", thousands(s.samples)},
                                                  {"pictures", thousands(s.images)}};
    for (const auto& [task, count] : s.tasks) rows.push_back({"task " + task, thousands(count)});
    for (std::size_t i = 0; i < s.sample_types.size(); ++i)
        rows.push_back(
            {"sample type " + std::to_string(i),
             fmt::format("{}, {}", s.sample_types[i].first, thousands(s.sample_types[i].second))});
    if (s.tokens)
        rows.push_back(
            {"tokens",
             fmt::format("median {}, 95 % below {}, longest {}, over the limit {}", s.tokens->p50,
                         s.tokens->p95, s.tokens->max, s.tokens->over_limit)});
    for (const std::string& line : table(rows)) context.print(line);
    if (s.tokens && !s.tokens->worst.empty()) {
        print_histogram(context, *s.tokens);
        print_longest(context, *s.tokens, s.path);
    }
    context.print_issues(s.issues, true);
    if (s.issues.empty()) context.print("no issues");
}

std::int64_t seed_of(const Context& context) {
    return context.seed >= 0 ? context.seed : TrainOptions{}.seed;
}

Result<DatasetExamination> quick_look(Context& context, const DataOptions& data,
                                      const std::string& model) {
    MOELORA_TRY(DatasetSummary summary,
                context.session().check_dataset(data, model, seed_of(context)));
    DatasetExamination out;
    out.summary = std::move(summary);
    return out;
}

// Ctrl-C ends it at once; what was found of pictures is kept for the next time.
Result<DatasetExamination> full_look(Context& context, const DataOptions& data,
                                     const std::string& model) {
    ProgressLine progress(context);
    bool caught = false, all_seen = false;
    const auto go_on = [&](std::int64_t done, std::int64_t all) {
        if (!std::exchange(caught, true)) catch_signals();
        const bool said = all == 0 ? done <= 1 : all_seen;  // a small set is read at once
        all_seen = all > 0 && done == all;                  // asked again while they are compared
        if (!said) progress.update(all == 0 ? "reading" : "pictures", done, all);
        return caught_signal() == 0;
    };
    auto out = context.session().examine_dataset(data, model, go_on, seed_of(context));
    progress.clear();
    return out;
}

int check(Context& context, const CheckArguments& a) {
    RunOptions options;
    options.data.path = a.path;
    for (const auto& [key, value] : split_settings(a.settings)) {
        if (const auto set = set_option(options, key, value); !set)
            return context.fail_with(set.error());
        if (!key.starts_with("data."))
            return context.usage("dataset check takes --set data.KEY=VALUE only, not " + key + ".");
    }
    if (const auto issues = validate(options); context.exit_code_of(issues) != 0)
        return context.fail_with_issues(issues);
    const auto examined = a.quick ? quick_look(context, options.data, a.model)
                                  : full_look(context, options.data, a.model);
    if (!examined) return context.fail_with(examined.error());
    const DatasetSummary& summary = examined->summary;
    if (examined->cancelled && summary.format.empty()) {
        context.say("stopped while the records were read");
        return 128 + caught_signal();
    }
    const bool empty = summary.samples == 0 && !examined->cancelled;
    std::vector<Issue> refused;
    if (empty)
        refused.push_back(
            {Severity::Error, {ErrorCode::DatasetEmpty, {{"path", a.path}}, {}, {}}, {}, 1});
    if (context.json) {
        Json document = moelora::to_json(summary);
        add_error(document, refused);
        if (!a.quick)
            document["pictures"] = {{"decoded", examined->decoded}, {"known", examined->known}};
        context.print_json(document);
    } else {
        print_summary(context, summary);
    }
    if (examined->cancelled) {
        context.say("stopped: not all pictures have been looked at; the next check goes on");
        return 128 + caught_signal();
    }
    context.print_issues(refused);
    return context.exit_code_of(refused);
}

}  // namespace

void add_data_verbs(CLI::App& app, Context& context) {
    auto* dataset = app.add_subcommand("dataset", "Data sets");
    dataset->require_subcommand(1);
    dataset->fallthrough();
    auto* verb = dataset->add_subcommand(
        "check", "Recognise the form, decode every picture, list every issue, count tokens");
    auto a = std::make_shared<CheckArguments>();
    verb->add_option("path", a->path, "File or folder")->required();
    verb->add_option("--model", a->model, "Model folder, to count tokens");
    add_settings(verb, a->settings, "data.KEY=VALUE (see `moelora options`)");
    verb->add_flag("--quick", a->quick, "Do not decode pictures and look for duplicates");
    verb->callback([&context, a] { context.exit_code = check(context, *a); });
}

}  // namespace moelora::cli
