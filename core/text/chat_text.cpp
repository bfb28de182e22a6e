// SPDX-License-Identifier: GPL-3.0-or-later
// Which form the conversations of a text-only model take.
#include <algorithm>

#include "core/text/chat.h"

namespace moelora {
namespace {

constexpr const char* default_end = "<|im_end|>";

tl::unexpected<Error> refuse(const std::string& value, std::string why) {
    return fail(ErrorCode::OptionInvalid,
                {{"option", "data.template"}, {"value", value}, {"why", std::move(why)}});
}

std::optional<TokenId> added_id(const Tokenizer& tokenizer, const std::string& text) {
    for (const AddedToken& token : tokenizer.added_tokens())
        if (token.text == text) return token.id;
    return {};
}

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

// A template of the folder that writes a fixed system message when there is none holds it as
// <|im_start|>system\nTEXT<|im_end|> in one quoted piece (SmolLM2, Qwen2).
std::string default_system_of(const std::string& chat_template) {
    const std::string mark = "<|im_start|>system";
    for (std::size_t at = chat_template.find(mark); at != std::string::npos;
         at = chat_template.find(mark, at + 1)) {
        std::size_t from = at + mark.size();
        if (chat_template.compare(from, 2, "\\n") == 0)
            from += 2;
        else if (chat_template.compare(from, 1, "\n") == 0)
            from += 1;
        const std::size_t stop = chat_template.find_first_of("'\"{}<", from);
        if (stop != std::string::npos && stop > from &&
            chat_template.compare(stop, 10, default_end) == 0)
            return chat_template.substr(from, stop - from);
    }
    return {};
}

Result<ChatTemplate> split_template(const std::string& text) {
    const std::size_t system = text.find("{system}"), prompt = text.find("{prompt}"),
                      answer = text.find("{answer}");
    if (prompt == std::string::npos) return refuse(text, "it has no {prompt}");
    ChatTemplate out;
    out.system = system != std::string::npos;
    if (out.system && system > prompt) return refuse(text, "{system} must stand before {prompt}");
    if (answer != std::string::npos && answer < prompt)
        return refuse(text, "{answer} must stand behind {prompt}");
    const std::size_t after_system = out.system ? system + 8 : 0, after_prompt = prompt + 8;
    if (out.system) out.before_system = text.substr(0, system);
    out.before_prompt = text.substr(after_system, prompt - after_system);
    out.before_answer = text.substr(
        after_prompt, answer == std::string::npos ? std::string::npos : answer - after_prompt);
    if (answer != std::string::npos) out.closing = text.substr(answer + 8);
    for (const char* mark : {"{system}", "{prompt}", "{answer}"})
        for (const std::string* part :
             {&out.before_system, &out.before_prompt, &out.before_answer, &out.closing})
            if (contains(*part, mark)) return refuse(text, std::string(mark) + " stands twice");
    return out;
}

// "auto": the form that the folder's chat template asks for.
Result<std::string> form_of(const Tokenizer& tokenizer) {
    const std::string& own = tokenizer.chat_template();
    const bool ml = added_id(tokenizer, "<|im_start|>") && added_id(tokenizer, default_end);
    if (ml && (own.empty() || contains(own, "<|im_start|>"))) return std::string("chatml");
    if (contains(own, "[INST]") && contains(own, "<<SYS>>")) return std::string("llama2");
    if (own.empty()) return std::string("{prompt}{answer}");
    return refuse("auto",
                  "the chat template of this model is neither ChatML nor Llama 2's; write "
                  "its form with {prompt} and {answer}");
}

// What closes an answer: the option, or the tokenizer's own end where it lacks the default.
Result<TokenId> end_of(const Tokenizer& tokenizer, const std::string& marker, TokenId model_end) {
    if (const auto id = added_id(tokenizer, marker)) return *id;
    const TokenId own = tokenizer.eos().value_or(model_end);
    if (marker == default_end && own >= 0) return own;
    return fail(ErrorCode::TokenizerInvalid,
                {{"path", "tokenizer"}, {"why", "it has no control token " + marker}});
}

}  // namespace

Result<ChatTokens> resolve_text_chat(const Tokenizer& tokenizer, const std::string& wanted,
                                     const std::string& end_marker, TokenId model_end) {
    std::string form = wanted;
    if (wanted == "auto" || wanted.empty()) {
        MOELORA_TRY(form, form_of(tokenizer));
    }
    ChatTokens out;
    out.im_start = out.im_end = out.vision_start = out.vision_end = out.image_pad = -1;
    if (form == "chatml") {
        const auto start = added_id(tokenizer, "<|im_start|>"),
                   end = added_id(tokenizer, default_end), marker = added_id(tokenizer, end_marker);
        if (!start || !end)
            return refuse(wanted, "the tokenizer has no <|im_start|> and <|im_end|>");
        if (!marker)
            return fail(ErrorCode::TokenizerInvalid,
                        {{"path", "tokenizer"}, {"why", "it has no control token " + end_marker}});
        out.style = ChatStyle::ChatMl;
        out.im_start = *start;
        out.im_end = *end;
        out.end_marker = *marker;
        out.default_system = default_system_of(tokenizer.chat_template());
        return out;
    }
    MOELORA_TRY(out.end_marker, end_of(tokenizer, end_marker, model_end));
    out.end_text = tokenizer.token_bytes(out.end_marker);
    if (const auto bos = tokenizer.bos()) out.bos = tokenizer.token_bytes(*bos);
    if (form == "llama2") {
        out.style = ChatStyle::Llama2;
        if (out.bos.empty()) return refuse(wanted, "the tokenizer has no token that begins a text");
        return out;
    }
    out.style = ChatStyle::Template;
    MOELORA_TRY(out.around, split_template(form));
    // Generation stops at the token that closes an answer.
    std::size_t first = std::string::npos;
    for (const AddedToken& token : tokenizer.added_tokens()) {
        const std::size_t at = out.around.closing.find(token.text);
        if (at == std::string::npos || at >= first) continue;
        first = at;
        out.end_marker = token.id;
    }
    return out;
}

}  // namespace moelora
