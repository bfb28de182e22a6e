// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/context.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "app/cli/put.h"

namespace moelora::cli {

namespace {

// "data.jsonl:12 turtle"
std::string where_of(const Issue& issue, bool with_item = true) {
    std::string where = issue.where.file;
    if (issue.where.line > 0) where += ":" + std::to_string(issue.where.line);
    if (with_item && !issue.where.item.empty())
        where += (where.empty() ? "" : " ") + issue.where.item;
    return where;
}

// What paint() writes, at the beginning of a text.
std::size_t colour_length(std::string_view text) {
    static constexpr const char* codes[] = {"0", "1", "1;31", "31", "32", "33", "36"};
    for (const char* code : codes) {
        const std::string sequence = fmt::format("\033[{}m", code);
        if (text.starts_with(sequence)) return sequence.size();
    }
    return 0;
}

// Of the controls that terminals obey beside those below a blank: C1, U+0080 to U+009F (C2 80 to
// C2 9F in UTF-8). The second byte of one that begins at `i`; else 0.
unsigned c1_at(std::string_view text, std::size_t i) {
    if (text[i] != '\xC2' || i + 1 >= text.size()) return 0;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    return second >= 0x80 && second < 0xA0 ? second : 0;
}

std::size_t columns_of(unsigned char byte) {
    if ((byte & 0xC0) == 0x80) return 0;  // a following byte
    return byte >= 0xE3 ? 2 : 1;          // U+3000 and beyond: CJK and pictograms
}

// The beginning of a text, with an ellipsis where it takes more columns than these.
std::string cut_to(const std::string& text, std::size_t columns) {
    if (text_width(text) <= columns) return text;
    std::size_t width = 1, end = 0;  // of the ellipsis
    for (; end < text.size(); ++end) {
        width += columns_of(static_cast<unsigned char>(text[end]));
        if (width > columns) break;
    }
    return text.substr(0, end) + "…";
}

// What is left over goes from the widest column, time and again.
void fit(std::vector<std::size_t>& widths, std::size_t line) {
    constexpr std::size_t narrowest = 8, gap = 2;
    std::size_t all = gap * (widths.size() - 1);
    for (const std::size_t width : widths) all += width;
    while (all > line) {
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= narrowest) return;
        --*widest;
        --all;
    }
}

}  // namespace

std::string printable(const std::string& text, bool one_line) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool kept = !one_line && (byte == '\n' || byte == '\t');
        if (const std::size_t colour =
                one_line ? 0 : colour_length(std::string_view(text).substr(i));
            colour > 0) {
            out.append(text, i, colour);
            i += colour - 1;
        } else if (const unsigned control = c1_at(text, i); control != 0) {
            out += fmt::format("\\x{:02x}", control);
            ++i;
        } else if ((byte < 0x20 && !kept) || byte == 0x7F) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += text[i];
        }
    }
    return out;
}

Session& Context::session() {
    if (!session_) session_ = std::make_unique<Session>(runs);
    return *session_;
}

std::vector<std::pair<std::string, std::string>> Context::overrides() const {
    std::vector<std::pair<std::string, std::string>> out;
    if (!device.empty()) out.emplace_back("device.name", device);
    if (threads >= 0) out.emplace_back("device.threads", std::to_string(threads));
    if (cuda_graphs) out.emplace_back("device.cuda_graphs", "true");
    if (!dtype.empty()) out.emplace_back("model.compute_dtype", dtype);
    if (!quantization.empty()) out.emplace_back("model.quantization", quantization);
    if (seed >= 0) out.emplace_back("train.seed", std::to_string(seed));
    return out;
}

int Context::exit_code_of(const Error& error) const {
    const int code = entry_of(error.code).exit_code;
    const std::string_view option =
        error.code == ErrorCode::TargetUnmatched ? "adapter.targets" : error.arg("option");
    const bool of_file =
        std::find(set_by_file.begin(), set_by_file.end(), option) != set_by_file.end();
    return code == 2 && of_file ? 3 : code;
}

int Context::fail_with(const Error& error) const {
    const ErrorEntry& entry = entry_of(error.code);
    if (json) print_line(json_text(moelora::to_json(error)));
    const std::string head = fmt::format("error[{}]:", entry.id);
    put(stderr, "{} {}\n", paint(head, "1;31", 2), printable(message_of(error)));
    if (const std::string hint = hint_of(error); !hint.empty())
        put(stderr, "  {} {}\n", paint("hint:", "36", 2), printable(hint));
    for (const std::string& context : error.context)
        if (verbose) put(stderr, "  while {}\n", printable(context));
    if (verbose && !error.detail.empty()) put(stderr, "  {}\n", printable(error.detail));
    return exit_code_of(error);
}

int Context::refuse_missing(const std::vector<std::string>& paths) const {
    std::vector<Issue> missing;
    for (const std::string& path : paths)
        if (std::error_code error; !path.empty() && !std::filesystem::exists(path, error) && !error)
            missing.push_back({Severity::Error,
                               Error{ErrorCode::FileMissing, {{"path", path}}, {}, {}},
                               {path, 0, {}},
                               1});
    if (missing.size() == 1) return fail_with(missing.front().error);
    return fail_with_issues(missing);
}

// All of them are listed. Issues of a file are refused input (3), of the command line wrong usage
// (2).
int Context::fail_with_issues(const std::vector<Issue>& issues) const {
    print_issues(issues);
    const auto worst = std::find_if(issues.begin(), issues.end(),
                                    [](const Issue& i) { return i.severity == Severity::Error; });
    if (worst == issues.end()) return 0;
    if (json) {
        Json document;
        add_error(document, issues);
        print_line(json_text(document));
    }
    const int code = exit_code_of(worst->error);
    return code == 2 && !worst->where.file.empty() ? 3 : code;
}

