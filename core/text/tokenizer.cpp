// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "core/io/files.h"
#include "core/text/piece_model.h"
#include "core/text/tokenizer_file.h"
#include "core/text/tokenizer_settings.h"
#include "core/text/white_space.h"

namespace moelora {
namespace {

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
    std::optional<PieceModel> piece_model;  // instead of the merge table of `file`
    TokenizerSettings settings;
    std::optional<TokenId> bos, eos;
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

    // `at_start` as in encode_spans(); counts for the first stretch only.
    Status encode_text(std::string_view text, bool parse_added, bool at_start,
                       std::vector<TokenId>& out) const {
        if (piece_model) {
            std::vector<TokenSpan> spans;
            piece_model->encode(text, at_start || settings.legacy, spans);
            for (const TokenSpan& span : spans) out.push_back(span.id);
            return {};
        }
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

namespace {

std::string folder_of(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return path;
    return std::filesystem::path(path).parent_path().string();
}

// Control pieces, then what the folder adds; one entry an id.
std::vector<AddedRule> rules_of(const PieceModel& pieces, const TokenizerSettings& settings) {
    std::vector<AddedRule> out;
    std::map<TokenId, std::size_t> places;
    const auto add = [&](const AddedRule& rule) {
        const auto [place, fresh] = places.try_emplace(rule.token.id, out.size());
        if (fresh)
            out.push_back(rule);
        else
            out[place->second] = rule;
    };
    for (const AddedToken& token : pieces.control()) add({token, false, false, false});
    for (const AddedRule& rule : settings.added) add(rule);
    return out;
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::string Tokenizer::file_of(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) return path;
    const std::string pieces = join_path(path, "tokenizer.model");
    return std::filesystem::exists(pieces, ignored) ? pieces : join_path(path, "tokenizer.json");
}

Result<Tokenizer> Tokenizer::load(const std::string& path) {
    const std::string file = file_of(path);
    auto state = std::make_unique<State>();
    State& s = *state;
    MOELORA_TRY(s.settings, read_tokenizer_settings(folder_of(path)));
    if (file.ends_with(".model")) {
        MOELORA_TRY(s.piece_model, PieceModel::load(file));
        s.file.added = rules_of(*s.piece_model, s.settings);
        s.largest = s.piece_model->size() - 1;
    } else {
        MOELORA_TRY(s.file, load_tokenizer_file(file));
        s.largest = s.file.bpe.largest();
    }
    s.raw = AddedFinder(s.file.added, false);
    s.normalized = AddedFinder(s.file.added, true);
    for (const AddedRule& rule : s.file.added) {
        s.added_ids.emplace(rule.token.text, rule.token.id);
        s.added_by_id.emplace(rule.token.id, s.added.size());
        s.added.push_back(rule.token);
        s.largest = std::max(s.largest, rule.token.id);
    }
    Tokenizer out(std::move(state));
    out.find_ends();
    return out;
}

void Tokenizer::find_ends() {
    State& s = *state_;
    const auto named = [&](const std::optional<std::string>& text) {
        return text ? id_of(*text) : std::nullopt;
    };
    s.eos = named(s.settings.eos);
    if (!s.piece_model) {
        if (!s.file.first_token.empty()) s.bos = id_of(s.file.first_token);
        return;
    }
    if (!s.eos) s.eos = s.piece_model->eos();
    if (!s.settings.add_bos.value_or(true)) return;
    s.bos = named(s.settings.bos);
    if (!s.bos) s.bos = s.piece_model->bos();
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, bool parse_added) const {
    if (!is_valid_utf8(text)) return fail(ErrorCode::TextInvalid);
    std::vector<TokenId> out;
    if (text.empty()) return out;
    if (!parse_added) {
        MOELORA_TRY_STATUS(state_->encode_text(text, false, true, out));
        return out;
    }
    MOELORA_TRY_STATUS(state_->raw.walk(
        text,
        [&](std::string_view part) { return state_->encode_text(part, true, out.empty(), out); },
        [&](TokenId id) { out.push_back(id); }));
    return out;
}

Result<std::vector<TokenSpan>> Tokenizer::encode_spans(std::string_view text, bool at_start) const {
    std::vector<TokenSpan> out;
    if (state_->piece_model) {
        if (!is_valid_utf8(text)) return fail(ErrorCode::TextInvalid);
        state_->piece_model->encode(text, at_start || state_->settings.legacy, out);
        return out;
    }
    MOELORA_TRY(const std::vector<TokenId> ids, encode(text, false));
    std::size_t begin = 0;
    for (const TokenId id : ids) {
        out.push_back({id, begin});
        begin += token_bytes(id).size();
    }
    return out;
}

std::string Tokenizer::token_bytes(TokenId id, bool skip_special) const {
    if (const auto found = state_->added_by_id.find(id); found != state_->added_by_id.end()) {
        const AddedToken& token = state_->added[found->second];
        return token.special && skip_special ? std::string{} : token.text;
    }
    if (state_->piece_model) return state_->piece_model->bytes_of(id);
    const std::string* piece = state_->file.bpe.piece_of(id);
    if (piece == nullptr) return {};
    return unmap_bytes(*piece).value_or(*piece);
}

std::string Tokenizer::decode(const std::vector<TokenId>& ids, bool skip_special) const {
    std::string bytes, out;
    for (const TokenId id : ids) bytes += token_bytes(id, skip_special);
    append_lossy(out, bytes, false);
    if (drops_first_blank() && out.starts_with(' ')) out.erase(0, 1);
    return out;
}

std::optional<TokenId> Tokenizer::id_of(std::string_view token) const {
    if (const auto found = state_->added_ids.find(token); found != state_->added_ids.end())
        return found->second;
    const std::string text(token);
    return state_->piece_model ? state_->piece_model->id_of(text) : state_->file.bpe.id_of(text);
}

std::int64_t Tokenizer::vocabulary_size() const {
    return state_->largest + 1;
}
const std::vector<AddedToken>& Tokenizer::added_tokens() const {
    return state_->added;
}
const std::string& Tokenizer::content_hash() const {
    return state_->piece_model ? state_->piece_model->hash() : state_->file.hash;
}
std::optional<TokenId> Tokenizer::bos() const {
    return state_->bos;
}
std::optional<TokenId> Tokenizer::eos() const {
    return state_->eos;
}
const std::string& Tokenizer::chat_template() const {
    return state_->settings.chat_template;
}
bool Tokenizer::drops_first_blank() const {
    return state_->piece_model && state_->piece_model->adds_blank();
}

// The tokenizer's own blank in front is not shown.
std::string StreamDecoder::shown(std::string text) {
    if (text.empty() || std::exchange(begun_, true)) return text;
    if (tokenizer_->drops_first_blank() && text.starts_with(' ')) text.erase(0, 1);
    return text;
}

std::string StreamDecoder::push(TokenId id) {
    held_ += tokenizer_->token_bytes(id, true);
    std::string out;
    held_.erase(0, append_lossy(out, held_, true));
    return shown(std::move(out));
}

std::string StreamDecoder::finish() {
    std::string out;
    append_lossy(out, held_, false);
    held_.clear();
    return shown(std::move(out));
}

}  // namespace moelora
