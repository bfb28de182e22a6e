// SPDX-License-Identifier: GPL-3.0-or-later
// What the columns of tables and the keys of records are used for.
#include <algorithm>

#include "core/data/importer.h"

namespace moelora {
namespace {

struct UseRow {
    ColumnUse use;
    const char* name;                // in data.columns
    std::vector<std::string> usual;  // the first that is there counts
};

const std::vector<UseRow>& use_rows() {
    static const std::vector<UseRow> rows = {
        {ColumnUse::Image,
         "image",
         {"image_path", "image", "file", "file_name", "filename", "path"}},
        {ColumnUse::Caption, "caption", {"caption", "text", "description", "label"}},
        {ColumnUse::Prompt, "prompt", {"prompt", "query", "instruction"}},
        {ColumnUse::Task, "task", {"task", "task_dataset", "task_id", "task_type", "channel"}},
        {ColumnUse::SampleType, "sample_type", {"sample_type", "task_type"}},
        {ColumnUse::Split, "split", {"split"}},
        {ColumnUse::Id, "id", {"id"}}};
    return rows;
}

tl::unexpected<Error> bad_option(const std::string& value, std::string why) {
    return fail(ErrorCode::OptionInvalid,
                {{"option", "data.columns"}, {"value", value}, {"why", std::move(why)}});
}

struct PartRow {
    const char* name;
    SamplePart part;
};
constexpr PartRow part_rows[] = {{"", SamplePart::Train},
                                 {"train", SamplePart::Train},
                                 {"training", SamplePart::Train},
                                 {"restval", SamplePart::Train},
                                 {"val", SamplePart::Validation},
                                 {"valid", SamplePart::Validation},
                                 {"validation", SamplePart::Validation},
                                 {"dev", SamplePart::Validation},
                                 {"eval", SamplePart::Validation},
                                 {"test", SamplePart::Test}};

}  // namespace

Result<ColumnNames> ColumnNames::from(const DataOptions& data) {
    ColumnNames out;
    for (const UseRow& row : use_rows()) out.names_[static_cast<std::size_t>(row.use)] = row.usual;
    for (const std::string& entry : data.columns) {
        const std::size_t equals = entry.find('=');
        if (equals == std::string::npos || equals + 1 == entry.size())
            return bad_option(entry, "write it as USE=NAME");
        const std::string use = entry.substr(0, equals);
        const auto row = std::find_if(use_rows().begin(), use_rows().end(),
                                      [&](const UseRow& r) { return r.name == use; });
        if (row == use_rows().end()) return bad_option(entry, "there is no use of this name");
        out.names_[static_cast<std::size_t>(row->use)] = {entry.substr(equals + 1)};
    }
    return out;
}

Status set_marks(DatasetSample& sample, SampleMarks marks) {
    sample.task = trimmed(marks.task);
    sample.sample_type = trimmed(marks.sample_type);
    const std::string split = trimmed(marks.split);
    std::string word = split;
    for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const auto row = std::find_if(std::begin(part_rows), std::end(part_rows),
                                  [&](const PartRow& r) { return r.name == word; });
    if (row == std::end(part_rows))
        return tl::make_unexpected(
            record_error("its split is " + split + ", which is none of train, val, test"));
    sample.part = row->part;
    return {};
}

}  // namespace moelora
