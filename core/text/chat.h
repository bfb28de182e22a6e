// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations and their rendering: by the rules of the Qwen3-VL template (qwen3vl.md section
// 10.2), or for text-only models as ChatML, in Llama 2's form, or by a template of the user. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/text/tokenizer.h"

namespace moelora {

struct ChatPart {
    enum class Kind { Text, Image } kind = Kind::Text;
    std::string value;  // the text, or the path of the picture
    bool operator==(const ChatPart&) const = default;
};
struct ChatMessage {
    std::string role;  // system, user, assistant
    std::vector<ChatPart> parts;
    bool learnt = true;  // of an answer: "loss" of its record is not false
    bool operator==(const ChatMessage&) const = default;
};
struct Conversation {
    std::vector<ChatMessage> messages;
    bool add_generation_prompt = false;
    std::string task;
};

// A list of messages as transformers takes it: content is a text, or a list of text and image
// parts. Image paths stay as written. Errors: RecordInvalid.
[[nodiscard]] Result<std::vector<ChatMessage>> parse_messages(const Json& messages);

// The file of `moelora forward` (command_line.md 2.1); image paths become absolute (relative to the
// file). "-": from stdin, relative to the present folder. Errors: FileMissing, JsonInvalid,
// RecordInvalid.
[[nodiscard]] Result<Conversation> read_conversation(const std::string& path);

// The rendered text with one <|image_pad|> for each picture: equals apply_chat_template of the
// family.
[[nodiscard]] std::string render_chat(const Conversation& conversation);

// The pictures in the order of their pads (those of user turns).
[[nodiscard]] std::vector<std::string> shown_images(const Conversation& conversation);

struct EncodedChat {
    std::vector<TokenId> ids;
    std::vector<TokenId> labels;  // ids of assistant answers and their end marker, -100 elsewhere
                                  // (never on image pads)
    std::vector<std::string> images;  // in order
    std::string rendered;             // with expanded pads not shown: as render_chat
};
enum class ChatStyle { Vision, ChatMl, Llama2, Template };
// A text around "{prompt}" and "{answer}", and "{system}" where a system message goes.
struct ChatTemplate {
    std::string before_system, before_prompt, before_answer, closing;
    bool system = false;
};
struct ChatTokens {  // resolved once from the tokenizer
    TokenId im_start = 0, im_end = 0, vision_start = 0, vision_end = 0, image_pad = 0,
            end_marker = 0;  // also what ends an answer in generation
    // Of text-only models:
    ChatStyle style = ChatStyle::Vision;
    std::string default_system;  // ChatMl: what the model's own template says when nobody does
    ChatTemplate around;         // Template
    std::string bos, end_text;   // texts of the tokens; Llama2, Template
};
// Errors: TokenizerInvalid when one is missing. `end_marker` is the token's text, e.g. <|im_end|>.
[[nodiscard]] Result<ChatTokens> resolve_chat_tokens(const Tokenizer& tokenizer,
                                                     const std::string& end_marker);

// The same for a model without a vision tower. `wanted` (data.template): "chatml", "llama2", a
// template (it holds "{prompt}"), or "auto": what the folder's own chat template asks for, or the
// plain text going on when it has none. `end_marker` as in data; where the tokenizer lacks the
// default one, its own end token takes the place, or `model_end`. Errors: OptionInvalid (a template
// that cannot be used, a chat template that is not known), TokenizerInvalid.
[[nodiscard]] Result<ChatTokens> resolve_text_chat(const Tokenizer& tokenizer,
                                                   const std::string& wanted,
                                                   const std::string& end_marker,
                                                   TokenId model_end);

// Ids of the whole conversation with each pad repeated `image_tokens[i]` times. Text of users and
// captions is encoded with parse_added = false. Equals the tokenizer applied to the rendered text
// for texts without control tokens. With an end marker other than <|im_end|> the last assistant
// turn, when it is the last message, is closed by that token alone (published recipe). Errors:
// TextNotEncodable; RecordInvalid when `image_tokens` and the pictures differ in number.
[[nodiscard]] Result<EncodedChat> encode_chat(const Conversation& conversation,
                                              const Tokenizer& tokenizer, const ChatTokens& tokens,
                                              const std::vector<std::int64_t>& image_tokens);

}  // namespace moelora
