// SPDX-License-Identifier: GPL-3.0-or-later
// What every verb shares: global options, the session, and how results, errors and issues are
// printed. Results go to stdout, everything else to stderr (command_line.md, section 1).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/record/records_json.h"
#include "core/session/session.h"

namespace CLI {
class App;
}

namespace moelora::cli {

struct Context {
    bool json = false, quiet = false, verbose = false, cuda_graphs = false;
    std::string color = "auto", device, dtype, quantization, runs;
    std::int64_t threads = -1, seed = -1;  // -1: not given
    int exit_code = 0;

    [[nodiscard]] Session& session();  // made on first use
    // What the common options override in a configuration. The parser has checked the values.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> overrides() const;
    // The same in the spec of a job: device, number forms and the seed of the draw.
    template <class Spec>
    void fill(Spec& spec) const {
        RunOptions given;
        for (const auto& [path, value] : overrides()) (void)set_option(given, path, value);
        spec.device = given.device;
        spec.compute_dtype = given.model.compute_dtype;
        if (!quantization.empty()) spec.quantization = given.model.quantization;
        if constexpr (requires { spec.generate; })
            spec.generate.seed = given.train.seed;  // 42 where none is given, as --help says
    }

    // Options that the configuration file in use sets: what is wrong with one of them is refused
    // input (3), and wrong usage (2) else.
    std::vector<std::string> set_by_file;
    [[nodiscard]] int exit_code_of(const Error& error) const;
    // 0, or the code of the first issue that is an error.
    [[nodiscard]] int exit_code_of(const std::vector<Issue>& issues) const;

    // Each returns the exit code.
    int fail_with(const Error& error) const;
    int fail_with_issues(const std::vector<Issue>& issues) const;
    int usage(const std::string& why) const;
    // All of `paths` that do not exist, before anything is loaded; 0 where each is there. "" is
    // none.
    int refuse_missing(const std::vector<std::string>& paths) const;

    void print(const std::string& line) const;            // stdout
    void print_json(const Json& document) const;          // stdout, one document
    void print_line(const std::string& json_line) const;  // stdout, flushed
    void say(const std::string& line) const;              // stderr, unless quiet
    // stderr; with what to do behind errors, and `hints`: behind the first of each kind.
    void print_issues(const std::vector<Issue>& issues, bool hints = false) const;

    [[nodiscard]] bool color_on(int fd) const;
    [[nodiscard]] std::string paint(const std::string& text, const char* code, int fd = 1) const;

  private:
    std::unique_ptr<Session> session_;
    mutable std::set<std::string> doubted_;  // doubts about options, each of which is said once
};

// In one line, or indented. Names of files may hold any byte: what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_text(const Json& document, int indent = -1);

// Runs f and prints its error; on success f has printed its result.
template <class T, class F>
int show(Context& context, const Result<T>& result, F&& print) {
    if (!result) return context.fail_with(result.error());
    print(*result);
    return 0;
}

// The first issue that is an error becomes the document's "error"; nothing where there is none.
void add_error(Json& document, const std::vector<Issue>& issues);

// Names and texts come from files that others made: control characters, which could move the cursor
// or rename the window, become "\x1b" and the like. Line ends stay; `one_line`: they do not.
// Colours of paint() stay.
[[nodiscard]] std::string printable(const std::string& text, bool one_line = false);
// Rows as aligned columns, printable; the first row is the heading. Columns whose heading starts
// with '>' stand right.
// `width`: what a line takes at most; wider columns are cut, with an ellipsis (0 = none is).
[[nodiscard]] std::vector<std::string> table(const std::vector<std::vector<std::string>>& rows,
                                             std::size_t width = 0);
// Columns of the terminal at `fd` now, for a window changes; `otherwise` where there is none.
[[nodiscard]] std::size_t terminal_width(int fd, std::size_t otherwise);
// Columns on a terminal (a CJK character takes two).
[[nodiscard]] std::size_t text_width(const std::string& text);
[[nodiscard]] std::string thousands(std::int64_t value);    // 12,644,352
[[nodiscard]] std::string human_bytes(std::int64_t bytes);  // "1.6 MB"
// What COMPLETE says of a folder, in words; one of another program has none. `listed_in`: where it
// stands, "" = nowhere; `contents`: the files were read, not only measured.
[[nodiscard]] std::string whole_text(const std::string& folder, const std::string& listed_in,
                                     bool whole, bool contents);

// Each file of verbs adds its subcommands.
void add_estimate_verb(CLI::App& app, Context& context);
void add_quantize_verb(CLI::App& app, Context& context);
void add_model_verbs(CLI::App& app, Context& context);    // inspect, tokenize, forward
void add_data_verbs(CLI::App& app, Context& context);     // dataset check
void add_train_verbs(CLI::App& app, Context& context);    // train, resume
void add_caption_verbs(CLI::App& app, Context& context);  // caption, compare
void add_evaluate_verb(CLI::App& app, Context& context);  // evaluate
void add_adapter_verbs(CLI::App& app, Context& context);  // adapter params, adapter inspect, export
void add_runs_verbs(CLI::App& app, Context& context);     // runs list, show, note, remove, ...
void add_cache_verbs(CLI::App& app, Context& context);    // cache list, clear
void add_info_verbs(CLI::App& app, Context& context);  // options, presets, diagnostics, completion

}  // namespace moelora::cli
