// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_settings.h"

#include <filesystem>

#include "core/io/files.h"

namespace moelora {
namespace {

// A text, or a table with the text as its content.
std::optional<std::string> token_text(const Json& value) {
    return as_string(value.is_object() ? value.value("content", Json{}) : value);
}

// A template, or the one called "default" of a list.
std::string template_of(const Json& value) {
    if (const auto text = as_string(value)) return *text;
    if (!value.is_array()) return {};
    for (const Json& one : value)
        if (one.is_object() && one.value("name", Json{}) == "default")
            return as_string(one.value("template", Json{})).value_or("");
    return {};
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

// {"32000": {"content": "<pad>", "special": true, ...}}
Status read_decoder(const Json& table, const std::string& path, std::vector<AddedRule>& out) {
    if (!table.is_object()) return {};
    for (const auto& [key, entry] : table.items()) {
        const auto text = token_text(entry);
        const bool digits = !key.empty() && key.size() < 10 &&
                            key.find_first_not_of("0123456789") == std::string::npos;
        if (!entry.is_object() || !text || text->empty() || !digits)
            return fail(ErrorCode::TokenizerInvalid,
                        {{"path", path}, {"why", "added_tokens_decoder holds no token at " + key}});
        const auto flag = [&value = entry](const char* name) {
            return as_bool(value.value(name, Json{})).value_or(false);
        };
        out.push_back(
            {{*text, std::stoll(key), flag("special")}, false, flag("lstrip"), flag("rstrip")});
    }
    return {};
}

}  // namespace

Result<TokenizerSettings> read_tokenizer_settings(const std::string& folder) {
    TokenizerSettings out;
    const std::string path = join_path(folder, "tokenizer_config.json");
    if (exists(path)) {
        MOELORA_TRY(const Json json, read_json(path));
        if (!json.is_object())
            return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", "it is not an object"}});
        const auto field = [&](const char* name) { return json.value(name, Json{}); };
        out.bos = token_text(field("bos_token"));
        out.eos = token_text(field("eos_token"));
        out.add_bos = as_bool(field("add_bos_token"));
        out.legacy = as_bool(field("legacy")).value_or(true);
        out.chat_template = template_of(field("chat_template"));
        MOELORA_TRY_STATUS(read_decoder(field("added_tokens_decoder"), path, out.added));
    }
    if (const std::string file = join_path(folder, "chat_template.jinja"); exists(file)) {
        MOELORA_TRY(out.chat_template, read_text(file));
    }
    return out;
}

}  // namespace moelora
