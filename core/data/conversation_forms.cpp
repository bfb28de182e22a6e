// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/conversation_forms.h"

#include <algorithm>

#include "core/data/importer.h"

namespace moelora {
namespace {

constexpr std::string_view open_mark = "<|vision_start|>", close_mark = "<|vision_end|>",
                           pad = "<|image_pad|>";

tl::unexpected<Error> bad(std::string why) {
    return tl::make_unexpected(record_error(std::move(why)));
}

// "images" or "image": a text or a list of texts (or of {"path": text}).
Result<std::vector<std::string>> listed_images(const Json& record) {
    std::vector<std::string> out;
    for (const char* key : {"images", "image"}) {
        const Json value = record.value(key, Json{});
        if (value.is_null()) continue;
        for (const Json& item : value.is_array() ? value : Json::array({value})) {
            auto path = as_string(item.is_object() ? item.value("path", Json{}) : item);
            if (!path) return bad("its list of pictures holds something that is no path");
            out.push_back(std::move(*path));
        }
        break;
    }
    return out;
}

// Parts without a path take their pictures from the list, in order.
void fill_parts(Json& messages, std::vector<std::string>& images) {
    std::size_t used = 0;
    if (!messages.is_array()) return;
    for (Json& message : messages) {
        if (!message.is_object() || !message.contains("content")) continue;
        if (!message["content"].is_array()) continue;
        for (Json& part : message["content"])
            if (part.is_object() && part.value("type", Json{}) == "image" && part.size() == 1 &&
                used < images.size())
                part["image"] = images[used++];
    }
    images.erase(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(used));
}

// A literal pad between vision marks, as templates write it, is one <image> mark.
void replace_pads(Json& messages) {
    const std::string literal = std::string(open_mark).append(pad).append(close_mark);
    for (Json& message : messages) {
        if (!message.is_object() || !message.contains("content")) continue;
        Json& content = message["content"];
        if (!content.is_string()) continue;
        std::string& text = content.get_ref<std::string&>();
        for (std::size_t at = text.find(literal); at != std::string::npos; at = text.find(literal))
            text.replace(at, literal.size(), "<image>");
    }
}

Json message(const std::string& role, Json content) {
    return {{"role", role}, {"content", std::move(content)}};
}

// {"from": ..., "value": ...}
Result<Json> turn_of(const Json& turn) {
    if (!turn.is_object()) return bad("a turn is not a table");
    const auto from = as_string(turn.value("from", turn.value("role", Json{})));
    const auto value = as_string(turn.value("value", turn.value("content", Json{})));
    if (!from || !value) return bad("a turn has no \"from\" or no \"value\" that is a text");
    const std::string role = *from == "human" ? "user" : *from == "gpt" ? "assistant" : *from;
    Json out = message(role, *value);
    if (turn.contains("loss")) out["loss"] = turn["loss"];
    return out;
}

Status add_system(const Json& record, Json& messages) {
    const Json system = record.value("system", Json{});
    if (system.is_null() || system == "") return {};
    if (!system.is_string()) return bad("\"system\" is not a text");
    messages.insert(messages.begin(), message("system", system));
    return {};
}

// conversations[{from, value}], or conversation[{human, assistant}].
Result<Json> sharegpt_messages(const Json& record) {
    Json out = Json::array();
    const Json turns = record.value("conversations", record.value("conversation", Json{}));
    if (!turns.is_array()) return bad("it has no list of turns under \"conversations\"");
    for (const Json& turn : turns) {
        if (turn.is_object() && turn.contains("human")) {
            if (out.empty()) MOELORA_TRY_STATUS(add_system(turn, out));
            out.push_back(message("user", turn["human"]));
            Json answer = turn.value("assistant", Json{});
            if (answer.is_null() && &turn == &turns.back()) continue;  // it ends in a question
            out.push_back(message("assistant", std::move(answer)));
            if (turn.contains("loss")) out.back()["loss"] = turn["loss"];
        } else {
            MOELORA_TRY(Json one, turn_of(turn));
            out.push_back(std::move(one));
        }
    }
    MOELORA_TRY_STATUS(add_system(record, out));
    return out;
}

Result<Json> alpaca_messages(const Json& record) {
    Json out = Json::array();
    const auto instruction = as_string(record.value("instruction", Json{}));
    const auto text_or_none = [&](const char* key) {
        const Json given = record.value(key, Json());
        return given.is_null() ? std::string() : as_string(given);
    };
    const auto input = text_or_none("input"), output = text_or_none("output");
    if (!instruction || !input || !output)
        return bad("its \"instruction\", \"input\" or \"output\" is not a text");
    const Json history = record.value("history", Json::array());
    if (!history.is_array() && !history.is_null()) return bad("its \"history\" is not a list");
    for (const Json& round : history) {
        if (!round.is_array() || round.size() != 2)
            return bad("its \"history\" holds something that is no pair");
        out.push_back(message("user", round[0]));
        out.push_back(message("assistant", round[1]));
    }
    out.push_back(message("user", input->empty() ? *instruction : *instruction + "\n" + *input));
    out.push_back(message("assistant", *output));
    MOELORA_TRY_STATUS(add_system(record, out));
    return out;
}

// "text <|vision_start|>path<|vision_end|> text": pictures first, then the text, as the recipe's
// own training does whatever the order in the file; or as they stand.
Result<Json> inline_parts(const std::string& text, bool in_place) {
    Json parts = Json::array();
    std::string rest;
    const auto add_text = [&parts](std::string part) {
        if (!part.empty()) parts.push_back({{"type", "text"}, {"text", std::move(part)}});
    };
    const std::string whole = trimmed(text);
    std::string_view left = whole;
    for (std::size_t at = left.find(open_mark); at != left.npos; at = left.find(open_mark)) {
        const std::size_t start = at + open_mark.size(), end = left.find(close_mark, start);
        if (end == left.npos) return bad("a vision mark is not closed");
        const std::string path = trimmed(left.substr(start, end - start));
        if (path.empty()) return bad("no path stands between the vision marks");
        Json part = {{"type", "image"}};
        if (path != pad) part["image"] = path;
        if (in_place)
            add_text(std::string(left.substr(0, at)));
        else
            rest += left.substr(0, at);
        parts.push_back(std::move(part));
        left.remove_prefix(end + close_mark.size());
    }
    if (left.find(close_mark) != left.npos) return bad("a vision mark is closed but never opened");
    rest += left;
    if (in_place)
        add_text(std::move(rest));
    else
        parts.push_back({{"type", "text"}, {"text", trimmed(rest)}});
    return parts;
}

Status unfold_inline(Json& messages, bool in_place) {
    bool any = false;
    for (Json& one : messages) {
        if (one["role"] != "user") continue;
        const auto text = as_string(one["content"]);
        if (!text) return bad("a question is not a text");
        MOELORA_TRY(one["content"], inline_parts(*text, in_place));
        any = any || text->find(open_mark) != text->npos;
    }
    if (!any) return bad("it has no picture between vision marks");
    return {};
}

}  // namespace

Result<MessageRecord> as_messages(const Json& record, const std::string& form,
                                  bool inline_in_place) {
    MessageRecord out;
    if (form == "messages") {
        if (!record.contains("messages")) return bad("it has no \"messages\"");
        out.messages = record["messages"];
    } else if (form == "alpaca") {
        MOELORA_TRY(out.messages, alpaca_messages(record));
    } else {
        MOELORA_TRY(out.messages, sharegpt_messages(record));
    }
    MOELORA_TRY(out.images, listed_images(record));
    if (form == "inline")
        MOELORA_TRY_STATUS(unfold_inline(out.messages, inline_in_place));
    else if (out.messages.is_array())
        replace_pads(out.messages);
    fill_parts(out.messages, out.images);
    return out;
}

std::optional<std::string> inline_path(const std::string& text) {
    const std::size_t at = text.find(open_mark);
    const std::size_t end = text.find(close_mark, at == std::string::npos ? 0 : at);
    if (at == std::string::npos || end == std::string::npos) return {};
    const std::size_t start = at + open_mark.size();
    std::string path = text.substr(start, end - start);
    if (path.find(pad) != std::string::npos) return {};
    return path;
}

}  // namespace moelora
