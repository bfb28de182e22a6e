// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <gmock/gmock.h>

#include <cctype>
#include <set>

#include "core/base/issue.h"

namespace moelora {
namespace {

// The names that sentences may ask for. A new one is written here when a code needs it, so that a
// misspelt mark is found.
const std::set<std::string> known_marks = {
    "device",  "expected", "field",   "file",   "format", "found",   "height", "job",
    "known",   "limit",    "nearest", "option", "path",   "pattern", "preset", "run",
    "sample",  "samples",  "stage",   "step",   "task",   "tensor",  "text",   "tokens",
    "value",   "variant",  "version", "what",   "why",    "width",   "needed", "budget",
    "changes", "wanted",   "dtype",   "free",   "loss",   "best",    "rows",   "pixels"};

// The marks of a text; "?" stands for a brace without partner.
std::vector<std::string> marks_of(std::string_view text) {
    std::vector<std::string> marks;
    for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string_view::npos;) {
        const std::size_t end = text.find_first_of("{}", at + 1);
        if (text[at] != '{' || end == std::string_view::npos || text[end] != '}') return {"?"};
        marks.emplace_back(text.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return marks;
}

TEST(Catalogue, EveryCodeHasItsPlaceAndTexts) {
    const auto& catalogue = error_catalogue();
    for (std::size_t i = 0; i < catalogue.size(); ++i) {
        const ErrorEntry& entry = catalogue[i];
        SCOPED_TRACE(std::string(entry.name));
        EXPECT_EQ(static_cast<std::size_t>(entry.code), i);
        EXPECT_EQ(&entry_of(entry.code), &entry);
        EXPECT_FALSE(entry.what.empty());
        EXPECT_FALSE(entry.hint.empty());
        EXPECT_EQ(entry.what.find_first_of("\n\t"), std::string_view::npos);
        EXPECT_EQ(entry.hint.find_first_of("\n\t"), std::string_view::npos);
    }
}

TEST(Catalogue, IdsAreUniqueAndWellFormed) {
    std::set<std::string_view> ids, names;
    for (const ErrorEntry& entry : error_catalogue()) {
        EXPECT_TRUE(ids.insert(entry.id).second) << entry.id << " stands twice";
        EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " stands twice";
        EXPECT_THAT(std::string(entry.id), testing::MatchesRegex("[A-Z]+-[0-9][0-9][0-9]"));
    }
}

TEST(Catalogue, ExitCodesAreThoseOfTheCommandLine) {
    for (const ErrorEntry& entry : error_catalogue()) {
        EXPECT_GE(entry.exit_code, 1) << entry.id;
        EXPECT_LE(entry.exit_code, 4) << entry.id;
    }
    EXPECT_EQ(entry_of(ErrorCode::OptionUnknown).exit_code, 2);
    EXPECT_EQ(entry_of(ErrorCode::DatasetEmpty).exit_code, 3);
    EXPECT_EQ(entry_of(ErrorCode::DiskFull).exit_code, 4);
    EXPECT_EQ(entry_of(ErrorCode::Internal).exit_code, 1);
}

TEST(Catalogue, MarksAreWellFormedAndKnown) {
    for (const ErrorEntry& entry : error_catalogue())
        for (const std::string_view text : {entry.what, entry.hint})
            for (const std::string& mark : marks_of(text))
                EXPECT_TRUE(known_marks.contains(mark)) << entry.id << ": {" << mark << "}";
}

TEST(Catalogue, SentencesBeginAndEndLikeSentences) {
    for (const ErrorEntry& entry : error_catalogue()) {
        for (const std::string_view text : {entry.what, entry.hint}) {
            const char first = text.front();
            EXPECT_TRUE(std::isupper(static_cast<unsigned char>(first)) || first == '{' ||
                        first == '`')
                << entry.id << ": " << text;
            // A text may end with a reason, which brings its own end or none.
            EXPECT_TRUE(text.ends_with('.') || text.ends_with('}')) << entry.id << ": " << text;
        }
    }
}

TEST(Catalogue, FilledSentencesHaveNoMarkLeft) {
    for (const ErrorEntry& entry : error_catalogue()) {
        Error error{entry.code, {}, {}, {}};
        for (const std::string& name : known_marks) error.args.push_back({name, "VALUE"});
        for (const std::string& text : {message_of(error), hint_of(error)}) {
            EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << entry.id << ": " << text;
        }
    }
}

TEST(Fill, ReplacesNamedMarksOnceAndLeavesTheRest) {
    const std::vector<Arg> args = {{"path", "/a{why}b"}, {"why", "{path}"}};
    EXPECT_EQ(fill("{path}: {why}.", args), "/a{why}b: {path}.");  // values are not filled again
    EXPECT_EQ(fill("{other} {path", args), "{other} {path");
    EXPECT_EQ(fill("{} {{path}}", args), "{} {/a{why}b}");
    EXPECT_EQ(fill("", args), "");
}

TEST(ErrorValue, GivesItsArguments) {
    const Error error{ErrorCode::FileMissing, {{"path", "/x"}}, {}, {}};
    EXPECT_EQ(error.arg("path"), "/x");
    EXPECT_EQ(error.arg("line"), "");
    EXPECT_EQ(message_of(error), "/x does not exist.");
    EXPECT_EQ(hint_of(error), "Check the path and its spelling.");
}

TEST(Severity, IsNamed) {
    EXPECT_EQ(name_of(Severity::Error), "error");
    EXPECT_EQ(name_of(Severity::Warning), "warning");
    EXPECT_EQ(name_of(Severity::Info), "info");
}

}  // namespace
}  // namespace moelora
