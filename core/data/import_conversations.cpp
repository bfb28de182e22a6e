// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations in four spellings. conversation_forms.h turns each into messages with <image> marks
// and a list of pictures; here the pictures are placed and the turns checked.
#include <algorithm>

#include "core/data/conversation_forms.h"
#include "core/data/importer.h"
#include "core/data/json_records.h"

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

// A text, a whole number, or a list of these: several as "a|b".
Result<std::string> text_of(const Json& value, const std::string& key) {
    if (const auto number = as_int(value)) return std::to_string(*number);
    if (auto text = as_string(value)) return std::move(*text);
    if (!value.is_array())
        return bad(key + " is neither a text nor a whole number, nor a list of them");
    std::string out;
    for (const Json& item : value) {
        if (item.is_array()) return bad(key + " holds a list in a list");
        MOELORA_TRY(const std::string one, text_of(item, key));
        out += (out.empty() ? "" : "|") + one;
    }
    return out;
}

// Of the first key that has a value.
Result<std::string> text_under(const Json& record, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
        if (const Json value = record.value(key, Json{}); !value.is_null())
            return text_of(value, key);
    return std::string{};
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

bool is_blank_answer(const ChatMessage& message) {
    return message.role == "assistant" &&
           std::all_of(message.parts.begin(), message.parts.end(), [](const ChatPart& part) {
               return part.kind == ChatPart::Kind::Text && trimmed(part.value).empty();
           });
}

// Training needs a question and, at the end, an answer; answers are trimmed and must not be empty.
// Whoever asks may leave the last answer out: all that stands before it is the question then.
Status check_turns(std::vector<ChatMessage>& messages, bool asks) {
    bool asked = false;
    if (asks && !messages.empty() && is_blank_answer(messages.back())) messages.pop_back();
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
        if (all.empty() && message.learnt) return fail(ErrorCode::CaptionEmpty);
        message.parts = {{ChatPart::Kind::Text, std::move(all)}};
    }
    if (messages.empty() || messages.back().role != "assistant") {
        if (!asked) return bad("it asks nothing");
        if (!asks)
            return bad(
                "it does not end in an answer; it can be captioned and compared, not learnt");
        for (ChatMessage& message : messages) message.learnt = false;
        return {};
    }
    if (std::none_of(messages.begin(), messages.end(),
                     [](const auto& m) { return m.role == "assistant" && m.learnt; }))
        return bad("the loss of each of its answers is false");
    return {};
}

// A picture, then a text, then the answer: the simple kind that samples keep compactly.
bool is_simple(const std::vector<ChatMessage>& m) {
    using Kind = ChatPart::Kind;
    return m.size() == 2 && m[1].learnt && m[0].role == "user" && m[0].parts.size() == 2 &&
           m[0].parts[0].kind == Kind::Image && m[0].parts[1].kind == Kind::Text;
}

class ConversationReader {
  public:
    ConversationReader(Importer& importer, std::string form, const ColumnNames& names)
        : importer_(importer), form_(std::move(form)), names_(names) {}

    void record(Result<Json> json, std::int64_t number, std::int64_t line, bool is_line) {
        const std::string name = std::to_string(number);
        auto sample = json ? sample_of(*json) : Result<DatasetSample>(pass(json.error()));
        if (!sample) {
            importer_.issue(std::move(sample).error(), line,
                            is_line ? std::string{} : "record " + name);
            return;
        }
        sample->id = name;
        if (sample->image_id.empty()) sample->image_id = "record " + name;
        importer_.add(std::move(*sample), line);
    }

  private:
    Result<DatasetSample> sample_of(const Json& record) {
        if (!record.is_object()) return bad("it is not a table");
        DatasetSample sample;
        MOELORA_TRY_STATUS(read_marks(record, names_, sample));
        MOELORA_TRY(MessageRecord plain,
                    as_messages(record, form_, importer_.data().inline_in_place));
        MOELORA_TRY(auto messages, parse_messages(plain.messages));
        MOELORA_TRY_STATUS(place_images(messages, std::move(plain.images)));
        SharedText first;
        for (ChatMessage& message : messages) {
            for (ChatPart& part : message.parts) {
                if (part.kind != ChatPart::Kind::Image) continue;
                MOELORA_TRY(const SharedText path, importer_.picture(part.value));
                part.value = path.str();
                if (!sample.image_id.empty()) continue;
                first = path;
                sample.image_id = importer_.image_id(path);
            }
        }
        MOELORA_TRY_STATUS(check_turns(messages, importer_.asks()));
        if (is_simple(messages)) {
            sample.set_caption(first, shared_prompt(messages[0].parts[1].value),
                               std::move(messages[1].parts[0].value));
        } else {
            sample.set_conversation({std::move(messages), false, sample.task});
        }
        return sample;
    }

    // Most records ask what the one before asked.
    const SharedText& shared_prompt(const std::string& text) {
        if (last_prompt_.str() != text) last_prompt_ = SharedText(text);
        return last_prompt_;
    }

    Importer& importer_;
    const std::string form_;
    const ColumnNames& names_;
    SharedText last_prompt_;
};

}  // namespace

Status read_marks(const Json& record, const ColumnNames& names, DatasetSample& sample) {
    SampleMarks marks;
    MOELORA_TRY(marks.task, text_under(record, names.of(ColumnUse::Task)));
    MOELORA_TRY(marks.sample_type, text_under(record, names.of(ColumnUse::SampleType)));
    MOELORA_TRY(marks.split, text_under(record, names.of(ColumnUse::Split)));
    return set_marks(sample, std::move(marks));
}

Status import_conversations(Importer& importer, const std::string& form, const ColumnNames& names) {
    ConversationReader reader(importer, form, names);
    return for_each_record(
        importer.file(), importer.data().encoding,
        [&](Result<Json> record, std::int64_t number, std::int64_t line, bool is_line) {
            reader.record(std::move(record), number, line, is_line);
        });
}

}  // namespace moelora
