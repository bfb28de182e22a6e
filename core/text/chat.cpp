// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "core/io/files.h"
#include "core/text/chat_render.h"

namespace moelora {
namespace {

tl::unexpected<Error> bad_record(std::string why) {
    return fail(ErrorCode::RecordInvalid, {{"why", std::move(why)}});
}

// {"type":"image","image":P}, {"image":P}, {"image_url":P} or {"image_url":{"url":P}}
std::optional<std::string> image_of(const Json& part) {
    for (const char* key : {"image", "image_url"}) {
        if (!part.contains(key)) continue;
        const Json& value = part[key];
        if (value.is_object()) return as_string(value.value("url", Json{}));
        return as_string(value);
    }
    return {};
}

Result<ChatPart> parse_part(const Json& part) {
    if (!part.is_object()) return bad_record("a part of a message is not a table");
    const Json type = part.value("type", Json{});
    if (type == "image" || part.contains("image") || part.contains("image_url")) {
        auto path = image_of(part);
        if (!path || path->empty()) return bad_record("an image part names no file");
        return ChatPart{ChatPart::Kind::Image, std::move(*path)};
    }
    if (type == "video" || part.contains("video")) return bad_record("videos are not supported");
    auto text = as_string(part.value("text", Json{}));
    if (!text) return bad_record("a part of a message holds neither a text nor a picture");
    return ChatPart{ChatPart::Kind::Text, std::move(*text)};
}

Result<ChatMessage> parse_message(const Json& message) {
    if (!message.is_object()) return bad_record("a message is not a table");
    auto role = as_string(message.value("role", Json{}));
    if (!role || (*role != "system" && *role != "user" && *role != "assistant"))
        return bad_record("a message has a role other than system, user, assistant");
    ChatMessage out{std::move(*role), {}};
    const Json loss = message.value("loss", Json{});
    if (!loss.is_null() && !loss.is_boolean())
        return bad_record("the loss of a message is neither true nor false");
    out.learnt = loss != false;
    const Json content = message.value("content", Json{});
    if (content.is_string()) {
        out.parts.push_back({ChatPart::Kind::Text, content.get<std::string>()});
        return out;
    }
    if (!content.is_array())
        return bad_record("the content of a message is neither a text nor a list");
    for (const Json& item : content) {
        MOELORA_TRY(ChatPart part, parse_part(item));
        out.parts.push_back(std::move(part));
    }
    return out;
}

// Collects ids; neighbouring texts are one text for the tokenizer, as in the rendered string.
class Encoder {
  public:
    Encoder(const Tokenizer& tokenizer, EncodedChat& out) : tokenizer_(tokenizer), out_(out) {}

    void add_text(const Stretch& stretch) {
        text_ += stretch.text;
        parts_.push_back({text_.size(), stretch.learnt});
    }
    void add_id(TokenId id, bool learnt) {
        out_.ids.push_back(id);
        out_.labels.push_back(learnt ? id : -100);
    }
    Status flush() {
        if (text_.empty()) return {};
        MOELORA_TRY(const std::vector<TokenSpan> spans,
                    tokenizer_.encode_spans(text_, out_.ids.empty()));
        std::size_t part = 0;
        for (const TokenSpan& span : spans) {
            while (part + 1 < parts_.size() && span.begin >= parts_[part].stop) ++part;
            // A token that begins before the answer belongs to the prompt. Offsets count bytes
            // after normalisation, which leaves the template's ASCII words as they are; several
            // texts of one answer share one flag, so only the start of an answer matters.
            add_id(span.id, parts_[part].learnt);
        }
        text_.clear();
        parts_.clear();
        return {};
    }

