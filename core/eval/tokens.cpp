// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/tokens.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/eval/characters.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

using Tokens = std::vector<std::string>;

// Characters that are tokens of their own wherever they stand, and how they are written.
constexpr std::pair<char, std::string_view> symbols[] = {
    {'(', "-lrb-"}, {')', "-rrb-"}, {'[', "-lsb-"}, {']', "-rsb-"}, {'{', "-lcb-"},
    {'}', "-rcb-"}, {'$', "$"},     {'%', "%"},     {'#', "#"}};
// Dropped wherever they stand, with the token ending there.
constexpr std::string_view dropped = "\";!?`";
// Dropped at the ends of a word only, and between words.
constexpr std::string_view edges = ".,:-'";
constexpr std::string_view titles[] = {"mr.", "mrs.", "ms.", "dr.",   "st.", "jr.",  "sr.",
                                       "vs.", "etc.", "co.", "prof.", "mt.", "ave.", "blvd."};
constexpr std::string_view clitics[] = {"n't", "'s", "'m", "'d", "'re", "'ve", "'ll"};
constexpr std::pair<std::string_view, std::size_t> pairs[] = {
    {"cannot", 3}, {"gonna", 3}, {"gotta", 3}, {"wanna", 3}};

bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_punctuation(char32_t code) {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
        case UTF8PROC_CATEGORY_PC:
        case UTF8PROC_CATEGORY_PD:
        case UTF8PROC_CATEGORY_PS:
        case UTF8PROC_CATEGORY_PE:
        case UTF8PROC_CATEGORY_PI:
        case UTF8PROC_CATEGORY_PF:
        case UTF8PROC_CATEGORY_PO:
            return true;
        default:
            return false;
    }
}

// "u.s.": single letters with a point each.
bool is_initials(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); i += 2)
        if (word[i] < 'a' || word[i] > 'z' || i + 1 >= word.size() || word[i + 1] != '.')
            return false;
    return !word.empty();
}

bool keeps_point(std::string_view word) {
    return is_initials(word) ||
           std::find(std::begin(titles), std::end(titles), word) != std::end(titles);
}

// A word without symbols and dropped characters: edges off, clitics apart.
void add_word(std::string_view word, Tokens& out) {
    while (!word.empty() && is_one_of(word.front(), edges)) {
        // 's alone is a token, not a quote and an s.
        if (std::find(std::begin(clitics), std::end(clitics), word) != std::end(clitics)) break;
        word.remove_prefix(1);
    }
    while (!word.empty() && is_one_of(word.back(), edges) && !keeps_point(word))
        word.remove_suffix(1);
    if (word.empty()) return;
    for (const std::string_view clitic : clitics)
        if (word.size() > clitic.size() && word.ends_with(clitic)) {
            add_word(word.substr(0, word.size() - clitic.size()), out);
            out.emplace_back(clitic);
            return;
        }
    for (const auto& [whole, cut] : pairs)
        if (word == whole) {
            out.emplace_back(word.substr(0, cut));
            out.emplace_back(word.substr(cut));
            return;
        }
    out.emplace_back(word);
}

// Commas, colons and doubled dashes or points part words; between digits a comma or colon stays.
void add_chunk(std::string_view chunk, Tokens& out) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        const char c = chunk[i], before = i > 0 ? chunk[i - 1] : ' ',
                   after = i + 1 < chunk.size() ? chunk[i + 1] : ' ';
        const bool in_number = is_digit(before) && is_digit(after);
        const bool in_address = c == ':' && after == '/';
        const bool parts = ((c == ',' || c == ':') && !in_number && !in_address) ||
                           ((c == '-' || c == '.') && after == c);
        if (!parts) continue;
        add_word(chunk.substr(start, i - start), out);
        start = i + 1;
    }
    add_word(chunk.substr(start), out);
}

// Characters of a text without white space and CJK in between.
class Chunk {
  public:
    explicit Chunk(Tokens& out) : out_(out) {}
    void add(char32_t code) {
        if (code == U'’' || code == U'‘') code = U'\'';
        if (code >= 0x80) return is_punctuation(code) ? flush() : append_utf8(text_, code);
        const char c = static_cast<char>(code);
        const auto symbol = std::find_if(std::begin(symbols), std::end(symbols),
                                         [c](const auto& s) { return s.first == c; });
        if (symbol != std::end(symbols)) {
            flush();
            out_.emplace_back(symbol->second);
        } else if (is_one_of(c, dropped)) {
            flush();
        } else {
            text_ += c;
        }
    }
    void flush() {
        add_chunk(text_, out_);
        text_.clear();
    }

  private:
    Tokens& out_;
    std::string text_;
};

}  // namespace

std::vector<std::string> metric_tokens(std::string_view text) {
    Tokens out;
    Chunk chunk(out);
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text);
        text.remove_prefix(step.length);
        const char32_t code =
            step.state == Utf8State::Valid
                ? static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(step.code)))
                : U'\uFFFD';
        if (is_white(code)) {
            chunk.flush();
        } else if (is_cjk(code)) {
            chunk.flush();
            if (!is_punctuation(code)) append_utf8(out.emplace_back(), code);
        } else {
            chunk.add(code);
        }
    }
    chunk.flush();
    return out;
}

}  // namespace moelora
