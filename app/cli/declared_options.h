// SPDX-License-Identifier: GPL-3.0-or-later
// Options of the command line that stand in core/options: their help, default, range and choices
// come from the declaration, and a value that it does not allow is wrong usage (exit code 2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/context.h"

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace moelora::cli {

// `option` holds the declared option `path` ("model.compute_dtype"). A default that it shows
// already is kept.
CLI::Option* follow_declaration(CLI::Option* option, std::string_view path);

// How captions are decoded: the options of every verb that makes some.
void add_generate_options(CLI::App* verb, GenerateOptions& options);

[[nodiscard]] CLI::Validator from_zero();  // of numbers that are 0 or more

inline constexpr const char* data_settings_help =
    "data.KEY=VALUE over the adapter's, to read the data (see `moelora options`)";
// --set KEY=VALUE, several times; `help` says which keys.
void add_settings(CLI::App* verb, std::vector<std::string>& settings, const std::string& help);
// {{"train.epochs", "3"}, ...} in order.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> split_settings(
    const std::vector<std::string>& settings);

// The configuration of a run: --config, --model, --data, --preset, --memory-budget and --set.
struct RunArguments {
    ConfigRequest request;
    std::vector<std::string> settings;
    std::string memory_budget;
};
void add_run_options(CLI::App* verb, RunArguments& arguments);

// The request with the common options and, over them, --set. 0, or the exit code after all that is
// wrong with it has been said.
[[nodiscard]] int resolve(Context& context, const RunArguments& arguments, ResolvedConfig& out);
// The same for verbs that need a model and data.
[[nodiscard]] int resolve_run(Context& context, const RunArguments& arguments, ResolvedConfig& out);

}  // namespace moelora::cli
