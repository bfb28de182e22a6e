// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat_render.h"

#include "core/text/white_space.h"

namespace moelora {
namespace {

tl::unexpected<Error> bad_record(std::string why) {
    return fail(ErrorCode::RecordInvalid, {{"why", std::move(why)}});
}

Result<std::string> text_of(const ChatMessage& message) {
    std::string out;
    for (const ChatPart& part : message.parts) {
        if (part.kind == ChatPart::Kind::Image)
            return fail(ErrorCode::ImageNotForModel, {{"path", part.value}});
        out += part.value;
    }
    return out;
}

// The forms of two voices: an optional system message, then question, answer, question, ...
struct Turns {
    std::string system;
    bool has_system = false;
    struct Turn {
        std::string question, answer;
        bool answered = false, learnt = true;
    };
    std::vector<Turn> list;
};
Result<Turns> turns_of(const Conversation& conversation) {
    Turns out;
    for (std::size_t i = 0; i < conversation.messages.size(); ++i) {
        const ChatMessage& message = conversation.messages[i];
        MOELORA_TRY(std::string text, text_of(message));
        const bool open = !out.list.empty() && !out.list.back().answered;
        if (message.role == "system") {
            if (i > 0) return bad_record("a system message must be the first");
            out.has_system = true;
            out.system = std::move(text);
        } else if (message.role == "user") {
            if (open) return bad_record("two questions follow each other");
            out.list.push_back({std::move(text), {}});
        } else {
            if (!open) return bad_record("an answer follows no question");
            out.list.back().answer = std::move(text);
            out.list.back().answered = true;
            out.list.back().learnt = message.learnt;
        }
    }
    return out;
}

}  // namespace

void Renderer::open(const std::string& role) {
    control("<|im_start|>", false);
    text(role + "\n", false);
}
void Renderer::close(bool learnt, bool last_answer, const std::string& closing) {
    if (last_answer && closing != end) return control(closing, learnt);
    control(end, learnt);
    text("\n", false);
}
void Renderer::text(std::string value, bool learnt) {
    if (!value.empty()) stretches.push_back({Stretch::Kind::Text, std::move(value), learnt});
}
void Renderer::format(const std::string& value, bool learnt) {
    if (!value.empty()) stretches.push_back({Stretch::Kind::Format, value, learnt});
}
void Renderer::control(const std::string& token, bool learnt) {
    stretches.push_back({Stretch::Kind::Control, token, learnt});
}
void Renderer::image(const std::string& path) {
    control("<|vision_start|>", false);
    stretches.push_back({Stretch::Kind::Image, "<|image_pad|>", false});
    control("<|vision_end|>", false);
    images.push_back(path);
}

void Renderer::vision(const Conversation& conversation, const std::string& closing) {
    const auto& messages = conversation.messages;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const ChatMessage& message = messages[i];
        if (message.role == "system" && i > 0) continue;  // as the template does
        const bool answer = message.role == "assistant";
        const bool learnt = answer && message.learnt;
        open(message.role);
        for (const ChatPart& part : message.parts) {
            if (part.kind == ChatPart::Kind::Text)
                text(part.value, learnt);
            else if (message.role == "user")
                image(part.value);
        }
        close(learnt, answer && i + 1 == messages.size(), closing);
    }
    if (conversation.add_generation_prompt) open("assistant");
}

Status Renderer::chat_ml(const Conversation& conversation, const std::string& default_system,
                         const std::string& closing) {
    const auto& messages = conversation.messages;
    if (!default_system.empty() && !messages.empty() && messages[0].role != "system") {
        open("system");
        text(default_system, false);
        close(false, false, closing);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
        MOELORA_TRY(const std::string said, text_of(messages[i]));
        const bool answer = messages[i].role == "assistant";
        const bool learnt = answer && messages[i].learnt;
        open(messages[i].role);
        text(said, learnt);
        close(learnt, answer && i + 1 == messages.size(), closing);
    }
    if (conversation.add_generation_prompt) open("assistant");
    return {};
}

Status Renderer::llama2(const Conversation& conversation, const std::string& bos,
                        const std::string& eos) {
    MOELORA_TRY(const Turns turns, turns_of(conversation));
    for (std::size_t i = 0; i < turns.list.size(); ++i) {
        const auto& turn = turns.list[i];
        const bool first = i == 0 && turns.has_system;
        const std::string asked =
            (first ? "<<SYS>>\n" + turns.system + "\n<</SYS>>\n\n" : std::string()) + turn.question;
        control(bos, false);
        text("[INST] " + std::string(stripped(asked)) + " [/INST]", false);
        if (!turn.answered) continue;
        text(" " + std::string(stripped(turn.answer)) + " ", turn.learnt);
        control(eos, turn.learnt);
    }
    return {};
}

Status Renderer::by_template(const Conversation& conversation, const ChatTemplate& around,
                             const std::string& bos, const std::string& end_token) {
    MOELORA_TRY(const Turns turns, turns_of(conversation));
    if (turns.has_system && !around.system)
        return bad_record("it has a system message, for which data.template has no {system}");
    const bool own_bos =
        !bos.empty() && (around.before_system + around.before_prompt).starts_with(bos);
    if (!bos.empty() && !own_bos && !turns.list.empty()) control(bos, false);
    for (std::size_t i = 0; i < turns.list.size(); ++i) {
        const auto& turn = turns.list[i];
        format(around.before_system, false);
        if (i == 0) text(turns.system, false);
        format(around.before_prompt, false);
        text(turn.question, false);
        format(around.before_answer, false);
        if (!turn.answered) continue;
        text(turn.answer, turn.learnt);
        if (around.closing.empty())
            control(end_token, turn.learnt);
        else
            format(around.closing, turn.learnt);
    }
    return {};
}

}  // namespace moelora
