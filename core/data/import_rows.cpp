// SPDX-License-Identifier: GPL-3.0-or-later
// JSON records that are the rows of a table: {"file_name": "a.png", "text": "..."}, as image
// folders of Hugging Face have them in metadata.jsonl. A list of texts is several captions of one
// picture.
#include <unordered_set>

#include "core/data/conversation_forms.h"
#include "core/data/importer.h"
#include "core/data/json_records.h"

namespace moelora {
namespace {

tl::unexpected<Error> bad(std::string why) {
    return tl::make_unexpected(record_error(std::move(why)));
}

// Of the first key that the record has; null when it has none.
Json value_of(const Json& record, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
        if (const auto found = record.find(key); found != record.end() && !found->is_null())
            return *found;
    return {};
}

Result<std::string> text_of(const Json& record, const std::vector<std::string>& keys) {
    const Json value = value_of(record, keys);
    if (value.is_null()) return std::string();
    auto text = as_string(value);
    if (!text) return bad(keys.front() + " is not a text");
    return trimmed(*text);
}

class RowImport {
  public:
    RowImport(Importer& importer, const ColumnNames& names) : importer_(importer), names_(names) {}

    void row(const Result<Json>& record, std::int64_t number, std::int64_t line) {
        const std::string id = record ? id_of(*record, number) : std::to_string(number);
        if (auto added = record ? add(*record, id, line) : Status(pass(record.error())); !added)
            importer_.issue(std::move(added).error(), line, id);
    }

  private:
    // As in a table: "#3" where the record's own id is none or stands in another one above.
    std::string id_of(const Json& record, std::int64_t number) {
        if (!record.is_object()) return std::to_string(number);
        const Json value = value_of(record, names_.of(ColumnUse::Id));
        if (value.is_null()) return std::to_string(number);
        const auto whole = as_int(value);
        const std::string id =
            whole ? std::to_string(*whole) : trimmed(as_string(value).value_or(""));
        return !id.empty() && ids_.insert(id).second ? id : "#" + std::to_string(number);
    }

    Status add(const Json& record, const std::string& id, std::int64_t line) {
        if (!record.is_object()) return bad("it is not a table");
        DatasetSample sample;
        MOELORA_TRY_STATUS(read_marks(record, names_, sample));
        MOELORA_TRY(const std::string written, text_of(record, names_.of(ColumnUse::Image)));
        MOELORA_TRY(const SharedText path, importer_.picture(written));
        MOELORA_TRY(const std::string asked, text_of(record, names_.of(ColumnUse::Prompt)));
        if (!asked.empty() && prompt_.str() != asked) prompt_ = SharedText(asked);
        sample.image_id = importer_.image_id(path);
        MOELORA_TRY(const std::vector<std::string> captions, captions_of(record));
        for (std::size_t i = 0; i < captions.size(); ++i) {
            DatasetSample one = sample;
            one.id = i == 0 ? id : id + "." + std::to_string(i + 1);
            const SharedText& prompt = asked.empty() ? importer_.prompt() : prompt_;
            if (captions[i].empty())
                MOELORA_TRY_STATUS(importer_.ask(one, path, prompt));
            else
                one.set_caption(path, prompt, captions[i]);
            importer_.add(std::move(one), line);
        }
        return {};
    }

    // One at least; "" where none is written.
    Result<std::vector<std::string>> captions_of(const Json& record) const {
        const Json value = value_of(record, names_.of(ColumnUse::Caption));
        std::vector<std::string> out;
        for (const Json& item : value.is_array() ? value : Json::array({value})) {
            const auto text = as_string(item);
            if (!text && !item.is_null()) return bad("its caption is not a text");
            out.push_back(trimmed(text.value_or("")));
            if (out.back().empty() && !importer_.asks()) return fail(ErrorCode::CaptionEmpty);
        }
        if (out.empty()) out.emplace_back();
        return out;
    }

    Importer& importer_;
    const ColumnNames& names_;
    SharedText prompt_;
    std::unordered_set<std::string> ids_;
};

}  // namespace

Status import_rows(Importer& importer, const ColumnNames& names) {
    RowImport rows(importer, names);
    return for_each_record(importer.file(), importer.data().encoding,
                           [&](const Result<Json>& record, std::int64_t number, std::int64_t line,
                               bool) { rows.row(record, number, line); });
}

}  // namespace moelora
