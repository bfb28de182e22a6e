// SPDX-License-Identifier: GPL-3.0-or-later
// The heading line of a table: its delimiter, and which column is used for what. Pure. Internal to
// core/data.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/data/importer.h"

namespace moelora {

struct TableHeading {
    char delimiter = ',';
    std::vector<std::string> names;  // as written, trimmed
    std::array<std::optional<std::size_t>, column_uses> columns;
    std::string description;  // "with image_path as picture and caption as caption"

    [[nodiscard]] std::optional<std::size_t> column(ColumnUse use) const {
        return columns[static_cast<std::size_t>(use)];
    }
};

// Errors: DatasetUnrecognised naming the columns found and wanted, when picture or caption is
// missing or a name that is used stands twice.
[[nodiscard]] Result<TableHeading> read_heading(std::string_view text, const ColumnNames& names,
                                                const std::string& path);

}  // namespace moelora
