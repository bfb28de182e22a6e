// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/text/utf8.h"

namespace moelora {
namespace {

using MatchData = std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>;
using MatchContext = std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>;

constexpr const char* white_space = "\\p{Z}\\x09-\\x0d\\x{85}";  // Unicode White_Space

// Replaces \s and \S. A \S inside a class stays PCRE2's, which differs in U+180E only.
std::string with_unicode_space(const std::string& expression) {
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        const char c = expression[i];
        if (c == '\\' && i + 1 < expression.size()) {
            const char next = expression[++i];
            if (next == 's') {
                out += in_class ? white_space : std::string("[") + white_space + "]";
            } else if (next == 'S' && !in_class) {
                out += std::string("[^") + white_space + "]";
            } else {
                out += c;
                out += next;
            }
            continue;
        }
        if (c == '[') in_class = true;
        if (c == ']') in_class = false;
        out += c;
    }
    return out;
}

std::string pcre_message(int code) {
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(code, text, sizeof text);
    return reinterpret_cast<const char*>(text);
}

const pcre2_code* code_of(const std::shared_ptr<const void>& code) {
    return static_cast<const pcre2_code*>(code.get());
}

Result<std::shared_ptr<const void>> compile_code(const std::string& expression,
                                                 std::uint32_t options, const std::string& path) {
    int error = 0;
    PCRE2_SIZE where = 0;
    pcre2_code* code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                      PCRE2_UTF | PCRE2_UCP | options, &error, &where, nullptr);
    if (code == nullptr)
        return fail(ErrorCode::TokenizerInvalid,
                    {{"path", path},
                     {"why", "the pattern " + expression + " does not compile at " +
                                 std::to_string(where) + ": " + pcre_message(error)}});
    // Without JIT (not every CPU has it) the interpreter gives the same answers.
    static_cast<void>(pcre2_jit_compile(code, PCRE2_JIT_COMPLETE));
    return std::shared_ptr<const void>(code, [](const void* p) {
        pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(p)));
    });
}

std::size_t code_point_length(std::string_view text, std::size_t at) {
    return at < text.size() ? utf8_step(text.substr(at)).length : 1;
}

}  // namespace

Result<Pattern> Pattern::compile(const std::string& expression, const std::string& path) {
    Pattern pattern;
    MOELORA_TRY(pattern.code_, compile_code(with_unicode_space(expression), 0, path));
    return pattern;
}

Result<Pattern> Pattern::literal(const std::string& text, const std::string& path) {
    Pattern pattern;
    MOELORA_TRY(pattern.code_, compile_code(text, PCRE2_LITERAL, path));
    return pattern;
}

Status Pattern::split(std::string_view text, bool keep_matches, bool keep_gaps,
                      std::vector<std::string_view>& pieces) const {
    const pcre2_code* code = code_of(code_);
    const MatchData data(pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
    const MatchContext context(pcre2_match_context_create(nullptr), &pcre2_match_context_free);
    // Sane patterns backtrack at most once over the text for one match.
    pcre2_set_match_limit(context.get(), static_cast<std::uint32_t>(200'000 + 16 * text.size()));
    const auto match = [&](std::size_t from, std::uint32_t options) {
        return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                           PCRE2_NO_UTF_CHECK | options, data.get(), context.get());
    };
    std::size_t at = 0, from = 0;
    while (from <= text.size()) {
        int found = match(from, 0);
        if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(from, PCRE2_NO_JIT);
        if (found == PCRE2_ERROR_NOMATCH) break;
        if (found < 0)
            return fail(ErrorCode::TextNotEncodable,
                        {{"why", "the tokenizer's split pattern gave up: " + pcre_message(found)}});
        const PCRE2_SIZE* range = pcre2_get_ovector_pointer(data.get());
        const std::size_t start = range[0], stop = range[1];
        if (start > at && keep_gaps) pieces.push_back(text.substr(at, start - at));
        if (stop > start && keep_matches) pieces.push_back(text.substr(start, stop - start));
        at = stop;
        from = stop > start ? stop : stop + code_point_length(text, stop);
    }
    if (at < text.size() && keep_gaps) pieces.push_back(text.substr(at));
    return {};
}

}  // namespace moelora
