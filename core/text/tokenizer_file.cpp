// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_file.h"

#include <set>

#include "core/io/files.h"

namespace moelora {
namespace {

// What ByteLevel splits by when it is told to (GPT-2).
constexpr const char* gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class Reader {
  public:
    Reader(TokenizerFile& file, const std::string& path) : file_(file), path_(path) {}

    Status added_tokens(const Json& list) {
        if (list.is_null()) return {};
        if (!list.is_array()) return refuse("added_tokens is not a list");
        std::set<std::string> texts;
        std::set<TokenId> ids;
        for (const Json& entry : list) {
            MOELORA_TRY(AddedRule rule, added_token(entry));
            if (!texts.insert(rule.token.text).second || !ids.insert(rule.token.id).second)
                return refuse("the added token \"" + rule.token.text + "\" stands twice");
            file_.added.push_back(std::move(rule));
        }
        return {};
    }

    Status normalizer(const Json& value) {
        if (value.is_null()) return {};
        if (!value.is_object()) return refuse("its normalizer is not a table");
        const Json type = value.value("type", Json{});
        if (type == "NFC") {
            file_.nfc = true;
            return {};
        }
        if (type != "Sequence" || !value.value("normalizers", Json{}).is_array())
            return refuse("the normalizer " + type.dump() + " is not supported");
        for (const Json& part : value["normalizers"]) MOELORA_TRY_STATUS(normalizer(part));
        return {};
    }

    Status pre_tokenizer(const Json& value) {
        if (!value.is_object()) return refuse("it has no pre_tokenizer");
        const Json type = value.value("type", Json{});
        if (type == "Split") return split(value);
        if (type == "ByteLevel") return byte_level(value);
        if (type == "Digits") return digits(value);
        if (type != "Sequence" || !value.value("pretokenizers", Json{}).is_array())
            return refuse("the pre_tokenizer " + type.dump() + " is not supported");
        for (const Json& part : value["pretokenizers"]) {
            if (part.is_object() && part.value("type", Json{}) == "Sequence")
                return refuse("its pre_tokenizer holds a sequence inside a sequence");
            MOELORA_TRY_STATUS(pre_tokenizer(part));
        }
        return {};
    }

    // Only the token in front matters here: answers are closed by the conversation format.
    void post_processor(const Json& value) {
        if (!value.is_object()) return;
        const Json parts = value.value("processors", Json{});
        if (parts.is_array())
            for (const Json& part : parts) post_processor(part);
        const Json single = value.value("single", Json{});
        if (value.value("type", Json{}) != "TemplateProcessing" || !single.is_array() ||
            single.empty() || !single[0].is_object())
            return;
        const Json first = single[0].value("SpecialToken", Json{});
        if (first.is_object())
            file_.first_token = as_string(first.value("id", Json{})).value_or("");
    }

    [[nodiscard]] bool has_byte_level() const { return byte_level_; }
    [[nodiscard]] tl::unexpected<Error> refuse(std::string why) const {
        return fail(ErrorCode::TokenizerInvalid, {{"path", path_}, {"why", std::move(why)}});
    }

  private:
    Result<AddedRule> added_token(const Json& entry) const {
        if (!entry.is_object()) return refuse("an added token is not a table");
        const auto text = as_string(entry.value("content", Json{}));
        const auto id = as_int(entry.value("id", Json{}));
        if (!text || text->empty()) return refuse("an added token has no text");
        if (!id || *id < 0 || *id > Bpe::largest_id)
            return refuse("the added token \"" + *text + "\" has no usable id");
        const std::string* piece = file_.bpe.piece_of(*id);
        const auto known = file_.bpe.id_of(*text);
        if ((piece != nullptr && *piece != *text) || (known && *known != *id))
            return refuse("the added token \"" + *text + "\" and a piece contradict each other");
        const auto flag = [&](const char* name, bool otherwise) {
            return as_bool(entry.value(name, Json{})).value_or(otherwise);
        };
        if (flag("single_word", false))
            return refuse("the added token \"" + *text + "\" asks for single_word");
        return AddedRule{{*text, *id, flag("special", false)},
                         flag("normalized", false),
                         flag("lstrip", false),
                         flag("rstrip", false)};
    }

    Status split(const Json& value) {
        if (byte_level_) return refuse("a Split stands after ByteLevel");
        const Json pattern = value.value("pattern", Json{});
        const Json behaviour = value.value("behavior", Json{});
        const bool invert = as_bool(value.value("invert", Json{})).value_or(false);
        SplitStep step;
        if (behaviour == "Removed") {
            step.keep_matches = invert;
            step.keep_gaps = !invert;
        } else if (behaviour != "Isolated") {
            return refuse("the split behavior " + behaviour.dump() + " is not supported");
        }
        if (!pattern.is_object()) return refuse("a Split has no pattern");
        const auto regex = as_string(pattern.value("Regex", Json{}));
        const auto literal = as_string(pattern.value("String", Json{}));
        if (!regex && !literal) return refuse("a Split has no pattern");
        MOELORA_TRY(step.pattern,
                    regex ? Pattern::compile(*regex, path_) : Pattern::literal(*literal, path_));
        file_.splits.push_back(std::move(step));
        return {};
    }

    Status digits(const Json& value) {
        if (byte_level_) return refuse("Digits stands after ByteLevel");
        const bool single = as_bool(value.value("individual_digits", Json{})).value_or(false);
        SplitStep step;
        MOELORA_TRY(step.pattern, Pattern::compile(single ? R"(\p{N})" : R"(\p{N}+)", path_));
        file_.splits.push_back(std::move(step));
        return {};
    }

    Status byte_level(const Json& value) {
        if (byte_level_) return refuse("ByteLevel stands twice");
        byte_level_ = true;
        file_.prefix_space = as_bool(value.value("add_prefix_space", Json{})).value_or(true);
        if (!as_bool(value.value("use_regex", Json{})).value_or(true)) return {};
        if (file_.prefix_space && !file_.splits.empty())
            return refuse("ByteLevel adds a blank and splits after another Split");
        SplitStep step;
        MOELORA_TRY(step.pattern, Pattern::compile(gpt2_pattern, path_));
        file_.splits.push_back(std::move(step));
        return {};
    }

    TokenizerFile& file_;
    const std::string& path_;
    bool byte_level_ = false;
};

}  // namespace

Result<TokenizerFile> load_tokenizer_file(const std::string& path) {
    TokenizerFile file;
    Json json;
    {
        MOELORA_TRY(const std::string text, read_text(path));
        file.hash = sha256_hex(text);
        MOELORA_TRY(json, parse_json(text, path));
    }
    Reader reader(file, path);
    if (!json.is_object()) return reader.refuse("it is not a table");
    MOELORA_TRY(file.bpe, Bpe::load(json.contains("model") ? json["model"] : Json{}, path));
    MOELORA_TRY_STATUS(reader.added_tokens(json.value("added_tokens", Json{})));
    MOELORA_TRY_STATUS(reader.normalizer(json.value("normalizer", Json{})));
    MOELORA_TRY_STATUS(reader.pre_tokenizer(json.value("pre_tokenizer", Json{})));
    reader.post_processor(json.value("post_processor", Json{}));
    if (!reader.has_byte_level()) return reader.refuse("it is not a byte-level tokenizer");
    return file;
}

}  // namespace moelora
