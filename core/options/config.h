// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration as JSON, text and command line: the visitors over describe(). Thread-safe; no
// state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.h"
#include "core/base/json.h"
#include "core/options/options.h"

namespace moelora {

// {"version": 1, "model": {...}, ...} with every field.
[[nodiscard]] Json to_json(const RunOptions& options);

// Reads a configuration over `options`: a missing key keeps its value, an unknown key and a bad
// value are Issues of severity Error (the nearest key is named). All issues, not the first. `file`
// fills Issue::where.
[[nodiscard]] std::vector<Issue> from_json(const Json& in, RunOptions& options,
                                           const std::string& file = {});

// Sets "train.max_steps" from its text. A list is written a,b,c or as JSON; [] is the empty list.
[[nodiscard]] Status set_option(RunOptions& options, std::string_view path, std::string_view value);

// Range and cross-field checks of everything, as Issues (where.item = "adapter.rank").
[[nodiscard]] std::vector<Issue> validate(const RunOptions& options);

// "{option} is {value}: {why}": what is allowed, but hardly meant, or not as it was.
[[nodiscard]] Issue doubtful_option(std::string path, std::string value, std::string why,
                                    Severity severity = Severity::Warning);

// "8GiB", "500 MB", "1.5GB" in bytes; nothing for other texts. text_of_bytes is the way back, to
// three digits.
[[nodiscard]] std::optional<std::int64_t> bytes_of_text(std::string_view text);
[[nodiscard]] std::string text_of_bytes(std::int64_t bytes);

struct OptionDifference {
    std::string path, before, after;  // values as JSON text
    bool operator==(const OptionDifference&) const = default;
};
[[nodiscard]] std::vector<OptionDifference> diff(const RunOptions& before, const RunOptions& after);

// "data.columns=..." for every option of `options` that is not the default.
[[nodiscard]] std::vector<std::string> changed_settings(const RunOptions& options);

// The same of the options that say how one data set is found and read (those that
// DataOptions::preprocessing() leaves behind): the settings of session.h.
[[nodiscard]] std::vector<std::string> reading_settings(const DataOptions& data);

// The whole schema:
// {"groups":[{"name","fields":[{"name","type","default","min","max","choices","label","help","unit","advanced"}]}]}.
[[nodiscard]] Json options_schema();

// The names closest to `wanted` (edit distance), best first, at most `count`.
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view wanted,
                                                     const std::vector<std::string>& known,
                                                     std::size_t count = 3);

// Where the options of a run come from, weakest first: defaults, preset, configuration file,
// overrides.
struct ConfigRequest {
    std::string config_path;                        // "" = none
    std::string model, data, preset, adapter_from;  // "" = not given on the command line
    std::vector<std::pair<std::string, std::string>> overrides;  // --set path=value, in order
};
struct ResolvedConfig {
    RunOptions
        options;  // preset expanded, paths made absolute (relative to the file they stand in)
    std::vector<Issue> issues;  // of severity Error: it must not be run
    // Options that the configuration file sets and nothing stronger does. What is wrong with one of
    // them later on is refused input, not wrong usage.
    std::vector<std::string> set_by_file{};
    bool preset_named = false;  // by the file or the request; else it is the default
    [[nodiscard]] bool usable() const;
};
// Errors: the file cannot be read or is no JSON. Everything else is an issue; one that the file
// alone would have names it.
[[nodiscard]] Result<ResolvedConfig> resolve_config(const ConfigRequest& request);

}  // namespace moelora
