// SPDX-License-Identifier: GPL-3.0-or-later
// CSV and TSV with a heading line: one picture, one caption a row; prompt, task, sample type,
// split and id where there are such columns.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include "core/data/csv.h"
#include "core/data/importer.h"
#include "core/data/table_heading.h"
#include "core/data/text_source.h"
#include "core/io/files.h"

namespace moelora {
namespace {

tl::unexpected<Error> bad_row(std::string why) {
    return tl::make_unexpected(record_error(std::move(why)));
}

class TableImport {
  public:
    TableImport(Importer& importer, const TableHeading& heading)
        : importer_(importer), heading_(heading) {}

    void row(const CsvRow& row) {
        ++number_;  // of rows, usable or not: a bad one moves no id
        std::string id = id_of(row);
        auto sample = sample_of(row);
        if (!sample) return importer_.issue(std::move(sample).error(), row.line);
        sample->id = std::move(id);
        importer_.add(std::move(*sample), row.line);
    }

  private:
    [[nodiscard]] std::string cell(const CsvRow& row, ColumnUse use) const {
        const auto column = heading_.column(use);
        return column ? row.fields[*column] : std::string{};
    }

    // The row's number where there is no column of ids; "#3" where its id is empty or stands in
    // another row above, usable or not.
    std::string id_of(const CsvRow& row) {
        const auto column = heading_.column(ColumnUse::Id);
        if (!column) return std::to_string(number_);
        std::string id = *column < row.fields.size() ? trimmed(row.fields[*column]) : "";
        return !id.empty() && ids_.insert(id).second ? id : "#" + std::to_string(number_);
    }

    Result<DatasetSample> sample_of(const CsvRow& row) {
        if (!row.fault.empty()) return bad_row(row.fault);
        if (row.fields.size() != heading_.names.size())
            return bad_row("it has " + std::to_string(row.fields.size()) + " fields, the heading " +
                           std::to_string(heading_.names.size()));
        for (const std::string& field : row.fields)
            if (field.find('\0') != std::string::npos) return bad_row("it holds a zero character");
        DatasetSample sample;
        MOELORA_TRY_STATUS(
            set_marks(sample, {cell(row, ColumnUse::Task), cell(row, ColumnUse::SampleType),
                               cell(row, ColumnUse::Split)}));
        MOELORA_TRY(const SharedText path, importer_.picture(trimmed(cell(row, ColumnUse::Image))));
        std::string caption = trimmed(cell(row, ColumnUse::Caption));
        sample.image_id = importer_.image_id(path);
        const std::string asked = trimmed(cell(row, ColumnUse::Prompt));
        if (!asked.empty() && prompt_.str() != asked) prompt_ = SharedText(asked);
        const SharedText& prompt = asked.empty() ? importer_.prompt() : prompt_;
        if (caption.empty())
            MOELORA_TRY_STATUS(importer_.ask(sample, path, prompt));
        else
            sample.set_caption(path, prompt, std::move(caption));
        return sample;
    }

    Importer& importer_;
    const TableHeading& heading_;
    SharedText prompt_;
    std::int64_t number_ = 0;
    std::unordered_set<std::string> ids_;
};

}  // namespace

Status import_table(Importer& importer, const ColumnNames& names) {
    const std::string& path = importer.file();
    MOELORA_TRY(const std::string text, read_as_utf8(path, importer.data().encoding));
    MOELORA_TRY_STATUS(check_utf8(text, path));
    MOELORA_TRY(const TableHeading heading, read_heading(text, names, path));
    importer.out().evidence += ", " + heading.description;
    TableImport rows(importer, heading);
    CsvReader reader(text, heading.delimiter);
    CsvRow row;
    if (!reader.next(row)) return {};  // the heading
    while (reader.next(row)) rows.row(row);
    if (reader.open_quote() > 0)
        return fail(ErrorCode::TableInvalid,
                    {{"path", path},
                     {"why", "the quote that begins in line " +
                                 std::to_string(reader.open_quote()) + " never ends"}});
    return {};
}

}  // namespace moelora
