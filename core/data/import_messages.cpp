// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations, one a line or in a JSON array, in both spellings: <image> marks with an images
// list, or content parts.
#include <algorithm>

#include "core/data/importer.h"
#include "core/io/files.h"

namespace moelora {
namespace {

constexpr std::string_view mark = "<image>";

std::int64_t count_marks(const std::string& text) {
    std::int64_t n = 0;
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + mark.size()))
        ++n;
    return n;
}

tl::unexpected<Error> bad(std::string why) {
    return tl::make_unexpected(record_error(std::move(why)));
}

// "images": a text or a list of texts (or of {"path": text}).
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

Result<std::string> task_of(const Json& record) {
    for (const char* key : {"task", "task_dataset", "task_id", "task_type", "channel"}) {
        Json value = record.value(key, Json{});
        if (value.is_null()) continue;
        if (value.is_array() && value.size() == 1) value = value[0];
        if (const auto number = as_int(value)) return std::to_string(*number);
        if (auto text = as_string(value)) return *text;
        return bad(std::string(key) + " is neither a text nor a whole number");
    }
    return std::string{};
}

// Parts without a path take their pictures from the list, in order.
Json with_listed_parts(Json messages, std::vector<std::string>& images) {
    std::size_t used = 0;
    if (!messages.is_array()) return messages;
    for (Json& message : messages) {
        if (!message.is_object() || !message.contains("content")) continue;
        if (!message["content"].is_array()) continue;
        for (Json& part : message["content"])
            if (part.is_object() && part.value("type", Json{}) == "image" && part.size() == 1 &&
                used < images.size())
                part["image"] = images[used++];
    }
    images.erase(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(used));
    return messages;
}

// Turns the marks of one text into image parts; what stands between them is trimmed.
std::vector<ChatPart> split_at_marks(const std::string& text, std::vector<std::string>& images) {
    std::vector<ChatPart> out;
    const auto add_text = [&](std::string_view part) {
        if (std::string plain = trimmed(part); !plain.empty())
            out.push_back({ChatPart::Kind::Text, std::move(plain)});
    };
    std::size_t start = 0;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, start)) {
        add_text(std::string_view(text).substr(start, at - start));
        out.push_back({ChatPart::Kind::Image, images.front()});
        images.erase(images.begin());
        start = at + mark.size();
    }
    add_text(std::string_view(text).substr(start));
    return out;
}

Status place_images(std::vector<ChatMessage>& messages, std::vector<std::string> images) {
    std::int64_t in_questions = 0, elsewhere = 0;
    for (const ChatMessage& message : messages)
        for (const ChatPart& part : message.parts)
            if (part.kind == ChatPart::Kind::Text)
                (message.role == "user" ? in_questions : elsewhere) += count_marks(part.value);
    const auto files = static_cast<std::int64_t>(images.size());
    if (files == 0 && in_questions + elsewhere == 0) return {};
    const auto first_user = std::find_if(messages.begin(), messages.end(),
                                         [](const auto& m) { return m.role == "user"; });
    if (files == 1 && in_questions + elsewhere == 0 && first_user != messages.end()) {
        first_user->parts.insert(first_user->parts.begin(), {ChatPart::Kind::Image, images[0]});
        return {};
    }
    if (in_questions != files || elsewhere != 0)
        return bad("it has " + std::to_string(in_questions + elsewhere) + " <image> marks (" +
                   std::to_string(elsewhere) + " outside of questions) and " +
                   std::to_string(files) + " pictures");
    for (ChatMessage& message : messages) {
        std::vector<ChatPart> parts;
        for (ChatPart& part : message.parts) {
            if (part.kind == ChatPart::Kind::Text && count_marks(part.value) > 0) {
                for (ChatPart& piece : split_at_marks(part.value, images))
                    parts.push_back(std::move(piece));
            } else {
                parts.push_back(std::move(part));
            }
        }
        message.parts = std::move(parts);
    }
    return {};
}

// Training needs a question and, at the end, an answer; answers are trimmed and must not be empty.
Status check_turns(std::vector<ChatMessage>& messages) {
    bool asked = false;
    for (ChatMessage& message : messages) {
        asked = asked || message.role == "user";
        if (message.role != "assistant") continue;
        if (!asked) return bad("an answer comes before any question");
        std::string all;
        for (const ChatPart& part : message.parts) {
            if (part.kind == ChatPart::Kind::Image) return bad("a picture stands in an answer");
            all += part.value;
        }
        all = trimmed(all);
        if (all.empty()) return fail(ErrorCode::CaptionEmpty);
        message.parts = {{ChatPart::Kind::Text, std::move(all)}};
    }
    if (messages.empty() || messages.back().role != "assistant")
        return bad("it does not end in an answer");
    return {};
}

Result<DatasetSample> sample_of(const Json& record, Importer& importer) {
    if (!record.is_object()) return bad("it is not a table");
    if (!record.contains("messages")) return bad("it has no \"messages\"");
    DatasetSample sample;
    MOELORA_TRY(std::vector<std::string> images, listed_images(record));
    MOELORA_TRY(sample.task, task_of(record));
    auto& messages = sample.conversation.messages;
    MOELORA_TRY(messages, parse_messages(with_listed_parts(record["messages"], images)));
    MOELORA_TRY_STATUS(place_images(messages, std::move(images)));
    MOELORA_TRY_STATUS(check_turns(messages));
    for (ChatMessage& message : messages) {
        for (ChatPart& part : message.parts) {
            if (part.kind != ChatPart::Kind::Image) continue;
            MOELORA_TRY(part.value, importer.picture(part.value));
            if (sample.image_id.empty()) sample.image_id = importer.image_id(part.value);
        }
    }
    sample.conversation.task = sample.task;
    return sample;
}

void add_record(Importer& importer, const Json& record, std::int64_t number, bool is_line) {
    auto sample = sample_of(record, importer);
    const std::string name = std::to_string(number);
    if (!sample) {
        importer.issue(std::move(sample).error(), is_line ? number : 0,
                       is_line ? std::string{} : "record " + name);
        return;
    }
    sample->id = name;
    if (sample->image_id.empty()) sample->image_id = "record " + name;
    sample->file = importer.file();
    sample->line = is_line ? number : 0;
    importer.out().samples.push_back(std::move(*sample));
}

// A whole file that is one JSON array, or one conversation.
std::optional<Json> as_one_document(const std::string& path) {
    auto json = read_json(path);
    if (!json) return {};
    if (json->is_array()) return std::move(*json);
    if (json->is_object()) return Json::array({std::move(*json)});
    return {};
}

// Whether the first line alone is no complete JSON: then the file cannot be one record a line.
bool spans_lines(const std::string& path) {
    bool spans = false;
    static_cast<void>(for_each_line(path, [&](std::int64_t, std::string_view line) {
        if (trimmed(line).empty()) return true;
        const std::string text = trimmed(line);
        spans = text.front() == '[' || !parse_json(text, path).has_value();
        return false;
    }));
    return spans;
}

}  // namespace

Status import_messages(Importer& importer) {
    if (spans_lines(importer.file())) {
        if (const auto records = as_one_document(importer.file())) {
            std::int64_t number = 0;
            for (const Json& record : *records) add_record(importer, record, ++number, false);
            return {};
        }
    }
    return for_each_line(importer.file(), [&](std::int64_t number, std::string_view line) {
        if (trimmed(line).empty()) return true;
        auto record = parse_json(line, importer.file());
        if (record)
            add_record(importer, *record, number, true);
        else
            importer.issue(std::move(record).error(), number);
        return true;
    });
}

}  // namespace moelora
