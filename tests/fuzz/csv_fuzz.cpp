// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a table: its fields add up to no more than its text, and it is read as a data set.
#include "core/data/csv.h"
#include "tests/fuzz/record_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace moelora;
    const std::string_view text = fuzz::text_of(data, size);
    for (const char delimiter : {',', ';', '\t'}) {
        CsvReader reader(text, delimiter);
        std::size_t fields = 0;
        std::int64_t line = 0;
        for (CsvRow row; reader.next(row);) {
            fuzz::demand(row.line > line, "rows begin in later and later lines");
            line = row.line;
            for (const std::string& field : row.fields) fields += field.size();
        }
        fuzz::demand(fields <= size, "fields hold what stands in the text");
    }
    fuzz::read_records("captions.csv", text);
    return 0;
}