int Context::usage(const std::string& why) const {
    return fail_with(Error{ErrorCode::UsageInvalid, {{"why", why}}, {}, {}});
}

void Context::print(const std::string& line) const {
    put(stdout, "{}\n", printable(line));
}

void Context::print_json(const Json& document) const {
    put(stdout, "{}\n", json_text(document, 2));
}

void Context::print_line(const std::string& json_line) const {
    put(stdout, "{}\n", json_line);
    flush(stdout);
}

void Context::say(const std::string& line) const {
    if (!quiet) put(stderr, "{}\n", printable(line));
}

void Context::print_issues(const std::vector<Issue>& issues, bool hints) const {
    std::set<ErrorCode> seen;
    for (const Issue& issue : issues) {
        const char* colour = issue.severity == Severity::Error     ? "1;31"
                             : issue.severity == Severity::Warning ? "33"
                                                                   : "36";
        const std::string head =
            fmt::format("{}[{}]:", name_of(issue.severity), entry_of(issue.error.code).id);
        // The sentence of an option begins with its name.
        std::string where =
            printable(where_of(issue, issue.where.item != issue.error.arg("option")), true);
        const std::string said = printable(message_of(issue.error));
        if (issue.error.code == ErrorCode::OptionDoubtful && !doubted_.insert(said).second)
            continue;
        if (where == printable(issue.where.file, true) && said.find(where) != std::string::npos)
            where.clear();  // the sentence names it
        put(stderr, "{} {}{}{}\n", paint(head, colour, 2), where.empty() ? "" : where + ": ", said,
            issue.count > 1 ? fmt::format(" ({} times)", issue.count) : "");
        const bool first = seen.insert(issue.error.code).second;
        if (const std::string hint = hint_of(issue.error);
            (hints ? first : issue.severity == Severity::Error) && !hint.empty())
            put(stderr, "  {} {}\n", paint("hint:", "36", 2), printable(hint));
    }
}

bool Context::color_on(int fd) const {
    if (color != "auto") return color == "always";
    return std::getenv("NO_COLOR") == nullptr && isatty(fd) == 1;
}

std::string Context::paint(const std::string& text, const char* code, int fd) const {
    return color_on(fd) ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string json_text(const Json& document, int indent) {
    std::string text = document.dump(indent, ' ', false, Json::error_handler_t::replace);
    // The library escapes those below a blank alone.
    for (std::size_t at = text.find('\xC2'); at != std::string::npos;
         at = text.find('\xC2', at + 1))
        if (const unsigned control = c1_at(text, at); control != 0)
            text.replace(at, 2, fmt::format("\\u{:04x}", control));
    return text;
}

int Context::exit_code_of(const std::vector<Issue>& issues) const {
    for (const Issue& issue : issues)
        if (issue.severity == Severity::Error) return exit_code_of(issue.error);
    return 0;
}

void add_error(Json& document, const std::vector<Issue>& issues) {
    const auto worst = std::find_if(issues.begin(), issues.end(),
                                    [](const Issue& i) { return i.severity == Severity::Error; });
    if (worst == issues.end()) return;
    document.update(moelora::to_json(worst->error));
    if (const std::string where = where_of(*worst); !where.empty())
        document["error"]["where"] = where;
}

std::size_t text_width(const std::string& text) {
    std::size_t width = 0;
    for (const char c : text) width += columns_of(static_cast<unsigned char>(c));
    return width;
}

std::size_t terminal_width(int fd, std::size_t otherwise) {
    winsize size{};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : otherwise;
}

std::vector<std::string> table(const std::vector<std::vector<std::string>>& cells,
                               std::size_t width) {
    if (cells.empty()) return {};
    std::vector<std::vector<std::string>> rows = cells;
    for (auto& row : rows)
        for (std::string& cell : row) cell = printable(cell, true);
    const std::size_t columns = rows.front().size();
    std::vector<std::size_t> widths(columns, 0);
    std::vector<bool> right(columns, false);
    auto heading = rows.front();
    for (std::size_t c = 0; c < columns; ++c) {
        right[c] = heading[c].starts_with('>');
        if (right[c]) heading[c].erase(0, 1);
    }
    const auto cell = [&](std::size_t r, std::size_t c) -> const std::string& {
        return r == 0 ? heading[c] : rows[r][c];
    };
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c < columns; ++c)
            widths[c] = std::max(widths[c], text_width(cell(r, c)));
    if (width > 0) fit(widths, width);
    std::vector<std::string> out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t c = 0; c < columns; ++c) {
            const std::string text = cut_to(cell(r, c), widths[c]);
            const std::string pad(widths[c] - text_width(text), ' ');
            line += (c == 0 ? "" : "  ") + (right[c] ? pad + text : text + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out.push_back(std::move(line));
    }
    return out;
}

std::string thousands(std::int64_t value) {
    std::string digits = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (value < 0 ? 1 : 0);
         at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

std::string whole_text(const std::string& folder, const std::string& listed_in, bool whole,
                       bool contents) {
    if (listed_in.empty()) return "not there, so the files cannot be checked";
    const std::string place =
        listed_in == folder ? "there, " : "in the folder above (" + listed_in + "), ";
    if (!whole) return place + "THE FILES ARE OTHERS";
    return place + (contents ? "the files are as they were written"
                             : "the files have their sizes (--verify reads them)");
}

std::string human_bytes(std::int64_t bytes) {
    static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < std::size(units)) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace moelora::cli