  private:
    struct Part {
        std::size_t stop;
        bool learnt;
    };
    const Tokenizer& tokenizer_;
    EncodedChat& out_;
    std::string text_;
    std::vector<Part> parts_;
};

}  // namespace

Result<std::vector<ChatMessage>> parse_messages(const Json& messages) {
    if (!messages.is_array()) return bad_record("\"messages\" is not a list");
    std::vector<ChatMessage> out;
    for (const Json& item : messages) {
        MOELORA_TRY(ChatMessage message, parse_message(item));
        out.push_back(std::move(message));
    }
    return out;
}

Result<Conversation> read_conversation(const std::string& path) {
    const bool piped = path == "-";
    MOELORA_TRY(const Json json,
                piped ? parse_json(std::string(std::istreambuf_iterator(std::cin), {}), "stdin")
                      : read_json(path));
    if (!json.is_object() || !json.contains("messages"))
        return bad_record(path + " has no \"messages\"");
    Conversation out;
    MOELORA_TRY(out.messages, parse_messages(json["messages"]));
    if (out.messages.empty()) return bad_record(path + " has no message");
    const Json prompt = json.value("add_generation_prompt", Json(false));
    if (!prompt.is_boolean()) return bad_record("add_generation_prompt is neither true nor false");
    out.add_generation_prompt = prompt.get<bool>();
    const Json task = json.value("task", Json{});
    if (!task.is_null() && !task.is_string()) return bad_record("task is not a text");
    if (task.is_string()) out.task = task.get<std::string>();
    const auto folder = std::filesystem::absolute(piped ? "stdin" : path).parent_path();
    for (ChatMessage& message : out.messages)
        for (ChatPart& part : message.parts)
            if (part.kind == ChatPart::Kind::Image)
                part.value = join_path(folder.string(), part.value);
    return out;
}

std::string render_chat(const Conversation& conversation) {
    Renderer renderer;
    renderer.vision(conversation, Renderer::end);
    std::string out;
    for (const Stretch& stretch : renderer.stretches) out += stretch.text;
    return out;
}

std::vector<std::string> shown_images(const Conversation& conversation) {
    Renderer renderer;
    renderer.vision(conversation, Renderer::end);
    return std::move(renderer.images);
}

Result<ChatTokens> resolve_chat_tokens(const Tokenizer& tokenizer, const std::string& end_marker) {
    ChatTokens tokens;
    const std::pair<std::string, TokenId*> wanted[] = {
        {"<|im_start|>", &tokens.im_start},         {"<|im_end|>", &tokens.im_end},
        {"<|vision_start|>", &tokens.vision_start}, {"<|vision_end|>", &tokens.vision_end},
        {"<|image_pad|>", &tokens.image_pad},       {end_marker, &tokens.end_marker}};
    const auto& added = tokenizer.added_tokens();
    for (const auto& [text, target] : wanted) {
        const auto found =
            std::find_if(added.begin(), added.end(),
                         [&, &name = text](const AddedToken& token) { return token.text == name; });
        if (found == added.end())
            return fail(ErrorCode::TokenizerInvalid,
                        {{"path", "tokenizer.json"}, {"why", "it has no control token " + text}});
        *target = found->id;
    }
    return tokens;
}

namespace {

Status render(Renderer& renderer, const Conversation& conversation, const ChatTokens& tokens,
              const std::string& marker) {
    switch (tokens.style) {
        case ChatStyle::Vision:
            renderer.vision(conversation, marker);
            return {};
        case ChatStyle::ChatMl:
            return renderer.chat_ml(conversation, tokens.default_system, marker);
        case ChatStyle::Llama2:
            return renderer.llama2(conversation, tokens.bos, tokens.end_text);
        case ChatStyle::Template:
            return renderer.by_template(conversation, tokens.around, tokens.bos, tokens.end_text);
    }
    return {};
}

// The id of a control token of the rendering.
TokenId control_id(const std::string& text, const Tokenizer& tokenizer, const ChatTokens& tokens,
                   const std::string& marker) {
    const std::pair<std::string, TokenId> controls[] = {{"<|im_start|>", tokens.im_start},
                                                        {"<|im_end|>", tokens.im_end},
                                                        {"<|vision_start|>", tokens.vision_start},
                                                        {"<|vision_end|>", tokens.vision_end},
                                                        {marker, tokens.end_marker}};
    if (tokens.style == ChatStyle::Vision || tokens.style == ChatStyle::ChatMl)
        for (const auto& [name, id] : controls)
            if (name == text) return id;
    return tokenizer.id_of(text).value_or(tokens.end_marker);
}

// Text of a user's template: added tokens in it are those tokens.
Status add_format(const Stretch& stretch, const Tokenizer& tokenizer, Encoder& encoder) {
    std::string_view rest = stretch.text;
    while (!rest.empty()) {
        const AddedToken* found = nullptr;
        std::size_t place = std::string_view::npos;
        for (const AddedToken& token : tokenizer.added_tokens()) {
            const std::size_t at = rest.find(token.text);
            if (at == std::string_view::npos || at > place) continue;
            if (at == place && found->text.size() >= token.text.size()) continue;
            place = at;
            found = &token;
        }
        encoder.add_text({Stretch::Kind::Text, std::string(rest.substr(0, place)), stretch.learnt});
        if (!found) return {};
        MOELORA_TRY_STATUS(encoder.flush());
        encoder.add_id(found->id, stretch.learnt);
        rest.remove_prefix(place + found->text.size());
    }
    return {};
}

}  // namespace

Result<EncodedChat> encode_chat(const Conversation& conversation, const Tokenizer& tokenizer,
                                const ChatTokens& tokens,
                                const std::vector<std::int64_t>& image_tokens) {
    Renderer renderer;
    const bool published = tokens.end_marker != tokens.im_end;
    const std::string marker =
        published ? tokenizer.token_bytes(tokens.end_marker) : std::string(Renderer::end);
    MOELORA_TRY_STATUS(render(renderer, conversation, tokens, marker));
    if (image_tokens.size() != renderer.images.size())
        return bad_record("the conversation shows " + std::to_string(renderer.images.size()) +
                          " pictures, " + std::to_string(image_tokens.size()) + " were given");
    EncodedChat out;
    Encoder encoder(tokenizer, out);
    std::size_t image = 0;
    for (const Stretch& stretch : renderer.stretches) {
        out.rendered += stretch.text;
        switch (stretch.kind) {
            case Stretch::Kind::Text:
                encoder.add_text(stretch);
                break;
            case Stretch::Kind::Format:
                MOELORA_TRY_STATUS(add_format(stretch, tokenizer, encoder));
                break;
            case Stretch::Kind::Image:
                MOELORA_TRY_STATUS(encoder.flush());
                for (std::int64_t i = 0; i < image_tokens[image]; ++i)
                    encoder.add_id(tokens.image_pad, false);
                ++image;
                break;
            case Stretch::Kind::Control:
                MOELORA_TRY_STATUS(encoder.flush());
                encoder.add_id(control_id(stretch.text, tokenizer, tokens, marker), stretch.learnt);
                break;
        }
    }
    MOELORA_TRY_STATUS(encoder.flush());
    if (tokens.style == ChatStyle::Vision) out.rendered = render_chat(conversation);
    out.images = std::move(renderer.images);
    return out;
}

}  // namespace moelora
