// SPDX-License-Identifier: GPL-3.0-or-later
// The records of a JSON file: one a line, a list of them, or a single one. Memory: the file's text
// and one record. Internal to core/data.
#pragma once

#include <functional>

#include "core/base/json.h"
#include "core/options/options.h"

namespace moelora {

// A record, or why it is none (JsonInvalid); its number (1 = first) and the line where it begins.
// `is_line`: the file has one record a line, and `number` is that line.
using RecordVisitor =
    std::function<void(Result<Json> record, std::int64_t number, std::int64_t line, bool is_line)>;

// Errors: those of the file; JsonInvalid when a list never ends or something follows it;
// TextNotUtf8 when a named encoding does not fit.
[[nodiscard]] Status for_each_record(const std::string& path, TextEncoding encoding,
                                     const RecordVisitor& visit);

// How many records such a text holds. None but the first is parsed.
[[nodiscard]] std::int64_t count_json_records(std::string_view text, const std::string& path);

// The members of an object's text, values unparsed. Returns why it is no object, or "".
[[nodiscard]] std::string split_object(
    std::string_view text,
    const std::function<void(const std::string& key, std::string_view value)>& visit);

// Splits "[a, b, ...]" into its items without parsing them; each item with its line. Returns why it
// is no such list, or "".
[[nodiscard]] std::string split_list(
    std::string_view text, const std::function<bool(std::string_view, std::int64_t)>& visit);

}  // namespace moelora
