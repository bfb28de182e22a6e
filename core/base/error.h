// SPDX-License-Identifier: GPL-3.0-or-later
// Error: a code of the catalogue with the values its sentence needs. Plain value; crosses threads
// and layers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Marks a text for translation without translating it (lupdate reads it as QT_TRANSLATE_NOOP).
#define MOELORA_TEXT(context, text) text

namespace moelora {

enum class ErrorCode {
#define MOELORA_ERROR(name, id, exit_code, what, hint) name,
#include "core/base/error_codes.inc"
#undef MOELORA_ERROR
};

// One value of a sentence, e.g. {"path", "/data/a.json"}; the catalogue's texts name it as {path}.
struct Arg {
    std::string name, value;
    bool operator==(const Arg&) const = default;
};

struct Error {
    ErrorCode code{};
    std::vector<Arg> args;
    std::vector<std::string> context;  // innermost first; English, for people who read logs
    std::string detail;                // what(), backtrace: for the log only

    [[nodiscard]] std::string_view arg(std::string_view name) const;  // "" when absent
};

// What the catalogue says of a code. All views have static storage.
struct ErrorEntry {
    ErrorCode code;
    std::string_view name;  // enumerator, "FileMissing"
    std::string_view id;    // stable, shown to users: "IO-001"
    int exit_code;          // of the command line, when a verb ends with this error
    std::string_view what;  // English source text: what happened and why, with {arg} marks
    std::string_view hint;  // English source text: what to do
};

[[nodiscard]] const ErrorEntry& entry_of(ErrorCode code);
[[nodiscard]] const std::vector<ErrorEntry>& error_catalogue();

// Replaces each {name} of `text` by the argument of that name; unknown marks stay as they are.
[[nodiscard]] std::string fill(std::string_view text, const std::vector<Arg>& args);

// The English sentences, filled: what, and hint.
[[nodiscard]] std::string message_of(const Error& error);
[[nodiscard]] std::string hint_of(const Error& error);

}  // namespace moelora
