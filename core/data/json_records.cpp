// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/json_records.h"

#include <algorithm>

#include "core/data/importer.h"
#include "core/data/text_source.h"

namespace moelora {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Steps over a list, counting lines; strings are passed as a whole.
class ListScanner {
  public:
    explicit ListScanner(std::string_view text) : text_(text) {}
    std::size_t at = 0;
    std::int64_t line = 1;

    void skip_blanks() {
        while (at < text_.size() && blanks.find(text_[at]) != std::string_view::npos) step();
    }
    [[nodiscard]] char here() const { return at < text_.size() ? text_[at] : '\0'; }
    void step() {
        if (text_[at] == '\n') ++line;
        ++at;
    }
    // To the comma or `close` that ends an item; false when the text ends before.
    bool skip_item(char close) {
        std::int64_t depth = 0;
        for (; at < text_.size(); step()) {
            const char c = text_[at];
            if (c == '"' && !skip_string()) return false;
            if (depth == 0 && (c == ',' || c == close)) return true;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
        }
        return false;
    }

    // From the opening quote to the closing one.
    bool skip_string() {
        for (step(); at < text_.size(); step()) {
            if (text_[at] == '"') return true;
            if (text_[at] == '\\' && at + 1 < text_.size()) step();
        }
        return false;
    }

  private:
    std::string_view text_;
};

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// f(line, its text) for every line that is not blank.
template <class F>
void for_each_text_line(std::string_view text, F&& f) {
    std::int64_t number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!trimmed(line).empty() && !f(number, line)) return;
    }
}

bool first_line_is_complete(std::string_view text, const std::string& path) {
    bool complete = false;
    for_each_text_line(text, [&](std::int64_t, std::string_view line) {
        complete = parse_json(line, path).has_value();
        return false;
    });
    return complete;
}

// What is wrong with one record is no fault of its file: "it is not valid JSON: byte 2: ...". A
// place within several lines counts them from the record's first.
Result<Json> parse_record(std::string_view text, const std::string& path) {
    auto record = parse_json(text, path);
    if (record || record.error().code != ErrorCode::JsonInvalid) return record;
    std::string why(record.error().arg("why"));
    if (const std::size_t lines = why.find(" (line "), end = why.find("): ", lines);
        lines != std::string::npos && end != std::string::npos)
        why.erase(lines, end + 1 - lines);
    return tl::make_unexpected(record_error("it is not valid JSON: " + why));
}

bool is_list(std::string_view text) {
    return split_list(text, [](std::string_view, std::int64_t) { return true; }).empty();
}

}  // namespace

std::string split_list(std::string_view text,
                       const std::function<bool(std::string_view, std::int64_t)>& visit) {
    ListScanner scan(text);
    scan.skip_blanks();
    if (scan.here() != '[') return "it is not a list";
    scan.step();
    scan.skip_blanks();
    if (scan.here() == ']') {
        scan.step();
    } else {
        for (bool more = true; more; scan.step()) {
            scan.skip_blanks();
            const std::size_t start = scan.at;
            const std::int64_t line = scan.line;
            if (!scan.skip_item(']')) return "the list has no end";
            const std::string_view item = without_blanks(text.substr(start, scan.at - start));
            if (!visit(item, line)) return {};
            more = scan.here() == ',';
        }
    }
    scan.skip_blanks();
    if (scan.at < text.size()) return "something follows the list";
    return {};
}

std::string split_object(
    std::string_view text,
    const std::function<void(const std::string& key, std::string_view value)>& visit) {
    ListScanner scan(text);
    scan.skip_blanks();
    if (scan.here() != '{') return "it is no object";
    scan.step();
    scan.skip_blanks();
    bool more = scan.here() != '}';
    if (!more) scan.step();
    for (; more; scan.step()) {
        scan.skip_blanks();
        const std::size_t start = scan.at;
        if (scan.here() != '"' || !scan.skip_string()) return "a key is missing or has no end";
        scan.step();
        const auto key = parse_json(text.substr(start, scan.at - start), {});
        scan.skip_blanks();
        if (!key || scan.here() != ':') return "a key is damaged";
        scan.step();
        const std::size_t value = scan.at;
        if (!scan.skip_item('}')) return "the object has no end";
        visit(key->get<std::string>(), without_blanks(text.substr(value, scan.at - value)));
        more = scan.here() == ',';
    }
    scan.skip_blanks();
    if (scan.at < text.size()) return "something follows the object";
    return {};
}

std::int64_t count_json_records(std::string_view text, const std::string& path) {
    std::int64_t found = 0;
    const auto count = [&](std::string_view, std::int64_t) {
        ++found;
        return true;
    };
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return 0;
    const bool list = text[first] == '[' && split_list(text, count).empty();
    if (list) return found;
    const bool by_line = first_line_is_complete(text, path);
    if (!by_line && (text[first] == '[' || parse_json(text, path)))
        return std::max<std::int64_t>(found, 1);
    found = 0;
    for_each_text_line(text, [&](std::int64_t, std::string_view) {
        ++found;
        return true;
    });
    return found;
}

Status for_each_record(const std::string& path, TextEncoding encoding, const RecordVisitor& visit) {
    MOELORA_TRY(const std::string text, read_as_utf8(path, encoding));
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    const bool list = text[first] == '[' && is_list(text);
    const bool by_line = !list && first_line_is_complete(text, path);
    if (!by_line && text[first] == '[') {
        std::int64_t number = 0;
        const std::string why = split_list(text, [&](std::string_view item, std::int64_t line) {
            visit(parse_record(item, path), ++number, line, false);
            return true;
        });
        if (!why.empty()) return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", why}});
        return {};
    }
    if (!by_line) {
        if (auto whole = parse_json(text, path)) {
            visit(std::move(whole), 1, 1, false);
            return {};
        }
    }
    for_each_text_line(text, [&](std::int64_t number, std::string_view line) {
        visit(parse_record(line, path), number, number, true);
        return true;
    });
    return {};
}

}  // namespace moelora
