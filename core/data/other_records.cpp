// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/other_records.h"

#include <algorithm>

#include "core/data/csv.h"
#include "core/data/issue_list.h"
#include "core/data/json_records.h"
#include "core/data/table_heading.h"
#include "core/data/text_source.h"

namespace moelora {
namespace {

std::int64_t count_list(std::string_view list) {
    std::int64_t found = 0;
    static_cast<void>(split_list(list, [&](std::string_view, std::int64_t) {
        ++found;
        return true;
    }));
    return found;
}

std::int64_t count_captions(std::string_view coco) {
    std::int64_t found = 0;
    static_cast<void>(split_object(coco, [&](const std::string& key, std::string_view value) {
        if (key == "annotations") found = count_list(value);
    }));
    return found;
}

Result<std::int64_t> count_rows(std::string_view text, const ColumnNames& names,
                                const std::string& path) {
    MOELORA_TRY(const TableHeading heading, read_heading(text, names, path));
    CsvReader reader(text, heading.delimiter);
    std::int64_t found = -1;  // the heading
    for (CsvRow row; reader.next(row);) ++found;
    return std::max<std::int64_t>(found, 0);
}

}  // namespace

Result<std::int64_t> count_records(const OtherSource& file, const ColumnNames& names,
                                   TextEncoding encoding) {
    MOELORA_TRY(const std::string text, read_as_utf8(file.file, encoding));
    if (file.form == "coco") return count_captions(text);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
    return json ? count_json_records(text, file.file) : count_rows(text, names, file.file);
}

void name_other_records(Dataset& dataset, const RecognisedSource& source, const ColumnNames& names,
                        TextEncoding encoding, Ticker& ticker) {
    IssueList list(dataset.issues);
    std::int64_t counted = 0;
    for (const OtherSource& other : source.others) {
        const bool is_part =
            std::any_of(source.parts.begin(), source.parts.end(),
                        [&](const PartFile& part) { return part.file == other.file; });
        if (other.file.empty() || is_part) continue;
        ticker.tick();
        Issue issue{Severity::Info,
                    {ErrorCode::OtherRecordsUncounted, {{"file", other.file}}, {}, {}},
                    {other.file, 0, {}},
                    1};
        const auto found = counted < IssueList::in_full ? count_records(other, names, encoding)
                                                        : Result<std::int64_t>(0);
        if (found) {
            ++counted;
            issue.error.code = ErrorCode::OtherRecords;
            issue.error.args.push_back({"found", std::to_string(*found)});
        }
        list.add(std::move(issue));
    }
}

}  // namespace moelora
