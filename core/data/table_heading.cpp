// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/table_heading.h"

#include <algorithm>

#include "core/data/csv.h"

namespace moelora {
namespace {

constexpr ColumnUse all_uses[] = {ColumnUse::Image, ColumnUse::Caption,    ColumnUse::Prompt,
                                  ColumnUse::Task,  ColumnUse::SampleType, ColumnUse::Split,
                                  ColumnUse::Id};
constexpr const char* use_words[] = {"picture",     "caption", "prompt", "task",
                                     "sample type", "split",   "id"};

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

TableHeading split_with(std::string_view text, char delimiter, const ColumnNames& names) {
    TableHeading out;
    out.delimiter = delimiter;
    CsvRow row;
    CsvReader reader(text, delimiter);
    if (!reader.next(row)) return out;
    for (const std::string& field : row.fields) out.names.push_back(trimmed(field));
    for (const ColumnUse use : all_uses) {
        for (const std::string& wanted : names.of(use)) {
            const auto found =
                std::find_if(out.names.begin(), out.names.end(),
                             [&](const std::string& name) { return lower(name) == lower(wanted); });
            if (found == out.names.end()) continue;
            out.columns[static_cast<std::size_t>(use)] =
                static_cast<std::size_t>(found - out.names.begin());
            break;
        }
    }
    return out;
}

bool is_usable(const TableHeading& heading) {
    return heading.column(ColumnUse::Image) && heading.column(ColumnUse::Caption);
}

std::string describe(const TableHeading& heading) {
    std::string out;
    for (const ColumnUse use : all_uses) {
        const auto column = heading.column(use);
        if (!column) continue;
        const bool same = use == ColumnUse::SampleType && column == heading.column(ColumnUse::Task);
        if (same) continue;
        out += (out.empty() ? "with " : ", ") + heading.names[*column] + " as " +
               use_words[static_cast<std::size_t>(use)];
    }
    return out;
}

}  // namespace

Result<TableHeading> read_heading(std::string_view text, const ColumnNames& names,
                                  const std::string& path) {
    const auto refuse = [&](std::string why) {
        return fail(ErrorCode::DatasetUnrecognised, {{"path", path}, {"why", std::move(why)}});
    };
    TableHeading best;
    for (const char delimiter : {',', ';', '\t'}) {
        TableHeading heading = split_with(text, delimiter, names);
        const bool better =
            is_usable(heading) > is_usable(best) ||
            (is_usable(heading) == is_usable(best) && heading.names.size() > best.names.size());
        if (better) best = std::move(heading);
    }
    if (best.names.empty()) return refuse("it is empty");
    if (!is_usable(best))
        return refuse("its heading has " + listed(best.names) + "; wanted are a picture (" +
                      listed(names.of(ColumnUse::Image)) + ") and a caption (" +
                      listed(names.of(ColumnUse::Caption)) + "), or name them with data.columns");
    for (const ColumnUse use : all_uses)
        if (const auto column = best.column(use))
            if (std::count(best.names.begin(), best.names.end(), best.names[*column]) > 1)
                return refuse("its heading has " + best.names[*column] + " twice");
    best.description = describe(best);
    return best;
}

}  // namespace moelora
