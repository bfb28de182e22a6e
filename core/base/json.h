// SPDX-License-Identifier: GPL-3.0-or-later
// Strict reading of foreign JSON (configurations, indexes, data sets). nlohmann_json alone keeps
// the last of two equal keys, recurses without limit and turns 2.7, 5e9 and true into an int in
// silence; everything foreign comes through here.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace moelora {

using Json = nlohmann::json;

struct JsonLimits {
    int max_depth = 64;
    bool allow_duplicate_keys = false;
    bool allow_bom = true;
};

// `path` names the source in messages. Errors: JsonInvalid (syntax, UTF-8, depth, duplicate key,
// trailing text, numbers that are no finite double).
[[nodiscard]] Result<Json> parse_json(std::string_view text, const std::string& path,
                                      const JsonLimits& limits = {});
[[nodiscard]] Result<Json> read_json(const std::string& path, const JsonLimits& limits = {});

// Checked conversions: empty when the value is of another kind or out of range (no rounding, no
// wrap, no coercion).
[[nodiscard]] std::optional<std::int64_t> as_int(const Json& value);
[[nodiscard]] std::optional<double> as_double(const Json& value);  // integers allowed
[[nodiscard]] std::optional<bool> as_bool(const Json& value);
[[nodiscard]] std::optional<std::string> as_string(const Json& value);

// A double as JSON: NaN and infinities become the strings "nan", "inf", "-inf".
[[nodiscard]] Json number_json(double value);
// Its inverse; empty for anything else.
[[nodiscard]] std::optional<double> number_from_json(const Json& value);

}  // namespace moelora
