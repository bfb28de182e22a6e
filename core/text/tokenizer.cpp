// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>

#include "core/io/files.h"
#include "core/text/tokenizer_file.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

bool is_white_space(char32_t c) {
    if ((c >= 9 && c <= 13) || c == 0x85) return true;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

Result<std::string> to_nfc(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    utf8proc_uint8_t* out = nullptr;
    const auto length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &out,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
    if (length < 0) return fail(ErrorCode::TextNotEncodable, {{"why", utf8proc_errmsg(length)}});
    return std::string(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length));
}

// Finds added tokens: leftmost, then longest.
class AddedFinder {
  public:
    AddedFinder() = default;
    AddedFinder(const std::vector<AddedRule>& rules, bool normalized) {
        for (const AddedRule& rule : rules)
            if (rule.normalized == normalized)
                by_first_[static_cast<unsigned char>(rule.token.text[0])].push_back(rule);
        for (auto& bucket : by_first_)
            std::stable_sort(bucket.begin(), bucket.end(), [](const auto& a, const auto& b) {
                return a.token.text.size() > b.token.text.size();
            });
    }

    // Calls on_text(view) and on_token(id) in order; both return a Status.
    template <class OnText, class OnToken>
    Status walk(std::string_view text, OnText&& on_text, OnToken&& on_token) const {
        std::size_t done = 0;
        for (std::size_t at = 0; at < text.size();) {
            const AddedRule* rule = match(text.substr(at));
            if (rule == nullptr) {
                ++at;
                continue;
            }
            std::size_t start = at, stop = at + rule->token.text.size();
            if (rule->left_strip) start = left_of_blanks(text, done, at);
            if (rule->right_strip) stop = right_of_blanks(text, stop);
            if (start > done) MOELORA_TRY_STATUS(on_text(text.substr(done, start - done)));
            on_token(rule->token.id);
            done = at = stop;
        }
        if (done < text.size()) MOELORA_TRY_STATUS(on_text(text.substr(done)));
        return {};
    }

  private:
    [[nodiscard]] const AddedRule* match(std::string_view rest) const {
        for (const AddedRule& rule : by_first_[static_cast<unsigned char>(rest[0])])
            if (rest.starts_with(rule.token.text)) return &rule;
        return nullptr;
    }
    static std::size_t left_of_blanks(std::string_view text, std::size_t from, std::size_t at) {
        std::size_t start = at;
        for (std::size_t i = from; i < at;) {
            const Utf8Step step = utf8_step(text.substr(i));
            if (!is_white_space(step.code))
                start = at;
            else if (start == at)
                start = i;
            i += step.length;
        }
        return start;
    }
    static std::size_t right_of_blanks(std::string_view text, std::size_t at) {
        while (at < text.size()) {
            const Utf8Step step = utf8_step(text.substr(at));
            if (!is_white_space(step.code)) break;
            at += step.length;
        }
        return at;
    }
    std::array<std::vector<AddedRule>, 256> by_first_;
};

}  // namespace

struct Tokenizer::State {
    TokenizerFile file;
    AddedFinder raw, normalized;
    std::vector<AddedToken> added;
    std::map<std::string, TokenId, std::less<>> added_ids;
    std::map<TokenId, std::size_t> added_by_id;  // index into `added`
    TokenId largest = -1;

    Status encode_plain(std::string_view text, std::vector<TokenId>& out) const {
        std::vector<std::string_view> pieces{text}, next;
        std::string prefixed;
        if (file.prefix_space && file.splits.size() <= 1 && !text.starts_with(' ')) {
            prefixed.append(1, ' ').append(text);
            pieces = {prefixed};
        }
        for (const SplitStep& step : file.splits) {
            next.clear();
            for (const std::string_view piece : pieces)
                MOELORA_TRY_STATUS(
                    step.pattern.split(piece, step.keep_matches, step.keep_gaps, next));
            pieces.swap(next);
        }
        for (const std::string_view piece : pieces) {
            const int missing = piece.empty() ? -1 : file.bpe.encode(piece, out);
            if (missing >= 0)
                return fail(ErrorCode::TextNotEncodable,
                            {{"why", "the tokenizer has no token for the byte " +
                                         std::to_string(missing)}});
        }
        return {};
    }

    Status encode_text(std::string_view text, bool parse_added, std::vector<TokenId>& out) const {
        std::string owned;
        if (file.nfc) {
            MOELORA_TRY(owned, to_nfc(text));
            text = owned;
        }
        const auto plain = [&](std::string_view part) { return encode_plain(part, out); };
        if (!parse_added) return plain(text);
        return normalized.walk(text, plain, [&](TokenId id) { out.push_back(id); });
    }
};

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::string& path) {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(path, ignored);
    auto state = std::make_unique<State>();
    MOELORA_TRY(state->file,
                load_tokenizer_file(folder ? join_path(path, "tokenizer.json") : path));
    const std::vector<AddedRule>& rules = state->file.added;
    state->raw = AddedFinder(rules, false);
    state->normalized = AddedFinder(rules, true);
    state->largest = state->file.bpe.largest();
    for (const AddedRule& rule : rules) {
        state->added_ids.emplace(rule.token.text, rule.token.id);
        state->added_by_id.emplace(rule.token.id, state->added.size());
        state->added.push_back(rule.token);
        state->largest = std::max(state->largest, rule.token.id);
    }
    return Tokenizer(std::move(state));
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, bool parse_added) const {
    if (!is_valid_utf8(text))
        return fail(ErrorCode::TextNotEncodable, {{"why", "it is not valid UTF-8"}});
    std::vector<TokenId> out;
    if (text.empty()) return out;
    if (!parse_added) {
        MOELORA_TRY_STATUS(state_->encode_text(text, false, out));
        return out;
    }
    MOELORA_TRY_STATUS(state_->raw.walk(
        text, [&](std::string_view part) { return state_->encode_text(part, true, out); },
        [&](TokenId id) { out.push_back(id); }));
    return out;
}

std::string Tokenizer::token_bytes(TokenId id, bool skip_special) const {
    if (const auto found = state_->added_by_id.find(id); found != state_->added_by_id.end()) {
        const AddedToken& token = state_->added[found->second];
        return token.special && skip_special ? std::string{} : token.text;
    }
    const std::string* piece = state_->file.bpe.piece_of(id);
    if (piece == nullptr) return {};
    return unmap_bytes(*piece).value_or(*piece);
}

std::string Tokenizer::decode(const std::vector<TokenId>& ids, bool skip_special) const {
    std::string bytes, out;
    for (const TokenId id : ids) bytes += token_bytes(id, skip_special);
    append_lossy(out, bytes, false);
    return out;
}

std::optional<TokenId> Tokenizer::id_of(std::string_view token) const {
    if (const auto found = state_->added_ids.find(token); found != state_->added_ids.end())
        return found->second;
    return state_->file.bpe.id_of(std::string(token));
}

std::int64_t Tokenizer::vocabulary_size() const {
    return state_->largest + 1;
}
const std::vector<AddedToken>& Tokenizer::added_tokens() const {
    return state_->added;
}
const std::string& Tokenizer::content_hash() const {
    return state_->file.hash;
}

std::string StreamDecoder::push(TokenId id) {
    held_ += tokenizer_->token_bytes(id, true);
    std::string out;
    held_.erase(0, append_lossy(out, held_, true));
    return out;
}

std::string StreamDecoder::finish() {
    std::string out;
    append_lossy(out, held_, false);
    held_.clear();
    return out;
}

}  // namespace moelora
